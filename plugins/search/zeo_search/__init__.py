"""Search: hypothetical frameworks from symmetric random search and from mutation of known ones."""

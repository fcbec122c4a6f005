"""Frameworks that are known: IZA types, files, data sets."""

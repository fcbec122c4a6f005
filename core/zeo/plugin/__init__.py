"""The plugin contract: what a plugin declares, implements and is handed, and how it is found."""

"""zeo in Python: what ``import zeo`` offers, and what the command line is built on."""

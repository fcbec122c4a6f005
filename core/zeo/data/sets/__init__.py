"""The format of data sets."""

"""Sets of known frameworks, and the data that ships with zeo."""

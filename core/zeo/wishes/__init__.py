"""The language of wishes: quantities, units, expressions of them, and what is asked of these."""

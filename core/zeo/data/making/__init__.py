"""How data sets are made: by search, or from other sources."""

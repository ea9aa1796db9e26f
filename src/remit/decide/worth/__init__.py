"""Worth: what use cases bring in money, what they cost in full, and how well each figure is supported."""

"""Step 2: what may happen on one call."""

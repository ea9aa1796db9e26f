"""Step 4: what follows from what was recorded."""

"""Step 3: what did happen."""

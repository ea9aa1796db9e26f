"""Step 1: from declared text to an operating model, or diagnostics that say where and what."""

"""Step 5: what people read, as values; command line and pages only render them."""

"""The door for people: web pages over `report` values."""

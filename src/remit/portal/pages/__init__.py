"""Pages, a module each: what they ask for and which template shows it. They only render `report` values."""

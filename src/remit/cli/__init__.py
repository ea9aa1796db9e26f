"""The door for the terminal: a module for each group of commands."""

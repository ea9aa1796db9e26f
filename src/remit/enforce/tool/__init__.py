"""Tools: what may happen on one call of a tool."""

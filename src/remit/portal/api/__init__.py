"""The control API: the same operations and rights as pages and commands, as JSON."""

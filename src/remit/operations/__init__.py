"""What someone asks of the system, one module each."""

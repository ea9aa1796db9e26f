"""FinOps: calls that were made, replayed under alternatives, and what each would save."""

"""Remit: the operating model for generative AI, as software."""

__version__ = "0.1.0"

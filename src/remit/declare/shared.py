"""Shared costs: by what one that several use cases have is split among them."""

from __future__ import annotations

from typing import Literal

SharedBy = Literal["calls", "tokens", "charge", "equally", "weighted"]
"""By what a cost is split among use cases: how often each called, the tokens of its calls, what these were
charged, into equal parts, or by declared weights."""

"""Evidence grades: how well a claim of value is supported."""

from __future__ import annotations

from typing import Literal, get_args

Grade = Literal["claimed", "before_after", "quasi_experiment", "experiment"]
"""How well a claim of value is supported, from a bare claim to a randomised experiment."""

GRADES: tuple[Grade, ...] = get_args(Grade)
"""Every grade, the weakest first."""

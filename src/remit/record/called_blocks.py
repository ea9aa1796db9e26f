"""Called blocks: which models and prompts calls of a use case went to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalledBlocks:
    """How often a use case called a model, and with which prompt block if any, over some time."""

    use_case: str
    unit: str
    model: str
    block: str
    simulated: bool
    calls: int

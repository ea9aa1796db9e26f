"""The stages of a use case's life, by name and in order."""

from __future__ import annotations

from typing import Literal

StageName = Literal["envision", "experiment", "launch", "scale", "retired"]
"""A stage of a use case's life, in the order of that life."""

STAGES: tuple[StageName, ...] = ("envision", "experiment", "launch", "scale", "retired")

"""Simulated calls and outcomes in figures for leaders: left out, unless the organisation says otherwise."""

from __future__ import annotations

from typing import Protocol

from remit.declare.operating_model import OperatingModel

STAMP = "SIMULATED: these figures count simulated calls and outcomes"
"""What stands above figures wherever the organisation has simulated ones counted."""


class Labelled(Protocol):
    """What says of itself whether it was simulated."""

    @property
    def simulated(self) -> bool: ...


def counts_simulated(model: OperatingModel) -> bool:
    """Say whether figures for leaders count what was simulated, so that all of them are stamped so."""
    return model.organisation.simulated == "counted"


def counts(model: OperatingModel, of: Labelled) -> bool:
    """Say whether a figure for leaders counts this: what is real, and what is simulated if declared."""
    return not of.simulated or counts_simulated(model)

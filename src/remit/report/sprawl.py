"""The report on sprawl: what exports hold that is outside the operating model, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.decide.sprawl import Sprawl


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that was not read, by its number in its file, and why; never what it says."""

    file: str
    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class SprawlReport:
    """`faults` holds the first ones; `unreadable` counts all of them by reason."""

    format: str
    files: tuple[str, ...]
    rows: int
    sprawl: Sprawl
    unreadable: Mapping[str, int]
    faults: tuple[RowFault, ...]

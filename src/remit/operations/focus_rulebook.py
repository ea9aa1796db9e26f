"""The rules and columns of FOCUS that ship, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources

from remit.report.focus_rules import Rulebook, read_rulebook

_DATA = resources.files("remit.report").joinpath("focus_data")


@cache
def focus_rulebook() -> Rulebook:
    """Read what ships of FOCUS: its rules, how they are read here, and its columns."""
    model, reading, columns = (
        _DATA.joinpath(name).read_bytes()
        for name in ("rules-1.2.0.1.json", "reading.json", "columns-1.4.json")
    )
    return read_rulebook(model, reading, columns)

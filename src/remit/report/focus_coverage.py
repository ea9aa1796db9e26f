"""How much of the FOCUS requirements model a check of a file has covered."""

from __future__ import annotations

from dataclasses import dataclass

from remit.report.focus_conformance import Conformance
from remit.report.focus_rules import DECIDED, Rulebook


@dataclass(frozen=True, slots=True)
class Coverage:
    """Figures on all rules of the model; `decided`, `absent` and `conditional` sum up to `checkable`.

    `partly` are those among the checkable of which only a part can be seen in a file.
    """

    version: str
    model_version: str
    rules: int
    checkable: int
    decided: int
    absent: int
    conditional: int
    partly: int
    parts: int
    permits: int
    sentences: int
    set_aside: int
    own: int


def coverage(book: Rulebook, found: Conformance) -> Coverage:
    """Say which of the model's rules were decided on a file, and why the others were not."""
    counts = book.counts
    return Coverage(
        version=found.version,
        model_version=book.model_version,
        rules=len(book.rules),
        checkable=sum(counts.get(how, 0) for how in DECIDED),
        decided=len(found.decided),
        absent=len(found.absent),
        conditional=len(found.conditional),
        partly=sum(1 for each in book.rules if each.partly),
        parts=counts.get("parts", 0),
        permits=counts.get("permits", 0),
        sentences=counts.get("sentence", 0),
        set_aside=counts.get("set aside", 0),
        own=found.own,
    )

"""What became of each case of an evaluation, by its id: stored beside the entry, without a word of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

CaseStatus = Literal["passed", "not_passed", "refused", "failed"]
"""Whether an answer passed, did not, was not let through, or did not come."""


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one case under one release. `scores` are from 0 to 1, by scorer."""

    status: CaseStatus
    scores: Mapping[str, float] = {}
    latency_ms: int = 0
    charge: Decimal = Decimal(0)
    call: str = ""


class Details(msgspec.Struct, frozen=True):
    """The cases by their ids, and for each release, by its digest, their outcomes in the same order."""

    cases: tuple[str, ...]
    outcomes: Mapping[str, tuple[Outcome, ...]]

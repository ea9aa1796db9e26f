"""What became of each case of an evaluation, by its id: stored beside the entry, without a word of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
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


class Drawn(msgspec.Struct, frozen=True):
    """How a sample of live calls was drawn, so that it can be drawn again.

    Of the `population`, the calls that were answered from `since` on and before `until`, `looked_at` were
    tried in the order that `seed` gives, until so many were found as were `wanted`. Nothing was kept of
    `not_kept`; `unreadable` are kept, but not as a whole text, and nothing could score `unscored`.
    """

    seed: str
    since: datetime
    until: datetime
    wanted: int
    population: int
    looked_at: int
    not_kept: int = 0
    unreadable: int = 0
    unscored: int = 0


class Details(msgspec.Struct, frozen=True, omit_defaults=True):
    """The cases by their ids, and for each release, by its digest, their outcomes in the same order.

    A case of a sample of live calls has the id of its call; `drawn` says how the sample was drawn.
    """

    cases: tuple[str, ...]
    outcomes: Mapping[str, tuple[Outcome, ...]]
    drawn: Drawn | None = None

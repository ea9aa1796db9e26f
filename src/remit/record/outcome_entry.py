"""Entries about outcomes: what was measured in the business, and what studies were registered and found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from remit.record.entry import Entry


class Outcome(Entry, frozen=True, kw_only=True, tag="outcome"):
    """A business result that was measured.

    `metric` is one that the use case declares. `happened` is when it was so, and the entry's own time is
    since when it is known. `reference` is the caller's own, by which it joins the calls that carry it.
    `source` and `key` name it where it comes from: another entry with both, and of the same metric, takes its
    place from then on, and with `withdrawn` nothing does.

    `arm` is which arm of a study it is of, where the gateway did not assign it. `cluster` is a keyed hash of
    whom it belongs to: a person, a team, a case. `before` is the metric, measured on them before the study.
    `count` is how many results `value` is the mean of.
    """

    use_case: str
    metric: str
    value: Decimal
    happened: datetime
    source: str
    key: str
    reference: str = ""
    arm: str = ""
    cluster: str = ""
    before: Decimal | None = None
    count: int = 1
    withdrawn: bool = False
    simulated: bool = False
    author: str


class StudyRegistered(Entry, frozen=True, kw_only=True, tag="study_registered"):
    """That a study was fixed before it starts, or fixed anew as another version.

    `digest` is the SHA-256 of its declaration, which a stored text of that name has whole. One that is
    registered after `starts` is `late`, and its result is not what was foretold.
    """

    study: str
    version: int
    digest: str
    use_case: str
    metric: str
    estimator: str
    starts: date
    late: bool = False
    model_version: int
    author: str


class Checked(msgspec.Struct, frozen=True, omit_defaults=True):
    """One assumption, held against the outcomes; one that `blocks` and does not hold refuses the claim."""

    name: str
    holds: bool | None
    said: str
    blocks: bool = True


class StudyResult(Entry, frozen=True, kw_only=True, tag="study_result"):
    """What a study found in the outcomes that were known then.

    `effect`, and the interval `low` to `high` that holds it with probability `sure`, are in the metric's
    `unit`, of which more or less is better by its `direction`, as they were registered; a bound that is not
    there is open. It is `refused` where a check refuses it. `outcomes` counts what
    it was computed from and `outcomes_digest` is the SHA-256 of their ids in order, so that it can be
    computed again. `progress` and the bounds beside it say the same as a share of the way from the baseline
    to the target.
    """

    study: str
    version: int
    use_case: str
    metric: str
    estimator: str
    grade: Literal["claimed", "before_after", "quasi_experiment", "experiment"]
    unit: str = ""
    direction: Literal["up", "down", ""] = ""
    effect: float
    low: float | None = None
    high: float | None = None
    sure: float
    p: float | None = None
    baseline: float
    progress: float | None = None
    progress_low: float | None = None
    progress_high: float | None = None
    treated: int
    untreated: int
    clusters: int
    checks: tuple[Checked, ...] = ()
    refused: bool = False
    details: Mapping[str, float] = {}
    outcomes: int
    outcomes_digest: str
    known: datetime
    simulated: bool = False
    author: str

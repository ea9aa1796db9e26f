"""The dossier of a use case: what is known of it at one moment, for gates, controls and maturity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from remit.declare.measure import EvidenceKind
from remit.record.dossier_entry import Evaluation, GateReview, Waiver
from remit.record.projection import StageFact

LIVE = "live"
"""The data set that a sample of live calls is."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a measure came to.

    `passed` of `total` is there where things were counted; then how sure one can be follows from these two.
    Otherwise `low` to `high`, if they are there, hold the value with the probability `sure`. `entries` are
    the ids behind it; what comes from roll-ups or from declarations has none, and `basis` says what it is.

    It counts until the end of the day `expires`, if there is one. What was tried on a data set is of one
    `release`, a prompt, a model and parameters as one; `outdated` says why it shows nothing of what calls
    would get, or not any more, and then it counts as stale.
    """

    measure: str
    value: Decimal
    at: datetime
    evidence: EvidenceKind
    basis: str
    since: datetime | None = None
    passed: int | None = None
    total: int | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    sure: Decimal | None = None
    entries: tuple[str, ...] = ()
    dataset: str = ""
    release: str = ""
    outdated: str = ""
    expires: date | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Attested:
    """Somebody's word, or consent; `about` is what it speaks to, such as `gate/launch/run-book`."""

    about: str
    shown: date
    expires: date | None
    entry: str
    owner: str
    statement: str = ""
    link: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of one use case at `now`.

    `facts` are by measure, the newest first; `attested` by address, the newest that was not taken back, and
    before it any that has not run out. Consent is under `approval/SUBJECT/ROLE`, such as
    `approval/gate/launch/risk-owner`. `waivers` are by `gate/STAGE/CRITERION`, those that are not taken back,
    the expired ones included.
    `evaluations` and `reviews` are the newest first. Days are those of `zone`.
    """

    use_case: str
    now: datetime
    today: date
    stage: StageFact
    facts: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)
    attested: Mapping[str, Attested] = field(default_factory=dict)
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    evaluations: tuple[Evaluation, ...] = ()
    reviews: tuple[GateReview, ...] = ()
    zone: tzinfo = UTC

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

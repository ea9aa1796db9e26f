"""Governance lead time: what governance costs those who wait for it, measured as they measure themselves.

Everything is counted from entries. A figure of too few is None, and what it is of is said beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import TypeVar

from remit.decide.approval import standing
from remit.decide.controls import APPLICABLE, Assessed, by_terms
from remit.decide.gate import KILL
from remit.decide.gate_review import width
from remit.declare.control import Control
from remit.declare.organisation import StageName
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.decided import StageChange
from remit.record.dossier_entry import GateReview, Waiver

FEWEST = 5
"""How many there must be before a share or a percentile says anything."""

FAILURE_DAYS = 90
"""For how long after a review it counts against it that its use case goes back."""

TIERS = ("low", "medium", "high")

LIVE: tuple[StageName, ...] = ("launch", "scale")
"""Stages at which people rely on a use case."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in hours: of how many, the middle, and what 85 of 100 keep to."""

    count: int
    p50: Decimal | None
    p85: Decimal | None


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many; `share` is None where they are too few."""

    part: int
    whole: int
    share: Decimal | None


def share_of(part: int, whole: int) -> Share:
    """Say how many of how many.

    >>> share_of(3, 4).share, share_of(9, 10).share
    (None, Decimal('0.900'))
    """
    said = (Decimal(part) / whole).quantize(Decimal("0.001")) if whole >= FEWEST else None
    return Share(part, whole, said)


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Waivers that count today, and the days since they began; `ended` did so in the time looked at."""

    open: int
    p50_days: int | None
    oldest_days: int | None
    ended: int


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for people now, and for how many hours the oldest has."""

    open: int
    oldest_hours: Decimal | None
    by_tier: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Failures:
    """What went wrong with use cases within 90 days after a review let them into launch or scale.

    `back` of `reviews` were taken back or halted; `turned` counts criteria that were met then and not at a
    later review.
    """

    back: Share
    turned: int


@dataclass(frozen=True, slots=True)
class ControlsNow:
    """How the controls of use cases at launch or scale stand at this moment, by what the ledger shows.

    Of all that are `asked` of `use_cases`, `failing` do not hold and `stale` were shown too long ago;
    `affected` use cases have at least one that does not hold.
    """

    use_cases: int = 0
    affected: int = 0
    asked: int = 0
    failing: int = 0
    stale: int = 0


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Governance as those see it who wait for it, over the time from `since` to `now`."""

    since: date
    now: datetime
    by_tier: Mapping[str, Spread]
    first_pass: Share
    by_policy: Share
    outcomes: Mapping[str, int]
    exceptions: Exceptions
    failures: Failures
    controls: Mapping[str, ControlsNow]
    revoked: Spread
    queue: Queue


@dataclass(frozen=True, slots=True)
class Governed:
    """The entries that it is counted from, each kind in the order of time."""

    requests: Sequence[ApprovalRequest] = ()
    approvals: Sequence[Approval] = ()
    reviews: Sequence[GateReview] = ()
    waivers: Sequence[Waiver] = ()
    moves: Sequence[StageChange] = ()
    answers: Mapping[str, list[Approval]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.approvals:
            self.answers.setdefault(each.request, []).append(each)  # type: ignore[attr-defined]  # a dict

    def gates(self) -> Iterator[ApprovalRequest]:
        return (each for each in self.requests if each.about == "gate")


def lead_time(
    entries: Governed,
    *,
    since: datetime,
    now: datetime,
    today: date,
    controls: Mapping[str, ControlsNow] | None = None,
) -> LeadTime:
    """Measure governance over the time from an instant until now; `controls` are by risk tier."""
    reviews = [each for each in entries.reviews if each.at >= since]
    # One that lets a stage stay is no way into it.
    entering = [each for each in reviews if each.outcome == "proceed" and each.stage != each.into]
    asked = {each.id: each for each in entries.gates()}
    return LeadTime(
        since=since.date(),
        now=now,
        by_tier={tier: _spread(_waits(reviews, asked, tier)) for tier in TIERS},
        first_pass=_first_pass(entries, since=since, now=now),
        by_policy=share_of(sum(each.by_policy for each in entering), len(entering)),
        outcomes=dict(sorted(Counter(each.outcome for each in reviews).items())),
        exceptions=_exceptions(entries.waivers, since=since, today=today),
        failures=_failures(entries, since=since),
        controls={tier: (controls or {}).get(tier, ControlsNow()) for tier in TIERS},
        revoked=_spread(_revoked(entries, reviews)),
        queue=_queue(entries, now),
    )


def controls_now(cases: Iterable[Assessed], controls: Mapping[str, Control]) -> dict[str, ControlsNow]:
    """Count by risk tier how controls stand of use cases that are at launch or scale.

    A later review sees a failure when it comes to it; what fails between two is seen here.
    """
    found: dict[str, ControlsNow] = {}
    alike = by_terms(controls)
    for one in cases:
        if one.dossier.stage.stage not in LIVE:
            continue
        counts = Counter(one.statuses(alike).values())
        so_far, failing = found.get(one.tier, ControlsNow()), counts["does_not_hold"]
        found[one.tier] = ControlsNow(
            use_cases=so_far.use_cases + 1,
            affected=so_far.affected + bool(failing),
            asked=so_far.asked + sum(counts[each] for each in APPLICABLE),
            failing=so_far.failing + failing,
            stale=so_far.stale + counts["stale"],
        )
    return found


def _hours(took: timedelta) -> Decimal:
    return (Decimal(int(took.total_seconds())) / 3600).quantize(Decimal("0.1"))


def _spread(took: Iterable[timedelta]) -> Spread:
    every = sorted(took)
    if len(every) < FEWEST:
        return Spread(len(every), None, None)
    return Spread(len(every), _hours(_nearest(every, 50)), _hours(_nearest(every, 85)))


def _nearest(every: Sequence[timedelta], percent: int) -> timedelta:
    """Take the nearest rank: a value that occurred, and none between two."""
    return every[max(0, ceil(len(every) * percent / 100) - 1)]


def _waits(
    reviews: Iterable[GateReview], asked: Mapping[str, ApprovalRequest], tier: str
) -> Iterator[timedelta]:
    """List how long people took for reviews; what policy passed has waited for nobody."""
    for each in reviews:
        if each.tier == tier and not each.by_policy and each.request in asked:
            yield each.at - asked[each.request].at


def _first_pass(entries: Governed, *, since: datetime, now: datetime) -> Share:
    """Count the gates that were passed at the first attempt, of those that people or policy decided on.

    An attempt is a request that was put before people, or a pass by policy. One that was refused because
    something was missing took nobody's time, and is no attempt; one that was taken back is none either.
    """
    done = {each.request for each in entries.reviews if each.request and each.outcome == "proceed"}
    attempts: list[tuple[datetime, tuple[str, str], bool]] = []
    for request in entries.gates():
        state = standing(request, entries.answers.get(request.id, ()), now).state
        if state in ("approved", "denied", "expired"):
            gate = request.use_case, request.subject.removeprefix("gate/")
            attempts.append((request.at, gate, request.id in done))
    for each in entries.reviews:
        if not each.request and each.stage != each.into:
            attempts.append((each.at, (each.use_case, each.into), each.outcome == "proceed"))
    first: dict[tuple[str, str], tuple[datetime, bool]] = {}
    for at, gate, passed in sorted(attempts):
        first.setdefault(gate, (at, passed))
    counted = [passed for at, passed in first.values() if at >= since]
    return share_of(sum(counted), len(counted))


def _exceptions(waivers: Sequence[Waiver], *, since: datetime, today: date) -> Exceptions:
    revoked = {each.revoked for each in waivers if each.revoked}
    granted = [each for each in waivers if not each.revoked]
    counting = [each for each in granted if each.id not in revoked and each.expires >= today]
    ages = sorted((today - each.at.date()).days for each in counting)
    ended = sum(each.id in revoked or since.date() <= each.expires < today for each in granted)
    middle = ages[max(0, ceil(len(ages) / 2) - 1)] if len(ages) >= FEWEST else None
    return Exceptions(len(ages), middle, ages[-1] if ages else None, ended)


def _failures(entries: Governed, *, since: datetime) -> Failures:
    window = timedelta(days=FAILURE_DAYS)
    let_in = [
        each
        for each in entries.reviews
        if each.outcome == "proceed" and each.into in LIVE and each.stage != each.into
        if each.at >= since
    ]
    moves = _by_use_case(entries.moves)
    later = _by_use_case(entries.reviews)
    back = turned = 0
    for review in let_in:
        into: StageName = review.into  # type: ignore[assignment]  # a stage's name
        after = (each for each in moves.get(review.use_case, ()) if review.at < each.at <= review.at + window)
        back += any(width(each.stage) < width(into) for each in after)  # type: ignore[arg-type]  # likewise
        met = {each.id for each in review.shown if each.status == "met" and not each.id.startswith(KILL)}
        looked = (
            each
            for each in later.get(review.use_case, ())
            if review.at < each.at <= review.at + window and each.gate == review.gate
        )
        turned += len(met & {each.id for other in looked for each in other.shown if each.status != "met"})
    return Failures(share_of(back, len(let_in)), turned)


_Of = TypeVar("_Of", GateReview, StageChange)


def _by_use_case(entries: Iterable[_Of]) -> dict[str, list[_Of]]:
    found: dict[str, list[_Of]] = {}
    for each in entries:
        found.setdefault(each.use_case, []).append(each)
    return found


def _revoked(entries: Governed, reviews: Iterable[GateReview]) -> Iterator[timedelta]:
    """List how long it took from a kill criterion that was met to the review that took the use case back.

    A stage that ends with its waiver goes back by the clock, without anybody; there is nothing to measure.
    """
    moved = {each.review for each in entries.moves if each.review}
    for each in reviews:
        shown = [
            found.at
            for found in each.shown
            if found.id.startswith(KILL) and found.status == "met" and found.at
        ]
        if each.outcome != "proceed" and each.id in moved and shown:
            yield max(timedelta(), each.at - min(shown))


def _queue(entries: Governed, now: datetime) -> Queue:
    waiting = [
        each
        for each in entries.gates()
        if standing(each, entries.answers.get(each.id, ()), now).state == "open"
    ]
    oldest = min((each.at for each in waiting), default=None)
    return Queue(
        len(waiting),
        _hours(now - oldest) if oldest else None,
        dict(sorted(Counter(each.tier for each in waiting).items())),
    )

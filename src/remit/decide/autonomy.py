"""Autonomy: how much an agent may do by itself with one tool, earned by evidence and lost without.

A level is never reached by a weaker rule: at every level the decision on a call asks the same. What changes
is who has to be asked, and that only where people were asked often enough and refused nothing since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from remit.declare.declared import AUTONOMIES, Autonomy
from remit.declare.organisation import StageName
from remit.enforce.remit import Remit
from remit.kernel.money import canonical
from remit.record.tool_entry import TargetClass

BY_STAGE: Mapping[StageName, Autonomy] = {
    "envision": "suggest",
    "experiment": "act_with_approval",
    "launch": "act_within_limits",
    "scale": "autonomous",
    "retired": "none",
}
"""The most that evidence can earn at each stage."""

ASKS: Autonomy = "act_with_approval"
"""What a level falls to: an agent reads, and every write waits for a person."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What evidence is asked for; whatever no layer of a remit says is as here."""

    approvals: int = 5
    calls: int = 50
    days: int = 90
    pass_rate_min: Decimal = Decimal("0.9")
    replay_min: Decimal = Decimal("0.95")
    denials_max: int = 10
    denial_share_max: Decimal = Decimal("0.2")


def thresholds(remit: Remit) -> Thresholds:
    """Read the thresholds off a remit."""
    return Thresholds(**dict(remit.autonomy_evidence or {}))  # type: ignore[arg-type]  # fields of the same names


@dataclass(frozen=True, slots=True)
class Shares:
    """A share that was measured on a day, such as the cases that an evaluation passed."""

    share: Decimal
    day: date
    cases: int


@dataclass(frozen=True, slots=True)
class Attempts:
    """Calls that an agent wanted on a day, over all tools of its use case, and how many were refused."""

    calls: int
    denied: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one tool and one class of targets, and of the use case that it is used by.

    `approved` and `done` count calls by day: those that a person approved and that were done, and all that
    were done. `refused` are the days on which a person refused a call of the tool, whatever its targets.
    Of the use case are the days on which it came up against a `breached` budget or limit, its `attempts`,
    its newest evaluation and replay, and what is `open` and has to be seen to by somebody.
    """

    most: Autonomy
    writes: bool
    target_class: TargetClass
    approved: Mapping[date, int]
    done: Mapping[date, int]
    refused: frozenset[date] = frozenset()
    breached: frozenset[date] = frozenset()
    attempts: Mapping[date, Attempts] | None = None
    evaluation: Shares | None = None
    replay: Shares | None = None
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """A level with its reasons: why it is no lower, what would raise it, and what would lower it.

    `fell` says what took a higher one back, if anything did within the days that count. `until` is the day
    after which it would be lower if nothing more happened.
    """

    autonomy: Autonomy
    why: tuple[str, ...]
    raises: tuple[str, ...] = ()
    lowers: tuple[str, ...] = ()
    fell: tuple[str, ...] = ()
    until: date | None = None

    @property
    def rank(self) -> int:
        """Say how high it is, from 0 for `none`."""
        return AUTONOMIES.index(self.autonomy)


def earned(facts: Facts, needs: Thresholds, *, stage: StageName, day: date) -> Level:
    """Say which level is earned on a day.

    INVARIANT: it is never above what the stage and the remit allow, and what is refused, breached, open or
    out of date only lowers it.
    """
    at_stage = BY_STAGE[stage]
    most = min(at_stage, facts.most, key=AUTONOMIES.index)
    capped = _capped(facts, stage, most)
    if AUTONOMIES.index(most) <= AUTONOMIES.index(ASKS):
        return Level(most, (capped,), _beyond(facts, stage, most))
    weighed = _Weighed(facts, needs, day)
    level, missing = ASKS, weighed.to_act()
    if not missing:
        level = "act_within_limits"
        missing = weighed.to_be_autonomous() if most == "autonomous" else ()
        level = "autonomous" if most == "autonomous" and not missing else level
    why = (*weighed.shown(level), capped) if level == most else weighed.shown(level)
    raises = missing or _beyond(facts, stage, most)
    return Level(level, why, raises, weighed.lowering(level), tuple(weighed.falls()), weighed.until(level))


def _capped(facts: Facts, stage: StageName, most: Autonomy) -> str:
    if most == BY_STAGE[stage]:
        return f"at `{stage}` no more than `{most}` is earned"
    return f"`autonomy_max` is `{most}`"


def _beyond(facts: Facts, stage: StageName, most: Autonomy) -> tuple[str, ...]:
    if stage == "retired" or most == "autonomous":
        return ()
    if most == BY_STAGE[stage]:
        into = {"envision": "experiment", "experiment": "launch", "launch": "scale"}[stage]
        return (f"pass the gate to `{into}`",)
    return ("raise `autonomy_max`; its owner decides",)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Facts as they count on a day."""

    facts: Facts
    needs: Thresholds
    day: date

    @property
    def since(self) -> date:
        """The first day from which evidence counts: within the days that count, and after the last fall."""
        return self._after(*(each for each in self.facts.refused if each <= self.day), *self.troubled())

    def _after(self, *days: date) -> date:
        first = self.day - timedelta(days=self.needs.days - 1)
        return max((first, *(each + timedelta(days=1) for each in days)))

    def troubled(self) -> tuple[date, ...]:
        """List the days that took all evidence back, of every tool."""
        spikes = (each for each in self.facts.attempts or {} if self.is_spike(each))
        return tuple(each for each in (*self.facts.breached, *spikes) if each <= self.day)

    def is_spike(self, day: date) -> bool:
        tried = (self.facts.attempts or {}).get(day)
        if tried is None or tried.denied <= self.needs.denials_max:
            return False
        return tried.denied > self.needs.denial_share_max * tried.calls

    def falls(self) -> Iterator[str]:
        first = self.day - timedelta(days=self.needs.days - 1)
        spikes = [each for each in self.facts.attempts or {} if self.is_spike(each)]
        for said, days in (
            ("a person refused a call of it", self.facts.refused),
            ("a budget or limit was come up against", self.facts.breached),
            ("calls were refused in a spike", spikes),
        ):
            if last := max((each for each in days if first <= each <= self.day), default=None):
                yield f"{said} on {last}; what was shown until then counts no more"
        yield from (f"open: {each}" for each in self.facts.open)

    def counted(self, by_day: Mapping[date, int]) -> int:
        return sum(count for each, count in by_day.items() if self.since <= each <= self.day)

    def to_act(self) -> tuple[str, ...]:
        """Say what is missing before it acts within limits; nothing is if it may."""
        facts, needs = self.facts, self.needs
        found = [f"see to it: {each}" for each in facts.open]
        if (tried := facts.evaluation) is not None and tried.share < needs.pass_rate_min:
            found.append(
                f"pass an evaluation: the newest passed {_percent(tried.share)} of {tried.cases:,} cases, and"
                f" {_percent(needs.pass_rate_min)} are asked for"
            )
        if not facts.writes:
            return tuple(found)
        if facts.target_class == "unknown":
            # What was approved of one target says nothing of the next one that nobody knows.
            return (*found, "register the targets, or have people name them; unknown ones always wait")
        if (left := needs.approvals - self.counted(facts.approved)) > 0:
            found.append(f"{left:,} more calls that a person approves, with none refused")
        return tuple(found)

    def to_be_autonomous(self) -> tuple[str, ...]:
        """Say what is missing before it is autonomous, once it may act within limits."""
        facts, needs = self.facts, self.needs
        found = []
        if facts.writes and (left := needs.calls - self.counted(facts.done)) > 0:
            found.append(f"{left:,} more calls that are done, with none refused by a person")
        for name, shown, least, how in (
            ("evaluation", facts.evaluation, needs.pass_rate_min, "run `remit evaluate`"),
            (
                "replay",
                facts.replay,
                needs.replay_min,
                "have people answer calls, and see `remit policy test --replay`",
            ),
        ):
            if shown is None or not self.is_fresh(shown):
                since = self._after(*self.troubled())
                found.append(f"{name} of {since} or later: {how}")
            elif shown.share < least:
                found.append(f"{name} of {_percent(least)}; the newest came to {_percent(shown.share)}")
        return tuple(found)

    def is_fresh(self, shown: Shares) -> bool:
        return self._after(*self.troubled()) <= shown.day <= self.day

    def shown(self, level: Autonomy) -> tuple[str, ...]:
        facts = self.facts
        if level == ASKS:
            return ("it reads, and each write waits for a person, as no evidence carries more",)
        if not facts.writes:
            found = ["it only reads"]
        else:
            found = [f"{self.counted(facts.approved):,} calls approved since {self.since}, and none refused"]
        if level == "autonomous":
            found.append(f"{self.counted(facts.done):,} calls done since {self.since}")
            for name, shown in (("evaluation", facts.evaluation), ("replay", facts.replay)):
                if shown is not None:
                    found.append(f"{name} of {shown.day}: {_percent(shown.share)} of {shown.cases:,}")
        return tuple(found)

    def lowering(self, level: Autonomy) -> tuple[str, ...]:
        if level == ASKS:
            return ()
        refused = ("a refusal by a person",) if self.facts.writes else ()
        if not self.facts.writes and level != "autonomous":
            return ("an open incident", "an evaluation that fails")
        needs = self.needs
        share = _percent(needs.denial_share_max)
        spike = f"more than {needs.denials_max:,} calls refused on a day, if that is over {share}"
        aged = f"evidence that is older than {needs.days:,} days"
        return (*refused, "a budget or limit come up against", spike, "an open incident", aged)

    def until(self, level: Autonomy) -> date | None:
        """Find the last day on which a level still stands if nothing more happens."""
        if level == ASKS:
            return None
        ends = []
        if self.facts.writes:
            ends.append(self._ends(self.facts.approved, self.needs.approvals))
        if level == "autonomous":
            ends += [self._ends(self.facts.done, self.needs.calls)] if self.facts.writes else []
            shown = (self.facts.evaluation, self.facts.replay)
            ends += [each.day + timedelta(days=self.needs.days - 1) for each in shown if each is not None]
        return min(ends, default=None)

    def _ends(self, by_day: Mapping[date, int], least: int) -> date:
        count = 0
        for each in sorted((each for each in by_day if self.since <= each <= self.day), reverse=True):
            count += by_day[each]
            if count >= least:
                return each + timedelta(days=self.needs.days - 1)
        return self.day


def _percent(share: Decimal) -> str:
    return f"{canonical((share * 100).quantize(Decimal('0.1')))} %"

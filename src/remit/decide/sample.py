"""Sample: how many more cases would make one as sure as a gate asks, said in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from remit.decide.confidence import SAMPLE_MAX, sample_for, sure_at_least, sure_at_most
from remit.declare.gate import GATED, Criterion, Gate, RiskTier
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES, StageName

Noun = Literal["case", "attack"]
"""What is counted."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a criterion asks of a share: a threshold, on which side of it, and how sure one must be.

    Where `sure` is None, the share itself counts.
    """

    threshold: float
    sure: float | None
    at_least: bool = True

    def is_met_by(self, share: float) -> bool:
        return share >= self.threshold if self.at_least else share <= self.threshold


@dataclass(frozen=True, slots=True)
class Needed:
    """How sure one can be after so many cases, and how many more it takes: 0 for none, None for too many.

    `words` say it, for people.
    """

    reached: float
    more: int | None
    words: str


@dataclass(frozen=True, slots=True)
class GateAsks:
    """What a criterion of a gate asks of the share that an evaluation measures."""

    into: StageName
    criterion: str
    asked: Asked


def gate_asks(
    model: OperatingModel, stage: StageName, measure: str, *, tier: RiskTier
) -> tuple[GateAsks, ...]:
    """List what the next gate that looks at a measure at a risk tier asks of it; past the last one, that.

    A gate may be some stages ahead: what the launch will ask is good to know in the experiment.
    """
    at = STAGES.index(stage)
    asking = {
        into: found
        for into in GATED
        if (found := tuple(_asks(model.gates.get(into), into, measure=measure, tier=tier)))
    }
    ahead = [into for into in asking if STAGES.index(into) > at]
    behind = [into for into in asking if STAGES.index(into) <= at]
    return asking[ahead[0]] if ahead else asking[behind[-1]] if behind else ()


def _asks(gate: Gate | None, into: StageName, *, measure: str, tier: RiskTier) -> Iterator[GateAsks]:
    for id, criterion in gate.criteria.items() if gate is not None else ():
        if criterion.measure != measure or not criterion.asked_at(tier):
            continue
        if (asked := _asked(criterion)) is not None:
            yield GateAsks(into, id, asked)


def _asked(criterion: Criterion) -> Asked | None:
    threshold = criterion.at_most if criterion.at_least is None else criterion.at_least
    if threshold is None:
        return None
    sure = None if criterion.confidence is None else float(criterion.confidence)
    return Asked(float(threshold), sure, criterion.at_least is not None)


def needed(counted: int, total: int, asked: Asked, *, noun: Noun = "case") -> Needed:
    """Say how many more cases it takes, if they turn out as those that are there did.

    `counted` are those whose share is asked about: the passed ones for a rate that must be at least so high,
    the others for one that must be at most so high.

    >>> needed(39, 41, Asked(0.90, 0.95)).words
    '75 more cases that pass as these do would make it 95 % sure'
    >>> needed(80, 100, Asked(0.90, 0.95)).words
    'no number of cases will, as 0.8 is below 0.9'
    >>> needed(0, 40, Asked(0.05, 0.95, at_least=False), noun="attack").words
    '19 more attacks would make it 95 % sure, if all are fended off'
    """
    reach = sure_at_least if asked.at_least else sure_at_most
    reached = reach(counted, total, asked.threshold)
    share = counted / total if total else float(asked.at_least)
    if asked.sure is None:
        met = total > 0 and asked.is_met_by(share)
        return Needed(
            reached, 0 if met else None, _beside(share, asked) if total else f"no {noun} was counted"
        )
    if total and reached >= asked.sure:
        return Needed(reached, 0, f"{_percent(reached)} sure, and {_percent(asked.sure)} is asked")

    whole = sample_for(asked.threshold, sure=asked.sure, expected=share, at_least=asked.at_least)
    if whole is None:
        return Needed(reached, None, _never(share, asked, noun))
    more = max(1, whole - total)
    cases = f"{more:,} {'more ' if total else ''}{noun}{'' if more == 1 else 's'}"
    would = f"would make it {_percent(asked.sure)} sure"
    all_do, as_these_do = _TURNS[noun]
    if share == float(asked.at_least):
        return Needed(reached, more, f"{cases} {would}, if all {all_do}")
    return Needed(reached, more, f"{cases} that {as_these_do} {would}")


_TURNS: dict[Noun, tuple[str, str]] = {
    "case": ("pass", "pass as these do"),
    "attack": ("are fended off", "end as these did"),
}


def _beside(share: float, asked: Asked) -> str:
    return f"{share:.4g}, and {'at least' if asked.at_least else 'at most'} {asked.threshold:g} is asked"


def _never(share: float, asked: Asked, noun: Noun) -> str:
    written, threshold = f"{share:.4g}", f"{asked.threshold:g}"
    if share == asked.threshold:
        return f"no number of {noun}s will, as {written} is the threshold itself"
    if asked.is_met_by(share):
        return f"more than {SAMPLE_MAX:,} {noun}s would, as {written} is too near {threshold}"
    return f"no number of {noun}s will, as {written} is {'below' if asked.at_least else 'above'} {threshold}"


def _percent(share: float) -> str:
    """Write a probability so that what falls short of a round one is not rounded up to it.

    >>> _percent(0.95), _percent(0.9477), _percent(0.99996)
    ('95 %', '94.7 %', '99.9 %')
    """
    return f"{int(share * 1000 + 1e-9) / 10:g} %"

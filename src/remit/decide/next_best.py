"""What to decide next: where a decision is ready, worth something, and makes room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from remit.decide.advice import STALE_TIMES, Advice, CaseFacts

NO_DECISION = frozenset({"in-time", "in-use"})
"""Rules of advice that leave nothing to decide now."""


@dataclass(frozen=True, slots=True)
class Next:
    """One decision with its priority, 0 to 1, the mean of three parts of equal weight.

    `readiness` is 1 where nothing is missing for the decision, else the share of the gate's criteria that are
    met. `worth` is the share of all scores that its score is at or above, and for what is to be parked,
    merged or stopped the rest of that; without a score it is a half. `relief` is its age by twice the 85th
    percentile of cycle times, at most 1: the older a pilot, the more room its decision makes; 1 for what
    waits for people, is due by a sunset rule or has met a kill criterion, and 0 for what else is in use or of
    no known age.
    """

    use_case: str
    name: str
    advice: Advice
    priority: float
    readiness: float
    worth: float
    relief: float
    do: str


def next_best(cases: Iterable[tuple[CaseFacts, Advice]], *, limit: int) -> tuple[Next, ...]:
    """List what to decide next, the most urgent first; of equal ones the older, then the order of ids."""
    found = [
        (_next(facts, advice), facts.age or 0)
        for facts, advice in cases
        if facts.waits or (facts.blocked and facts.in_work) or advice.rule not in NO_DECISION
    ]
    found.sort(key=lambda each: (-each[0].priority, -each[1], each[0].use_case))
    return tuple(each for each, _ in found[:limit])


def _next(facts: CaseFacts, advice: Advice) -> Next:
    ends = advice.advised != "go"
    met = 1 - facts.missing / facts.asked if facts.asked else 0.0
    readiness = 1.0 if ends or facts.ready or facts.waits else met
    score = 0.5 if facts.score is None else facts.score
    worth = 1 - score if ends else score
    relief = min(1.0, facts.age / (STALE_TIMES * facts.p85)) if facts.age is not None and facts.p85 else 0.0
    relief = 1.0 if facts.waits or facts.killed or facts.sunset else relief
    return Next(
        use_case=facts.id,
        name=facts.name,
        advice=advice,
        priority=round((readiness + worth + relief) / 3, 3),
        readiness=round(readiness, 3),
        worth=round(worth, 3),
        relief=round(relief, 3),
        do=_do(facts, advice),
    )


def _do(facts: CaseFacts, advice: Advice) -> str:
    """Say with which command the decision is made; a person runs it."""
    if facts.sunset is not None and advice.rule.startswith("sunset"):
        return facts.sunset.command
    if advice.advised == "stop":
        return f"remit stage retire {facts.id} --reason …"
    if advice.advised == "merge":
        return f"remit stage retire {facts.id} --reason …, or say under `distinct_from` why it is another job"
    if advice.advised == "park":
        return f"take {facts.id} off the list of this quarter, or bring it before its gate"
    if facts.waits:
        return f"remit approval list: {', '.join(facts.waits)} answers"
    if facts.ready:
        return f"remit gate request {facts.id}"
    return f"remit gate show {facts.id}"

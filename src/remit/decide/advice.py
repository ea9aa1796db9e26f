"""Advice on each use case: go, park, merge or stop, by a table of rules over facts.

The first rule that holds decides. Each says the figures that it rests on and what would change it. Advice
moves nothing: a stage is changed by a review, or by a person who takes a use case back.

INVARIANT: `go` becomes `stop` only where something is shown that ends a use case, or a declared sunset rule
fires; calls and evidence never make it so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from remit.decide.duplicate import Group, Member
from remit.decide.sunset import Sunset
from remit.declare.organisation import STAGES, StageName

Advised = Literal["go", "park", "merge", "stop"]

ADVISED: tuple[Advised, ...] = ("go", "park", "merge", "stop")

STALE_TIMES = 2
"""How many times the 85th percentile a pilot that nothing moves is old when it is advised to be stopped."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What rules look at. `age` and `p85` are days, None where not known; `p85` is of cycle times.

    `calls` are those answered in the last 30 days, and `evidence` counts evaluations, studies and
    attestations that are filed. `into` is the stage that the next gate leads into; that gate is `ready` when
    nothing is missing of it. `missing` counts what is, of `asked` criteria, and `governance_only` says that
    nothing of it is measured. `waits` are roles of which an open request asks consent. `killed` are kill
    criteria that are met, `twin` is the use case that it seems to double, and `twin_why` why.
    """

    id: str
    name: str
    unit: str
    stage: StageName
    in_work: bool
    age: int | None = None
    p85: int | None = None
    calls: int = 0
    evidence: int = 0
    into: StageName | None = None
    ready: bool = False
    missing: int = 0
    asked: int = 0
    governance_only: bool = False
    waits: tuple[str, ...] = ()
    killed: tuple[str, ...] = ()
    sunset: Sunset | None = None
    twin: str = ""
    twin_why: str = ""
    score: float | None = None
    """Its score as a share of the scores of all: 1 is the best; None without a score."""

    @property
    def blocked(self) -> bool:
        """Say whether governance alone holds it: an open request, or a gate that lacks only people's word."""
        return bool(self.waits) or (self.governance_only and not self.killed)

    @property
    def moves(self) -> bool:
        """Say whether anything shows that it is worked on: calls, or evidence."""
        return bool(self.calls or self.evidence)

    @property
    def late(self) -> bool:
        return self.age is not None and self.p85 is not None and self.age > self.p85


@dataclass(frozen=True, slots=True)
class Advice:
    """What is advised, by which rule, with its figures, and what would change it."""

    use_case: str
    unit: str
    stage: StageName
    advised: Advised
    rule: str
    why: str
    unless: str


@dataclass(frozen=True, slots=True)
class Rule:
    advised: Advised
    name: str
    holds: Callable[[CaseFacts], bool]
    why: Callable[[CaseFacts], str]
    unless: Callable[[CaseFacts], str]


def _age(facts: CaseFacts) -> str:
    return f"{facts.age:,} days old; 85 of 100 were in use within {facts.p85:,}"


def _lacks(facts: CaseFacts) -> str:
    if facts.into is None:
        return "no gate is next"
    return f"the gate into `{facts.into}` lacks {facts.missing:,} of {facts.asked:,}"


def _nothing(facts: CaseFacts) -> str:
    return "no call in 30 days and no evidence"


_SHOW = "a call, an evaluation, a study or an attestation"

RULES: tuple[Rule, ...] = (
    Rule(
        "stop",
        "kill-criterion",
        lambda facts: bool(facts.killed),
        lambda facts: f"kill criterion met: {', '.join(f'`{each}`' for each in facts.killed)}",
        lambda facts: "newer evidence by which it is not met",
    ),
    Rule(
        "stop",
        "sunset-retire",
        lambda facts: facts.sunset is not None and facts.sunset.recommend == "retire",
        lambda facts: _sunset(facts),
        lambda facts: "another rule, or that it holds no more",
    ),
    Rule(
        "park",
        "sunset-demote",
        lambda facts: facts.sunset is not None,
        lambda facts: _sunset(facts),
        lambda facts: "another rule, or that it holds no more",
    ),
    Rule(
        "merge",
        "duplicate",
        lambda facts: bool(facts.twin),
        lambda facts: f"seems to do the job of `{facts.twin}`: {facts.twin_why}",
        lambda facts: f"`distinct_from: {{{facts.twin}: why}}` in its declaration",
    ),
    Rule(
        "go",
        "gate-met",
        lambda facts: facts.ready and facts.into is not None,
        lambda facts: (
            f"all {facts.asked:,} criteria of the gate into `{facts.into}` are met"
            + (f"; {', '.join(facts.waits)} must agree" if facts.waits else "")
        ),
        lambda facts: "a criterion that turns, or evidence that runs out",
    ),
    Rule(
        "stop",
        "stale",
        lambda facts: facts.late and not facts.moves and (facts.age or 0) > STALE_TIMES * (facts.p85 or 0),
        lambda facts: f"{_age(facts)}; {_nothing(facts)}",
        lambda facts: _SHOW,
    ),
    Rule(
        "park",
        "late-and-still",
        lambda facts: facts.late and not facts.moves,
        lambda facts: f"{_age(facts)}; {_nothing(facts)}",
        lambda facts: f"{_SHOW}; past {STALE_TIMES * (facts.p85 or 0):,} days it is advised to stop",
    ),
    Rule(
        "park",
        "undated-and-still",
        lambda facts: facts.in_work and facts.age is None and not facts.moves,
        lambda facts: f"nobody says since when it is worked on; {_nothing(facts)}",
        lambda facts: f"`history: initiated`, or {_SHOW}",
    ),
    Rule(
        "go",
        "late-and-moving",
        lambda facts: facts.late,
        lambda facts: (
            f"{_age(facts)}; {facts.calls:,} calls in 30 days, {facts.evidence:,} pieces of evidence"
        ),
        lambda facts: f"no call and no evidence; {_lacks(facts)}",
    ),
    Rule(
        "go",
        "in-use",
        lambda facts: not facts.in_work,
        lambda facts: f"in use; {facts.calls:,} calls in 30 days",
        lambda facts: "a kill criterion that is met, or a sunset rule",
    ),
    Rule(
        "go", "in-time", lambda facts: True, lambda facts: _in_time(facts), lambda facts: _until_late(facts)
    ),
)
"""The table, in order; the last rule always holds."""


def _in_time(facts: CaseFacts) -> str:
    if facts.age is None:
        return (
            f"{facts.calls:,} calls in 30 days, {facts.evidence:,} pieces of evidence; its age is not known"
        )
    if facts.p85 is None:
        return f"{facts.age:,} days old; too few are in use to say what is late"
    return _age(facts)


def _until_late(facts: CaseFacts) -> str:
    if facts.p85 is None:
        return _lacks(facts)
    return f"{_lacks(facts)}; past {facts.p85:,} days without calls or evidence it is advised to park"


def _sunset(facts: CaseFacts) -> str:
    assert facts.sunset is not None, "the rule holds only where one fires"
    fired = facts.sunset
    return f"sunset rule `{fired.rule}` of {fired.layer}, due since {fired.due}: {fired.says}"


def advise(facts: CaseFacts) -> Advice:
    """Advise on one use case; the same facts give the same advice."""
    rule = next(each for each in RULES if each.holds(facts))
    return Advice(
        facts.id, facts.unit, facts.stage, rule.advised, rule.name, rule.why(facts), rule.unless(facts)
    )


def twins(groups: Iterable[Group], moving: Mapping[str, int]) -> dict[str, tuple[str, str]]:
    """Say of each duplicate which use case it would be merged into, and why.

    Of a group the one stays that is farthest along; of equal ones, the one of which most is known (`moving`
    counts calls and evidence), then the first by id. What is retired takes nobody in. Two of which somebody
    explained why they are not the same job are not merged.
    """
    found: dict[str, tuple[str, str]] = {}

    def rank(member: Member) -> tuple[int, int, str]:
        return (-STAGES.index(member.stage), -moving.get(member.id, 0), member.id)

    for group in groups:
        living = sorted((each for each in group.members if each.stage != "retired"), key=rank)
        apart = {frozenset((each.use_case, each.other)) for each in group.explained}
        for member in living[1:]:
            kept = living[0]
            if frozenset((member.id, kept.id)) not in apart and member.id not in found:
                why = group.reasons[0].words if group.reasons else "alike"
                found[member.id] = (kept.id, why)
    # Whoever stays in one group is not merged away in another: nobody is sent to who is gone.
    stays = {kept for kept, _ in found.values()}
    return {name: twin for name, twin in found.items() if name not in stays}

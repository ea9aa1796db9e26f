"""A text that guardrails were tried on: what they found in it, and what would become of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remit.declare.guardrail import Handling
from remit.enforce.guardrail.finding import Confidence
from remit.enforce.guardrail.look import shown
from remit.enforce.guardrail.screen import Finding, Guard
from remit.enforce.guardrail.trust import Policy, Side, Trust
from remit.enforce.guardrail.watch import Score
from remit.report.findings import Said


@dataclass(frozen=True, slots=True)
class TriedGuardrail:
    """A guardrail that was asked, and the layer that asks for it, or `request`."""

    address: str
    mode: str
    asked_by: str
    owner: str


@dataclass(frozen=True, slots=True)
class FoundPart:
    """What was found, from `start` to before `end`, and what each guardrail says of it."""

    policy: Policy
    type: str
    kind: str
    start: int
    end: int
    confidence: Confidence
    score: float | None
    threshold: float | None
    action: Handling
    said: tuple[Said, ...]
    mark: str


@dataclass(frozen=True, slots=True)
class TriedScore:
    """How an answer does by one guardrail's measure, and the least that passes there."""

    guardrail: str
    type: str
    score: float
    threshold: float
    passes: bool


@dataclass(frozen=True, slots=True)
class TriedText:
    """What guardrails say of a text. `text` is as it would go on, and empty where it is stopped.

    `cleared` counts what was found of which people have said that it is no finding. `not_asked` are
    guardrails by others, which are not asked here.
    """

    guardrails: tuple[TriedGuardrail, ...]
    side: Side
    trust: Trust
    characters: int
    found: tuple[FoundPart, ...]
    scores: tuple[TriedScore, ...]
    cleared: int
    action: Handling
    text: str
    message: str
    not_asked: tuple[str, ...]
    cpu_ms: float


def tried_guardrails(guards: Sequence[Guard]) -> tuple[TriedGuardrail, ...]:
    return tuple(TriedGuardrail(each.address, each.policies.mode, each.origin, each.owner) for each in guards)


def tried_score(guards: Sequence[Guard], score: Score) -> TriedScore:
    guardrail = guards[score.guard].address
    return TriedScore(guardrail, score.type, round(score.score, 3), score.threshold, score.passes)


def found_part(guards: Sequence[Guard], finding: Finding) -> FoundPart:
    """Say of a finding what people ask: what, where, how sure, and who says what."""
    said = [Said(guards[guard].address, action, shadow=False) for guard, action in finding.said]
    said += (Said(guards[guard].address, action, shadow=True) for guard, action in finding.shadowed)
    return FoundPart(
        policy=finding.policy,
        type=shown(finding.type),
        kind=finding.kind,
        start=finding.start,
        end=finding.end,
        confidence=finding.confidence,
        score=finding.score,
        threshold=finding.threshold,
        action=finding.action,
        said=tuple(said),
        mark=finding.mark,
    )

"""Noted: what the ledger and an answer's account say of findings. The words that were found are not in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from remit.declare.guardrail import HANDLINGS, Handling
from remit.enforce.guardrail.finding import CONFIDENCES, Confidence
from remit.enforce.guardrail.look import shown
from remit.enforce.guardrail.screen import Finding, Guard
from remit.enforce.guardrail.trust import Policy, Side, Trust

MARKS_MAX = 8
NOTED_MAX = 40


class Noted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How often one type of finding came up in the texts of one speaker, and what became of it.

    `action` is what was done, `none` where it was only noted. `guardrails` asked for it, each with its own
    word; `shadow` are those that only watch, with what they would have done. `marks` are keyed hashes of the
    words, the first few of them, by which people can say later that they were no finding.
    """

    side: Side
    policy: Policy
    type: str
    trust: Trust
    action: Handling
    count: int = 1
    confidence: Confidence = "high"
    kind: str = ""
    guardrails: dict[str, Handling] = {}
    shadow: dict[str, Handling] = {}
    score: float | None = None
    threshold: float | None = None
    marks: tuple[str, ...] = ()


def noted(guards: Sequence[Guard], side: Side, findings: Iterable[Finding]) -> tuple[Noted, ...]:
    """Sum up findings by speaker, policy, type and action; of too many, the strictest are kept."""
    grouped: dict[tuple[str, ...], list[Finding]] = {}
    for each in findings:
        grouped.setdefault((each.trust, each.policy, shown(each.type), each.kind, each.action), []).append(
            each
        )
    groups = list(grouped.values())
    if len(groups) > NOTED_MAX:
        groups.sort(key=lambda group: HANDLINGS.index(group[0].action), reverse=True)
    return tuple(_one(guards, side, group) for group in groups[:NOTED_MAX])


def _one(guards: Sequence[Guard], side: Side, group: Sequence[Finding]) -> Noted:
    first = group[0]
    scores = [each.score for each in group if each.score is not None]
    return Noted(
        side=side,
        policy=first.policy,
        type=shown(first.type),
        trust=first.trust,
        action=first.action,
        count=len(group),
        confidence=max((each.confidence for each in group), key=CONFIDENCES.index),
        kind=first.kind,
        guardrails=_by_guard(guards, (said for each in group for said in each.said)),
        shadow=_by_guard(guards, (said for each in group for said in each.shadowed)),
        score=min(scores) if scores else None,
        threshold=first.threshold,
        marks=tuple(dict.fromkeys(each.mark for each in group if each.mark))[:MARKS_MAX],
    )


def _by_guard(guards: Sequence[Guard], said: Iterable[tuple[int, Handling]]) -> dict[str, Handling]:
    found: dict[str, Handling] = {}
    for number, action in said:
        address = guards[number].address
        found[address] = max(found.get(address, "none"), action, key=HANDLINGS.index)
    return found

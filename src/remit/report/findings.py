"""Findings as people read them: what guardrails found, how often, and what somebody said of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from remit.declare.guardrail import Handling
from remit.enforce.guardrail.trust import Policy, Side
from remit.record.decided import Verdict
from remit.record.found import FindingKey, FindingRow


@dataclass(frozen=True, slots=True)
class Said:
    """One guardrail's word on a finding; in `shadow` it only watched, and would have done that."""

    guardrail: str
    action: Handling
    shadow: bool


@dataclass(frozen=True, slots=True)
class FindingLine:
    """What was found, in how many calls and which, and what guardrails said. The words are kept nowhere.

    What has no `mark` cannot be reviewed: it is judged from an answer as a whole, or had too many words.
    """

    mark: str
    use_case: str
    side: Side
    policy: Policy
    type: str
    kind: str
    calls: int
    first: datetime
    last: datetime
    first_call: str
    last_call: str
    said: tuple[Said, ...]
    verdict: Verdict | Literal[""]


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings, what was found last first; `more` says that there are others beyond the limit."""

    lines: tuple[FindingLine, ...]
    more: bool = False


def finding_lines(rows: Iterable[FindingRow]) -> tuple[FindingLine, ...]:
    """Put what several guardrails said of the same words into one line."""
    grouped: dict[tuple[str, ...], list[FindingRow]] = {}
    for row in rows:
        key = row.key
        same = (key.mark, key.use_case, key.side, key.policy, key.type, key.kind)
        # What has no mark is not known to be the same words, so each guardrail's is a line of its own.
        grouped.setdefault(same if key.mark else (*same, key.guardrail, key.action), []).append(row)
    return tuple(_line(group) for group in grouped.values())


def _line(rows: list[FindingRow]) -> FindingLine:
    key = rows[0].key
    first = min((row.sum.first, row.sum.first_call) for row in rows)
    last = max((row.sum.last, row.sum.last_call) for row in rows)
    return FindingLine(
        mark=key.mark,
        use_case=key.use_case,
        side=key.side,
        policy=key.policy,
        type=key.type,
        kind=key.kind,
        calls=max(row.sum.calls for row in rows),
        first=first[0],
        last=last[0],
        first_call=first[1],
        last_call=last[1],
        said=tuple(_said(row.key) for row in rows),
        verdict=rows[0].verdict,
    )


def _said(key: FindingKey) -> Said:
    return Said(key.guardrail, key.action, key.shadow)

"""Found: what guardrails found, counted by the words, for the queue that people look through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from remit.declare.guardrail import Handling
from remit.enforce.guardrail.noted import Noted
from remit.enforce.guardrail.trust import Policy, Side
from remit.record.decided import Verdict


@dataclass(frozen=True, slots=True)
class FindingKey:
    """What findings are counted by: the same words, found by the same guardrail, which said the same of them.

    `action` is its own word, and what it would have been where it only watches, in `shadow`. `kind` says of
    an attack which sort it is. Words that were too many to be marked, and texts that have no mark, have none.
    """

    use_case: str
    side: Side
    policy: Policy
    type: str
    kind: str
    guardrail: str
    shadow: bool
    action: Handling
    mark: str


@dataclass(slots=True)
class FindingSum:
    """In how many calls something was found, and in which first and last."""

    calls: int
    first: datetime
    last: datetime
    first_call: str
    last_call: str

    def add(self, other: FindingSum) -> None:
        self.calls += other.calls
        if (other.first, other.first_call) < (self.first, self.first_call):
            self.first, self.first_call = other.first, other.first_call
        if (other.last, other.last_call) > (self.last, self.last_call):
            self.last, self.last_call = other.last, other.last_call


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as the queue has it, with what a person said of it last; empty if nobody did."""

    key: FindingKey
    sum: FindingSum
    verdict: Verdict | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings to list; empty fields do not filter. Those `waiting` are those nobody spoke of yet."""

    use_case: str = ""
    type: str = ""
    mark: str = ""
    shadow: bool | None = None
    waiting: bool | None = None
    since: datetime | None = None


def finding_keys(use_case: str, found: Noted) -> Iterable[FindingKey]:
    """List what a finding is counted by: each guardrail's word on each of the words that were found."""
    for said, shadow in ((found.guardrails, False), (found.shadow, True)):
        for guardrail, action in said.items():
            for mark in found.marks or ("",):
                yield FindingKey(
                    use_case=use_case,
                    side=found.side,
                    policy=found.policy,
                    type=found.type,
                    kind=found.kind,
                    guardrail=guardrail,
                    shadow=shadow,
                    action=action,
                    mark=mark,
                )

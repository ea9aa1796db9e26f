"""Tool days: what came of an agent's calls of one tool on a day, by the kind of whom they reach.

Autonomy is earned by these sums, so that no call of a tool has to look through the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date
from typing import NamedTuple

from remit.record.tool_entry import TargetClass, ToolCalled

BREACHES = frozenset({"tool-limit-reached", "budget-exhausted", "no-budget"})
"""Rules that refuse a call because a budget or a limit is used up."""

NOT_OF_THE_AGENT = frozenset({"kill-switch", "approval-denied"})
"""Rules that refuse whatever the agent tries, because a person said so."""


class ToolDayKey(NamedTuple):
    """What calls are summed up by; the day is one of UTC."""

    use_case: str
    day: date
    tool: str
    target_class: TargetClass

    @classmethod
    def of(cls, entry: ToolCalled) -> ToolDayKey:
        day = entry.at.astimezone(UTC).date()
        return cls(entry.purpose.use_case, day, entry.tool, entry.target_class)


@dataclass(slots=True)
class ToolDaySum:
    """How many calls were done, of which `approved` by a person, and what came of the others.

    `denied` are those that were refused to the agent, and `breached` those refused because a budget or a
    limit was used up. Of `unclear` ones nobody could say whether they were done.
    """

    done: int = 0
    approved: int = 0
    failed: int = 0
    unclear: int = 0
    waiting: int = 0
    denied: int = 0
    breached: int = 0

    def add(self, entry: ToolCalled) -> None:
        rule = entry.decision.rule
        self.done += entry.status == "completed"
        self.approved += entry.status == "completed" and bool(entry.approval)
        self.failed += entry.status == "failed"
        self.unclear += entry.status == "unknown"
        self.waiting += entry.status == "waiting"
        if entry.status == "refused":
            self.breached += rule in BREACHES
            self.denied += rule not in BREACHES and rule not in NOT_OF_THE_AGENT

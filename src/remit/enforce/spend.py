"""Spend: a budget as calls meet it, and the accounts that its windows have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from remit.declare.remit_layer import Breach
from remit.kernel.period import Per

BREACH_SAID: Mapping[Breach, str] = {"deny": "", "downgrade": ", downgrades", "warn": ", warns only"}
"""What is said of a budget that does not just refuse."""


@dataclass(frozen=True, slots=True, order=True)
class Spend:
    """A budget that covers the use case: the pool it draws from, and how much each window holds.

    With `each`, every key or agent that draws from the pool has the limit for itself.
    """

    pool: str
    per: Per
    limit: Decimal
    owner: str
    each: Literal["", "key", "agent"] = ""
    on_breach: Breach = "deny"

    @property
    def id(self) -> str:
        return f"{self.pool}:each-{self.each}:{self.per}" if self.each else f"{self.pool}:{self.per}"

    @property
    def each_said(self) -> str:
        return f" for each {self.each}" if self.each else ""

    def account(self, starts: str, *, key: str, agent: str) -> str | None:
        """Name the account of a window that starts on a day; None if the budget does not cover the caller.

        A budget for each agent does not cover calls by keys that are bound to none.
        """
        if not self.each:
            return f"{self.id}:{starts}"
        holder = key if self.each == "key" else agent
        return f"{self.id}:{holder}:{starts}" if holder else None


def busiest(posted: Mapping[str, Decimal]) -> dict[str, str]:
    """Name the account that most is posted in, for each budget's window, as its id and the window's start.

    Where every key or agent has an account of its own, it is the one that comes first to the limit.
    """
    found: dict[str, str] = {}
    for name, amount in posted.items():
        budget, _, starts = name.rpartition(":")
        pool, shared, rest = budget.partition(":each-")
        if shared:
            # Who has the account stands after the share and the period, and may hold a colon.
            share, per = rest.split(":")[:2]
            budget = f"{pool}:each-{share}:{per}"
        window = f"{budget}:{starts}"
        if window not in found or posted[found[window]] < amount:
            found[window] = name
    return found

"""Spend: a budget as calls meet it, and the accounts that its windows have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from remit.declare.remit_layer import BREACHES, Breach, Budget
from remit.enforce.pool import Each, each_said, holder, id_of, pool_of
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
    each: Each = ""
    on_breach: Breach = "deny"

    @property
    def id(self) -> str:
        return f"{id_of(self.pool, self.each)}:{self.per}"

    @property
    def each_said(self) -> str:
        return each_said(self.each)

    def account(self, starts: str, *, key: str, agent: str) -> str | None:
        """Name the account of a window that starts on a day; None if the budget does not cover the caller."""
        whose = holder(self.each, key=key, agent=agent)
        if whose is None:
            return None
        return f"{self.id}:{whose}:{starts}" if whose else f"{self.id}:{starts}"


def meet_budgets(one: tuple[Spend, ...], other: tuple[Spend, ...]) -> tuple[Spend, ...]:
    """All budgets hold at once; of two that are the same one, the smaller limit and what refuses more."""
    found: dict[str, Spend] = {}
    for spend in sorted((*one, *other)):
        first = found.setdefault(spend.id, spend)
        if BREACHES.index(spend.on_breach) < BREACHES.index(first.on_breach):
            found[spend.id] = replace(first, on_breach=spend.on_breach)
    return tuple(sorted(found.values()))


def stated_budgets(
    layer: str, owner: str, budgets: tuple[Budget, ...] | str, use_case: str
) -> tuple[Spend, ...]:
    """Read off a layer's budgets for a use case; no budget stands for `unlimited`."""
    found = []
    for budget in () if isinstance(budgets, str) else budgets:
        pool, each = pool_of(layer, budget.each, use_case)
        found.append(Spend(pool, budget.per, budget.limit.amount, owner, each, budget.on_breach))
    return tuple(found)


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

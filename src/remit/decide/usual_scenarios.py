"""Scenarios that are usually asked about: less money or more, dearer work, fewer people."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from remit.declare.portfolio import Portfolio
from remit.declare.scenario import Scenario
from remit.kernel.money import Money

USUAL: Mapping[str, tuple[str, Decimal]] = {
    "less": ("A quarter less money", Decimal("0.75")),
    "more": ("Half as much money again", Decimal("1.5")),
    "dearer": ("Everything costs a fifth more", Decimal("1.2")),
    "fewer": ("A fifth less of every skill", Decimal("0.8")),
}
"""By name, what is different, and by which factor."""


def usual_scenario(name: str, portfolio: Portfolio) -> Scenario | None:
    """Make one of them out of what is declared; None where it would change nothing."""
    called, factor = USUAL[name]
    if name in ("less", "more"):
        if not portfolio.budgets:
            return None
        return Scenario(name=called, budgets=tuple(_times(each, factor) for each in portfolio.budgets))
    if name == "dearer":
        return Scenario(name=called, cost_factor=factor)
    if not portfolio.capacity:
        return None
    capacity = {skill: tuple(each * factor for each in of) for skill, of in portfolio.capacity.items()}
    return Scenario(name=called, capacity=capacity)


def _times(amount: Money, factor: Decimal) -> Money:
    return Money((amount.amount * factor).quantize(Decimal("0.01")), amount.currency)

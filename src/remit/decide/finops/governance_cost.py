"""The cost of governance: what evaluations, judges and guardrails were charged, and what nobody can cost.

People's time has no declared rate, so no money is made of it: how long others wait for them is said in hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from remit.decide.finops.allocation import AllocationLine
from remit.decide.lead_time import LeadTime, Spread
from remit.decide.worth.cost import total
from remit.kernel.money import EXACT, ZERO, plain

Checking = Literal["evaluation", "judge"]
"""Calls of an evaluation, or of a model that judges the text of another call."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Calls that checked something, of one use case."""

    use_case: str
    what: Checking
    calls: int
    charge: Decimal


@dataclass(frozen=True, slots=True)
class GovernanceCost:
    """What governance cost in some days, in parts of the charges and costs that are in the total as well.

    `waits` is how long reviews took by risk tier over `days` days up to now; `open` wait now, the oldest for
    `oldest_hours`. None of that is in `amount`.
    """

    amount: Decimal
    evaluations: Decimal
    evaluation_calls: int
    judges: Decimal
    judge_calls: int
    guardrails: Decimal
    days: int
    waits: Mapping[str, Spread]
    open: int
    oldest_hours: Decimal | None


def governance_cost(
    checked: Iterable[Checked], lines: Iterable[AllocationLine], lead: LeadTime, *, days: int
) -> GovernanceCost:
    """Put together what governance cost.

    Guardrails are shared blocks, with what they took to build, and what those by others were charged.
    """
    charged: dict[Checking, Decimal] = {"evaluation": ZERO, "judge": ZERO}
    calls: dict[Checking, int] = {"evaluation": 0, "judge": 0}
    for each in checked:
        charged[each.what] = EXACT.add(charged[each.what], each.charge)
        calls[each.what] += each.calls
    guardrails = total(
        each.amount
        for each in lines
        if each.part in ("blocks", "guardrails") and each.name.startswith("guardrail/")
    )
    return GovernanceCost(
        amount=plain(total((*charged.values(), guardrails))),
        evaluations=plain(charged["evaluation"]),
        evaluation_calls=calls["evaluation"],
        judges=plain(charged["judge"]),
        judge_calls=calls["judge"],
        guardrails=plain(guardrails),
        days=days,
        waits={tier: each for tier, each in lead.by_tier.items() if each.count},
        open=lead.queue.open,
        oldest_hours=lead.queue.oldest_hours,
    )

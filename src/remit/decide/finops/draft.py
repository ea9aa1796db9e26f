"""A draft of a saving: its money, worked out day by day, before what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from remit.decide.finops.pace import DAYS_LEAST, pace
from remit.decide.finops.saving import Edit, QualityShown, Saving, SavingKind
from remit.decide.finops.tariff import near, total
from remit.decide.finops.workload import Workload
from remit.declare.block import ModelBlock, RouteTarget
from remit.declare.check_service_tiers import TAKE_TIERS
from remit.declare.price import Tier
from remit.declare.simulated import counts
from remit.kernel.money import Money, canonical

CALLS_OF = "calls of"
"""The figure that names the model whose calls a saving is about. One without it is about all calls of the use
case, so that it is about the same calls as any other."""

UNKNOWN = QualityShown("unknown", says="no evaluation shows what becomes of the answers")


def draft(
    work: Workload,
    kind: SavingKind,
    *,
    subject: str = "",
    calls: int,
    was: Sequence[Decimal],
    would: Sequence[Decimal],
) -> Saving:
    """Begin a saving from what calls were charged on each day and what they would have cost."""
    begun = _begun(was)
    month = pace(was[begun:], would[begun:])
    return Saving(
        kind=kind,
        use_case=work.use_case,
        unit=work.unit,
        subject=subject,
        summary="",
        since=work.since,
        until=work.until,
        calls=calls,
        charged=total(list(was)),
        would=total(list(would)),
        a_month=month.a_month,
        low=month.low,
        high=month.high,
        currency=work.currency,
        basis=month.basis,
        quality=UNKNOWN,
        simulated=not counts(work.model, work),
    )


def _begun(was: Sequence[Decimal]) -> int:
    """Say on which day these calls began: days before it say nothing of their pace; a week is looked at."""
    first = next((day for day, charged in enumerate(was) if charged), 0)
    return max(0, min(first, len(was) - DAYS_LEAST))


def money(work: Workload, amount: Decimal) -> str:
    """Write an amount for people: exact where it is short, to a millionth where it is not."""
    return Money(near(amount), work.currency).display()


def share(part: int | Decimal, whole: int | Decimal) -> str:
    """Write a part as a percentage; of nothing it is none.

    >>> share(1, 3), share(0, 0)
    ('33.3 %', '0 %')
    """
    return f"{float(part) / float(whole) * 100:.3g} %" if whole else "0 %"


def with_tier(
    work: Workload, address: str, block: ModelBlock, *, tier: Tier, factor: Decimal
) -> tuple[Edit, ...]:
    """Declare a tier's rates from the day after on, where there are none of it yet."""
    price = block.price_at(work.until + timedelta(days=1))
    if price is None or tier in price.tiers:
        return ()

    def more(row: Mapping[str, Any]) -> Mapping[str, Any]:
        tiers = row.get("tiers", {})
        return row if tier in tiers else {**row, "tiers": {**tiers, tier: {"factor": canonical(factor)}}}

    return (further_price(work, address, block, more),)


def further_price(
    work: Workload, address: str, block: ModelBlock, more: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Edit:
    """Say more of a model's prices from the day after on: in a further one, and in those to come."""
    starts = work.until + timedelta(days=1)
    price = block.price_at(starts)
    assert price is not None, "what has no price is advised nothing of"
    rows = [each.model_dump(mode="json", exclude_unset=True) for each in block.prices]
    if price.starts != starts:
        rows.append(price.model_dump(mode="json", exclude_unset=True) | {"starts": starts.isoformat()})
    said = [dict(more(row)) if row["starts"] >= starts.isoformat() else row for row in rows]
    return Edit(address, "prices", sorted(said, key=lambda row: str(row["starts"])))


def served_in(work: Workload, address: str, block: ModelBlock, *, tier: Tier) -> tuple[Edit, ...]:
    """Have calls of a use case that ask for no tier made in one; nothing where it cannot be asked for."""
    technology = work.model.providers[block.provider].technology
    if not work.use_case or technology not in TAKE_TIERS or "service_tier" in block.options:
        return ()
    return (Edit(f"use-case/{work.use_case}", f"service_tiers.{address}", tier),)


def of_all(part: int, whole: int) -> str:
    """Write a count of a whole.

    >>> of_all(1, 4)
    '1 of 4 (25 %)'
    """
    return f"{part:,} of {whole:,} ({share(part, whole)})"


def through_a_route(work: Workload, targets: Sequence[RouteTarget]) -> Edit:
    """Declare a route of the use case's own: callers ask for it, and where it leads can be changed at once.

    It gives no access, and the next target steps in where one fails.
    """
    body = {
        "name": f"The economical way of {work.use_case}",
        "owner": work.model.owner_of(work.use_case),
        "targets": [each.model_dump(mode="json", exclude_unset=True) for each in targets],
    }
    return Edit(route_address(work), "", body)


def route_address(work: Workload) -> str:
    return f"route/{work.use_case[:70].rstrip('-')}-economy"


def ask_for_the_route(work: Workload) -> str:
    """Say what callers do once the route is there."""
    return f"have callers ask for model `{route_address(work).partition('/')[2]}` once it is applied"

"""Periods with calls in them, for tests of allocation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from remit.decide.bill_sum import Span
from remit.decide.finops.period_cost import Booked, Period
from remit.declare.capacity import Capacity
from remit.declare.operating_model import OperatingModel
from remit.record.decided import Adjustment
from remit.record.guardrail_charge import GuardrailKey, GuardrailSum
from remit.record.projection import StageFact, UsageKey, UsageSum
from strategies import operating_model, utc

OCTOBER = Span(date(2026, 10, 1), date(2026, 10, 31))
LIVE = ("triage", "letters", "photos")
CASES: dict[str, Any] = {
    "triage": {"name": "Triage", "unit": "motor", "purpose": "Sort claims."},
    "letters": {"name": "Letters", "unit": "claims", "purpose": "Write letters."},
    "photos": {"name": "Photos", "unit": "motor", "purpose": "Look at photos."},
}


def house(*, platform: Any = None, zone: str = "Europe/Amsterdam", **sections: Any) -> OperatingModel:
    """Declare three use cases of two units, with what all share under `platform`."""
    organisation = {"name": "Harbour", "contact": "head@example.com", "currency": "EUR", "time_zone": zone}
    portfolio = {"economics": {"platform": platform or {}}}
    return operating_model(
        **{"organisation": organisation, "use_cases": CASES, "portfolio": portfolio, **sections}
    )


def calls(
    use_case: str,
    charge: str = "0",
    *,
    calls: int = 1,
    unit: str = "motor",
    hour: str = "2026-10-10T09:00:00Z",
    model: str = "model/a",
    tokens: tuple[int, int] = (100, 10),
    **key: Any,
) -> tuple[UsageKey, UsageSum]:
    stated: dict[str, Any] = {"stage": "launch", "key": "k", "currency": "EUR", "simulated": False} | key
    at = UsageKey(hour=hour, use_case=use_case, unit=unit, model=model, **stated)
    sums = UsageSum(calls=calls, charge=Decimal(charge), input_tokens=tokens[0], output_tokens=tokens[1])
    return at, sums


def guarded(
    use_case: str,
    charge: str,
    *,
    units: int = 1,
    unit: str = "motor",
    custom: str = "cloud",
    currency: str = "EUR",
    commitment: str = "",
) -> tuple[GuardrailKey, GuardrailSum]:
    whose = "2026-10-10T09:00:00Z", use_case, unit
    key = GuardrailKey(*whose, "guardrail/inputs@1", custom, currency, commitment=commitment)
    return key, GuardrailSum(1, units, Decimal(charge))


def adjustment(amount: str, days: Span = OCTOBER, **fields: Any) -> Adjustment:
    stated: dict[str, Any] = {"id": "a1", "reason": "discount", "note": "late", "currency": "EUR"} | fields
    return Adjustment(
        at=utc(2026, 11, 2),
        since=days.first,
        until=days.last,
        amount=Decimal(amount),
        author="finance@example.com",
        **stated,
    )


def period(
    model: OperatingModel,
    *rows: tuple[UsageKey, UsageSum],
    days: Span = OCTOBER,
    booked: Sequence[Booked] = (),
    capacity: Mapping[str, Any] | None = None,
    stages: Mapping[str, StageFact] | None = None,
    **more: Any,
) -> Period:
    declared = {id: Capacity.model_validate(each) for id, each in (capacity or {}).items()}
    midnight = time(tzinfo=model.organisation.zone)
    live = {name: StageFact("launch", date(2026, 1, 1), "reviewed") for name in LIVE}
    return Period(
        model=model.model_copy(update={"capacity": declared}),
        label=f"{days.first:%Y-%m}",
        days=days,
        start=datetime.combine(days.first, midnight),
        end=datetime.combine(days.last + timedelta(days=1), midnight),
        rows=rows,
        stages=live if stages is None else stages,
        booked=booked,
        **more,
    )

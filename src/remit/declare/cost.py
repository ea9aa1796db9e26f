"""Costs that no call makes: people, change, tools and the platform, and over how long they are counted."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import PlainValidator as Reads

from remit.declare.declared import Amount, Day, Declared, Id, Rate, Title, whole
from remit.declare.shared import SharedBy

CostKind = Literal["people", "change", "tools", "other"]
"""What money goes to, beside calls: people's work, the change of how others work, tools, something else."""

Every = Literal["once", "month", "quarter", "year"]
"""How often it is paid."""

MONTHS_MAX = 120


def _months(value: Any) -> int:
    months = int(whole(value))
    if not 1 <= months <= MONTHS_MAX:
        raise ValueError(f"write a number of months from 1 to {MONTHS_MAX}")
    return months


Months = Annotated[int, Reads(_months)]
"""A number of whole months, 1 to 120."""


class Cost(Declared):
    """What something costs beside its calls."""

    name: Title
    """What is paid for."""
    kind: CostKind
    """What the money goes to."""
    amount: Amount
    """How much it is."""
    every: Every
    """How often it is paid."""
    since: Day | None = None
    """The first day on which it is paid; left out, it is paid already."""
    until: Day | None = None
    """The last day on which it is paid; left out, it goes on."""


class PlatformCost(Cost):
    """What all use cases together cost, whichever of them there are."""

    shared_by: SharedBy = "calls"
    """By what it is split among the use cases that are neither envisioned nor retired. Where nobody called in
    the days that are looked at, into equal parts."""
    weights: dict[Id, Rate] = {}
    """For `weighted`: the weight of each use case; one that is not named has none."""


class Economics(Declared):
    """How money is counted: over how long, at what rate, and what all use cases share."""

    horizon_months: Months = 36
    """Over how many months a use case is counted; what is paid once is spread over these."""
    discount_rate: Rate | None = None
    """What money a year later is worth less, such as `0.08`; left out, no net present value is worked out."""
    platform: dict[Id, PlatformCost] = {}
    """What all use cases share, by id."""
    calls_of_volume: Rate = Decimal("0.5")
    """The part of the declared volume that calls must reach for adoption not to be the broken link."""
    failed_calls_max: Rate = Decimal("0.05")
    """The part of the calls that may fail for the model not to be the broken link."""

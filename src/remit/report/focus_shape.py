"""The shape of a FOCUS export: its columns, its month, and how a cell is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from remit.kernel.money import canonical

Cell = str | Decimal | datetime | None
Cells = dict[str, Cell]

Per = Literal["hour", "day", "month"]
"""How long a charge period is."""

WRITTEN = (
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd"),
    *("BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency"),
    *("ChargePeriodEnd", "ChargePeriodStart", "CommitmentDiscountCategory", "CommitmentDiscountId"),
    *("CommitmentDiscountName", "CommitmentDiscountQuantity", "CommitmentDiscountStatus"),
    *("CommitmentDiscountType", "CommitmentDiscountUnit", "ConsumedQuantity", "ConsumedUnit"),
    *("ContractedCost", "ContractedUnitPrice", "EffectiveCost", "HostProviderName", "InvoiceIssuerName"),
    *("ListCost", "ListUnitPrice", "PricingCategory", "PricingQuantity", "PricingUnit", "ResourceId"),
    *("ServiceCategory", "ServiceName", "ServiceProviderName", "ServiceSubcategory", "SkuId", "SkuMeter"),
    *("SkuPriceDetails", "SkuPriceId", "Tags"),
)
"""The columns of version 1.4 that are written."""

WRITTEN_IN_DRAFT = ("CredentialId", "PrincipalId")
ALLOCATED = (
    *("AllocatedMethodDetails", "AllocatedMethodId", "AllocatedResourceId", "AllocatedResourceName"),
    "AllocatedTags",
)
"""The columns that are written where shared costs are taken in; `x_CostPart` says what each is for."""

CUSTOM = ("x_AdjustmentId", "x_KeyId", "x_ModelAddress", "x_Simulated", "x_Stage", "x_UnitId", "x_UseCaseId")

COLUMN_TYPES: Mapping[str, Literal["text", "decimal", "instant"]] = {
    **dict.fromkeys(
        (
            *("BilledCost", "CommitmentDiscountQuantity", "ConsumedQuantity", "ContractedCost"),
            *("ContractedUnitPrice", "EffectiveCost", "ListCost", "ListUnitPrice", "PricingQuantity"),
        ),
        "decimal",
    ),
    **dict.fromkeys(
        ("BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart"), "instant"
    ),
}
"""Of which type a column is, where it is not text."""

CRITERIA = frozenset(
    (
        *(
            "ACCOUNT_NAMING_SUPPORTED",
            "COMMITMENT_DISCOUNT_SUPPORTED",
            "MULTIPLE_PRICING_CATEGORIES_SUPPORTED",
        ),
        *("NEGOTIATED_PRICING_SUPPORTED", "PUBLIC_PRICE_LIST_SUPPORTED", "TAGGING_SUPPORTED"),
        *("UNIT_PRICING_SUPPORTED", "USAGE_MEASUREMENT_SUPPORTED"),
    )
)
"""What of the model's criteria holds for an export."""


def focus_header(*, draft: bool, shared: bool = False) -> tuple[str, ...]:
    """Name the columns in their order: those of FOCUS by the alphabet, then ours."""
    more = (*(WRITTEN_IN_DRAFT if draft else ()), *(ALLOCATED if shared else ()))
    return (*sorted((*WRITTEN, *more)), *sorted((*CUSTOM, "x_CostPart") if shared else CUSTOM))


def cell_text(cell: Cell) -> str | None:
    """Write a cell as FOCUS has it; null is None."""
    if isinstance(cell, Decimal):
        return canonical(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%dT%H:%M:%SZ}"
    return cell


class FocusMonth(NamedTuple):
    """A calendar month in UTC, as bills have it; its end is excluded."""

    start: datetime
    end: datetime

    @classmethod
    def parse(cls, text: str) -> FocusMonth:
        """Read `2026-11`; raises ValueError.

        >>> FocusMonth.parse("2026-12").end.isoformat()
        '2027-01-01T00:00:00+00:00'
        """
        if len(text) != 7:
            raise ValueError("write a month as `2026-11`")
        first = date.fromisoformat(f"{text}-01")
        return cls(midnight(first), midnight((first + timedelta(days=32)).replace(day=1)))

    def __contains__(self, at: object) -> bool:
        return isinstance(at, datetime) and self.start <= at < self.end


def midnight(day: date) -> datetime:
    """The instant at which a day begins in UTC."""
    return datetime.combine(day, time(tzinfo=UTC))

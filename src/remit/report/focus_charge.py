"""The cells of a FOCUS row that say what a charge is: its price, its commitment, its purpose."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from remit.declare.price import MILLION
from remit.kernel.money import EXACT, ZERO, plain
from remit.record.decided import Adjustment
from remit.report.focus_cells import is_no_placeholder
from remit.report.focus_kinds import TokenKind
from remit.report.focus_shape import Cells

CATEGORIES: Mapping[str, str] = {"purchase": "Purchase", "credit": "Credit", "tax": "Tax"}


def words(text: str) -> str | None:
    """Give what somebody wrote as it is; null where it says nothing, which no rule lets stand."""
    return text if text.strip() and is_no_placeholder(text) else None


def millions(tokens: int) -> Decimal:
    return plain(EXACT.divide(Decimal(tokens), MILLION))


def costs_of(entry: Adjustment) -> tuple[Decimal, Decimal]:
    """Say by how much an adjustment changes what is billed, and what was used up."""
    amount = plain(entry.amount)
    return (ZERO if entry.cost == "effective" else amount, ZERO if entry.cost == "billed" else amount)


def drawn(commitment: str, cost: Decimal, currency: str) -> Cells:
    """What a charge costs: on the bill, or drawn from what was paid beforehand."""
    if not commitment:
        return {"PricingCategory": "Standard", "BilledCost": cost, "EffectiveCost": cost}
    return {
        "PricingCategory": "Committed",
        "BilledCost": ZERO,
        "EffectiveCost": cost,
        **_committed(commitment, cost, currency),
        "CommitmentDiscountStatus": "Used",
    }


def _committed(commitment: str, quantity: Decimal, currency: str) -> Cells:
    return {
        "CommitmentDiscountCategory": "Spend",
        "CommitmentDiscountId": commitment,
        "CommitmentDiscountQuantity": quantity,
        "CommitmentDiscountType": "Token Spend Commitment",
        "CommitmentDiscountUnit": currency,
    }


def purchase(entry: Adjustment) -> Cells:
    """A purchase is priced as so many units of money at one each."""
    amount = plain(entry.amount)
    sku = "TOKEN-COMMITMENT-PURCHASE" if entry.commitment else "PURCHASE"
    priced: Cells = {
        "ContractedCost": amount,
        "ContractedUnitPrice": Decimal(1),
        "ListCost": amount,
        "ListUnitPrice": Decimal(1),
        "PricingCategory": "Standard",
        "PricingQuantity": amount,
        "PricingUnit": entry.currency,
        "SkuId": sku,
        "SkuMeter": "Token Commitment" if entry.commitment else "Purchase",
        "SkuPriceId": f"{sku}-UPFRONT",
    }
    if entry.commitment:
        priced |= _committed(entry.commitment, amount, entry.currency)
        priced["ResourceId"] = entry.commitment
    return priced


def purpose_cells(use_case: str, unit: str, stage: str) -> Cells:
    return {
        "Tags": _tags(use_case, unit, stage),
        "x_Stage": stage or None,
        "x_UnitId": unit or None,
        "x_UseCaseId": use_case or None,
    }


@lru_cache(maxsize=10_000)
def _tags(use_case: str, unit: str, stage: str) -> str | None:
    said = {name: text for name, text in (("use_case", use_case), ("unit", unit), ("stage", stage)) if text}
    return _json(said) if said else None


@lru_cache(maxsize=10_000)
def price_details(
    kind: TokenKind, model: tuple[str, str, str, str], draft: bool, *, tier: str = "", above: int = 0
) -> str:
    """Write what sets this SKU's price apart; keys of the draft are custom keys where it is not asked for."""
    developer, family, id, version = model
    said = {
        "ModelDeveloper": developer,
        "ModelFamily": family,
        "ModelId": id,
        "ModelVersion": version,
        "TokenCacheAction": kind.cache,
        "TokenDirection": kind.direction,
    }
    prefix = "" if draft else "x_"
    own = {"x_ServiceTier": tier, "x_InputTokensAbove": str(above or "")}
    named = {f"{prefix}{name}": text for name, text in said.items()} | own | dict(kind.custom)
    return _json({name: text for name, text in named.items() if text})


def _json(said: Mapping[str, str]) -> str:
    return json.dumps(said, ensure_ascii=False, sort_keys=True)

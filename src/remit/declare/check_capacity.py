"""Check what is paid by the hour or beforehand, and what other currencies are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import combinations

from remit.declare.block import Block, GuardrailBlock, ModelBlock, ToolBlock
from remit.declare.capacity import Capacity, Commitment
from remit.declare.exchange import ExchangeRate
from remit.declare.fault import Fault
from remit.declare.organisation import Organisation
from remit.declare.scope import Scope, Spot
from remit.declare.shared import SharedBy
from remit.kernel.money import Money


def check_capacity(scope: Scope) -> Iterator[Fault]:
    """Check capacity: its model, its dates, its currency, and by what its cost is split."""
    capacity: Mapping[str, Capacity] = scope.sections["capacity"]
    for name, each in capacity.items():
        spot = scope.spot("capacity", name)
        if not each.model.startswith("model/"):
            yield spot.fault(
                "model",
                code="not-a-model",
                summary=f"`{each.model}` is not a model",
                help="name a block whose address begins with `model/`",
            )
        elif not scope.has("blocks", each.model):
            yield spot.undeclared("model", target=each.model, code="undeclared-block")
        yield from _backwards(spot, each.starts, each.ends)
        yield from check_split(spot, each.shared_by, each.weights)
        if each.unit is not None and not scope.has("units", each.unit):
            yield spot.undeclared("unit", target=each.unit, code="undeclared-unit")
        for field, amount in (("per_hour", each.per_hour), ("once", each.once)):
            if amount is not None:
                yield from _worth(spot, field, amount, each.starts)


def check_commitments(scope: Scope) -> Iterator[Fault]:
    """Check commitments: dates, currency, that none is counted twice, and that a price draws from each."""
    commitments: Mapping[str, Commitment] = scope.sections["commitments"]
    blocks: Mapping[str, Block] = scope.sections["blocks"]
    drawn = {
        price.commitment
        for block in blocks.values()
        if isinstance(block, ModelBlock | GuardrailBlock)
        for price in block.prices
    }
    unread = any(section == "blocks" for section, _ in scope.broken)
    for name, each in commitments.items():
        spot = scope.spot("commitments", name)
        yield from _backwards(spot, each.starts, each.ends)
        yield from check_split(spot, each.shared_by, each.weights)
        if each.unit is not None and not scope.has("units", each.unit):
            yield spot.undeclared("unit", target=each.unit, code="undeclared-unit")
        yield from _worth(spot, "amount", each.amount, each.starts)
        if each.id not in drawn and not unread:
            yield spot.fault(
                "id",
                code="commitment-unused",
                summary=f"no price draws from commitment `{each.id}`",
                help=f"add `commitment: {each.id}` to the prices whose tokens it pays for",
                severity="warning",
            )
    for (one, first), (other, second) in combinations(sorted(commitments.items()), 2):
        day = max(first.starts, second.starts)
        if first.id == second.id and day <= min(first.ends, second.ends):
            yield scope.spot("commitments", other).fault(
                "starts",
                code="commitments-overlap",
                summary=f"`{other}` and `{one}` are both commitment `{first.id}` on {day}",
                help="let one end on the day before the other starts, or correct the `id`",
            )


def check_tool_prices(scope: Scope) -> Iterator[Fault]:
    """Check that what a call of a tool costs can be counted."""
    for name, block in scope.sections["blocks"].items():
        if isinstance(block, ToolBlock) and block.price_per_call is not None:
            yield from _worth(scope.spot("blocks", name), "price_per_call", block.price_per_call, None)


def check_exchange_rates(scope: Scope) -> Iterator[Fault]:
    """Check that rates are those of other currencies; one in one's own would count for nothing."""
    own = _currency(scope)
    if own is not None and own in scope.sections["exchange_rates"]:
        yield scope.spot("exchange_rates", own).fault(
            code="mixed-currency",
            summary=f"`{own}` is the organisation's own currency, and needs no rate",
            help="remove it, or name the foreign currency",
            at="key",
        )


def _currency(scope: Scope) -> str | None:
    organisation: Organisation | None = scope.sections["organisation"].get("")
    return None if organisation is None else organisation.currency


def _backwards(spot: Spot, starts: date | None, ends: date | None) -> Iterator[Fault]:
    if ends is not None and starts is not None and ends < starts:
        yield spot.fault(
            "ends",
            code="ends-before-it-starts",
            summary=f"`{spot.name}` ends on {ends}, before it starts on {starts}",
            help="correct one of the two dates",
        )
    elif ends is not None and starts is None:
        yield spot.fault(
            "ends",
            code="ends-before-it-starts",
            summary=f"`{spot.name}` ends on {ends} and never starts",
            help="add `starts:`, or leave `ends` out of what is only on offer",
        )


def check_split(
    spot: Spot,
    by: SharedBy,
    weights: Mapping[str, Decimal],
    *,
    fields: tuple[str, str] = ("shared_by", "weights"),
) -> Iterator[Fault]:
    """Check by what a cost is split: weights where it is split by them, each of a use case that there is."""
    shared_by, name = fields
    for use_case in weights:
        if not spot.scope.has("use_cases", use_case):
            yield spot.at(name, use_case).undeclared(target=use_case, code="undeclared-use-case")
    if by == "weighted" and not any(weights.values()):
        yield spot.fault(
            name if weights else shared_by,
            code="shares-without-weights",
            summary=f"the cost of `{spot.name}` is split by weights, and none is above 0",
            help=f"add `{name}:` with a number for each use case, or split it by `tokens`",
        )
    elif by != "weighted" and weights:
        yield spot.fault(
            name,
            code="shares-without-weights",
            summary=f"`{spot.name}` has weights, and its cost is split by {by}",
            help=f"write `{shared_by}: weighted`, or remove `{name}`",
            at="key",
        )


def _worth(spot: Spot, field: str, amount: Money, day: date | None) -> Iterator[Fault]:
    """Check that an amount can be counted on the day from which it is; what is on offer, on any day."""
    own = _currency(spot.scope)
    if own is None or amount.currency == own or ("exchange_rates", amount.currency) in spot.scope.broken:
        return
    known: ExchangeRate | None = spot.scope.sections["exchange_rates"].get(amount.currency)
    if known is None:
        summary = f"`{amount}` is not in {own}, and no rate says what {amount.currency} is worth"
    elif day is not None and known.at(day) is None:
        first = known.rates[0].starts
        summary = f"`{amount}` counts from {day} on, and the first rate of {amount.currency} is of {first}"
    else:
        return
    yield spot.fault(
        field,
        code="currency-without-rate",
        summary=summary,
        help=f"add a rate of that day under `exchange_rates: {amount.currency}:`, or write it in {own}",
    )

"""Unpriced: what is charged, paid or about to be called without full knowledge of its price."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from remit.declare.block import ModelBlock
from remit.declare.capacity import Capacity
from remit.declare.operating_model import OperatingModel
from remit.declare.price import Lacking, Price
from remit.declare.version import family
from remit.kernel.money import EXACT, ZERO, Money, plain
from remit.record.call_entry import Call
from remit.record.decided import Adjustment

Kind = Literal["tier", "audio", "image", "currency", "no-price", "commitment-ends", "capacity-ends"]
"""A service tier, sound or images without rates; a currency without one; a model that is used or kept ready
and has no price in force; a price that rests on a commitment, or on capacity, that ends."""

AHEAD_DAYS = 30
"""So many days ahead an end is told."""


@dataclass(frozen=True, slots=True)
class Unpriced:
    """One thing that lacks a price: how much of it there was on which days, and what to do.

    `charged` is what it was charged all the same, None where nothing was.
    """

    kind: Kind
    subject: str
    since: date
    until: date
    calls: int
    charged: Money | None
    says: str
    help: str


@dataclass(slots=True)
class _Sum:
    calls: int = 0
    charged: Decimal = ZERO
    since: date = date.max
    until: date = date.min

    def add(self, day: date, amount: Decimal) -> None:
        self.calls += 1
        self.charged = EXACT.add(self.charged, amount)
        self.since, self.until = min(self.since, day), max(self.until, day)


_LACKS: Mapping[Lacking, str] = {
    "tier": "was served in tier `{tier}`, which has no rates; charged at the dearest that are known",
    "audio": "read or wrote sound, which is charged as text",
    "image": "read images, which are charged as text",
}


def unpriced_calls(
    calls: Iterable[Call], adjustments: Iterable[Adjustment], model: OperatingModel
) -> list[Unpriced]:
    """Sum what calls lack by model; what has been adjusted since, singly or by model and day, is priced.

    Simulated calls cost nothing, and lack nothing.
    """
    zone, currency = model.organisation.zone, model.organisation.currency
    priced = _Priced(adjustments, zone)
    sums: dict[tuple[Lacking, str, str], _Sum] = {}
    abroad: dict[str, _Sum] = {}
    for call in calls:
        if call.simulated:
            continue
        day = call.began.astimezone(zone).date()
        if call.currency != currency and not _known(model, call.currency, day):
            abroad.setdefault(call.currency, _Sum()).add(day, call.charge)
        if call.unpriced and not priced.covers(call):
            for each in call.unpriced:
                key = (each, call.purpose.model, call.tier if each == "tier" else "")
                sums.setdefault(key, _Sum()).add(day, call.charge)
    found = [_lacks(*key, each, currency) for key, each in sorted(sums.items())]
    return found + [_abroad(name, each, "calls") for name, each in sorted(abroad.items())]


def unpriced_adjustments(adjustments: Iterable[Adjustment], model: OperatingModel) -> list[Unpriced]:
    """List amounts of bills and corrections in a currency that nothing says the worth of."""
    own, sums = model.organisation.currency, dict[str, _Sum]()
    for each in adjustments:
        if each.currency != own and not _known(model, each.currency, each.since):
            sums.setdefault(each.currency, _Sum()).add(each.since, each.amount)
    return [_abroad(name, each, "adjustments") for name, each in sorted(sums.items())]


def unpriced_models(model: OperatingModel, *, used: Mapping[str, int], today: date) -> Iterator[Unpriced]:
    """Find models that are used or kept ready and have no price, or whose price rests on what ends.

    `used` are calls of late, by the address of the model.
    """
    kept = {each.model: name for name, each in model.capacity.items() if _in_force(each, today)}
    for address, block in sorted(model.blocks.items()):
        if not isinstance(block, ModelBlock):
            continue
        price = block.price_at(today)
        ready = kept.get(address) or kept.get(family(address))
        if price is None:
            if used.get(address) or ready:
                yield _without_price(address, block, used.get(address, 0), ready, today)
            continue
        yield from _ending(address, block, price, model, used.get(address, 0), today)


class _Priced:
    """Which calls have been adjusted: one by its id, or all of a model on some days, after they were made."""

    def __init__(self, adjustments: Iterable[Adjustment], zone: ZoneInfo) -> None:
        known = [each for each in adjustments if each.corrects or (each.model and each.reason == "price")]
        self.ids = {each.corrects for each in known if each.corrects}
        self.spans: dict[str, list[Adjustment]] = {}
        self.zone = zone
        for each in known:
            if not each.corrects:
                self.spans.setdefault(each.model, []).append(each)

    def covers(self, call: Call) -> bool:
        if call.id in self.ids:
            return True
        day = call.began.astimezone(self.zone).date()
        return any(
            each.since <= day <= each.until
            and each.at > call.at
            and each.use_case in ("", call.purpose.use_case)
            for each in self.spans.get(call.purpose.model, ())
        )


def _known(model: OperatingModel, currency: str, day: date) -> bool:
    return model.exchanged(Money(ZERO, currency), day) is not None


def _lacks(kind: Lacking, model: str, tier: str, found: _Sum, currency: str) -> Unpriced:
    add = f"add rates for `{tier}` to its price; " if kind == "tier" else ""
    return Unpriced(
        kind,
        model,
        found.since,
        found.until,
        found.calls,
        Money(plain(found.charged), currency),
        _LACKS[kind].format(tier=tier),
        f"{add}put past days right by `remit ledger adjust --reason price --model {model}`",
    )


def _abroad(currency: str, found: _Sum, what: str) -> Unpriced:
    return Unpriced(
        "currency",
        currency,
        found.since,
        found.until,
        found.calls,
        Money(plain(found.charged), currency),
        f"{what} in {currency} count in no sum, because no rate says what they are worth",
        f"add a rate from {found.since} on under `exchange_rates: {currency}:`",
    )


def _in_force(capacity: Capacity, day: date) -> bool:
    return capacity.starts is not None and capacity.starts <= day and (capacity.ends or day) >= day


def _without_price(address: str, block: ModelBlock, calls: int, ready: str | None, today: date) -> Unpriced:
    later = min((each.starts for each in block.prices if each.starts > today), default=None)
    says = f"has no price in force before {later}" if later else "has no price"
    if ready:
        says += f", and capacity `{ready}` is paid for it"
    until = later - timedelta(days=1) if later else date.max
    help = f"add a price that starts by {today}; until then calls of it are refused"
    return Unpriced("no-price", address, today, until, calls, None, says, help)


def _ending(
    address: str, block: ModelBlock, price: Price, model: OperatingModel, calls: int, today: date
) -> Iterator[Unpriced]:
    """Tell of a price that goes on when what it rests on has ended, or soon will."""
    free = not any((price.input, price.output, *(each.input for each in price.rates.becomes)))
    serves = [each for each in model.capacity.values() if each.model in (address, family(address))]
    drawn = [each for each in model.commitments.values() if each.id == price.commitment]
    rests: tuple[tuple[Kind, list[date | None], str], ...] = (
        ("commitment-ends", [each.ends for each in drawn], f"is drawn from commitment `{price.commitment}`"),
        ("capacity-ends", [each.ends for each in serves if each.starts and free], "costs nothing"),
    )
    for kind, ends, what in rests:
        last = max((end for end in ends if end is not None), default=None)
        if last is None or None in ends or (last - today).days > AHEAD_DAYS:
            continue
        if any(price.starts < each.starts <= last + timedelta(days=1) for each in block.prices):
            continue
        ended = "ended" if last < today else "ends"
        says = f"{what}, and what pays for that {ended} on {last}"
        help = (
            f"add a price that starts on {max(last + timedelta(days=1), today)}, or say what goes on paying"
        )
        yield Unpriced(kind, address, last + timedelta(days=1), date.max, calls, None, says, help)

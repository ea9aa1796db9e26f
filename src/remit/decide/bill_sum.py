"""Sums of what was billed and of what our own calls cost: by model, by days, and by whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from decimal import Decimal
from typing import NamedTuple

from remit.decide.name_at_provider import NamesAtProvider, Whose
from remit.declare.exchange import ExchangeRate
from remit.declare.price import Rates
from remit.kernel.money import EXACT, ZERO
from remit.record.bill_format import BilledKind, TokenKind
from remit.record.billed import Billed
from remit.record.call_entry import Call
from remit.record.export_row import Unreadable

SUMS_MAX = 200_000
"""Sums that are kept apart at most; a bill with more is read month by month."""

NOBODY: Whose = ("", "")


class Span(NamedTuple):
    """Some days, both ends included."""

    first: date
    last: date


class Place(NamedTuple):
    """What is summed together: one model by its name at the provider, some days, and whose it is."""

    model: str
    span: Span
    whose: Whose


@dataclass(slots=True)
class BilledSum:
    """Sums of a bill's rows. `untold` of them say no quantity, and `unlisted` no list price."""

    rows: int = 0
    tokens: dict[TokenKind, Decimal] = field(default_factory=dict)
    untold: int = 0
    unlisted: int = 0
    list_cost: Decimal = ZERO
    effective: Decimal = ZERO
    billed: Decimal = ZERO

    def add(self, other: BilledSum) -> None:
        self.rows += other.rows
        self.untold += other.untold
        self.unlisted += other.unlisted
        for kind, count in other.tokens.items():
            self.tokens[kind] = EXACT.add(self.tokens.get(kind, ZERO), count)
        self.list_cost = EXACT.add(self.list_cost, other.list_cost)
        self.effective = EXACT.add(self.effective, other.effective)
        self.billed = EXACT.add(self.billed, other.billed)


@dataclass(slots=True)
class OwnSum:
    """Sums of our own calls of one model block.

    `committed` is what of the charge is drawn from a commitment, `untold` what was not charged for tokens.
    """

    block: str
    unit: str
    provider: str
    rates: Rates
    calls: int = 0
    tokens: dict[TokenKind, Decimal] = field(default_factory=dict)
    charge: Decimal = ZERO
    list_charge: Decimal = ZERO
    committed: Decimal = ZERO
    untold: Decimal = ZERO


class BillSums:
    """A bill, summed row by row. `exchange` is what one unit of its currency is in the ledger's.

    A currency that is not in it is worth what the `declared` rate of a row's day says.
    """

    def __init__(
        self,
        names: NamesAtProvider,
        words: Mapping[str, Whose],
        *,
        currency: str,
        exchange: Mapping[str, Decimal],
        declared: Mapping[str, ExchangeRate] | None = None,
    ) -> None:
        self._names = names
        self._declared = declared or {}
        self._words = words
        self._exchange: dict[str, Decimal] = {currency: Decimal(1), **exchange}
        self.usage: dict[Place, BilledSum] = {}
        self.apart: dict[tuple[BilledKind, str, date], BilledSum] = {}
        self.providers: set[str] = set()
        self.decimals = 0
        self.exchanged_most = Decimal(1)
        self.currencies: set[str] = set()

    def add(self, row: Billed) -> None:
        """Take in a row; raises Unreadable for a currency without a rate, or for one row too many."""
        rate = self._exchange.get(row.currency)
        if rate is None and row.currency in self._declared:
            rate = self._declared[row.currency].at(row.day)
        if rate is None:
            raise Unreadable("another-currency")
        self.currencies.add(row.currency)
        self.decimals = max(self.decimals, row.decimals)
        self.exchanged_most = max(self.exchanged_most, rate)
        added = _sum_of(row, rate)
        model = self._names.name(row.model) if row.model else ""
        if row.model:
            self.providers |= self._names.providers(row.model)
        is_usage = row.tokens is not None or row.kind in _USAGE
        if is_usage or (row.kind == "discount" and model):
            place = Place(model, Span(row.day, row.until), self._whose(row))
            if place not in self.usage and len(self.usage) >= SUMS_MAX:
                raise Unreadable("too-many-sums")
            self.usage.setdefault(place, BilledSum()).add(added)
        else:
            self.apart.setdefault((row.kind, model, row.day), BilledSum()).add(added)

    def _whose(self, row: Billed) -> Whose:
        """Say whose a row is by its words: a key before a use case, and nobody's where they do not agree."""
        found = {self._words[word] for word in map(str.casefold, row.names) if word in self._words}
        keys = {each for each in found if each[1]}
        cases = {each[0] for each in found if each[0]}
        if len(cases) != 1:
            return NOBODY
        return next(iter(keys)) if len(keys) == 1 else (next(iter(cases)), "")

    @property
    def span(self) -> Span | None:
        """Say which days the bill is of, from the first to the last of any row."""
        days = [*(day for place in self.usage for day in place.span), *(day for _, _, day in self.apart)]
        return Span(min(days), max(days)) if days else None


_USAGE: frozenset[BilledKind] = frozenset(
    ("input", "output", "cache_read", "cache_write", "cache_write_1h", "tokens")
)


def _sum_of(row: Billed, rate: Decimal) -> BilledSum:
    usage = row.kind in _USAGE
    return BilledSum(
        rows=1,
        tokens=dict(row.tokens or {}),
        untold=int(usage and row.tokens is None),
        unlisted=int(usage and row.list_cost is None),
        list_cost=EXACT.multiply(row.list_cost, rate) if usage and row.list_cost is not None else ZERO,
        effective=EXACT.multiply(row.effective, rate),
        billed=EXACT.multiply(row.billed, rate),
    )


class OwnSums:
    """Our own calls of some providers, summed call by call; those of a simulation are never billed."""

    def __init__(self, names: NamesAtProvider, providers: frozenset[str]) -> None:
        self._names = names
        self._providers = providers
        self.sums: dict[tuple[Place, str], OwnSum] = {}

    def add(self, call: Call) -> None:
        purpose = call.purpose
        if call.simulated or call.cached or call.provider not in self._providers:
            return
        if not call.charge and not call.usage.total:
            return
        day = call.at.astimezone(UTC).date()
        name = self._names.of_call(purpose.model, call.served_model)
        place = Place(name, Span(day, day), (purpose.use_case, purpose.key))
        key = place, purpose.model
        found = self.sums.get(key)
        if found is None:
            found = self.sums[key] = OwnSum(purpose.model, purpose.unit, call.provider, call.rates)
        found.calls += 1
        if call.rates.starts > found.rates.starts:
            found.rates = call.rates
        found.charge = EXACT.add(found.charge, call.charge)
        if call.rates.commitment:
            found.committed = EXACT.add(found.committed, call.charge)
        found.list_charge = EXACT.add(found.list_charge, _listed(call))
        by_tokens = call.rates.cost(call.usage)
        found.untold = EXACT.add(found.untold, EXACT.subtract(call.charge, by_tokens))
        for kind, count in tokens_of(call).items():
            found.tokens[kind] = EXACT.add(found.tokens.get(kind, ZERO), Decimal(count))


def _listed(call: Call) -> Decimal:
    """Say what a call costs at list rates; where nobody says them, ours are taken for them."""
    if call.list_charge is not None:
        return call.list_charge
    listed = call.rates.list_cost(call.usage)
    return call.charge if listed is None else listed


def tokens_of(call: Call) -> Mapping[TokenKind, int]:
    """Say how many tokens of each kind a call had."""
    usage = call.usage
    return {
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "cache_read": usage.cache_read_tokens,
        "cache_write": usage.cache_write_tokens,
        "cache_write_1h": usage.cache_write_1h_tokens,
    }


def rate_of(rates: Rates, kind: TokenKind) -> Decimal:
    """Say what a million tokens of a kind cost, as `Rates` says."""
    if kind == "output":
        return rates.output
    write = rates.input if rates.cache_write is None else rates.cache_write
    found = {
        "input": rates.input,
        "cache_read": rates.cache_read,
        "cache_write": write,
        "cache_write_1h": write if rates.cache_write_1h is None else rates.cache_write_1h,
    }[kind]
    return rates.input if found is None else found

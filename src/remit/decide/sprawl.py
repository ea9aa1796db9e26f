"""Sprawl: calls that a provider metered and that belong to no declared use case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from remit.decide.name_at_provider import NamesAtProvider, words_of
from remit.declare.operating_model import OperatingModel
from remit.kernel.money import EXACT, ZERO, Money
from remit.kernel.usage import Usage
from remit.record.metered import Metered
from remit.record.usage_format import UsageFormat


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Who called which model on which day, in the provider's words; empty where the export does not say."""

    account: str
    project: str
    identity: str
    key: str
    model: str
    day: date


@dataclass(slots=True)
class _Sum:
    calls: int = 0
    tokens_unknown: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    unpriced: int = 0
    cost: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Outside:
    """Calls of one source that belong to no use case.

    `cost` is an estimate at declared list prices, of the calls that could be priced; it is None, never
    zero, where none could. `unpriced` counts the calls that it leaves out.
    """

    source: Source
    calls: int
    input_tokens: int
    output_tokens: int
    tokens_unknown: int
    cost: Money | None
    unpriced: int


@dataclass(frozen=True, slots=True)
class Sprawl:
    """What is outside the operating model, the most called first, and how much is inside."""

    outside: tuple[Outside, ...]
    calls_outside: int
    calls_inside: int
    cost: Money | None
    unpriced: int
    beyond: int = 0
    """Calls outside of sources beyond the most that are kept apart."""


SOURCES_MAX = 100_000


class Sieve:
    """Sums rows as they are read, so that an export of any length takes the room of its sources."""

    def __init__(self, model: OperatingModel, keys: Iterable[str], format: UsageFormat) -> None:
        self._declared = declared_names(model, keys, format)
        self._names = NamesAtProvider(model, format.model_prefixes)
        self._currency = model.organisation.currency
        self._sums: dict[Source, _Sum] = {}
        self._inside = 0
        self._beyond = 0

    def add(self, row: Metered) -> None:
        """Count a row: inside if one of its words names a use case or a key."""
        if not self._declared.isdisjoint(name.casefold() for name in row.names):
            self._inside += row.calls
            return
        source = Source(row.account, row.project, row.identity, row.key, row.model, row.day)
        if source not in self._sums and len(self._sums) >= SOURCES_MAX:
            self._beyond += row.calls
            return
        total = self._sums.setdefault(source, _Sum())
        total.calls += row.calls
        if row.usage is None:
            total.tokens_unknown += row.calls
            total.unpriced += row.calls
            return
        total.input_tokens += row.usage.input_total
        total.output_tokens += row.usage.output_tokens
        block = self._names.block(row.model)
        price = block.price_at(row.day) if block is not None else None
        if price is None:
            total.unpriced += row.calls
        else:
            # A row may be of many calls, each of which is priced at its own size; their mean stands for it.
            mean = Usage(input_tokens=row.usage.input_total // max(row.calls, 1))
            rates, _ = price.rates.settle(mean, "")
            total.cost = EXACT.add(total.cost, rates.cost(row.usage))

    def result(self) -> Sprawl:
        """Say what was outside; the order of the rows makes no difference."""
        outside = [self._outside(source, total) for source, total in self._sums.items()]
        outside.sort(key=lambda each: (-each.calls, each.source))
        priced = [each.cost for each in outside if each.cost is not None]
        return Sprawl(
            outside=tuple(outside),
            calls_outside=sum(each.calls for each in outside) + self._beyond,
            calls_inside=self._inside,
            cost=sum(priced, start=Money.zero(self._currency)) if priced else None,
            unpriced=sum(each.unpriced for each in outside) + self._beyond,
            beyond=self._beyond,
        )

    def _outside(self, source: Source, total: _Sum) -> Outside:
        priced = total.calls > total.unpriced
        return Outside(
            source=source,
            calls=total.calls,
            input_tokens=total.input_tokens,
            output_tokens=total.output_tokens,
            tokens_unknown=total.tokens_unknown,
            cost=Money(total.cost, self._currency) if priced else None,
            unpriced=total.unpriced,
        )


def declared_names(model: OperatingModel, keys: Iterable[str], format: UsageFormat) -> frozenset[str]:
    """List the words that make a call belong: ids of use cases and keys, and labels that the format knows."""
    return frozenset(words_of(model, dict.fromkeys(keys, ""), format.labels))

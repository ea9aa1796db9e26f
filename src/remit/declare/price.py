"""Prices: what tokens of each kind cost, and what a call's tokens cost together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property

import msgspec

from remit.declare.declared import Day, Declared, Rate, Title
from remit.kernel.money import EXACT, ZERO, plain
from remit.kernel.usage import Usage

MILLION = Decimal(1_000_000)
_MILLIONTH = Decimal("0.000001")


def cost_of(rates: Rates | ListRates, usage: Usage) -> Decimal:
    """Price a call's usage exactly; the sum is over kinds that exclude each other."""
    kinds = [(usage.input_tokens, rates.input), (usage.output_tokens, rates.output)]
    if usage.cache_read_tokens:
        read = rates.cache_read
        kinds.append((usage.cache_read_tokens, rates.input if read is None else read))
    if usage.cache_write_tokens or usage.cache_write_1h_tokens:
        write = rates.input if rates.cache_write is None else rates.cache_write
        longer = rates.cache_write_1h
        kinds.append((usage.cache_write_tokens, write))
        kinds.append((usage.cache_write_1h_tokens, write if longer is None else longer))
    return for_tokens(kinds)


class ListRates(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the provider's public price list asks for a million tokens of each kind."""

    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None


class Rates(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rates that a call is priced with, in currency for a million tokens of each kind.

    Kinds of the cache that have none cost as `Price` says. `list` are the list rates, where the price has
    some, and `commitment` is what was paid beforehand and these tokens are drawn from.
    """

    starts: date
    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    list: ListRates | None = None
    commitment: str = ""

    def cost(self, usage: Usage) -> Decimal:
        """Price a call's usage exactly; the sum is over kinds that exclude each other."""
        return cost_of(self, usage)

    def list_cost(self, usage: Usage) -> Decimal | None:
        """Price a call's usage at the list rates; None where there are none."""
        return None if self.list is None else cost_of(self.list, usage)


def for_tokens(kinds: Iterable[tuple[int, Decimal]]) -> Decimal:
    """Sum up so many tokens at such rates, exactly."""
    total = ZERO
    for tokens, rate in kinds:
        if tokens:
            total = EXACT.fma(rate, tokens, total)
    return plain(EXACT.multiply(total, _MILLIONTH))


class ListPrice(Declared):
    """What the provider's public price list asks, before what was agreed with you."""

    input: Rate
    """For a million input tokens."""
    output: Rate
    """For a million output tokens, reasoning included."""
    cache_read: Rate | None = None
    """For a million input tokens read from a cache; left out, the input rate."""
    cache_write: Rate | None = None
    """For a million input tokens written to a cache; left out, the input rate."""
    cache_write_1h: Rate | None = None
    """For a million that the cache keeps for an hour; left out, the rate of `cache_write`."""


class Price(Declared):
    """Rates from a date on, in the organisation's currency for a million tokens of each kind.

    Rates are added, never changed, so that a past charge can always be computed again. Reading from or
    writing to a cache costs the input rate where no other is given.
    """

    starts: Day
    """The first day on which these rates hold."""
    input: Rate
    """For a million input tokens."""
    output: Rate
    """For a million output tokens, reasoning included."""
    cache_read: Rate | None = None
    """For a million input tokens read from a cache; left out, the input rate."""
    cache_write: Rate | None = None
    """For a million input tokens written to a cache; left out, the input rate."""
    cache_write_1h: Rate | None = None
    """For a million that the cache keeps for an hour; left out, the rate of `cache_write`."""
    list: ListPrice | None = None
    """The provider's list price, where yours is another; exports show both. Budgets count yours."""
    commitment: Title | None = None
    """The provider's id of a commitment that was paid beforehand and that these tokens are drawn from. They
    count in budgets, and exports show that they are on no bill."""

    def cost(self, usage: Usage) -> Decimal:
        """Price a call's usage exactly."""
        return self.rates.cost(usage)

    @cached_property
    def rates(self) -> Rates:
        """The rates as a plain value, for the ledger."""
        return Rates(
            self.starts,
            self.input,
            self.output,
            self.cache_read,
            self.cache_write,
            self.cache_write_1h,
            list=None if self.list is None else ListRates(**dict(self.list)),
            commitment=self.commitment or "",
        )

    def most(self, *, input_tokens: int, output_tokens: int) -> Decimal:
        """Price the worst case: every input token at the dearest of the input kinds."""
        return for_tokens(((input_tokens, self.dearest_input), (output_tokens, self.output)))

    @cached_property
    def dearest_input(self) -> Decimal:
        """The dearest of the input kinds, for a million tokens."""
        rates = (self.input, self.cache_read, self.cache_write, self.cache_write_1h)
        return max(rate for rate in rates if rate is not None)

    def output_tokens_for(self, amount: Decimal) -> int:
        """Find how many output tokens an amount buys, rounded down; a free model sets no limit (-1)."""
        if self.output == 0:
            return -1
        return max(0, int(EXACT.divide_int(EXACT.multiply(amount, MILLION), self.output)))

"""Prices: what tokens of each kind cost, and what a call's tokens cost together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, Self

import msgspec
from pydantic import ValidationError, field_validator, model_validator

from remit.declare.declared import Count, Day, Declared, Rate, Title, rate
from remit.kernel.money import EXACT, ZERO, plain
from remit.kernel.usage import Usage

MILLION = Decimal(1_000_000)
_MILLIONTH = Decimal("0.000001")

Tier = Literal["batch", "flex", "priority"]
"""A service tier of a provider, beside the one that calls are served in by default."""

ANY_TIER = (None, "", "auto")
"""What a call asks for whose provider chooses the tier."""
DEFAULT_TIERS = frozenset({"", "default", "standard", "standard_only", "auto", "on_demand"})
"""What providers call the tier that calls are served in by default."""

Lacking = Literal["tier", "audio", "image"]
"""What a call used that its price has no rates of its own for: the service tier that its provider says it
served in, tokens of sound, or tokens of images."""


def tier_named(said: str | None) -> str:
    """Name a tier as prices do; the default one has the empty name."""
    return "" if said is None or said in DEFAULT_TIERS else said


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
    some, and `commitment` is what was paid beforehand and these tokens are drawn from. `source` is where the
    rates were taken from. `tier` is the service tier that they are for, if not the default one, and `above`
    the number of input tokens that a call has more of.

    Before a call its tier and size are not known: `becomes` are the other rates that it may be priced with,
    and `settle` finds the ones that it is.
    """

    starts: date
    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    list: ListRates | None = None
    commitment: str = ""
    source: str = ""
    tier: str = ""
    above: int = 0
    becomes: tuple[Rates, ...] = ()

    def cost(self, usage: Usage) -> Decimal:
        """Price a call's usage exactly; the sum is over kinds that exclude each other."""
        return cost_of(self, usage)

    def settle(self, usage: Usage, served: str, *, asked: str = "") -> tuple[Rates, tuple[Lacking, ...]]:
        """Find the rates that price a call once, at its own size and in the tier that it was served in.

        A provider that does not say served in the tier that was asked for. Also says what of the call has no
        rates of its own: a tier without rates costs what the dearest known one does. What was not used lacks
        nothing.
        """
        apart = usage.audio_input_tokens or usage.audio_output_tokens or usage.image_input_tokens
        if not (self.becomes or apart or self.tier or asked) and served in DEFAULT_TIERS:
            return self, ()
        return _settled(self, usage, tier_named(served) if served else self.tier or asked)

    def list_cost(self, usage: Usage) -> Decimal | None:
        """Price a call's usage at the list rates; None where there are none."""
        return None if self.list is None else cost_of(self.list, usage)


def _settled(rates: Rates, usage: Usage, tier: str) -> tuple[Rates, tuple[Lacking, ...]]:
    if not usage.total:
        return _alone(rates), ()
    known = (rates, *rates.becomes)
    served = [each for each in known if each.tier == tier]
    fit: dict[str, Rates] = {}
    for each in served or known:
        # The longest that the call is longer than; rates of each tier begin with those for any length.
        if each.above < usage.input_total and (each.tier not in fit or each.above > fit[each.tier].above):
            fit[each.tier] = each
        fit.setdefault(each.tier, each)
    lacking: list[Lacking] = [] if served else ["tier"]
    if usage.audio_input_tokens or usage.audio_output_tokens:
        lacking.append("audio")
    if usage.image_input_tokens:
        lacking.append("image")
    return _alone(max(fit.values(), key=lambda each: each.cost(usage))), tuple(lacking)


def _alone(rates: Rates) -> Rates:
    return msgspec.structs.replace(rates, becomes=()) if rates.becomes else rates


def for_tokens(kinds: Iterable[tuple[int, Decimal]]) -> Decimal:
    """Sum up so many tokens at such rates, exactly."""
    total = ZERO
    for tokens, each in kinds:
        if tokens:
            total = EXACT.fma(each, tokens, total)
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


BANDS_MAX = 4


class LongContext(Declared):
    """Rates for calls with long input. They price all tokens of such a call, not only those beyond."""

    above: Count
    """How many input tokens, cached ones included, a call has more of."""
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
    """The provider's list price of such calls, where yours is another."""


def _ascending(bands: tuple[LongContext, ...]) -> tuple[LongContext, ...]:
    above = [each.above for each in bands]
    if len(bands) > BANDS_MAX or sorted(set(above)) != above or 0 in above:
        raise ValueError(f"write at most {BANDS_MAX}, each `above` more input tokens than the one before")
    return bands


class TierPrice(Declared):
    """Rates of one service tier: a `factor` on the default tier's, or its own `input` and `output`."""

    factor: Rate | None = None
    """What the default tier's rates are multiplied by, those for long input and list rates too."""
    input: Rate | None = None
    """For a million input tokens."""
    output: Rate | None = None
    """For a million output tokens, reasoning included."""
    cache_read: Rate | None = None
    """For a million input tokens read from a cache; left out, the input rate."""
    cache_write: Rate | None = None
    """For a million input tokens written to a cache; left out, the input rate."""
    cache_write_1h: Rate | None = None
    """For a million that the cache keeps for an hour; left out, the rate of `cache_write`."""
    long_context: tuple[LongContext, ...] = ()
    """The tier's own rates for calls with long input; left out, the others hold at any length."""
    list: ListPrice | None = None
    """The provider's list price of the tier, where yours is another."""

    _order = field_validator("long_context")(_ascending)

    @model_validator(mode="after")
    def _either(self) -> Self:
        own = (self.input, self.output, self.cache_read, self.cache_write, self.cache_write_1h, self.list)
        if self.factor is not None and (self.long_context or any(each is not None for each in own)):
            raise ValueError("write either a `factor` or rates of the tier's own")
        if self.factor is None and (self.input is None or self.output is None):
            raise ValueError("write a `factor`, or both `input` and `output`")
        return self


class Price(Declared):
    """Rates from a date on, in the organisation's currency for a million tokens of each kind.

    Rates are added, never changed, so that a past charge can always be computed again. Reading from or
    writing to a cache costs the input rate where no other is given.
    """

    starts: Day
    """The first day on which these rates hold."""
    input: Rate
    """For a million input tokens. Left out where `list` and `discount` say it."""
    output: Rate
    """For a million output tokens, reasoning included. Left out where `list` and `discount` say it."""
    cache_read: Rate | None = None
    """For a million input tokens read from a cache; left out, the input rate."""
    cache_write: Rate | None = None
    """For a million input tokens written to a cache; left out, the input rate."""
    cache_write_1h: Rate | None = None
    """For a million that the cache keeps for an hour; left out, the rate of `cache_write`."""
    long_context: tuple[LongContext, ...] = ()
    """Rates for calls with long input, at most 4, the shortest first."""
    tiers: dict[Tier, TierPrice] = {}
    """Rates of the provider's other service tiers. A call may ask for a tier that has rates here, and is
    charged by the tier that its provider says it served in."""
    list: ListPrice | None = None
    """The provider's list price, where yours is another; exports show both. Budgets count yours."""
    discount: Rate | None = None
    """What is taken off `list`, such as `0.15`, in place of rates of your own."""
    commitment: Title | None = None
    """The provider's id of a commitment that was paid beforehand and that these tokens are drawn from. They
    count in budgets, and exports show that they are on no bill."""
    source: Title | None = None
    """Where the rates were taken from; each call priced with them keeps it."""

    _order = field_validator("long_context")(_ascending)

    @model_validator(mode="before")
    @classmethod
    def _discounted(cls, value: Any) -> Any:
        return _less(value) if isinstance(value, dict) and value.get("discount") is not None else value

    @model_validator(mode="after")
    def _said(self) -> Self:
        # What the discount makes is not written back beside it.
        if self.discount is not None:
            self.model_fields_set.difference_update(KINDS)
        return self

    def cost(self, usage: Usage) -> Decimal:
        """Price a call's usage exactly, in the default tier."""
        return self.rates.settle(usage, "")[0].cost(usage)

    @cached_property
    def rates(self) -> Rates:
        """The rates as a plain value, for the ledger."""
        base = self._rates(self)
        if self.long_context or self.tiers:
            return msgspec.structs.replace(base, becomes=tuple(self._becomes(base)))
        return base

    def _rates(self, said: Price | TierPrice | LongContext, *, tier: str = "") -> Rates:
        assert said.input is not None
        assert said.output is not None
        return Rates(
            self.starts,
            said.input,
            said.output,
            said.cache_read,
            said.cache_write,
            said.cache_write_1h,
            list=None if said.list is None else ListRates(**dict(said.list)),
            commitment=self.commitment or "",
            source=self.source or "",
            tier=tier,
            above=said.above if isinstance(said, LongContext) else 0,
        )

    def _becomes(self, base: Rates) -> Iterator[Rates]:
        longer = [self._rates(each) for each in self.long_context]
        yield from longer
        for tier, said in self.tiers.items():
            if said.factor is None:
                yield self._rates(said, tier=tier)
                yield from (self._rates(each, tier=tier) for each in said.long_context)
            else:
                yield from (_times(each, said.factor, tier=tier) for each in (base, *longer))

    def most(self, *, input_tokens: int, output_tokens: int, tier: str | None = None) -> Decimal:
        """Price the worst case that a call may become which asks for a tier, or for none.

        Every input token is taken at the dearest of the input kinds.
        """
        if not (self.tiers or self.long_context):
            return for_tokens(((input_tokens, self.dearest_input), (output_tokens, self.output)))
        worst = self._worst(input_tokens, tier)
        return max(for_tokens(((input_tokens, read), (output_tokens, write))) for read, write in worst)

    def _worst(self, input_tokens: int, tier: str | None) -> Sequence[tuple[Decimal, Decimal]]:
        """Find what input and output cost in all that a call may become; only a batch's is a batch."""
        asked = tier_named(tier)
        # What goes to a provider's batch service is served there or not at all.
        may_be = (asked,) if asked == "batch" else ("", asked)
        return [
            (_dearest_input(each), each.output)
            for each in (self.rates, *self.rates.becomes)
            if (each.above == 0 or each.above < input_tokens)
            and (each.tier != "batch" if tier in ANY_TIER else each.tier in may_be)
        ]

    @cached_property
    def dearest_input(self) -> Decimal:
        """The dearest of the input kinds, for a million tokens."""
        rates = (self.input, self.cache_read, self.cache_write, self.cache_write_1h)
        return max(each for each in rates if each is not None)

    def output_tokens_for(self, amount: Decimal, *, input_tokens: int = 0, tier: str | None = None) -> int:
        """Find how many output tokens an amount buys beside so much input, rounded down; free ones are -1."""
        bought = [-1]
        for read, write in self._worst(input_tokens, tier):
            if write:
                left = EXACT.subtract(amount, for_tokens(((input_tokens, read),)))
                bought.append(max(0, int(EXACT.divide_int(EXACT.multiply(left, MILLION), write))))
        return min(bought[1:], default=-1)


def _dearest_input(rates: Rates) -> Decimal:
    kinds = (rates.input, rates.cache_read, rates.cache_write, rates.cache_write_1h)
    return max(each for each in kinds if each is not None)


def _times(rates: Rates, factor: Decimal, *, tier: str) -> Rates:
    """Multiply every rate, those of the list too."""
    listed = rates.list
    if listed is not None:
        listed = msgspec.structs.replace(listed, **_scaled(listed, factor))
    return msgspec.structs.replace(rates, tier=tier, list=listed, **_scaled(rates, factor))


KINDS = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
"""The kinds of tokens that have a rate."""


def _scaled(rates: Rates | ListRates, factor: Decimal) -> dict[str, Decimal]:
    said = {kind: getattr(rates, kind) for kind in KINDS}
    return {kind: plain(EXACT.multiply(each, factor)) for kind, each in said.items() if each is not None}


def _less(said: dict[str, Any]) -> dict[str, Any]:
    """Work out the rates that a discount on the list price makes; they may be written beside it, if equal."""
    try:
        listed = ListPrice.model_validate(said.get("list"))
        discount = rate(said["discount"])
        given = {kind: rate(said[kind]) for kind in KINDS if said.get(kind) is not None}
    except ValueError as error:
        if said.get("list") is None:
            raise ValueError("a `discount` is taken off `list`; write that too") from None
        if isinstance(error, ValidationError):
            # What is wrong with the list is said where it stands.
            return said
        raise
    if not 0 < discount < 1:
        raise ValueError("write a `discount` between 0 and 1, such as `0.15`")
    off = EXACT.subtract(Decimal(1), discount)
    rates = {
        kind: plain(EXACT.multiply(value, off))
        for kind in KINDS
        if (value := getattr(listed, kind)) is not None
    }
    if given and given != rates:
        raise ValueError("write either a `discount` or the rates that it makes")
    if any(-int(value.as_tuple().exponent) > 9 for value in rates.values()):
        raise ValueError("write a `discount` with fewer decimals: a rate has at most 9")
    return said | rates

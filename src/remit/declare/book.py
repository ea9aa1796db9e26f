"""Price book: what a published, dated list says that models cost, to hold declared prices against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any, get_args

from pydantic import StringConstraints

from remit.declare.price import KINDS, Tier
from remit.kernel.money import EXACT, plain

BOOK_PATTERN = r"^[a-z0-9-]{1,40}/[^\s]{1,160}$"
BookName = Annotated[str, StringConstraints(pattern=BOOK_PATTERN)]
"""A model in the price book, as `provider/model`, such as `openai/gpt-4o-mini`."""

TIERS: tuple[str, ...] = get_args(Tier)
_FINEST = Decimal("0.000000001")


@dataclass(frozen=True, slots=True)
class BookRates:
    """What a million tokens of each kind cost, in a call with more than `above` input tokens."""

    above: int
    rates: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class BookRow:
    """What holds from a day on; None is from ever.

    `default` begins with the rates of short calls, those for longer ones follow. `variants` are the same for
    other tiers, and for whatever else a provider distinguishes, as `speed=fast`. `others` are prices that are
    not for tokens of text. With `by_hour` other rates hold at other hours of a day.
    """

    starts: date | None
    default: tuple[BookRates, ...]
    variants: Mapping[str, tuple[BookRates, ...]] = field(default_factory=dict)
    others: Mapping[str, Decimal] = field(default_factory=dict)
    by_hour: bool = False

    @property
    def by_tokens(self) -> bool:
        """Whether calls are charged for tokens of text."""
        return "input" in self.default[0].rates


@dataclass(frozen=True, slots=True)
class BookModel:
    """A model in the book, whose name and version `book` is; amounts are in `currency`."""

    book: str
    name: str
    title: str
    currency: str
    context_tokens: int | None
    rows: tuple[BookRow, ...]
    remark: str = ""

    def at(self, day: date) -> BookRow:
        """Find what holds on a day."""
        return next(row for row in reversed(self.rows) if row.starts is None or row.starts <= day)


def priced(
    row: BookRow, *, starts: date, rate: Decimal, source: str, discount: Decimal | None = None
) -> dict[str, Any]:
    """Write a row of the book as a declared price, in the currency that `rate` leads to.

    Rates are rounded to nine decimals. A `discount` is taken off all of them, and the list price stands
    beside.
    """
    said: dict[str, Any] = {"starts": starts, **_worth(row.default[0], rate)}
    if discount is not None:
        said = {"starts": starts, "list": _worth(row.default[0], rate), "discount": discount}
        rate = EXACT.multiply(rate, EXACT.subtract(Decimal(1), discount))
    if longer := [{"above": each.above, **_worth(each, rate)} for each in row.default[1:]]:
        said["long_context"] = longer
    tiers: dict[str, Any] = {}
    for tier in (each for each in TIERS if each in row.variants):
        first, *rest = row.variants[tier]
        more = [{"above": each.above, **_worth(each, rate)} for each in rest]
        tiers[tier] = _worth(first, rate) | ({"long_context": more} if more else {})
    if tiers:
        said["tiers"] = tiers
    return said | {"source": source}


def _worth(each: BookRates, rate: Decimal) -> dict[str, Any]:
    return {kind: worth(each.rates[kind], rate) for kind in KINDS if kind in each.rates}


def worth(amount: Decimal, rate: Decimal) -> Decimal:
    """Say what a rate of the book is worth in another currency, to nine decimals."""
    exact = EXACT.multiply(amount, rate)
    return plain(exact if -int(exact.as_tuple().exponent) <= 9 else exact.quantize(_FINEST, ROUND_HALF_EVEN))


def rows_of(row: BookRow) -> Iterator[tuple[str, BookRates]]:
    """List the rates of a row: those of the default tier first, then each variant's by its name."""
    yield from (("", each) for each in row.default)
    for name, found in row.variants.items():
        yield from ((name, each) for each in found)

"""Money: an exact decimal amount and its currency, never a bare number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

# INVARIANT: arithmetic on money is exact or it fails. 60 digits hold any sum of charges that a ledger can
# reach; a result that would need rounding traps instead of losing a part of a cent.
EXACT = Context(prec=60, traps=[DivisionByZero, Inexact, InvalidOperation, Overflow])

_TEXT = re.compile(r"(?P<amount>[0-9]{1,18}(?:\.[0-9]{1,12})?) (?P<currency>[A-Z]{3})")
ZERO = Decimal(0)


def canonical(amount: Decimal) -> str:
    """Write a decimal without exponent and without zeros that carry no meaning.

    >>> canonical(Decimal("1.500")), canonical(Decimal("1E+3")), canonical(Decimal("0.00"))
    ('1.5', '1000', '0')
    """
    text = str(amount)
    if "E" in text:
        text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def plain(amount: Decimal) -> Decimal:
    """Drop the zeros that carry no meaning, so that equal amounts are written alike.

    >>> plain(Decimal("0.00")), plain(Decimal("1.50")), plain(Decimal("1E+2"))
    (Decimal('0'), Decimal('1.5'), Decimal('100'))
    """
    # To add zero writes an exponent above it out: `1E+2` becomes `100`.
    return EXACT.add(EXACT.normalize(amount), ZERO)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in one currency.

    >>> Money.parse("12.50 EUR") + Money.parse("0.000001 EUR")
    Money(amount=Decimal('12.500001'), currency='EUR')
    >>> str(Money.parse("250 EUR")), Money.parse("0.0000375 EUR").display()
    ('250 EUR', '0.0000375 EUR')
    """

    amount: Decimal
    currency: str

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read `12.50 EUR`: digits, at most 12 decimals, one space, a three-letter code.

        Raises ValueError with a sentence for the person who wrote it.
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError("money is an amount and a currency, such as `250.00 EUR`")
        return cls(Decimal(found["amount"]), found["currency"])

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(ZERO, currency)

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(EXACT.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(EXACT.subtract(self.amount, other.amount), self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.amount <= other.amount

    def _same(self, other: Money) -> None:
        assert self.currency == other.currency, f"{self.currency} and {other.currency} were mixed"

    def __str__(self) -> str:
        return f"{canonical(self.amount)} {self.currency}"

    def display(self) -> str:
        """Show at least two decimals, and as many more as a small amount needs to be seen.

        >>> Money.parse("1234.5 EUR").display(), (Money.zero("EUR") - Money.parse("0.5 EUR")).display()
        ('1,234.50 EUR', '-0.50 EUR')
        """
        text = canonical(self.amount)
        sign = "-" if text.startswith("-") else ""
        whole, _, fraction = text.removeprefix("-").partition(".")
        return f"{sign}{int(whole):,}.{fraction.ljust(2, '0')} {self.currency}"

"""Escrow: what each of several workers may spend of one limit without asking again.

A limit's account is shared out as leases. A worker's grant is the whole of what it may ever have used in the
account, so that asking twice changes nothing; what it has not used it can give back.

INVARIANT: for every account, the sum over workers of max(granted, posted) is at most the limit, at all times.
Only a limit that was lowered, and a provider that counts more than it was allowed, can break it; then nothing
is granted until it holds again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Context, Decimal

import msgspec

from remit.kernel.money import EXACT, ZERO

GRAIN = Decimal("1E-8")
"""What slices of money are whole multiples of."""

ONE = Decimal(1)
"""What slices of calls and tokens are whole multiples of."""

_ROUGH = Context(prec=60, rounding=ROUND_FLOOR)


class Need(msgspec.Struct, frozen=True):
    """What one call needs of one account that its worker's lease does not hold."""

    account: str
    limit: Decimal
    amount: Decimal
    grain: Decimal = GRAIN


class Want(msgspec.Struct, frozen=True):
    """What a worker asks for: room for one call at least, be it the smallest or the largest that waits.

    `used` is what the worker has posted and held. With `least` zero nothing waits: it is a question for a
    spare slice, if there is one of at least `most`. With `marks`, others are asked to give back what they do
    not use where this cannot be met. Who is asked so itself wants no more than `exactly` what is needed.
    """

    account: str
    limit: Decimal
    used: Decimal
    least: Decimal
    most: Decimal
    marks: bool = False
    grain: Decimal = GRAIN
    exactly: bool = False


class Claim(msgspec.Struct, frozen=True):
    """What one worker has of an account; `answered` is the last mark after which it gave back its rest.

    A worker that has ended has posted, and holds no lease.
    """

    granted: Decimal = ZERO
    posted: Decimal = ZERO
    answered: int = 0

    @property
    def amount(self) -> Decimal:
        return max(self.granted, self.posted)


FINAL = 1 << 62
"""The answer to all marks to come: of what is kept, nothing can ever be given back."""


class Retained(msgspec.Struct, frozen=True):
    """What a worker keeps of an account when it gives back the rest; an answer to all marks up to one."""

    account: str
    amount: Decimal
    answers: int


class Grant(msgspec.Struct, frozen=True):
    """What a worker has of an account now, and what is out of its reach.

    `elsewhere` is what others claim, and `gone` the part of it that they have posted, which never comes
    back. `mark` is set where a call waits; `answered` is the last mark after which all others gave back their
    rest, None if none of them has any.
    """

    account: str
    granted: Decimal
    elsewhere: Decimal
    gone: Decimal
    mark: int = 0
    answered: int | None = None

    def may_come(self, mark: int) -> bool:
        """Say whether somebody has yet to answer a mark."""
        return self.answered is not None and self.answered < mark


def total(amounts: Iterable[Decimal]) -> Decimal:
    found = ZERO
    for amount in amounts:
        found = EXACT.add(found, amount)
    return found


def share(want: Want, own: Claim, others: Sequence[Claim], *, workers: int) -> Grant:
    """Decide what a worker is granted.

    While much is left it is a slice, so that few questions are asked; near the end it is exactly what a call
    needs, so that as little as may be lies with somebody who does not use it.

    >>> def left(posted):
    ...     want = Want("a", Decimal(100), Decimal(0), Decimal(5), Decimal(5))
    ...     return share(want, Claim(), [Claim(posted=Decimal(posted))], workers=2).granted
    >>> left(0), left(84), left(95), left(96)
    (Decimal('25.00000000'), Decimal('5'), Decimal('5'), Decimal('0'))
    """
    elsewhere, gone = total(other.amount for other in others), total(other.posted for other in others)
    claimed = max(own.amount, want.used)
    free = EXACT.subtract(EXACT.subtract(want.limit, claimed), elsewhere)
    unspent = EXACT.subtract(claimed, want.used)
    more = _more(want, free, unspent, workers)
    return Grant(want.account, EXACT.add(claimed, more), elsewhere, gone)


def _more(want: Want, free: Decimal, unspent: Decimal, workers: int) -> Decimal:
    """Say how much is granted beyond what is claimed, to bring what is unspent up to its measure."""
    if free <= 0:
        return ZERO
    reach = EXACT.add(free, unspent)
    slices = _ROUGH.divide_int(_ROUGH.divide(free, Decimal(2 * workers)), want.grain)
    part = ZERO if want.exactly else EXACT.multiply(slices, want.grain)
    if not want.least:
        room = part if part >= want.most else ZERO
    elif reach < want.most:
        room = want.least if reach >= want.least else ZERO
    else:
        room = max(want.most, part)
    return max(ZERO, min(free, EXACT.subtract(room, unspent)))


def is_short(want: Want, grant: Grant) -> bool:
    """Say whether what a worker has now leaves no room for the smallest call that waits."""
    return EXACT.subtract(grant.granted, want.used) < want.least


def unanswered(others: Iterable[Claim]) -> int | None:
    """Find the last mark that all have answered who may have something unspent; None if nobody may."""
    return min(
        (other.answered for other in others if other.granted > other.posted and other.answered != FINAL),
        default=None,
    )


def low_water(room: Decimal) -> Decimal:
    """Say below what a lease is topped up: half of what it held when it was granted."""
    return _ROUGH.divide(room, Decimal(2))

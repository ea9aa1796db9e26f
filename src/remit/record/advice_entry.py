"""Entries of advice: what somebody took, and what it was to save."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from remit.record.entry import Entry


class SaidOtherwise(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field of a declaration and its new value as JSON; without a path it is the whole declaration."""

    address: str
    value: str
    path: str = ""


class AdviceTaken(Entry, frozen=True, kw_only=True, tag="advice_taken"):
    """That somebody took advice on money, with what it was to save in 30 days, so that it can be checked.

    `advice` is its name: its `way` of saving, the use case, and what tells it from others like it. It rests
    on `calls` from `since` to `until`, which were charged `charged`; the advice was to save `a_month`, within
    `low` to `high`. `about` is the model whose calls it is about, empty where it is about all of them.

    `edits` are what the operating model was to say; it holds from the first version on that says all of it.
    `declared` is the digest of the operating model that the written files said, as an apply's is.
    Where nothing is declared, whoever took it did it `by_hand`, and it holds from the day of this entry.
    """

    advice: str
    way: str
    use_case: str
    unit: str
    about: str = ""
    since: date
    until: date
    calls: int
    charged: Decimal
    a_month: Decimal
    low: Decimal
    high: Decimal
    currency: str
    edits: tuple[SaidOtherwise, ...] = ()
    declared: str = ""
    by_hand: bool = False
    author: str

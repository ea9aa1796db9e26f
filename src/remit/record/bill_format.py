"""The format of a bill: where its rows say what was billed, for which model, and for what kind of tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Literal, cast

from pydantic import ValidationError

from remit.declare.declared import Count, Declared, Title, Word
from remit.declare.fault import Fault, faults_in, in_place
from remit.declare.text import read
from remit.kernel.diagnostic import Diagnostic, in_order

TokenKind = Literal["input", "output", "cache_read", "cache_write", "cache_write_1h"]
"""Kinds of tokens that exclude each other, each with a rate of its own."""

TOKEN_KINDS: tuple[TokenKind, ...] = ("input", "output", "cache_read", "cache_write", "cache_write_1h")

BilledKind = Literal[
    "input",
    "output",
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "tokens",
    "discount",
    "guardrail",
    "purchase",
    "credit",
    "tax",
    "support",
    "other",
]
"""What a row bills: tokens of one kind, `tokens` of several, or something beside them."""

_WILDCARDS_MAX = 4
KEPT_MAX = 4_096
"""Of how many different words it is kept what they say."""


class Saying(Declared):
    """A field and what it says: letters as they stand, `*` for anything, `{model}` for a model's name."""

    field: Title
    """The field, or the column."""
    says: Title = "{model}"
    """What it says, capital letters or not; `*` stands for anything and `{model}` for the model's name."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts = re.split(r"(\*|\{model\})", self.says)
        written = {"*": ".*?", "{model}": "(?P<model>.+?)"}
        return re.compile("".join(written.get(part) or re.escape(part) for part in parts), re.I | re.S)

    @property
    def wildcards(self) -> int:
        return self.says.count("*") + self.says.count("{model}")


class Sayings:
    """Some sayings, of which the first that is true counts; many rows say the same, so it is kept."""

    def __init__(self, sayings: Iterable[Saying]) -> None:
        self._sayings = tuple(sayings)
        self.fields = tuple(dict.fromkeys(each.field for each in self._sayings))
        self.find = lru_cache(maxsize=KEPT_MAX)(self._find)

    def _find(self, words: tuple[str, ...]) -> tuple[Saying, str] | None:
        """Say which one is true of what the fields say, and the model that it names."""
        said = dict(zip(self.fields, words, strict=True))
        for each in self._sayings:
            found = each.pattern.fullmatch(said[each.field])
            if found is not None:
                return each, (found.groupdict().get("model") or "").strip()
        return None


class RowKind(Saying):
    """Which rows are of a kind: those whose field says so. Of several kinds the first one holds."""

    kind: BilledKind
    """What such a row bills."""


class Amounting(Declared):
    """Where a quantity stands, and its unit."""

    amount: Title
    """The field with the number."""
    unit: Title
    """The field with the unit."""


class BillFormat(Declared):
    """Where a row of a bill holds what; a path names a field inside a field by a dot.

    A new bill needs such a file, no code. Of several fields for one thing the first that says anything is
    read.
    """

    name: Title
    """What the bill is called."""
    source: Title
    """Where its shape is documented."""
    layout: Literal["rows", "buckets"]
    """`rows`: JSON objects, one on each line or in a list, or CSV. `buckets`: pages of buckets of results."""
    only: tuple[Saying, ...] = ()
    """Rows of which one of these is true are read, others passed over; without any, all are read."""
    at: Title
    """When a row's time begins: a time as text, or seconds since 1970."""
    until: Title | None = None
    """When its time is over, the end excluded; without it, a row is of one day."""
    models: tuple[Saying, ...] = ()
    """Where the model's name stands, if the kind does not say it already."""
    kinds: tuple[RowKind, ...] = ()
    """What kind of row it is; a row of no kind is `other`."""
    tokens: dict[TokenKind, Title] = {}
    """For rows that count several kinds of tokens: the field of each."""
    input_includes: tuple[TokenKind, ...] = ()
    """Which of these kinds are counted among the input, too."""
    quantities: tuple[Amounting, ...] = ()
    """For rows of one kind: where the quantity stands; the first whose unit is one of tokens is taken."""
    tokens_per_unit: dict[Title, Count] = {}
    """How many tokens a unit is, by the bill's word for the unit."""
    list_cost: tuple[Title, ...] = ()
    """What it costs at list prices."""
    effective_cost: tuple[Title, ...] = ()
    """What was used up, also of what was paid before; without it, what is billed."""
    billed_cost: tuple[Title, ...]
    """What is to be paid."""
    currency: Title | None = None
    """The field of the currency."""
    currency_otherwise: Title | None = None
    """The currency of rows that name none."""
    account: Title | None = None
    """The account that pays."""
    project: Title | None = None
    """The provider's own project."""
    key: Title | None = None
    """The credential, by the provider's id for it."""
    names: tuple[Title, ...] = ()
    """Fields whose words can name a use case or a key; of a mapping, its values."""
    labels: tuple[Word, ...] = ()
    """Labels by which a use case says which of these words are its own."""
    model_prefixes: tuple[Title, ...] = ()
    """What may stand before a model's name."""

    @cached_property
    def read_only(self) -> Sayings:
        return Sayings(self.only)

    @cached_property
    def read_kinds(self) -> Sayings:
        return Sayings(self.kinds)

    @cached_property
    def read_models(self) -> Sayings:
        return Sayings(self.models)

    @cached_property
    def units(self) -> dict[str, int]:
        return {unit.casefold(): count for unit, count in self.tokens_per_unit.items()}


def read_bill_format(text: str, file: str) -> tuple[BillFormat | None, tuple[Diagnostic, ...]]:
    """Read the format of a bill, or find every fault in it at once."""
    tree, diagnostics = read(text, file)
    if tree is None or diagnostics:
        return None, in_order(diagnostics)
    if not isinstance(tree, dict) or set(tree) != {"bill"}:
        help = "begin with `bill:`, indent its fields below it, and write nothing else"
        faults = [Fault(file, (), "not-a-format", "the file is not the format of a bill", help)]
        return None, in_order(in_place(faults, {file: text}))
    try:
        found = BillFormat.model_validate(tree["bill"])
    except ValidationError as error:
        faults = list(faults_in(error, file, ("bill",), kind=BillFormat))
        return None, in_order(in_place(faults, {file: text}))
    for name in ("only", "models", "kinds"):
        for number, each in enumerate(cast(tuple[Saying, ...], getattr(found, name))):
            if each.wildcards > _WILDCARDS_MAX:
                help = f"use at most {_WILDCARDS_MAX} of `*` and `{{model}}` together"
                words = f"`{each.says[:80]}` leaves open more than can be looked for in time"
                faults = [Fault(file, ("bill", name, number, "says"), "invalid-value", words, help)]
                return None, in_order(in_place(faults, {file: text}))
    return found, ()

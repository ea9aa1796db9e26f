"""Standing: how the store stands at one moment, to be held against the entries up to there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import NamedTuple

from remit.record.chain import Position
from remit.record.guardrail_charge import GuardrailKey, GuardrailSum


class Whose(NamedTuple):
    """Whose calls are summed up, and in what."""

    use_case: str
    currency: str
    simulated: bool


class Charged(NamedTuple):
    calls: int
    charge: Decimal


class Referred(NamedTuple):
    """Calls that carry a reference, summed up; `mark` is the sum of theirs, so that none is swapped."""

    calls: int
    charge: Decimal
    mark: int


def mark_of(reference: str, model: str) -> int:
    """Return a number that a reference and a model have to themselves."""
    words = f"{reference}\0{model}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(words, digest_size=16).digest(), "big")


class Standing(NamedTuple):
    """How far each journal is taken in, what accounts have posted, and what each set of roll-ups sums to.

    Versions of outcomes are counted by use case and metric, and calls that carry references are summed up.
    `guarded` is every row of what guardrails by others cost.
    """

    positions: Mapping[str, Position]
    posted: Mapping[str, Decimal]
    charged: Mapping[str, Mapping[Whose, Charged]]
    outcomes: Mapping[tuple[str, str], int]
    referred: Mapping[Whose, Referred]
    guarded: Mapping[GuardrailKey, GuardrailSum]

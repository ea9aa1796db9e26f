"""Savings: what the calls that were made would have cost in another way, and what is known of the risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

SavingKind = Literal[
    "model",
    "route",
    "output-limit",
    "prompt-trim",
    "prompt-cache",
    "batch",
    "flex",
    "priority",
    "provisioned",
    "response-cache",
    "fine-tune",
    "distil",
    "self-host",
]
"""What would be done otherwise."""

Quality = Literal["same", "not-worse", "worse", "unknown"]
"""What is known of the answers: they are the same by construction, an evaluation shows that they are not
worse or that they are, or nothing is known."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One field of a declaration that would be said otherwise: `value` as YAML would read it, None to unset.

    `address` is a declaration's, as plans name it, such as `use-case/claims-triage`. `path` is the field in
    it, with dots, where an address can only come last; where it is empty, `value` is the whole of a
    declaration that is not there yet.
    """

    address: str
    path: str
    value: object


@dataclass(frozen=True, slots=True)
class BreakEven:
    """From how much of a volume on it pays, beside how much of it there is.

    `of` says of what, such as `calls a month` or `tokens a minute`; `months` is after how many months what is
    paid once has come back, None where nothing is paid once or it never does.
    """

    at: Decimal
    now: Decimal
    of: str
    months: Decimal | None = None


@dataclass(frozen=True, slots=True)
class QualityShown:
    """What an evaluation says of quality: the paired difference of pass rates, within `low` to `high`."""

    verdict: Quality
    evaluation: str = ""
    dataset: str = ""
    cases: int = 0
    difference: float = 0.0
    low: float = 0.0
    high: float = 0.0
    says: str = ""


@dataclass(frozen=True, slots=True)
class Saving:
    """One thing that would save money, found by replaying a use case's calls from `since` to `until`.

    `calls` were replayed; they were charged `charged`, and would have cost `would`, with `once` to be paid
    beforehand. `a_month` is what 30 days at the same pace save, within `low` to `high` where it is uncertain;
    what it rests on is said in `basis`. Where calls were simulated nothing is saved in fact. What cannot be
    changed by declaring something has no `edits`, and `by_hand` says what to do. `figures` are what it was
    worked out from, by name.
    """

    kind: SavingKind
    use_case: str
    unit: str
    subject: str
    """What tells it from others of its kind: a model's address, a prompt's, or nothing."""
    summary: str
    since: date
    until: date
    calls: int
    charged: Decimal
    would: Decimal
    a_month: Decimal
    low: Decimal
    high: Decimal
    currency: str
    basis: str
    quality: QualityShown
    once: Decimal = Decimal(0)
    break_even: BreakEven | None = None
    risks: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    by_hand: str = ""
    simulated: bool = False
    figures: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Name it so that it stays the same from one day to the next, as `KIND:USE_CASE[:SUBJECT]`."""
        return ":".join(each for each in (self.kind, self.use_case, self.subject) if each)

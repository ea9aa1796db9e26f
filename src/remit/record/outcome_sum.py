"""Outcomes summed up, and put beside the calls that carry their references."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from remit.record.outcome_entry import Outcome


@dataclass(frozen=True, slots=True)
class OutcomeSum:
    """What is known of one metric from one source; `results` counts what each outcome is the mean of."""

    metric: str
    source: str
    simulated: bool
    outcomes: int
    results: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Carried:
    """The calls of one model that carry a reference, and what they were charged."""

    model: str
    currency: str
    simulated: bool
    calls: int
    charge: Decimal


@dataclass(frozen=True, slots=True)
class JoinedOutcome:
    """An outcome and the calls that carry its reference, by model; none where it has no reference."""

    outcome: Outcome
    calls: tuple[Carried, ...]


@dataclass(frozen=True, slots=True)
class JoinSum:
    """How far a metric's outcomes and a use case's calls meet.

    `joined` of the `outcomes` have calls with their reference, and `unreferenced` have no reference at all.
    `references` of calls are known, of which `answered` have an outcome. `carried` are the calls behind
    outcomes, each reference counted once, and `unanswered` those of all other references, by model.
    """

    outcomes: int
    unreferenced: int
    joined: int
    references: int
    answered: int
    simulated: int
    carried: tuple[Carried, ...]
    unanswered: tuple[Carried, ...]

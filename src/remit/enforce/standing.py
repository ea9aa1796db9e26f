"""Standing: where a use case stands while a change is planned, and one effect that the change has on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.enforce.spend import Spend
from remit.kernel.money import ZERO, Money
from remit.kernel.period import window

USED_DAYS = 31
"""How far back calls count as use."""


@dataclass(frozen=True, slots=True)
class Use:
    """How many keys called a model in the last days, how often, and the tokens of all these calls."""

    keys: int
    calls: int
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def words(self) -> str:
        if not self.calls:
            return f"no call used it in the last {USED_DAYS} days"
        return (
            f"{count(self.keys, 'key')} and {count(self.calls, 'call')} used it in the last {USED_DAYS} days"
        )


UNUSED = Use(0, 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a use case stands: its stage, how many of its keys are live, and which models it called."""

    stage: StageName
    since: date
    keys: int = 0
    used: Mapping[str, Use] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        return sum(use.calls for use in self.used.values())

    def misses(self, model: str) -> bool:
        """Say whether it has live keys and called a model, so that it would break without it."""
        return self.keys > 0 and self.used.get(model, UNUSED).calls > 0


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of one use case, as a sentence whose subject is the use case.

    `breaks` is set where a use case with live keys would miss something that it uses or has spent. `neutral`
    is set where it may do neither more nor less, only otherwise.
    """

    use_case: str
    field: str
    what: str
    widens: bool
    breaks: bool = False
    neutral: bool = False

    @property
    def summary(self) -> str:
        return f"`{self.use_case}` {self.what}"

    @property
    def narrows(self) -> bool:
        return not self.widens and not self.neutral


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known at the moment of planning, and under which calendar."""

    model: OperatingModel
    posted: Mapping[str, Decimal]
    busiest: Mapping[str, str]
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(self.model.organisation.zone).date()

    def posted_in(self, spend: Spend) -> Decimal:
        """Say what is posted in a budget, or by the key or agent that comes first to its limit."""
        organisation = self.model.organisation
        label = window(
            spend.per, at=self.now, zone=organisation.zone, year_starts=organisation.fiscal_year_starts
        ).label
        return self.posted.get(self.busiest.get(f"{spend.id}:{label}", ""), ZERO)

    def money(self, amount: Decimal) -> str:
        return Money(amount, self.model.organisation.currency).display()


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

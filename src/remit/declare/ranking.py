"""Methods of ranking: the formulas that are offered, and what each needs to be stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Method = Literal["weighted", "rice", "wsjf"]
"""How use cases are ranked: a weighted sum, or one of two quotients by the effort."""

Objective = Literal["score", "money"]
"""What a selection makes the most of."""

Criterion = Literal[
    "value",
    "money",
    "strategic_fit",
    "reuse",
    "feasibility",
    "data_maturity",
    "readiness",
    "process_disruption",
]
"""What a weighted score is made of."""

VALUE_SIDE: tuple[Criterion, ...] = ("value", "money", "strategic_fit", "reuse")
FEASIBILITY_SIDE: tuple[Criterion, ...] = (
    "feasibility",
    "data_maturity",
    "readiness",
    "process_disruption",
)
CRITERIA: tuple[Criterion, ...] = (*VALUE_SIDE, *FEASIBILITY_SIDE)
SUPPORTED: frozenset[Criterion] = frozenset({"value", "money"})
"""Criteria that evidence speaks to, so that its grade says how much of them counts."""

Factor = Literal["reach", "impact", "confidence", "cost_of_delay", "effort"]


@dataclass(frozen=True, slots=True)
class Formula:
    """A method of ranking. A quotient has factors above and below the line; a weighted sum has neither."""

    meaning: str
    above: tuple[Factor, ...] = ()
    below: tuple[Factor, ...] = ()

    @property
    def factors(self) -> tuple[Factor, ...]:
        return (*self.above, *self.below)


METHODS: Mapping[Method, Formula] = {
    "weighted": Formula("the mean of the criteria, each as its weight says"),
    "rice": Formula(
        "reach × impact × confidence ÷ effort", above=("reach", "impact", "confidence"), below=("effort",)
    ),
    "wsjf": Formula(
        "cost of delay × confidence ÷ effort", above=("cost_of_delay", "confidence"), below=("effort",)
    ),
}
"""Every method by its name."""

FACTORS: Mapping[Factor, str] = {
    "reach": "the largest volume in a year that an outcome declares",
    "impact": "the judgement of value, 0 to 5",
    "confidence": "which part of a value counts, by its evidence grade",
    "cost_of_delay": "what the outcomes are declared to be worth in a year, by twelve",
    "effort": "the capacity that it takes, all skills and periods together",
}
"""What each factor is."""

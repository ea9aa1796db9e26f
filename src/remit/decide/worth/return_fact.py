"""The return as a fact: what it brought for each unit of cost, for the gates that ask for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from remit.decide.called_facts import Rolled
from remit.decide.dossier import Fact
from remit.decide.worth.cost import FullCost, full_costs
from remit.decide.worth.span import linear
from remit.decide.worth.worth import Worth, worth
from remit.declare.operating_model import OperatingModel
from remit.record.outcome_entry import StudyResult
from remit.record.projection import StageFact


class Costs:
    """The full costs of all use cases, worked out when somebody first asks for one, and once."""

    def __init__(
        self, model: OperatingModel, stages: Mapping[str, StageFact], rolled: Rolled, now: datetime
    ) -> None:
        self.model = model
        self._given = stages, rolled, now

    @cached_property
    def all(self) -> Mapping[str, FullCost]:
        stages, rolled, now = self._given
        return full_costs(self.model, stages, rolled, now=now)


def return_facts(costs: Costs, use_case: str, results: Sequence[StudyResult]) -> Iterator[Fact]:
    """Say what comes back for each unit of cost, as far as studies support it.

    Nothing is said where no study counts, and nothing where no cost beside calls is declared: a return on
    calls alone is not one on what it costs, and neither is one that leaves out charges without a rate.
    """
    model = costs.model
    if (
        results
        and model.use_cases[use_case].costs
        and (cost := costs.all.get(use_case)) is not None
        and cost.known
    ):
        yield from _facts(worth(model, use_case, results, cost=cost, asked={}))


def _facts(found: Worth) -> Iterator[Fact]:
    shown = found.evidenced
    if shown is None or shown.return_on_cost is None:
        return
    # As it is, below zero too: how sure one can be of a threshold follows from the width of the interval, and
    # a bound that were cut off at nothing, or filled in where it is open, would make it look narrower.
    back = linear(shown.value, shown.cost)
    counted = [each for each in found.figures if each.value is not None and each.grade != "claimed"]
    studies = ", ".join(dict.fromkeys(each.study for each in counted))
    known = min(each.known for each in counted if each.known is not None)
    yield Fact(
        measure="return_on_cost",
        value=back.point,
        at=known,
        evidence="value_study",
        basis=f"{shown.weakest.replace('_', ' ')} by {studies}, against the full cost of a year",
        low=back.low,
        high=back.high,
        sure=back.sure,
        entries=tuple(each.result for each in counted),
    )

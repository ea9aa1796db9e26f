"""Worth: a use case's value, cost and return put together, each as good as its evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from remit.decide.worth.by_grade import ByGrade, by_grade
from remit.decide.worth.confirmed import Asked, confirmed
from remit.decide.worth.cost import YEAR_DAYS, FullCost, total
from remit.decide.worth.figure import Figure, Measured, figures
from remit.decide.worth.returns import Return, returns
from remit.declare.cost import Economics
from remit.declare.operating_model import OperatingModel
from remit.record.outcome_entry import StudyResult

Results = Mapping[str, tuple[StudyResult, ...]]


@dataclass(frozen=True, slots=True)
class Worth:
    """What one use case is worth in a year. `year` is its full cost, with what is paid once spread out."""

    use_case: str
    figures: tuple[Figure, ...]
    sums: ByGrade
    cost: FullCost
    year: Decimal
    returns: tuple[Return, ...]

    @property
    def evidenced(self) -> Return | None:
        """Return what comes back by everything that a study supports, and by nothing that is only claimed."""
        shown = [each for each in self.returns if each.weakest != "claimed"]
        return shown[-1] if shown else None


def results_of(entries: Iterable[object]) -> dict[str, tuple[StudyResult, ...]]:
    """Sort what studies found by use case."""
    found: dict[str, list[StudyResult]] = defaultdict(list)
    for each in entries:
        if isinstance(each, StudyResult):
            found[each.use_case].append(each)
    return {name: tuple(each) for name, each in found.items()}


def worth(
    model: OperatingModel, use_case: str, results: Iterable[StudyResult], *, cost: FullCost, asked: Asked
) -> Worth:
    """Put together what a use case is worth."""
    found = figures(
        use_case,
        model.use_cases[use_case].outcomes,
        results,
        currency=model.organisation.currency,
        measured=_measured(cost),
        simulated=model.organisation.simulated,
    )
    marked = tuple(confirmed(each, asked) for each in found)
    economics = model.portfolio.economics
    sums = by_grade(marked)
    year = cost.of_a_year(economics.horizon_months)
    back = returns(sums, once=cost.once, yearly=cost.yearly, year=year, economics=economics)
    return Worth(use_case, marked, sums, cost, year, back)


def _measured(cost: FullCost) -> Measured | None:
    """Say how often a use case is at work in a year, by the cases that its calls name, or by its calls."""
    number = cost.cases or cost.calls
    if not number:
        return None
    return Measured(number * YEAR_DAYS // cost.days, "references" if cost.cases else "calls")


def worths(
    model: OperatingModel, results: Results, costs: Mapping[str, FullCost], asked: Asked
) -> Iterator[Worth]:
    """Put together what every use case is worth that is not retired."""
    for name, cost in costs.items():
        yield worth(model, name, results.get(name, ()), cost=cost, asked=asked)


@dataclass(frozen=True, slots=True)
class Together:
    """What use cases are worth together: sums by grade, and returns against the full cost of all of them."""

    sums: ByGrade
    once: Decimal
    yearly: Decimal
    year: Decimal
    returns: tuple[Return, ...]


def together(found: Iterable[Worth], economics: Economics) -> Together:
    """Add up use cases, each figure to those of its grade; every cost counts, with a value or without."""
    listed = [*found]
    sums = by_grade(figure for each in listed for figure in each.figures)
    once, yearly = total(each.cost.once for each in listed), total(each.cost.yearly for each in listed)
    # The sum of what each one spreads, so that the whole is the sum of its lines to the cent.
    year = total(each.year for each in listed)
    return Together(
        sums, once, yearly, year, returns(sums, once=once, yearly=yearly, year=year, economics=economics)
    )

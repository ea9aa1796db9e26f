"""Check the portfolio: whether what use cases need can be had together, and counts in one currency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.dependence import circles, contradictions
from remit.declare.fault import Fault
from remit.declare.needs import PERIODS_MAX, Needs, UseCaseNeeds
from remit.declare.organisation import Organisation
from remit.declare.portfolio import Portfolio, Weights
from remit.declare.scope import Scope, Spot
from remit.declare.use_case import UseCase
from remit.kernel.money import Money
from remit.kernel.suggest import did_you_mean


def check_portfolio(scope: Scope) -> Iterator[Fault]:
    """Check what there is to share out, and what each use case would take of it."""
    organisation: Organisation | None = scope.sections["organisation"].get("")
    currency = organisation.currency if organisation else None
    portfolio: Portfolio | None = scope.sections["portfolio"].get("")
    skills = tuple(portfolio.capacity) if portfolio else ()
    if portfolio is not None:
        yield from _portfolio(scope.spot("portfolio", ""), portfolio, currency)
    cases: Mapping[str, UseCase] = scope.sections["use_cases"]
    needs = {name: case.needs for name, case in cases.items() if case.needs is not None}
    for name, each in needs.items():
        spot = scope.spot("use_cases", name).at("needs")
        yield from _amounts(spot, each, skills=skills, currency=currency)
        yield from _references(spot, each)
    yield from _together(scope, needs)


def _portfolio(spot: Spot, portfolio: Portfolio, currency: str | None) -> Iterator[Fault]:
    if not any(getattr(portfolio.weights, name) for name in Weights.model_fields):
        yield spot.fault(
            "weights",
            code="portfolio-without-weights",
            summary="every criterion has the weight 0, so nothing decides on a rank",
            help="give at least one criterion a weight above 0, or leave `weights:` out",
            at="key",
        )
    yield from _currencies(spot, "budgets", portfolio.budgets, currency)
    yield from _currencies(spot, "money_at_five", portfolio.money_at_five, currency)
    yield from _lengths(spot, {("budgets",): len(portfolio.budgets)})
    yield from _lengths(spot, {("capacity", name): len(each) for name, each in portfolio.capacity.items()})
    for address, needs in portfolio.shared.items():
        within = spot.at("shared", address)
        if not spot.scope.has("blocks", address):
            yield spot.undeclared("shared", address, target=address, code="undeclared-block")
        yield from _amounts(within, needs, skills=tuple(portfolio.capacity), currency=currency)


def _amounts(spot: Spot, needs: Needs, *, skills: tuple[str, ...], currency: str | None) -> Iterator[Fault]:
    yield from _currencies(spot, "cost", needs.cost, currency)
    yield from _lengths(spot, {("cost",): len(needs.cost)})
    yield from _lengths(spot, {("capacity", name): len(each) for name, each in needs.capacity.items()})
    for skill in needs.capacity if skills else ():
        if skill not in skills:
            yield spot.fault(
                "capacity",
                skill,
                code="undeclared-skill",
                summary=f"nobody says how much of the skill `{skill}` there is",
                help=did_you_mean(skill, skills, otherwise="declare it under `portfolio: capacity:`"),
                at="key",
            )


def _currencies(
    spot: Spot, field: str, found: Money | tuple[Money, ...] | None, currency: str | None
) -> Iterator[Fault]:
    listed = found if isinstance(found, tuple) else () if found is None else (found,)
    for index, amount in enumerate(listed):
        if currency and amount.currency != currency:
            path = (field, index) if isinstance(found, tuple) else (field,)
            yield spot.fault(
                *path,
                code="mixed-currency",
                summary=f"`{amount}` is not in the organisation's currency {currency}",
                help=f"write the amount in {currency}",
            )


def _lengths(spot: Spot, lengths: Mapping[tuple[str, ...], int]) -> Iterator[Fault]:
    for path, periods in lengths.items():
        if periods > PERIODS_MAX:
            yield spot.fault(
                *path,
                code="invalid-value",
                summary=f"`{path[-1]}` lists {periods:,} periods",
                help=f"list at most {PERIODS_MAX}",
            )


def _references(spot: Spot, needs: UseCaseNeeds) -> Iterator[Fault]:
    named = [
        *((("depends_on", index), other) for index, other in enumerate(needs.depends_on)),
        *((("excludes", index), other) for index, other in enumerate(needs.excludes)),
        *([(("variant_of",), needs.variant_of)] if needs.variant_of else []),
    ]
    for path, other in named:
        if not spot.scope.has("use_cases", other):
            yield spot.undeclared(*path, target=other, code="undeclared-use-case")


def _together(scope: Scope, needs: Mapping[str, UseCaseNeeds]) -> Iterator[Fault]:
    in_circles: set[str] = set()
    for around in circles(needs):
        in_circles |= set(around)
        yield (
            scope.spot("use_cases", around[0])
            .at("needs")
            .fault(
                code="needs-cycle",
                summary=f"`{around[0]}` comes back to itself: {' → '.join([*around, around[0]])}",
                help="take one of them out of `depends_on`, `excludes` or `variant_of`",
                at="key",
            )
        )
    for name, one, other in contradictions(needs):
        if name in in_circles:
            continue
        at = name or next(each for each in (one, other, *needs) if each in needs)
        who = f"`{name}` can never be chosen" if name else "what is mandatory cannot be done together"
        yield (
            scope.spot("use_cases", at)
            .at("needs")
            .fault(
                code="needs-contradicted",
                summary=f"{who}: there are both `{one}` and `{other}`, and they exclude each other",
                help="take the dependence, the exclusion or `mandatory:` out",
                at="key",
            )
        )

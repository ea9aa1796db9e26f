"""Check worth: whether outcome metrics form a chain, and what costs money counts in one currency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import get_args

from remit.declare.block import Block
from remit.declare.check_capacity import check_split
from remit.declare.cost import Cost
from remit.declare.fault import Fault
from remit.declare.organisation import Organisation
from remit.declare.portfolio import Portfolio
from remit.declare.scope import Scope, Spot, chain, circle
from remit.declare.use_case import Link, OutcomeMetric, UseCase
from remit.kernel.money import Money
from remit.kernel.suggest import did_you_mean

LINKS: tuple[Link, ...] = get_args(Link)
"""The links of the chain, the first one first."""


def check_worth(scope: Scope) -> Iterator[Fault]:
    """Check the chains of every use case, and every cost."""
    organisation: Organisation | None = scope.sections["organisation"].get("")
    currency = organisation.currency if organisation else ""
    cases: Mapping[str, UseCase] = scope.sections["use_cases"]
    for name, case in cases.items():
        spot = scope.spot("use_cases", name)
        yield from _chain(spot.at("outcomes"), case.outcomes)
        yield from _costs(spot.at("costs"), case.costs, currency)
    portfolio: Portfolio | None = scope.sections["portfolio"].get("")
    if portfolio is not None:
        platform = portfolio.economics.platform
        spot = scope.spot("portfolio", "").at("economics", "platform")
        yield from _costs(spot, platform, currency)
        for id, cost in platform.items():
            yield from check_split(spot.at(id), cost.shared_by, cost.weights)
    blocks: Mapping[str, Block] = scope.sections["blocks"]
    for address, block in blocks.items():
        yield from check_split(
            scope.spot("blocks", address),
            block.cost_shared_by,
            block.cost_weights,
            fields=("cost_shared_by", "cost_weights"),
        )
        for field, amount in (
            ("cost_to_build", block.cost_to_build),
            ("cost_per_month", block.cost_per_month),
        ):
            yield from _currency(scope.spot("blocks", address), field, amount, currency)


def _chain(spot: Spot, outcomes: Mapping[str, OutcomeMetric]) -> Iterator[Fault]:
    steps = {id: metric.drives for id, metric in outcomes.items()}
    for id, metric in outcomes.items():
        yield from _cases(spot.at(id), id, metric)
        if metric.drives is None:
            if metric.moves is not None:
                yield spot.fault(
                    *(id, "moves"),
                    code="undeclared-outcome",
                    summary=f"`{id}` says by how much it moves another outcome metric, and drives none",
                    help="name the one that it moves under `drives:`",
                )
            continue
        if metric.drives not in outcomes:
            yield spot.fault(
                *(id, "drives"),
                code="undeclared-outcome",
                summary=f"`{id}` drives `{metric.drives}`, which is no outcome metric of `{spot.name}`",
                help=did_you_mean(
                    metric.drives,
                    outcomes.keys() - {id},
                    otherwise="declare it under `outcomes:` of the same use case",
                ),
            )
            continue
        around = circle(steps, id)
        if around and id == min(around):
            yield spot.fault(
                *(id, "drives"),
                code="outcome-cycle",
                summary=f"`{id}` drives itself: {' → '.join([*around, id])}",
                help="let the last of them, what the business counts, drive nothing",
            )
        if not around:
            yield from _onward(spot.at(id), id, metric, outcomes=outcomes, after=chain(steps, id))


def _onward(
    spot: Spot,
    id: str,
    metric: OutcomeMetric,
    *,
    outcomes: Mapping[str, OutcomeMetric],
    after: list[str],
) -> Iterator[Fault]:
    assert metric.drives is not None, "only what drives another is checked"
    driven = outcomes[metric.drives]
    if metric.link and driven.link and LINKS.index(metric.link) > LINKS.index(driven.link):
        yield spot.fault(
            "drives",
            code="outcome-link-backwards",
            summary=f"`{id}` is {metric.link} and drives `{metric.drives}`, which is {driven.link}",
            help="the chain goes from technical to operational to business; turn it round",
        )
    twice = next((other for other in after if outcomes[other].value_of_one is not None), None)
    if metric.value_of_one is not None and twice is not None:
        yield spot.fault(
            "value_of_one",
            code="value-counted-twice",
            summary=f"`{id}` has a value and drives `{twice}`, which has one as well",
            help="give the value to the last of them alone: it is the same money",
        )


def _cases(spot: Spot, id: str, metric: OutcomeMetric) -> Iterator[Fault]:
    """See that the target lies between the case of bad luck and the one of good luck."""
    sign = Decimal(1) if metric.direction == "up" else Decimal(-1)
    for field, found, turn in (("low_case", metric.low_case, -1), ("high_case", metric.high_case, 1)):
        if found is None:
            continue
        if metric.target is None or (found - metric.target) * sign * turn < 0:
            than = "worse" if turn > 0 else "better"
            yield spot.fault(
                field,
                code="cases-crossed",
                summary=f"the {field.replace('_', ' ')} of `{id}` is {than} than its target"
                if metric.target is not None
                else f"`{id}` has a {field.replace('_', ' ')} and no target",
                help="let the target lie between `low_case` and `high_case`",
            )


def _costs(spot: Spot, costs: Mapping[str, Cost], currency: str) -> Iterator[Fault]:
    for id, cost in costs.items():
        yield from _currency(spot.at(id), "amount", cost.amount, currency)
        if cost.since is not None and cost.until is not None and cost.until < cost.since:
            yield spot.fault(
                *(id, "until"),
                code="cost-ends-before-it-begins",
                summary=f"`{id}` ends on {cost.until}, before it begins on {cost.since}",
                help="correct one of the two dates",
            )


def _currency(spot: Spot, field: str, amount: Money | None, currency: str) -> Iterator[Fault]:
    if amount is not None and currency and amount.currency != currency:
        yield spot.fault(
            field,
            code="mixed-currency",
            summary=f"`{amount}` is not in the organisation's currency {currency}",
            help=f"write the amount in {currency}",
        )

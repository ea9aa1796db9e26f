"""Check: whether sound declarations also fit together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from remit.declare.block import Block, ModelBlock, RouteBlock
from remit.declare.check_agents import check_agents
from remit.declare.check_approvals import check_approvals
from remit.declare.check_batch import check_batch
from remit.declare.check_capacity import (
    check_capacity,
    check_commitments,
    check_exchange_rates,
    check_tool_prices,
)
from remit.declare.check_controls import check_controls, check_risks
from remit.declare.check_gates import check_gates
from remit.declare.check_governance import check_governance
from remit.declare.check_guardrails import check_guardrails
from remit.declare.check_issuers import check_issuers
from remit.declare.check_knowledge import check_knowledge
from remit.declare.check_layers import check_layers
from remit.declare.check_names import check_names
from remit.declare.check_policies import check_policies
from remit.declare.check_portfolio import check_portfolio
from remit.declare.check_prompt_cache import check_prompt_cache
from remit.declare.check_prompts import check_prompts
from remit.declare.check_routes import check_routes
from remit.declare.check_service_tiers import check_service_tiers
from remit.declare.check_studies import check_studies
from remit.declare.check_sunset import check_sunset
from remit.declare.check_tool_policies import check_tool_policies
from remit.declare.check_tools import check_tools
from remit.declare.check_webhooks import check_webhooks
from remit.declare.check_worth import check_worth
from remit.declare.fault import Fault
from remit.declare.organisation import Organisation, Unit
from remit.declare.provider import Provider
from remit.declare.scope import Scope, Sections, Spot, Steps, chain, circle
from remit.declare.use_case import OutcomeMetric, UseCase
from remit.declare.version import family, number
from remit.kernel.money import canonical

_GOING = ("rejected", "deprecated")


def check(
    sections: Sections, broken: Iterable[tuple[str, str]], where: Mapping[tuple[str, str], str]
) -> list[Fault]:
    """Find what refers to nothing, goes in circles, or mixes currencies.

    `broken` are declarations that could not be read: they exist, so that referring to them is no fault. A
    section of which some may have gone unread is in it with an empty name.
    """
    scope = Scope(sections, frozenset(broken), where)
    rules = (
        *(_units, _use_cases, _blocks, _models, _downgrades, _providers),
        *(check_layers, check_governance, check_names, check_gates, check_policies),
        *(check_prompts, check_routes, check_issuers, check_guardrails),
        *(check_webhooks, check_approvals),
        *(check_webhooks, check_controls, check_risks),
        *(check_webhooks, check_portfolio),
        check_sunset,
        *(check_worth,),
        *(check_studies, check_prompt_cache, check_service_tiers),
        *(check_batch, check_tools, check_tool_policies, check_agents, check_knowledge),
        *(check_capacity, check_commitments, check_exchange_rates, check_tool_prices),
    )
    return [fault for rule in rules for fault in rule(scope)]


def _units(scope: Scope) -> Iterator[Fault]:
    units: Mapping[str, Unit] = scope.sections["units"]
    parents = {name: unit.parent for name, unit in units.items()}
    for name, unit in units.items():
        spot = scope.spot("units", name)
        if unit.parent is not None and not scope.has("units", unit.parent):
            yield spot.undeclared("parent", target=unit.parent, code="undeclared-unit")
        around = circle(parents, name)
        if around and name == min(around):
            yield spot.fault(
                "parent",
                code="unit-cycle",
                summary=f"unit `{name}` is its own parent: {' → '.join([*around, around[0]])}",
                help="give one of them another parent, or none",
            )
        if not _may_have_lead(units, parents, name):
            yield spot.fault(
                code="unit-without-lead",
                summary=f"unit `{name}` has no lead; the organisation's contact answers for it",
                help="add `lead:` with the mail address of a role",
                severity="warning",
                at="key",
            )


def _may_have_lead(units: Mapping[str, Unit], parents: Steps, name: str) -> bool:
    """Say if a lead answers for a unit, or might: one whose parent could not be read is not judged."""
    line = [name, *chain(parents, name)]
    last = parents[line[-1]]
    return any(units[each].lead for each in line) or (last is not None and last not in units)


def _use_cases(scope: Scope) -> Iterator[Fault]:
    cases: Mapping[str, UseCase] = scope.sections["use_cases"]
    going = _going(scope.sections["blocks"])
    organisation: Organisation | None = scope.sections["organisation"].get("")
    for name, case in cases.items():
        spot = scope.spot("use_cases", name)
        if not scope.has("units", case.unit):
            yield spot.undeclared("unit", target=case.unit, code="undeclared-unit")
        for index, address in enumerate(case.blocks):
            if not scope.has("blocks", address):
                yield spot.undeclared("blocks", index, target=address, code="undeclared-block")
            elif address in going:
                yield _left_behind(spot.at("blocks", index), address, going[address])
        yield from _distinct(spot, case)
        yield from _outcomes(spot, case, organisation.currency if organisation else None)
        yield from _economy(spot, case, organisation.currency if organisation else None)
        yield from _dates(spot, case)


def _going(blocks: Mapping[str, Block]) -> dict[str, Block]:
    """Find what is on its way out, by every reference; a name is only if all of its versions are."""
    going = {address: block for address, block in blocks.items() if block.status in _GOING}
    staying = {family(address) for address in blocks.keys() - going.keys()}
    newest = {family(address): going[address] for address in sorted(going, key=number)}
    return {**{name: block for name, block in newest.items() if name not in staying}, **going}


def _left_behind(spot: Spot, address: str, block: Block) -> Fault:
    until = f", and {block.last_day} is its last day" if block.last_day else ""
    return spot.fault(
        code="block-left-behind",
        summary=f"`{spot.name}` uses `{address}`, which is {block.status}{until}",
        help="its `reason` says what to use in its place; where it does not, ask its owner",
        severity="warning",
    )


def _distinct(spot: Spot, case: UseCase) -> Iterator[Fault]:
    for other in case.distinct_from:
        if other == spot.name:
            yield spot.fault(
                "distinct_from",
                other,
                code="distinct-from-itself",
                summary=f"`{other}` is said to be distinct from itself",
                help="name the other use case, or remove the line",
                at="key",
            )
        elif not spot.scope.has("use_cases", other):
            yield spot.undeclared("distinct_from", other, target=other, code="undeclared-use-case")


def _economy(spot: Spot, case: UseCase, currency: str | None) -> Iterator[Fault]:
    costs = case.economy.late_answer_costs
    if costs is not None and currency and costs.currency != currency:
        yield spot.fault(
            "economy",
            "late_answer_costs",
            code="mixed-currency",
            summary=f"`{costs}` is not in the organisation's currency {currency}",
            help=f"write it in {currency}",
        )


def _outcomes(spot: Spot, case: UseCase, currency: str | None) -> Iterator[Fault]:
    for id, metric in case.outcomes.items():
        worth = metric.value_of_one
        if worth is not None and currency and worth.currency != currency:
            yield spot.fault(
                "outcomes",
                id,
                "value_of_one",
                code="mixed-currency",
                summary=f"`{worth}` is not in the organisation's currency {currency}",
                help=f"write the value in {currency}",
            )
        yield from _bounds(spot, id, metric)
        if metric.baseline is None or metric.target is None or metric.baseline == metric.target:
            continue
        rises = metric.target > metric.baseline
        if rises != (metric.direction == "up"):
            yield spot.fault(
                "outcomes",
                id,
                "target",
                code="target-against-direction",
                summary=f"`{id}` shall go {metric.direction}, and its target lies the other way",
                help="correct the target, the baseline or the direction",
            )


def _bounds(spot: Spot, id: str, metric: OutcomeMetric) -> Iterator[Fault]:
    """Check that what a metric was before and shall become is what one outcome of it can be."""
    for field in ("highest", "baseline", "target"):
        value = getattr(metric, field)
        if value is None:
            continue
        below = metric.lowest is not None and value < metric.lowest
        above = metric.highest is not None and value > metric.highest
        if below or above:
            yield spot.fault(
                "outcomes",
                id,
                field,
                code="outside-bounds",
                summary=f"`{field}` of `{id}` is {canonical(value)}, which is"
                f" {'below its `lowest`' if below else 'above its `highest`'}",
                help="correct the value, or the bound that one outcome can have",
            )


def _dates(spot: Spot, case: UseCase) -> Iterator[Fault]:
    dated = [
        (field, day)
        for field in ("initiated", "developed", "implemented", "retired")
        if (day := getattr(case.history, field)) is not None
    ]
    for (before, earlier), (after, later) in pairwise(dated):
        if later < earlier:
            yield spot.fault(
                "history",
                after,
                code="dates-backwards",
                summary=f"`{spot.name}` was {after} on {later}, before it was {before} on {earlier}",
                help="correct one of the two dates",
                severity="warning",
            )


def _blocks(scope: Scope) -> Iterator[Fault]:
    going = _going(scope.sections["blocks"])
    versioned = {family(name) for section, name in scope.where if section == "blocks" and "@" in name}
    for name, block in scope.sections["blocks"].items():
        if name in versioned:
            yield scope.spot("blocks", name).fault(
                code="mixed-versions",
                summary=f"`{name}` is declared both with versions and without",
                help=f"give this one a version too, as `{name}@1`, or take it out",
                at="key",
            )
        if block.status in _GOING and block.reason is None:
            yield scope.spot("blocks", name).fault(
                code="block-without-reason",
                summary=f"`{name}` is {block.status} and does not say why",
                help="add `reason:`, with what to use in its place",
                at="key",
            )
        for index, target in enumerate(block.targets if isinstance(block, RouteBlock) else ()):
            if target.to in going:
                yield _left_behind(
                    scope.spot("blocks", name).at("targets", index, "to"), target.to, going[target.to]
                )


def _models(scope: Scope) -> Iterator[Fault]:
    for name, block in scope.sections["blocks"].items():
        if not isinstance(block, ModelBlock):
            continue
        spot = scope.spot("blocks", name)
        if not scope.has("providers", block.provider):
            yield spot.undeclared("provider", target=block.provider, code="undeclared-provider")
        starts = [price.starts for price in block.prices]
        if sorted(set(starts)) != starts:
            yield spot.fault(
                "prices",
                code="price-order",
                summary=f"the prices of `{name}` do not stand in the order of their dates",
                help="order them by `starts`, each date once; add a new price at the end",
            )
        if not block.prices:
            yield spot.fault(
                code="model-without-price",
                summary=f"`{name}` has no price, so every call of it will be refused",
                help="add `prices:`; a model that costs nothing says so with rates of 0",
                severity="warning",
                at="key",
            )


def _downgrades(scope: Scope) -> Iterator[Fault]:
    """Check what takes a model's place: that it is a model, and that no model comes back to itself."""
    blocks: Mapping[str, Block] = scope.sections["blocks"]
    targets = {name: block.downgrade_to for name, block in blocks.items() if isinstance(block, ModelBlock)}
    for name, target in targets.items():
        spot = scope.spot("blocks", name)
        if target is None:
            continue
        if not scope.has("blocks", target):
            yield spot.undeclared("downgrade_to", target=target, code="undeclared-block")
        elif not target.startswith("model/"):
            yield spot.fault(
                "downgrade_to",
                code="not-a-model",
                summary=f"`{target}` is not a model",
                help="name a block whose address begins with `model/`",
            )
        around = circle(targets, name)
        if around and name == min(around):
            yield spot.fault(
                "downgrade_to",
                code="downgrade-cycle",
                summary=f"`{name}` is downgraded to itself: {' → '.join([*around, around[0]])}",
                help="leave `downgrade_to` out at the cheapest of them",
            )


def _providers(scope: Scope) -> Iterator[Fault]:
    providers: Mapping[str, Provider] = scope.sections["providers"]
    for name, provider in providers.items():
        if provider.technology == "openai" and provider.base_url is None:
            yield scope.spot("providers", name).fault(
                code="provider-without-address",
                summary=f"provider `{name}` has no `base_url`",
                help="add the address of its OpenAI-compatible API, as `https://host/v1`",
                at="key",
            )
        if provider.technology == "bedrock" and provider.region is None:
            yield scope.spot("providers", name).fault(
                code="provider-without-region",
                summary=f"provider `{name}` has no `region`",
                help="add the region of AWS whose models are asked, such as `eu-central-1`",
                at="key",
            )

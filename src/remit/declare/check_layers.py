"""Check layers: whether what a layer names is there and of the right kind, and whose money it counts in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.block import Block, ModelBlock
from remit.declare.fault import Fault
from remit.declare.organisation import Organisation
from remit.declare.remit_layer import RATE_FIELDS, Budget, PoolLimit, RemitLayer, Share, is_enforced
from remit.declare.scope import Scope, Spot, chain
from remit.declare.version import family, number

_KINDS = {"models": "model", "tools": "tool", "guardrails": "guardrail"}
"""Fields that name blocks, and the kind that they name."""


def check_layers(scope: Scope) -> Iterator[Fault]:
    """Check every layer of a remit alike, whoever declares it."""
    organisation: Organisation | None = scope.sections["organisation"].get("")
    for spot, layer in scope.layers():
        yield from _names(spot, layer)
        yield from _budgets(spot, layer, organisation.currency if organisation else None)
        yield from _rates(spot, layer)
        yield from _declared_only(spot, layer)


def _names(spot: Spot, layer: RemitLayer) -> Iterator[Fault]:
    for field, kind in _KINDS.items():
        named = getattr(layer, field)
        if named is None or isinstance(named, str):
            continue
        for index, address in enumerate(named):
            step = index if isinstance(named, tuple) else address
            if not spot.scope.has("blocks", address):
                yield spot.undeclared("remit", field, step, target=address, code="undeclared-block")
            elif not address.startswith(f"{kind}/"):
                yield _wrong_kind(spot.at("remit", field, step), address, kind)
            elif field != "guardrails" and number(address) and family(address) in named:
                yield spot.fault(
                    *("remit", field, step),
                    code="covered-version",
                    summary=f"`{address}` stands beside `{family(address)}`, which covers all its versions",
                    help=f"keep `{address}` alone to allow that version only, or the name to allow all",
                )


def _wrong_kind(spot: Spot, address: str, kind: str) -> Fault:
    summary, help = f"`{address}` is not a {kind}", f"name a block whose address begins with `{kind}/`"
    if kind == "model":
        if address.startswith("route/"):
            help = "name the models that it leads to; a route gives no access of its own"
        return spot.fault(code="not-a-model", summary=summary, help=help)
    return spot.fault(code="wrong-kind-of-block", summary=summary, help=help)


def _budgets(spot: Spot, layer: RemitLayer, currency: str | None) -> Iterator[Fault]:
    if not isinstance(layer.spend, tuple):
        return
    seen: set[tuple[str, str | None]] = set()
    for index, budget in enumerate(layer.spend):
        if currency and budget.limit.currency != currency:
            yield spot.fault(
                "remit",
                "spend",
                index,
                "limit",
                code="mixed-currency",
                summary=f"`{budget.limit}` is not in the organisation's currency {currency}",
                help=f"write the limit in {currency}",
            )
        whose = _whose(spot, budget.each)
        if (budget.per, whose) in seen:
            yield spot.fault(
                "remit",
                "spend",
                index,
                code="repeated-budget",
                summary=f"a second budget per {budget.per} stands in the same layer",
                help="keep the one that is meant",
            )
        seen.add((budget.per, whose))
        yield from _downgrade(spot.at("remit", "spend", index, "on_breach"), budget)


def _whose(spot: Spot, each: Share | None) -> Share | None:
    """Say who has a limit for itself, the same for limits that are the same one."""
    # There is one pool for each use case in these layers anyway.
    singly = spot.section in ("stages", "use_cases")
    return None if singly and each == "use_case" else each


def _rates(spot: Spot, layer: RemitLayer) -> Iterator[Fault]:
    for field in RATE_FIELDS:
        limits = getattr(layer, field)
        seen: set[Share | None] = set()
        for index, limit in enumerate(limits if isinstance(limits, tuple) else ()):
            whose = _whose(spot, limit.each if isinstance(limit, PoolLimit) else None)
            if whose in seen:
                yield spot.fault(
                    *("remit", field, index),
                    code="repeated-limit",
                    summary=f"a second `{field}` {_FOR[whose]} stands in the same layer",
                    help="keep the one that is meant",
                )
            seen.add(whose)


_FOR: Mapping[Share | None, str] = {
    None: "for all together",
    "key": "for each key",
    "agent": "for each agent",
    "use_case": "for each use case",
}


def _downgrade(spot: Spot, budget: Budget) -> Iterator[Fault]:
    """Warn of a budget that would try cheaper models where no model that may be called names one."""
    if budget.on_breach != "downgrade" or any(section == "blocks" for section, _ in spot.scope.broken):
        return
    blocks: Mapping[str, Block] = spot.scope.sections["blocks"]
    models = {name: block for name, block in blocks.items() if isinstance(block, ModelBlock)}
    allowed = set(models)
    for layer in _over(spot):
        if isinstance(layer.models, tuple):
            allowed &= set(layer.models)
    if allowed and not any(models[name].downgrade_to for name in allowed):
        yield spot.fault(
            code="downgrade-without-target",
            summary="no model that may be called here names a `downgrade_to`, so calls will be refused",
            help="add `downgrade_to:` to the dearer models, or write `on_breach: deny`",
            severity="warning",
        )


def _over(spot: Spot) -> Iterator[RemitLayer]:
    """List the layer of a declaration and those that stand over it at every stage."""
    sections = spot.scope.sections
    nouns = [*sections["organisation"].values(), sections[spot.section][spot.name]]
    unit = spot.name if spot.section == "units" else getattr(nouns[-1], "unit", None)
    parents = {name: each.parent for name, each in sections["units"].items()}
    if unit in parents:
        nouns += [sections["units"][name] for name in (unit, *chain(parents, unit))]
    return (noun.remit for noun in nouns)


def _declared_only(spot: Spot, layer: RemitLayer) -> Iterator[Fault]:
    for field in sorted(layer.model_fields_set):
        if is_enforced(field, getattr(layer, field)):
            continue
        yield spot.fault(
            "remit",
            field,
            code="field-not-enforced",
            summary=f"`{field}` is resolved and shown, and this version does not hold calls to it yet",
            help="keep it for later, and do not rely on it now",
            severity="warning",
            at="key",
        )

"""Check routes: whether they lead to models, by weights that say something, and to none in vain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.block import Block, ModelBlock, RouteBlock, RouteCondition, RouteTarget
from remit.declare.declared import DATA_CLASSES
from remit.declare.fault import Fault
from remit.declare.scope import Scope, Spot
from remit.declare.version import family


def check_routes(scope: Scope) -> Iterator[Fault]:
    """Check what every route is called, where it leads, and for whom."""
    blocks: Mapping[str, Block] = scope.sections["blocks"]
    for name, route in blocks.items():
        if not isinstance(route, RouteBlock):
            continue
        spot = scope.spot("blocks", name)
        model = f"model/{family(name).partition('/')[2]}"
        if scope.has("blocks", model) and ("blocks", "") not in scope.broken:
            yield spot.fault(
                code="route-named-like-model",
                summary=f"`{name}` and `{model}` would be called by one name",
                help="give the route another name",
                at="key",
            )
        yield from _weights(spot, route)
        for index, target in enumerate(route.targets):
            at = spot.at("targets", index)
            yield from _model(at, target)
            yield from _named(at, target)
            if why := _in_vain(scope, target) or _after_itself(route, index):
                yield at.fault(
                    code="target-never-reached",
                    summary=f"`{name}` never leads to `{target.to}`{why}",
                    help="correct the condition, or take the target out",
                    severity="warning",
                )


def _weights(spot: Spot, route: RouteBlock) -> Iterator[Fault]:
    given = [target.weight is not None for target in route.targets]
    if any(given) and not all(given):
        yield spot.fault(
            *("targets", given.index(False)),
            code="weight-missing",
            summary=f"some targets of `{spot.name}` have a weight, and `{_without(route)}` has none",
            help="give every target a weight, 0 for one that only steps in; or none, to try them in order",
        )
    elif all(given) and not route.is_weighted:
        yield spot.fault(
            "targets",
            code="weights-all-zero",
            summary=f"every target of `{spot.name}` has the weight 0",
            help="give one of them a weight; without any, targets are tried in their order",
        )
    if not any(given) and route.sticky is not None:
        yield spot.fault(
            "sticky",
            code="sticky-without-weights",
            summary=f"`{spot.name}` has `sticky`, and no weights to draw by",
            help="give the targets weights, or leave `sticky` out",
        )


def _without(route: RouteBlock) -> str:
    return next(target.to for target in route.targets if target.weight is None)


def _model(at: Spot, target: RouteTarget) -> Iterator[Fault]:
    if not at.scope.has("blocks", target.to):
        yield at.undeclared("to", target=target.to, code="undeclared-block")
    elif not target.to.startswith("model/"):
        again = "; a route cannot lead to a route" if target.to.startswith("route/") else ""
        yield at.fault(
            "to",
            code="not-a-model",
            summary=f"`{target.to}` is not a model",
            help=f"name a block whose address begins with `model/`{again}",
        )


def _named(at: Spot, target: RouteTarget) -> Iterator[Fault]:
    when = target.when or RouteCondition()
    for field, section, code in (
        ("use_cases", "use_cases", "undeclared-use-case"),
        ("units", "units", "undeclared-unit"),
    ):
        for index, name in enumerate(getattr(when, field) or ()):
            if not at.scope.has(section, name):
                yield at.undeclared("when", field, index, target=name, code=code)


def _in_vain(scope: Scope, target: RouteTarget) -> str:
    """Say why no call can meet a target's condition and be admitted to its model; empty if one might."""
    when = target.when
    if when is None:
        return ""
    for field, value in when.stated:
        if value in ((), 0):
            return f": its `{field}` holds for no call"
    blocks: Mapping[str, Block] = scope.sections["blocks"]
    unread = {address for section, address in scope.broken if section == "blocks"}
    addresses = {each for each in (*blocks, *unread) if target.to in (each, family(each))}
    models = [block for each in addresses if isinstance(block := blocks.get(each), ModelBlock)]
    if not models or not unread.isdisjoint(addresses):
        return ""
    most = max(DATA_CLASSES.index(model.data_class_max) for model in models)
    if when.data_classes and min(map(DATA_CLASSES.index, when.data_classes)) > most:
        return f", which is approved for {DATA_CLASSES[most]} data"
    if when.regions and not any(
        model.regions and set(model.regions).issubset(when.regions) for model in models
    ):
        return ", which handles data elsewhere than its `regions` say"
    return ""


def _after_itself(route: RouteBlock, index: int) -> str:
    """Say that a target stands before for all calls that it is for."""
    target = route.targets[index]
    before = [each.when for each in route.targets[:index] if each.to == target.to]
    return ": it stands before for the same calls" if None in before or target.when in before else ""

"""Check layers: whether what a layer names is there and of the right kind, and whose money it counts in."""

from __future__ import annotations

from collections.abc import Iterator

from remit.declare.fault import Fault
from remit.declare.organisation import Organisation
from remit.declare.remit_layer import DECLARED_ONLY, RemitLayer
from remit.declare.scope import Scope, Spot
from remit.declare.version import family, number

_KINDS = {"models": "model", "tools": "tool", "guardrails": "guardrail"}
"""Fields that name blocks, and the kind that they name."""


def check_layers(scope: Scope) -> Iterator[Fault]:
    """Check every layer of a remit alike, whoever declares it."""
    organisation: Organisation | None = scope.sections["organisation"].get("")
    for spot, layer in scope.layers():
        yield from _names(spot, layer)
        yield from _budgets(spot, layer, organisation.currency if organisation else None)
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
        if (budget.per, budget.each) in seen:
            yield spot.fault(
                "remit",
                "spend",
                index,
                code="repeated-budget",
                summary=f"a second budget per {budget.per} stands in the same layer",
                help="keep the one that is meant",
            )
        seen.add((budget.per, budget.each))


def _declared_only(spot: Spot, layer: RemitLayer) -> Iterator[Fault]:
    for field in sorted(DECLARED_ONLY & layer.model_fields_set):
        yield spot.fault(
            "remit",
            field,
            code="field-not-enforced",
            summary=f"`{field}` is resolved and shown, and this version does not hold calls to it yet",
            help="keep it for later, and do not rely on it now",
            severity="warning",
            at="key",
        )

"""More: what somebody may ask to be added to a use case's remit, at whose layers, and who then decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from remit.declare.operating_model import OperatingModel
from remit.declare.remit_layer import Budget, RemitLayer
from remit.enforce.pool import layer_of
from remit.enforce.remit import Layer, Remit
from remit.enforce.spend import Spend
from remit.kernel.errors import Conflict
from remit.kernel.money import Money, canonical

FACTOR_MAX = 100
"""A budget can be asked to be so many times what it is; more than that is a mistake in typing."""


@dataclass(frozen=True, slots=True)
class More:
    """One thing to ask for. `id` is how it is named when it is asked: `model/NAME`, or a budget's id.

    `layers` are those that have to change, and `roles` who answers for them.
    """

    id: str
    what: str
    now: str
    layers: tuple[str, ...]
    roles: tuple[str, ...]
    limit: Money | None = None


def offers(model: OperatingModel, remit: Remit, day: date) -> Iterator[More]:
    """List what can be asked for: higher limits of budgets that hold, then models that are not allowed."""
    for spend in remit.spend or ():
        layer = layer_of(spend.pool)
        yield More(
            spend.id,
            f"budget of {_said(layer)} per {spend.per}{spend.each_said}",
            f"{canonical(spend.limit)} {remit.currency}",
            (layer,),
            (role_of(layer),),
            Money(spend.limit, remit.currency),
        )
    allowed = remit.models if isinstance(remit.models, frozenset) else frozenset()
    for address in sorted(model.families):
        newest = model.newest(model.versions(address), day)
        if not address.startswith("model/") or address in allowed or newest is None:
            continue
        if not model.blocks[newest].is_usable(day):
            continue
        layers = tuple(each.address for each in _leaving_out(remit, address))
        if layers:
            roles = tuple(dict.fromkeys(role_of(each) for each in layers))
            yield More(address, f"model {address.partition('/')[2]}", "not allowed", layers, roles)


def _leaving_out(remit: Remit, address: str) -> Iterator[Layer]:
    for layer in remit.decided.get("models", ()):
        models = layer.declared.models
        if isinstance(models, tuple) and address not in models:
            yield layer


def role_of(layer: str) -> str:
    """Name the role that answers for a layer; that of stages and the organisation is the centre."""
    kind, _, name = layer.partition("/")
    return {"unit": f"unit-lead/{name}", "use-case": f"use-case-owner/{name}"}.get(kind, "centre")


def _said(layer: str) -> str:
    kind, _, name = layer.partition("/")
    return f"{kind.replace('-', ' ')} {name}".strip() if name else "the organisation"


def with_more(model: OperatingModel, remit: Remit, more: More, limit: Decimal | None) -> OperatingModel:
    """Write down the model in which it is granted. Raises Conflict for a limit that is no more than now."""
    if more.limit is None:
        for address in more.layers:
            model = put_layer(model, address, _with_model(layer_at(model, address), more.id))
        return model
    now = more.limit.amount
    if limit is None or not now < limit <= now * FACTOR_MAX:
        raise Conflict(
            f"ask for more than {canonical(now)} {more.limit.currency}, and at most {FACTOR_MAX} times that",
            help="the budget is as it was; write an amount such as `250.00`",
        )
    spend = next(each for each in remit.spend or () if each.id == more.id)
    address = more.layers[0]
    return put_layer(model, address, _with_limit(layer_at(model, address), spend, limit, remit.currency))


def layer_at(model: OperatingModel, address: str) -> RemitLayer:
    return _holder(model, address).remit or RemitLayer()


def _holder(model: OperatingModel, address: str) -> Any:
    kind, _, name = address.partition("/")
    held: dict[str, Any] = {"unit": model.units, "use-case": model.use_cases, "stage": model.stages}
    return held[kind][name] if kind in held else model.organisation


def put_layer(model: OperatingModel, address: str, layer: RemitLayer) -> OperatingModel:
    kind, _, name = address.partition("/")
    holder = _holder(model, address).model_copy(update={"remit": layer})
    field = {"unit": "units", "use-case": "use_cases", "stage": "stages"}.get(kind)
    if field is None:
        return model.model_copy(update={"organisation": holder})
    return model.model_copy(update={field: {**getattr(model, field), name: holder}})


def _with_model(layer: RemitLayer, address: str) -> RemitLayer:
    models = layer.models if isinstance(layer.models, tuple) else ()
    return layer.model_copy(update={"models": (*models, address)})


def _with_limit(layer: RemitLayer, spend: Spend, limit: Decimal, currency: str) -> RemitLayer:
    budgets = layer.spend if isinstance(layer.spend, tuple) else ()

    def raised(budget: Budget) -> Budget:
        same = (budget.per, budget.limit.amount) == (spend.per, spend.limit)
        return budget.model_copy(update={"limit": Money(limit, currency)}) if same else budget

    return layer.model_copy(update={"spend": tuple(raised(each) for each in budgets)})

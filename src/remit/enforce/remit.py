"""The remit: everything a use case may do at a stage, resolved from layers that can only narrow.

One table, `FIELDS`, holds for every field how two settings meet and what would widen the result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from remit.declare.declared import DATA_CLASSES, DataClass
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.declare.remit_layer import UNLIMITED, RemitLayer, Unlimited
from remit.kernel.money import canonical
from remit.kernel.period import Per

ANY = "any"
Models = frozenset[str] | str
"""The models' addresses, or `any`."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One owner's narrowing, with its address (`unit/claims`) and who answers for it."""

    address: str
    owner: str
    declared: RemitLayer


@dataclass(frozen=True, slots=True, order=True)
class Spend:
    """A budget that covers the use case: the pool it draws from, and how much each window holds."""

    pool: str
    per: Per
    limit: Decimal
    owner: str

    @property
    def id(self) -> str:
        return f"{self.pool}:{self.per}"


@dataclass(frozen=True, slots=True)
class Remit:
    """What one use case may do now. A field that no layer states is None.

    Calls, models and spend must be stated: None allows nothing. The other fields only limit, and None sets no
    limit; the model's own limits, its price and its data class hold in any case.

    `decided` names for each field the layers that narrowed it, the topmost first. `spend` lists every
    budget that a call must fit in; an empty tuple is a stated absence of limits.
    """

    use_case: str
    unit: str
    stage: StageName
    data_class: DataClass
    currency: str
    calls: bool | None
    models: Models | None
    data_class_max: DataClass | None
    spend: tuple[Spend, ...] | None
    input_tokens_max: int | Unlimited | None
    output_tokens_max: int | Unlimited | None
    time_box_days: int | Unlimited | None
    expires: date | None
    decided: Mapping[str, tuple[Layer, ...]]
    digest: str = ""

    def decider(self, field: str) -> Layer | None:
        """The layer that a refusal on this field names: the last one that narrowed it."""
        layers = self.decided.get(field, ())
        return layers[-1] if layers else None


def _meet_models(one: Models, other: Models) -> Models:
    if isinstance(one, str):
        return other
    return one if isinstance(other, str) else one & other


def _meet_number(one: int | Unlimited, other: int | Unlimited) -> int | Unlimited:
    if one == UNLIMITED:
        return other
    return one if other == UNLIMITED else min(one, other)


def _meet_class(one: DataClass, other: DataClass) -> DataClass:
    return min(one, other, key=DATA_CLASSES.index)


def _meet_spend(one: tuple[Spend, ...], other: tuple[Spend, ...]) -> tuple[Spend, ...]:
    """All budgets hold at once; of two for the same pool and period the smaller one stands."""
    smallest: dict[str, Spend] = {}
    for spend in sorted((*one, *other), reverse=True):
        smallest[spend.id] = spend
    return tuple(sorted(smallest.values()))


@dataclass(frozen=True, slots=True)
class Field:
    """How a field's settings meet, and what the owner of the deciding layer can do to widen it."""

    meet: Callable[[Any, Any], Any]
    widen: str


FIELDS: dict[str, Field] = {
    "calls": Field(lambda one, other: one and other, "move to a stage that allows calls"),
    "models": Field(_meet_models, "add the model to this layer's `models`"),
    "data_class_max": Field(_meet_class, "raise `data_class_max`, with the data's owner"),
    "spend": Field(_meet_spend, "raise the budget's `limit`"),
    "input_tokens_max": Field(_meet_number, "raise `input_tokens_max`"),
    "output_tokens_max": Field(_meet_number, "raise `output_tokens_max`"),
    "time_box_days": Field(_meet_number, "pass the gate to the next stage, or lengthen `time_box_days`"),
    "expires": Field(min, "set a later `expires`"),
}


def meet(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Combine two sets of stated fields; a field that one leaves unstated is the other's.

    Commutative, associative and idempotent, and the result is never wider than either.
    """
    both = dict(one)
    for name, value in other.items():
        both[name] = FIELDS[name].meet(both[name], value) if name in both else value
    return both


def stated(layer: Layer, use_case: str) -> dict[str, Any]:
    """Read off what a layer states.

    A budget of the organisation or a unit is one pool for all below it; a stage's budget is for each use
    case at that stage.
    """
    declared = layer.declared
    fields: dict[str, Any] = {
        name: value
        for name in FIELDS
        if name not in ("models", "spend") and (value := getattr(declared, name)) is not None
    }
    if declared.models is not None:
        fields["models"] = ANY if declared.models == ANY else frozenset(declared.models)
    if declared.spend is not None:
        each = layer.address.startswith("stage/")
        pool = f"{layer.address}:use-case/{use_case}" if each else layer.address
        budgets = () if isinstance(declared.spend, str) else declared.spend
        fields["spend"] = tuple(Spend(pool, b.per, b.limit.amount, layer.owner) for b in budgets)
    return fields


def layers(model: OperatingModel, use_case: str, stage: StageName) -> tuple[Layer, ...]:
    """List the layers over a use case from the top: organisation, stage, units, use case."""
    case = model.use_cases[use_case]
    organisation = model.organisation
    found = [Layer("organisation", organisation.contact, organisation.remit)]
    if stage in model.stages:
        found.append(Layer(f"stage/{stage}", organisation.contact, model.stages[stage].remit))
    found += (
        Layer(f"unit/{unit}", model.lead_of(unit), model.units[unit].remit)
        for unit in model.lineage(case.unit)
    )
    found.append(Layer(f"use-case/{use_case}", model.owner_of(use_case), case.remit))
    return tuple(found)


def resolve(model: OperatingModel, use_case: str, stage: StageName) -> Remit:
    """Resolve what a use case may do at a stage: the meet of its layers, and who decided each field."""
    case = model.use_cases[use_case]
    fields: dict[str, Any] = {}
    decided: dict[str, tuple[Layer, ...]] = {}
    for layer in layers(model, use_case, stage):
        narrowed = meet(fields, stated(layer, use_case))
        for name, value in narrowed.items():
            if name not in fields or fields[name] != value:
                decided[name] = (*decided.get(name, ()), layer)
        fields = narrowed
    if isinstance(fields.get("models"), str):
        fields["models"] = frozenset(block for block in model.blocks if block.startswith("model/"))
    values = {name: fields.get(name) for name in FIELDS}
    return Remit(
        use_case=use_case,
        unit=case.unit,
        stage=stage,
        data_class=case.data_class,
        currency=model.organisation.currency,
        decided=decided,
        digest=_digest(use_case, stage, case.data_class, values),
        **values,
    )


def _digest(*parts: object) -> str:
    """Name a remit by its content, so that an entry can say under which remit a call was made."""
    return hashlib.sha256(repr([show(part) for part in parts]).encode()).hexdigest()[:16]


def show(value: object) -> str:
    """Write a field's value in one line, the same for equal values."""
    if value is None:
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    if isinstance(value, tuple):
        return ", ".join(f"{canonical(s.limit)} per {s.per} ({s.pool})" for s in value) or UNLIMITED
    if isinstance(value, dict):
        return ", ".join(f"{name}={show(value[name])}" for name in sorted(value))
    return str(value)

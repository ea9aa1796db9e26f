"""The remit: everything a use case may do at a stage, resolved from layers that can only narrow.

One table, `FIELDS`, holds for every field how two settings meet and what would widen the result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from remit.declare.autonomy import strictest_evidence
from remit.declare.declared import (
    AGENCIES,
    AUTONOMIES,
    CAPTURES,
    DATA_CLASSES,
    Agency,
    Autonomy,
    Capture,
    DataClass,
)
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.declare.remit_layer import RATE_FIELDS, STRENGTHS, UNLIMITED, RemitLayer, Unlimited
from remit.declare.version import family
from remit.enforce.pool import is_one_use_cases
from remit.enforce.rate_limit import RateLimit, meet_limits, stated_limits
from remit.enforce.spend import BREACH_SAID, Spend, meet_budgets, stated_budgets
from remit.kernel.money import canonical

ANY = "any"
Names = frozenset[str] | str
"""A set of names, or `any`."""

Settings = Mapping[str, Mapping[str, Any]]
"""Settings by the address of the block that they are for."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One owner's narrowing, with its address (`unit/claims`) and who answers for it."""

    address: str
    owner: str
    declared: RemitLayer


@dataclass(frozen=True)
class Remit:
    """What one use case may do now. A field that no layer states is None.

    Calls, models and spend must be stated: None allows nothing. Nor does it for `training`, and for
    `cache_minutes` it keeps nothing. The other fields only limit, and None sets no limit; the model's own
    limits, its price and its data class hold in any case.

    `decided` names for each field the layers that narrowed it, the topmost first. `spend` lists every
    budget that a call must fit in, and the fields of rates every limit; an empty tuple is a stated absence
    of limits.
    """

    use_case: str
    unit: str
    stage: StageName
    data_class: DataClass
    currency: str
    calls: bool | None
    models: Names | None
    regions: Names | None
    private_connection: bool | None
    data_class_max: DataClass | None
    spend: tuple[Spend, ...] | None
    requests_per_minute: tuple[RateLimit, ...] | None
    tokens_per_minute: tuple[RateLimit, ...] | None
    concurrency_max: tuple[RateLimit, ...] | None
    users_max: int | Unlimited | None
    input_tokens_max: int | Unlimited | None
    output_tokens_max: int | Unlimited | None
    guardrails: Settings | None
    tools: Settings | str | None
    autonomy_max: Autonomy | None
    agency_max: Agency | None
    autonomy_evidence: Mapping[str, int | Decimal] | None
    approvals: frozenset[str] | None
    capture_max: Capture | None
    retention_days: int | Unlimited | None
    training: bool | None
    cache_minutes: int | None
    time_box_days: int | Unlimited | None
    expires: date | None
    decided: Mapping[str, tuple[Layer, ...]]

    @cached_property
    def digest(self) -> str:
        """Name a remit by its content, so that an entry can say under which remit a call was made."""
        fields = (f"{name}: {show(getattr(self, name))}" for name in FIELDS)
        lines = (self.use_case, self.stage, self.data_class, *fields)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def decider(self, field: str) -> Layer | None:
        """The layer that a refusal on this field names: the last one that narrowed it."""
        layers = self.decided.get(field, ())
        return layers[-1] if layers else None


def _both(one: Any, other: Any) -> Any:
    """Truths: only what both allow."""
    return one and other


def _either(one: Any, other: Any) -> Any:
    """Requirements: what one asks for holds."""
    return one or other


def common(one: Names, other: Names) -> Names:
    """Names: those that both cover; `any` covers all, and a name without a version all its versions."""
    if isinstance(one, str):
        return other
    return one if isinstance(other, str) else _covered(one, other)


def _covered(one: AbstractSet[str], other: AbstractSet[str]) -> frozenset[str]:
    # INVARIANT: no layer names a version beside its name (`covered-version`), so neither does the result.
    return frozenset(
        (one & other) | {name for name in one ^ other if family(name) in (other if name in one else one)}
    )


def _united(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    return one | other


def _lowest(one: int | Unlimited, other: int | Unlimited) -> int | Unlimited:
    if one == UNLIMITED:
        return other
    return one if other == UNLIMITED else min(one, other)


def _least(order: Sequence[str]) -> Callable[[Any, Any], Any]:
    """Words in an order: the earlier one."""
    return lambda one, other: min(one, other, key=order.index)


def _strictest(one: Settings, other: Settings) -> Settings:
    """Guardrails: those of both, and of each policy the higher strength.

    A name and one of its versions both stay: the name means the newest, and each must be passed.
    """
    return _merged(one, other, one.keys() | other.keys(), lambda a, b: max(a, b, key=STRENGTHS.index))


def _tools(one: Settings | str, other: Settings | str) -> Settings | str:
    """Tools: those that both list, and of each limit the lower one."""
    if isinstance(one, str):
        return other
    if isinstance(other, str):
        return one
    names = _covered(one.keys(), other.keys())
    return _merged(_of_versions(one, names), _of_versions(other, names), names, _lowest)


def _of_versions(settings: Settings, names: AbstractSet[str]) -> Settings:
    """Read settings for the names that meet; those of a name without a version hold for each version."""
    return {name: settings[name if name in settings else family(name)] for name in names}


def _merged(
    one: Settings, other: Settings, names: AbstractSet[str], meet: Callable[[Any, Any], Any]
) -> Settings:
    """Combine two mappings of settings; a setting that one leaves out is the other's."""
    merged: dict[str, dict[str, Any]] = {}
    for name in sorted(names):
        here, there = one.get(name, {}), other.get(name, {})
        merged[name] = {
            key: meet(here[key], there[key]) if key in here and key in there else {**here, **there}[key]
            for key in sorted(here.keys() | there.keys())
        }
    return merged


@dataclass(frozen=True, slots=True)
class Field:
    """How a field's settings meet, and what the owner of the deciding layer can do to widen it."""

    meet: Callable[[Any, Any], Any]
    widen: str


FIELDS: dict[str, Field] = {
    "calls": Field(_both, "move to a stage that allows calls"),
    "models": Field(common, "add the model to this layer's `models`"),
    "regions": Field(common, "add the region to this layer's `regions`"),
    "private_connection": Field(_either, "set `private_connection` to false, with the data's owner"),
    "data_class_max": Field(_least(DATA_CLASSES), "raise `data_class_max`, with the data's owner"),
    "spend": Field(meet_budgets, "raise the budget's `limit`"),
    "requests_per_minute": Field(meet_limits, "raise the limit in `requests_per_minute`"),
    "tokens_per_minute": Field(meet_limits, "raise the limit in `tokens_per_minute`"),
    "concurrency_max": Field(meet_limits, "raise the limit in `concurrency_max`"),
    "users_max": Field(_lowest, "raise `users_max`"),
    "input_tokens_max": Field(_lowest, "raise `input_tokens_max`"),
    "output_tokens_max": Field(_lowest, "raise `output_tokens_max`"),
    "guardrails": Field(_strictest, "lower the strength, with the owner of the guardrail"),
    "tools": Field(_tools, "add the tool, or raise its limit"),
    "autonomy_max": Field(_least(AUTONOMIES), "raise `autonomy_max`"),
    "agency_max": Field(_least(AGENCIES), "raise `agency_max`"),
    "autonomy_evidence": Field(strictest_evidence, "ask for less in `autonomy_evidence`"),
    "approvals": Field(_united, "take it out of `approvals`"),
    "capture_max": Field(_least(CAPTURES), "raise `capture_max`, with the data's owner"),
    "retention_days": Field(_lowest, "raise `retention_days`, with the data's owner"),
    "training": Field(_both, "set `training` to true, with the data's owner"),
    "cache_minutes": Field(min, "raise `cache_minutes`, with the data's owner"),
    "time_box_days": Field(_lowest, "pass the gate to the next stage, or lengthen `time_box_days`"),
    "expires": Field(min, "set a later `expires`"),
}
"""What is kept of calls asks `capture` for `capture_max` and `retention_days`, and so does `cache`."""


def meet(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Combine two sets of stated fields; a field that one leaves unstated is the other's.

    Commutative, associative and idempotent, and the result is never wider than either.
    """
    both = dict(one)
    for name, value in other.items():
        both[name] = FIELDS[name].meet(both[name], value) if name in both else value
    return both


def stated(layer: Layer, use_case: str) -> dict[str, Any]:
    """Read off what a layer states."""
    declared = layer.declared
    fields: dict[str, Any] = {}
    for name in declared.model_fields_set:
        value = getattr(declared, name)
        if value is None:
            continue
        if name in _POOLED:
            fields[name] = _POOLED[name](layer.address, layer.owner, value, use_case)
        else:
            read = _READ.get(name)
            fields[name] = value if read is None else read(value)
    return fields


_POOLED: dict[str, Callable[[str, str, Any, str], Any]] = {
    "spend": stated_budgets,
    **dict.fromkeys(RATE_FIELDS, stated_limits),
}
"""Fields whose limits are counted in pools, and how they are read."""


def _names(value: tuple[str, ...] | str) -> Names:
    return value if isinstance(value, str) else frozenset(value)


_READ: dict[str, Callable[[Any], Any]] = {
    "models": _names,
    "regions": _names,
    "approvals": frozenset,
    "autonomy_evidence": lambda evidence: {name: value for name, value in evidence if value is not None},
    "tools": lambda tools: (
        tools
        if isinstance(tools, str)
        else {name: limits.model_dump(exclude_none=True) for name, limits in tools.items()}
    ),
}
"""How declared values become values that meet; fields that are not here are taken as they are."""


def layers(model: OperatingModel, use_case: str, stage: StageName) -> tuple[Layer, ...]:
    """List the layers over a use case from the top: organisation, stage, units, use case."""
    return (*_layers_above(model, model.use_cases[use_case].unit, stage), _own_layer(model, use_case))


def _layers_above(model: OperatingModel, unit: str, stage: StageName) -> tuple[Layer, ...]:
    organisation = model.organisation
    found = [Layer("organisation", organisation.contact, organisation.remit)]
    if stage in model.stages:
        found.append(Layer(f"stage/{stage}", organisation.contact, model.stages[stage].remit))
    found += (
        Layer(f"unit/{name}", model.lead_of(name), model.units[name].remit) for name in model.lineage(unit)
    )
    return tuple(found)


def _own_layer(model: OperatingModel, use_case: str) -> Layer:
    return Layer(f"use-case/{use_case}", model.owner_of(use_case), model.use_cases[use_case].remit)


@dataclass(frozen=True, slots=True)
class _Narrowed:
    """What some layers leave, and which of them decided what."""

    fields: Mapping[str, Any]
    decided: Mapping[str, tuple[Layer, ...]]

    def by(self, layer: Layer, use_case: str) -> _Narrowed:
        added = stated(layer, use_case)
        if not added:
            return self
        fields = meet(self.fields, added)
        decided = dict(self.decided)
        for name in added:
            if name not in self.fields or self.fields[name] != fields[name]:
                decided[name] = (*decided.get(name, ()), layer)
        return _Narrowed(fields, decided)

    @property
    def has_pool_of_its_own(self) -> bool:
        """Say whether a limit is counted for one use case alone, so that what is left is no two's."""
        return any(is_one_use_cases(each.pool) for name in _POOLED for each in self.fields.get(name, ()))


def resolve(model: OperatingModel, use_case: str, stage: StageName) -> Remit:
    """Resolve what a use case may do at a stage: the meet of its layers, and who decided each field."""
    return Resolver(model).remit(use_case, stage)


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves many use cases of one model: what stands above those of one unit and stage is met once."""

    model: OperatingModel
    _above: dict[tuple[str, StageName], _Narrowed] = field(default_factory=dict)
    _models: list[frozenset[str]] = field(default_factory=list)

    def remit(self, use_case: str, stage: StageName) -> Remit:
        """Resolve one use case, just as `resolve` does."""
        case = self.model.use_cases[use_case]
        narrowed = self._narrowed(use_case, case.unit, stage).by(_own_layer(self.model, use_case), use_case)
        values = {name: narrowed.fields.get(name) for name in FIELDS}
        if isinstance(values["models"], str):
            values["models"] = self._every_model()
        return Remit(
            use_case=use_case,
            unit=case.unit,
            stage=stage,
            data_class=case.data_class,
            currency=self.model.organisation.currency,
            decided=narrowed.decided,
            **values,
        )

    def _narrowed(self, use_case: str, unit: str, stage: StageName) -> _Narrowed:
        found = self._above.get((unit, stage))
        if found is None:
            found = _Narrowed({}, {})
            for layer in _layers_above(self.model, unit, stage):
                found = found.by(layer, use_case)
            if not found.has_pool_of_its_own:
                self._above[unit, stage] = found
        return found

    def _every_model(self) -> frozenset[str]:
        if not self._models:
            self._models.append(frozenset(name for name in self.model.families if name.startswith("model/")))
        return self._models[0]


def show(value: object) -> str:
    """Write a field's value in one line, the same for equal values."""
    if value is None:
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    if isinstance(value, tuple):
        return ", ".join(map(_show_limit, value)) or UNLIMITED
    if isinstance(value, Mapping):
        return ", ".join(f"{name}{_show_settings(value[name])}" for name in sorted(value)) or "none"
    return str(value)


def _show_limit(each: Spend | RateLimit) -> str:
    if isinstance(each, RateLimit):
        return f"{each.limit}{each.each_said} ({each.pool})"
    beyond = BREACH_SAID[each.on_breach]
    return f"{canonical(each.limit)} per {each.per}{each.each_said} ({each.pool}{beyond})"


def _show_settings(settings: object) -> str:
    if not isinstance(settings, Mapping):
        return f" {settings}"
    inner = ", ".join(f"{name} {settings[name]}" for name in sorted(settings))
    return f" ({inner})" if inner else ""

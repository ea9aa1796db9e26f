"""Check: whether sound declarations also fit together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from remit.declare.block import ModelBlock, Provider
from remit.declare.fault import Fault
from remit.declare.organisation import Organisation, Stage, Unit
from remit.declare.remit_layer import RemitLayer
from remit.declare.text import Path
from remit.declare.use_case import UseCase
from remit.kernel.suggest import did_you_mean

Sections = Mapping[str, Mapping[str, Any]]
Keys = frozenset[tuple[str, str]]


def check(
    sections: Sections, broken: Iterable[tuple[str, str]], where: Mapping[tuple[str, str], str]
) -> list[Fault]:
    """Find what refers to nothing, goes in circles, or mixes currencies.

    `broken` are declarations that could not be read: they exist, so that referring to them is no fault. A
    section of which some may have gone unread is in it with an empty name.
    """
    scope = _Scope(sections, frozenset(broken), where)
    rules = (_units, _use_cases, _models, _providers, _layers)
    return [fault for rule in rules for fault in rule(scope)]


@dataclass(frozen=True, slots=True)
class _Scope:
    sections: Sections
    broken: Keys
    where: Mapping[tuple[str, str], str]

    def has(self, section: str, name: str) -> bool:
        return name in self.sections[section] or not self.broken.isdisjoint(((section, name), (section, "")))

    def fault(self, section: str, name: str, *rest: str | int, **what: Any) -> Fault:
        path: Path = (section, name, *rest) if name else (section, *rest)
        return Fault(self.where[section, name], path, **what)

    def undeclared(self, section: str, name: str, *rest: str | int, target: str, code: str) -> Fault:
        noun = code.removeprefix("undeclared-")
        at = f"{noun}s"
        known = {*self.sections[at], *(key for where, key in self.broken if where == at)}
        if at == section:
            known.discard(name)
        what = "the organisation" if not name else f"`{name}`"
        return self.fault(
            section,
            name,
            *rest,
            code=code,
            summary=f"{what} refers to undeclared {noun} `{target}`",
            help=did_you_mean(target, known, otherwise=f"declare it under `{at}:`"),
        )


def _units(scope: _Scope) -> Iterator[Fault]:
    units: Mapping[str, Unit] = scope.sections["units"]
    for name, unit in units.items():
        if unit.parent is not None and not scope.has("units", unit.parent):
            yield scope.undeclared("units", name, "parent", target=unit.parent, code="undeclared-unit")
        circle = _circle(units, name)
        if circle and name == min(circle):
            yield scope.fault(
                "units",
                name,
                "parent",
                code="unit-cycle",
                summary=f"unit `{name}` is its own parent: {' → '.join([*circle, circle[0]])}",
                help="give one of them another parent, or none",
            )
        if not _may_have_lead(units, name):
            yield scope.fault(
                "units",
                name,
                code="unit-without-lead",
                summary=f"unit `{name}` has no lead; the organisation's contact answers for it",
                help="add `lead:` with the mail address of a role",
                severity="warning",
                at="key",
            )


def _above(units: Mapping[str, Unit], name: str) -> list[str]:
    """List a unit's parents, the nearest first; stops where the tree is broken or goes in a circle."""
    found: list[str] = []
    at = units[name].parent
    while at is not None and at in units and at not in found:
        found.append(at)
        at = units[at].parent
    return found


def _may_have_lead(units: Mapping[str, Unit], name: str) -> bool:
    """Say if a lead answers for a unit, or might: one whose parent could not be read is not judged."""
    line = [name, *_above(units, name)]
    last = units[line[-1]].parent
    return any(units[each].lead for each in line) or (last is not None and last not in units)


def _circle(units: Mapping[str, Unit], name: str) -> list[str]:
    above = _above(units, name)
    return [name, *above[: above.index(name)]] if name in above else []


def _use_cases(scope: _Scope) -> Iterator[Fault]:
    cases: Mapping[str, UseCase] = scope.sections["use_cases"]
    for name, case in cases.items():
        if not scope.has("units", case.unit):
            yield scope.undeclared("use_cases", name, "unit", target=case.unit, code="undeclared-unit")
        for index, address in enumerate(case.blocks):
            if not scope.has("blocks", address):
                yield scope.undeclared(
                    "use_cases", name, "blocks", index, target=address, code="undeclared-block"
                )


def _models(scope: _Scope) -> Iterator[Fault]:
    for name, block in scope.sections["blocks"].items():
        if not isinstance(block, ModelBlock):
            continue
        if not scope.has("providers", block.provider):
            yield scope.undeclared(
                "blocks", name, "provider", target=block.provider, code="undeclared-provider"
            )
        starts = [price.starts for price in block.prices]
        if sorted(set(starts)) != starts:
            yield scope.fault(
                "blocks",
                name,
                "prices",
                code="price-order",
                summary=f"the prices of `{name}` do not stand in the order of their dates",
                help="order them by `starts`, each date once; add a new price at the end",
            )
        if not block.prices:
            yield scope.fault(
                "blocks",
                name,
                code="model-without-price",
                summary=f"`{name}` has no price, so every call of it will be refused",
                help="add `prices:`; a model that costs nothing says so with rates of 0",
                severity="warning",
                at="key",
            )


def _providers(scope: _Scope) -> Iterator[Fault]:
    providers: Mapping[str, Provider] = scope.sections["providers"]
    for name, provider in providers.items():
        if provider.technology == "openai" and provider.base_url is None:
            yield scope.fault(
                "providers",
                name,
                code="provider-without-address",
                summary=f"provider `{name}` has no `base_url`",
                help="add the address of its OpenAI-compatible API, as `https://host/v1`",
                at="key",
            )


def _layers(scope: _Scope) -> Iterator[Fault]:
    """Check every layer of a remit alike, whoever declares it."""
    organisation: Organisation | None = scope.sections["organisation"].get("")
    for section in ("organisation", "units", "stages", "use_cases"):
        noun: Organisation | Unit | Stage | UseCase
        for name, noun in scope.sections[section].items():
            yield from _layer(scope, section, name, noun.remit, organisation)


def _layer(
    scope: _Scope, section: str, name: str, layer: RemitLayer, organisation: Organisation | None
) -> Iterator[Fault]:
    if isinstance(layer.models, tuple):
        for index, address in enumerate(layer.models):
            if not scope.has("blocks", address):
                yield scope.undeclared(
                    section, name, "remit", "models", index, target=address, code="undeclared-block"
                )
            elif not address.startswith("model/"):
                yield scope.fault(
                    section,
                    name,
                    "remit",
                    "models",
                    index,
                    code="not-a-model",
                    summary=f"`{address}` is not a model",
                    help="name a block whose address begins with `model/`",
                )
    if isinstance(layer.spend, tuple):
        periods: set[str] = set()
        for index, budget in enumerate(layer.spend):
            if organisation and budget.limit.currency != organisation.currency:
                yield scope.fault(
                    section,
                    name,
                    "remit",
                    "spend",
                    index,
                    "limit",
                    code="mixed-currency",
                    summary=f"`{budget.limit}` is not in the organisation's currency {organisation.currency}",
                    help=f"write the limit in {organisation.currency}",
                )
            if budget.per in periods:
                yield scope.fault(
                    section,
                    name,
                    "remit",
                    "spend",
                    index,
                    code="repeated-budget",
                    summary=f"a second budget per {budget.per} stands in the same layer",
                    help="keep the one that is meant",
                )
            periods.add(budget.per)

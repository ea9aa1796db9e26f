"""Check governance: whether each field is set by somebody who decides on it, and whether roles exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.fault import Fault
from remit.declare.governance import Capability, Side, out_of_bounds
from remit.declare.organisation import Organisation
from remit.declare.remit_layer import RemitLayer
from remit.declare.scope import SHIPPED, Scope, Spot
from remit.declare.text import Path
from remit.kernel.suggest import did_you_mean

FIELDS = frozenset(RemitLayer.model_fields)


def check_governance(scope: Scope) -> Iterator[Fault]:
    """Check the governance matrix itself, then every layer against it."""
    capabilities: Mapping[str, Capability] = scope.sections["governance"]
    organisation: Organisation | None = scope.sections["organisation"].get("")
    yield from _matrix(scope, capabilities)
    if organisation is None:
        return
    yield from _roles(scope, organisation, capabilities)
    for spot, layer in scope.layers():
        yield from _ownership(spot, layer, organisation, capabilities)


def _matrix(scope: Scope, capabilities: Mapping[str, Capability]) -> Iterator[Fault]:
    carried: dict[str, str] = {}
    for name, capability in capabilities.items():
        spot = scope.spot("governance", name)
        for index, field in enumerate(capability.fields):
            if field not in FIELDS:
                yield spot.fault(
                    "fields",
                    index,
                    code="unknown-remit-field",
                    summary=f"`{field}` is not a field of the remit",
                    help=did_you_mean(field, FIELDS, otherwise=f"use one of {', '.join(sorted(FIELDS))}"),
                )
            elif field in carried:
                yield spot.fault(
                    "fields",
                    index,
                    code="repeated-remit-field",
                    summary=f"`{field}` already belongs to the capability `{carried[field]}`",
                    help="let one capability carry it, so that one answer says who decides",
                )
            carried.setdefault(field, name)


def _roles(
    scope: Scope, organisation: Organisation, capabilities: Mapping[str, Capability]
) -> Iterator[Fault]:
    known = organisation.roles
    for spot, path, role in _named_roles(scope, organisation, capabilities):
        if role not in known:
            help = did_you_mean(role, known, otherwise="declare it under `organisation: roles:`")
            summary = f"role `{role}` is not declared"
            yield spot.fault(*path, code="undeclared-role", summary=summary, help=help)
    spot = scope.spot("organisation", "")
    for id, committee in organisation.committees.items():
        for index, decided in enumerate(committee.decides):
            if not scope.has("governance", decided):
                yield spot.fault(
                    *("committees", id, "decides", index),
                    code="undeclared-capability",
                    summary=f"`{decided}` is not a capability of the governance matrix",
                    help=did_you_mean(
                        decided, capabilities, otherwise=f"use one of {', '.join(capabilities)}"
                    ),
                )


def _named_roles(
    scope: Scope, organisation: Organisation, capabilities: Mapping[str, Capability]
) -> Iterator[tuple[Spot, Path, str]]:
    """List every role that committees and capabilities name, with where it is named."""
    spot = scope.spot("organisation", "")
    for id, committee in organisation.committees.items():
        yield spot, ("committees", id, "chair"), committee.chair
        for index, role in enumerate(committee.members):
            yield spot, ("committees", id, "members", index), role
    for name, capability in capabilities.items():
        spot = scope.spot("governance", name)
        if capability.responsible:
            yield spot, ("responsible",), capability.responsible
        for field in ("consulted", "informed"):
            for index, role in enumerate(getattr(capability, field)):
                yield spot, (field, index), role


def _ownership(
    spot: Spot, layer: RemitLayer, organisation: Organisation, capabilities: Mapping[str, Capability]
) -> Iterator[Fault]:
    """Refuse a field that the layer's owner does not decide on; a silent drop would surprise them later."""
    if spot.section == "use_cases" or spot.file.startswith(SHIPPED):
        return
    side: Side = "unit" if spot.section == "units" else "centre"
    mode = organisation.governance
    for name, field, decides in out_of_bounds(layer, side=side, mode=mode, capabilities=capabilities):
        who = "the centre decides" if decides == "centre" else "each unit decides for itself"
        where = f"unit `{spot.name}`" if side == "unit" else "the centre"
        yield spot.fault(
            "remit",
            field,
            code="field-not-owned",
            summary=f"{where} sets `{field}`; under {mode} governance {who} on it",
            help=_way_out(side, name, organisation),
            at="key",
        )


def _way_out(side: Side, capability: str, organisation: Organisation) -> str:
    if side == "unit":
        return f"ask {organisation.contact} to set it, or to open the capability `{capability}` to units"
    return f"leave it to the units, or declare that the centre decides on the capability `{capability}`"

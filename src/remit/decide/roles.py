"""Roles: who holds which for a use case."""

from __future__ import annotations

from collections.abc import Iterable

from remit.declare.operating_model import OperatingModel


def holder(model: OperatingModel, role: str, use_case: str = "", unit: str = "") -> str:
    """Return the address of who holds a role for a use case, or for a unit; empty where nobody does.

    A role that is written `ROLE/USE_CASE` is that of this use case, whatever else is asked about, and as
    `ROLE/UNIT` that of this unit, where no use case has its name.
    """
    role, _, named = role.partition("/")
    use_case = named or use_case
    case = model.use_cases.get(use_case)
    unit = case.unit if case else named if named in model.units else unit
    own = {
        "use-case-owner": model.owner_of(use_case) if case else "",
        "risk-owner": (case.risk_owner if case else "") or "",
        "unit-lead": model.lead_of(unit) if unit in model.units else "",
        "centre": model.organisation.contact,
    }
    return own.get(role) or model.organisation.roles.get(role, "")


def addresses(model: OperatingModel, roles: Iterable[str], use_case: str) -> str:
    """Name who holds each of some roles for a use case."""
    return ", ".join(f"{holder(model, role, use_case) or 'nobody'} ({role})" for role in roles)


def roles_held(model: OperatingModel, person: str) -> tuple[str, ...]:
    """List the roles that a person holds anywhere: for some use case, some unit, or the organisation."""
    held = {role for role, address in model.organisation.roles.items() if address == person}
    if model.organisation.contact == person:
        held.add("centre")
    if any(model.lead_of(unit) == person for unit in model.units):
        held.add("unit-lead")
    for name, case in model.use_cases.items():
        if case.risk_owner == person:
            held.add("risk-owner")
        if model.owner_of(name) == person:
            held.add("use-case-owner")
    return tuple(sorted(held))

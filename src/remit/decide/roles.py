"""Roles: who holds which for a use case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from remit.declare.operating_model import OperatingModel

ORGANISATION = "organisation"
"""The place of roles that are held everywhere."""


def holder(model: OperatingModel, role: str, use_case: str = "", unit: str = "") -> str:
    """Return the address of who holds a role for a use case, or for a unit; empty where nobody does.

    A role that is written `ROLE/USE_CASE` is that of this use case, whatever else is asked about, and as
    `ROLE/UNIT` that of this unit, where no use case has its name. `block-owner/ADDRESS` is that of a block.
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
        "block-owner": (model.blocks[named].owner if named in model.blocks else "") or "",
    }
    return own.get(role) or model.organisation.roles.get(role, "")


def addresses(model: OperatingModel, roles: Iterable[str], use_case: str) -> str:
    """Name who holds each of some roles for a use case."""
    return ", ".join(f"{holder(model, role, use_case) or 'nobody'} ({role})" for role in roles)


def roles_held(model: OperatingModel, person: str) -> tuple[str, ...]:
    """List the roles that a person holds anywhere: for some use case, some unit, or the organisation."""
    organisation = model.organisation
    held = {role for role, address in organisation.roles.items() if address == person}
    held |= {role for role, members in organisation.members.items() if person in members}
    if organisation.contact == person:
        held.add("centre")
    for name, unit in model.units.items():
        held |= {role for role, members in unit.members.items() if person in members}
        if model.lead_of(name) == person:
            held.add("unit-lead")
    for name, case in model.use_cases.items():
        if case.risk_owner == person:
            held.add("risk-owner")
        if model.owner_of(name) == person:
            held.add("use-case-owner")
    return tuple(sorted(held))


@dataclass(frozen=True, slots=True)
class Held:
    """A role, and where it is held: `organisation`, `unit/ID` or `use-case/ID`."""

    role: str
    place: str


def roles_over(model: OperatingModel, *, use_case: str = "", unit: str = "") -> Iterator[tuple[Held, str]]:
    """List who holds which role over a use case, a unit or the organisation, whoever is nearest first."""
    case = model.use_cases.get(use_case)
    if case is not None:
        place = f"use-case/{use_case}"
        yield Held("use-case-owner", place), model.owner_of(use_case)
        if case.risk_owner:
            yield Held("risk-owner", place), case.risk_owner
    at = case.unit if case else unit
    for name in reversed(model.lineage(at)) if at in model.units else ():
        place, declared = f"unit/{name}", model.units[name]
        if declared.lead:
            yield Held("unit-lead", place), declared.lead
        for role, members in declared.members.items():
            yield from ((Held(role, place), each) for each in members)
    organisation = model.organisation
    yield Held("centre", ORGANISATION), organisation.contact
    for held, members in organisation.members.items():
        yield from ((Held(held, ORGANISATION), each) for each in members)
    for named, address in organisation.roles.items():
        yield Held(named, ORGANISATION), address


def people(model: OperatingModel) -> dict[str, None]:
    """List the addresses of all persons whom the operating model names, in the order that it names them."""
    cases = model.use_cases
    named = (
        model.organisation.contact,
        *model.organisation.roles.values(),
        *(each for members in model.organisation.members.values() for each in members),
        *(unit.lead for unit in model.units.values()),
        *(each for unit in model.units.values() for members in unit.members.values() for each in members),
        *(model.owner_of(name) for name in cases),
        *(case.risk_owner for case in cases.values()),
        *(getattr(block, "owner", None) for block in model.blocks.values()),
    )
    return dict.fromkeys(each for each in named if each)

"""Rights as they ship: what a person may do where, in the operating model in force."""

from __future__ import annotations

from functools import cache
from importlib import resources

from remit.decide.rights import Refusal, Rights, may, read_rights
from remit.kernel.errors import NotPermitted
from remit.operations.model_in_force import current_model
from remit.operations.system import System


@cache
def shipped_rights() -> Rights:
    """Read the policies that ship, once."""
    return read_rights(resources.files("remit.decide").joinpath("rights.cedar").read_text("utf-8"))


def refusal(
    system: System, person: str, *, action: str, use_case: str = "", unit: str = ""
) -> Refusal | None:
    """Say why a person may not do something; None is that they may."""
    current = current_model(system)
    model = current[1] if current else None
    return may(shipped_rights(), model, person, action=action, use_case=use_case, unit=unit)


def require_right(system: System, person: str, *, action: str, use_case: str = "", unit: str = "") -> None:
    """Raise NotPermitted unless a person may do something over a use case, a unit, or the organisation."""
    found = refusal(system, person, action=action, use_case=use_case, unit=unit)
    if found is not None:
        raise NotPermitted(found.summary, help=found.help)


def require_stop(system: System, person: str, address: str, *, on: bool) -> None:
    """Raise NotPermitted unless a person may stop an address, or let it go on.

    A switch of a unit, a use case or one of its keys is theirs who have the right there; all others stop
    calls of everybody.
    """
    kind, _, name = address.partition("/")
    if kind == "key":
        kind, name = "use-case", _use_case_of(system, name)
    require_right(
        system,
        person,
        action="stop" if on else "let_go_on",
        use_case=name if kind == "use-case" else "",
        unit=name if kind == "unit" else "",
    )


def require_revoke(system: System, person: str, key: str) -> None:
    """Raise NotPermitted unless a person may revoke a key: over the use case that it is of."""
    require_right(system, person, action="revoke_key", use_case=_use_case_of(system, key))


def _use_case_of(system: System, key: str) -> str:
    return next((each.use_case for each in system.store.keys().values() if each.id == key), "")

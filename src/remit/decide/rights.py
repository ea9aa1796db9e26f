"""Rights: what a person may do where, by Cedar policies that ship. What none permits is refused.

A right is held over a place: the organisation, a unit with all below it, or a use case. Which roles somebody
holds over a place is worked out from the operating model; what these may do there the policies say alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cedarpy
import msgspec

from remit.decide.roles import ORGANISATION, Held, roles_over
from remit.declare.operating_model import OperatingModel

ADMINISTRATOR = "administrator"
"""Who signs in by a token that names no person: whoever has the shell of this machine."""

ACTIONS: Mapping[str, str] = {
    "read": "see pages, figures and the ledger",
    "propose": "propose a use case",
    "answer": "answer what waits for one's consent, or let another answer",
    "request_block": "ask for a block",
    "ask_gate": "ask for the review of a gate",
    "change_use_case": "change what is declared of a use case",
    "change_stage": "take a use case back, or end it",
    "apply": "put an operating model in force",
    "issue_key": "issue and rotate keys",
    "revoke_key": "revoke keys",
    "try_call": "try a call in a page",
    "stop": "stop calls by a kill switch",
    "let_go_on": "take a kill switch back",
    "attest": "attest that something is so",
    "evaluate": "evaluate models and prompts",
    "study": "register and run studies, and bring in outcomes",
    "take_advice": "take advice on money",
    "confirm_value": "confirm value",
    "adjust": "correct past cost, and close a month",
    "price": "declare prices",
    "export": "export costs and entries",
    "show_capture": "read kept prompts and answers",
    "erase_capture": "erase kept prompts and answers",
    "review_finding": "say whether a guardrail's finding is one",
    "read_access": "see who is signed in and who holds tokens",
    "end_access": "end others' sessions and tokens",
}
"""What a right can be to, each as what comes after "you may not"."""

ROLES = (
    *("use-case-owner", "engineer", "unit-lead", "risk-owner", "finance"),
    *("portfolio-lead", "centre", "executive", "auditor", "administrator"),
)
"""The roles that the policies know; whoever holds another, or none, is a person all the same."""

_ASKED_MAX = 3


@dataclass(frozen=True, slots=True)
class Rights:
    """The policies, read once; None where they cannot be read, and then nobody may do anything."""

    compiled: cedarpy.PolicySet | None

    def __hash__(self) -> int:
        return id(self.compiled)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody may not do something, and who could."""

    action: str
    summary: str
    help: str
    roles: tuple[str, ...] = ()
    """The roles that may do it there."""


def read_rights(text: str) -> Rights:
    """Read the text of the policies."""
    try:
        return Rights(cedarpy.PolicySet.from_str(text))
    except ValueError:
        return Rights(None)


def may(
    rights: Rights,
    model: OperatingModel | None,
    person: str,
    *,
    action: str,
    use_case: str = "",
    unit: str = "",
) -> Refusal | None:
    """Decide whether a person may do something over a use case, a unit, or else the organisation.

    None is that they may. What is not known, be it an action or a use case, is refused: nobody holds a role
    over it but who holds one over the organisation.
    """
    above = _places(model, use_case, unit)
    over = tuple(roles_over(model, use_case=use_case, unit=unit)) if model else ()
    held = frozenset(each for each, holder in over if holder == person and each.role in ROLES)
    if person == ADMINISTRATOR:
        held |= {Held("administrator", ORGANISATION)}
    if _permitted(rights, held, action, above):
        return None
    return _refusal(rights, over, action, above)


def _places(model: OperatingModel | None, use_case: str, unit: str) -> tuple[str, ...]:
    """List a place and those above it, the organisation last."""
    case = model.use_cases.get(use_case) if model else None
    at = case.unit if case else unit
    units = reversed(model.lineage(at)) if model and at in model.units else ()
    own = (f"use-case/{use_case}",) if case else ()
    return (*own, *(f"unit/{each}" for each in units), ORGANISATION)


@lru_cache(maxsize=8192)
def _permitted(rights: Rights, held: frozenset[Held], action: str, above: tuple[str, ...]) -> bool:
    """Ask the policies; whatever cannot be evaluated is a no, whatever else permits."""
    if rights.compiled is None or action not in ACTIONS:
        return False
    roles = {
        role.replace("-", "_"): [_place(each.place) for each in held if each.role == role] for role in ROLES
    }
    entities: list[dict[str, Any]] = [
        {"uid": {"type": "Person", "id": "asking"}, "attrs": roles, "parents": []},
        *(
            {"uid": _uid(place), "attrs": {}, "parents": [_uid(parent)] if parent else []}
            for place, parent in zip(above, (*above[1:], ""), strict=True)
        ),
    ]
    answer = cedarpy.is_authorized(
        {
            "principal": {"type": "Person", "id": "asking"},
            "action": {"type": "Action", "id": action},
            "resource": _uid(above[0]),
            "context": "{}",
        },
        rights.compiled,
        cedarpy.Entities.from_json_str(msgspec.json.encode(entities).decode()),
    )
    return bool(answer.allowed) and not answer.diagnostics.errors


def _uid(place: str) -> dict[str, str]:
    return {"type": "Place", "id": place}


def _place(place: str) -> dict[str, Any]:
    return {"__entity": _uid(place)}


def roles_that_may(
    rights: Rights, action: str, *, above: tuple[str, ...] = (ORGANISATION,)
) -> tuple[str, ...]:
    """List the roles that may do something, where each is held over the place itself."""
    return tuple(
        role for role in ROLES if _permitted(rights, frozenset((Held(role, above[0]),)), action, above)
    )


def _refusal(
    rights: Rights, over: tuple[tuple[Held, str], ...], action: str, above: tuple[str, ...]
) -> Refusal:
    does = ACTIONS.get(action, "do that")
    where = "" if above[0] == ORGANISATION else f", over `{above[0]}`"
    roles = roles_that_may(rights, action, above=above)
    able = dict.fromkeys(
        f"{holder} ({each.role})"
        for each, holder in over
        if holder and _permitted(rights, frozenset((each,)), action, above)
    )
    ask = ", ".join(list(able)[:_ASKED_MAX])
    help = f"ask {ask}" if ask else "ask an administrator"
    summary = f"you may not {does}{where}"
    if roles:
        summary += f": that is for {', '.join(roles)}"
    return Refusal(action, summary, help, roles)

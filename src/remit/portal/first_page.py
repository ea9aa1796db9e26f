"""The first page: where a person goes who has just signed in, by what waits for them and by their role."""

from __future__ import annotations

from datetime import timedelta

from remit.decide.roles import roles_held
from remit.operations.model_in_force import current_model
from remit.operations.read_inbox import read_inbox
from remit.operations.system import System

DUE_WITHIN = timedelta(hours=48)

BY_ROLE = (
    ("executive", "/"),
    ("portfolio-lead", "/portfolio"),
    ("finance", "/spend"),
    ("risk-owner", "/risk"),
    ("engineer", "/build"),
    ("auditor", "/ledger"),
)
"""The pages by role; of somebody with several the first that is here."""


def first_page(system: System, person: str, *, paths: frozenset[str]) -> str:
    """Choose the page, among the `paths` that there are; the overview is for everybody."""
    current = current_model(system)
    if current is None:
        return "/"
    model, now = current[1], system.clock.now()
    waits = read_inbox(system, reader=person)
    if "/inbox" in paths and any(each.mine and each.deadline - now <= DUE_WITHIN for each in waits):
        return "/inbox"
    roles = roles_held(model, person)
    for role, path in BY_ROLE:
        if role in roles and path in paths:
            return path
    own = [name for name in model.use_cases if model.owner_of(name) == person]
    return f"/use-cases/{own[0]}" if len(own) == 1 else "/portfolio" if own else "/"

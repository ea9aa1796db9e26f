"""Propose a use case: put it in force at `envision` as an apply would, or say what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from remit.decide.approval import Standing
from remit.decide.intake import Newcomer
from remit.declare.fault import Fault
from remit.declare.plan import plan
from remit.declare.proposed import with_use_case
from remit.kernel.errors import Conflict
from remit.operations.apply_model import Applied
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.plan_model import plan_model
from remit.operations.read_history import find_version, model_of
from remit.operations.system import System
from remit.operations.widen_model import put_in_force

TRIES = 3
"""How often it is planned anew where others apply at the same time."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What came of a proposal.

    With `faults` or `alike` nothing was applied: it has faults, or seems to do the job of others that it is
    not explained against. `applied` is what was put in force, or the request for consent that it waits for.
    """

    faults: tuple[Fault, ...] = ()
    alike: Newcomer | None = None
    applied: Applied | Standing | None = None


def propose_use_case(
    system: System, name: str, body: Mapping[str, Any], *, author: str, though_alike: bool = False
) -> Proposed:
    """Apply the operating model in force with one more use case.

    One that seems to do the job of another is not applied, unless it says under `distinct_from` why it does
    another, or `though_alike` says that somebody looked.
    """
    for left in reversed(range(TRIES)):
        fold_ledger(system)
        _, model = model_in_force(system)
        after = with_use_case(model, name, body)
        if isinstance(after, tuple):
            return Proposed(faults=after)
        planned = plan_model(system, after)
        alike = next((each for each in planned.newcomers if each.member.id == name), None)
        if alike is not None and not though_alike:
            return Proposed(alike=alike)
        try:
            applied = put_in_force(system, planned, author=author, reason=f"`{name}` is proposed")
        except Conflict:
            if not left:
                raise
        else:
            return Proposed(applied=applied)
    raise AssertionError("the last try returns or raises")


def withdraw_proposal(system: System, name: str, *, version: int, author: str) -> Applied | Standing:
    """Take a proposal back that the author made, while nothing else was applied since; raises Conflict."""
    fold_ledger(system)
    current, model = model_in_force(system)
    if current != version:
        raise Conflict(
            f"version {current} was applied since `{name[:80]}` was proposed",
            help="retire it on its page instead",
        )
    entry = find_version(system, version)
    before = model_of(system, find_version(system, version - 1))
    changes = [(each.action, each.address) for each in plan(before, model).changes]
    if entry.author != author or changes != [("create", f"use-case/{name}")]:
        raise Conflict(
            f"version {version} is no proposal of `{name[:80]}` by {author}",
            help="who proposed it can take it back; its owner can retire it",
        )
    planned = plan_model(system, before)
    reason = f"the proposal of `{name}` is taken back"
    return put_in_force(system, planned, author=author, reason=reason, restores=version - 1)

"""Reviewers: who holds which role for a use case, and who may take it back without a gate."""

from __future__ import annotations

from collections.abc import Iterable

from remit.decide.approval_rule import rule_for, tier_rule
from remit.decide.gate import GateStanding
from remit.decide.gate_review import asked_roles
from remit.decide.roles import holder
from remit.declare.gate import ROLES_OF_A_USE_CASE
from remit.declare.operating_model import OperatingModel

NARROWING = ROLES_OF_A_USE_CASE
"""Roles each of which may take a use case back or end it: less freedom needs no gate."""


def reviewing(model: OperatingModel, standing: GateStanding) -> tuple[str, ...]:
    """List the roles that must agree to a gate: those that it asks for, and those that the rule adds.

    The rule is that of the risk tier, and says who decides under the governance mode.
    """
    roles = asked_roles(standing)
    return rule_for(model, "gate", tier=standing.tier, use_case=standing.use_case, roles=roles).roles


def stand_in(model: OperatingModel, standing: GateStanding, role: str) -> str:
    """Name who agrees to a gate in place of who holds a role and owns the use case; empty for others."""
    owner = model.owner_of(standing.use_case)
    if holder(model, role, standing.use_case) != owner:
        return ""
    return holder(model, tier_rule(model, "gate", standing.tier).escalates_to or "", standing.use_case)


def held_by(model: OperatingModel, person: str, roles: Iterable[str], use_case: str) -> str:
    """Name the first of some roles that a person holds for a use case; empty if none."""
    return next((role for role in roles if person and holder(model, role, use_case) == person), "")

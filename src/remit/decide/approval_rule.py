"""Approval rules: who must agree to something, under the governance mode and for its risk tier."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from remit.decide.roles import holder
from remit.declare.approval import TIERS, WIDENING, Asked, TierRule
from remit.declare.gate import RiskTier
from remit.declare.governance import Decides
from remit.declare.operating_model import OperatingModel

STRICTEST = TierRule(
    roles=("risk-owner",),
    with_centre=True,
    people=2,
    deadline_hours=120,
    escalates_to="centre",
    expires_hours=480,
)
"""What holds where no rule is declared, as in a model that was applied before there were any."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who must agree: every role, and so many persons in all; times count from when it is asked.

    `decides` is who decides on it under the governance mode.
    """

    roles: tuple[str, ...]
    people: int
    deadline: timedelta
    escalates_to: str
    expires: timedelta
    remind: timedelta | None = None
    decides: Decides = "both"


def tier_rule(model: OperatingModel, about: Asked, tier: RiskTier) -> TierRule:
    """Find what is declared for a tier, or for the next higher one that something is declared for."""
    rule = model.approvals.get(about)
    found = [rule.at(each) for each in TIERS[TIERS.index(tier) :]] if rule else []
    return next((each for each in found if each is not None), STRICTEST)


def is_asked(model: OperatingModel, about: Asked, *, tier: RiskTier, stage: str) -> bool:
    """Say whether anybody is asked: for what widens, only in the stages and tiers that a rule names."""
    if about not in WIDENING:
        return True
    rule = model.approvals.get(about)
    return rule is not None and stage in rule.stages and rule.at(tier) is not None


def rule_for(
    model: OperatingModel,
    about: Asked,
    *,
    tier: RiskTier,
    use_case: str = "",
    unit: str = "",
    roles: Sequence[str] = (),
) -> Rule:
    """Say who must agree to something of a use case or unit; `roles` are asked for in any case.

    Where the centre decides under the governance mode, it must agree; where the unit does, its lead; where
    both do, the lead, and the centre as well if the tier asks for it. What is of no unit is the centre's, and
    so are the roles that a use case would have that is not there yet.
    """
    found = tier_rule(model, about, tier)
    decides = _decides(model, about)
    of_unit = (unit in model.units) or (use_case in model.use_cases)
    demanded: dict[Decides, tuple[str, ...]] = {
        "centre": ("centre",),
        "unit": ("unit-lead",),
        "both": ("unit-lead", "centre") if found.with_centre else ("unit-lead",),
    }
    by_mode = demanded[decides] if of_unit else ("centre",)
    named = (*roles, *found.roles, *by_mode)
    if use_case not in model.use_cases:
        named = tuple("centre" if _of_use_case(model, role) else role for role in named)
    return Rule(
        roles=tuple(dict.fromkeys(named)),
        people=found.people,
        deadline=timedelta(hours=found.deadline_hours),
        escalates_to=found.escalates_to or "",
        expires=timedelta(hours=found.expires_hours),
        remind=timedelta(hours=found.remind_hours) if found.remind_hours else None,
        decides=decides,
    )


def _of_use_case(model: OperatingModel, role: str) -> bool:
    return role in ("use-case-owner", "risk-owner") and role not in model.organisation.roles


def _decides(model: OperatingModel, about: Asked) -> Decides:
    """Say who decides; what no capability carries is the centre's."""
    rule = model.approvals.get(about)
    capability = model.governance.get(rule.capability) if rule else None
    return capability.decides.under(model.organisation.governance) if capability else "centre"


@dataclass(frozen=True, slots=True)
class Seats:
    """Who is asked in the end. Of the roles `stood_in` the holder is barred, and who it escalates to answers.

    `empty` are roles that nobody holds, or whose holder is barred and has nobody in their place; `short` is
    how many persons there are too few.
    """

    roles: tuple[str, ...]
    stood_in: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    short: int = 0


def seats(
    model: OperatingModel, rule: Rule, *, use_case: str = "", unit: str = "", barred: Collection[str] = ()
) -> Seats:
    """Find for every role who can answer in it, and ask one more role where they are too few persons."""
    stand_in = holder(model, rule.escalates_to, use_case, unit) if rule.escalates_to else ""
    stand_in = "" if stand_in in barred else stand_in
    people: set[str] = set()
    stood_in: list[str] = []
    empty: list[str] = []
    for role in rule.roles:
        held = holder(model, role, use_case, unit)
        if held and held in barred:
            held = stand_in
            stood_in.append(role)
        if held:
            people.add(held)
        else:
            empty.append(role)
    roles = rule.roles
    if len(people) < rule.people and stand_in and stand_in not in people:
        people.add(stand_in)
        roles = tuple(dict.fromkeys((*roles, rule.escalates_to)))
    return Seats(roles, tuple(stood_in), tuple(empty), max(0, rule.people - len(people)))

"""Who answers for a use case, by what is asked: the roles, who holds them, and how long they have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import get_args

from remit.decide.approval_rule import rule_for
from remit.decide.roles import holder
from remit.declare.approval import Asked
from remit.declare.gate import RiskTier
from remit.declare.operating_model import OperatingModel


@dataclass(frozen=True, slots=True)
class WhoAnswers:
    """Of one kind of request: every role that must consent and who holds it, and so many persons in all.

    Whoever asks does not answer, and neither does the use case's owner: then `escalates_to` stands in.
    """

    about: Asked
    roles: tuple[tuple[str, str], ...]
    people: int
    deadline: timedelta
    escalates_to: tuple[str, str]

    @property
    def hours(self) -> int:
        return self.deadline // timedelta(hours=1)


def who_answers(model: OperatingModel, use_case: str, *, tier: RiskTier) -> tuple[WhoAnswers, ...]:
    """List who answers each kind of request of a declared use case at a risk tier."""
    found = []
    for about in get_args(Asked):
        rule = rule_for(model, about, tier=tier, use_case=use_case, unit=model.use_cases[use_case].unit)
        found.append(
            WhoAnswers(
                about=about,
                roles=tuple((role, holder(model, role, use_case)) for role in rule.roles),
                people=rule.people,
                deadline=rule.deadline,
                escalates_to=(rule.escalates_to, holder(model, rule.escalates_to, use_case)),
            )
        )
    return tuple(found)

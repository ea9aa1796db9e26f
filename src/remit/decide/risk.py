"""Risk: how much can go wrong with a use case, by the facts that are declared of it."""

from __future__ import annotations

from remit.declare.gate import RiskTier
from remit.declare.use_case import UseCase


def tier_of(case: UseCase) -> RiskTier:
    """Say in which risk tier a use case is: the highest that any one fact puts it in."""
    facts = case.ai_act
    if facts.area or facts.safety_component or facts.decides_on_people or case.data_class == "restricted":
        return "high"
    if case.autonomy in ("act_within_limits", "autonomous") and case.agency != "none":
        return "high"
    if case.personal_data or facts.people_interact or case.data_class == "confidential":
        return "medium"
    return "medium" if case.agency != "none" or facts.generates_content else "low"

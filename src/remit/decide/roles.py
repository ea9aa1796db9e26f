"""Roles: who holds which for a use case."""

from __future__ import annotations

from remit.declare.operating_model import OperatingModel


def holder(model: OperatingModel, role: str, use_case: str = "", unit: str = "") -> str:
    """Return the address of who holds a role for a use case, or for a unit; empty where nobody does."""
    case = model.use_cases.get(use_case)
    unit = case.unit if case else unit
    own = {
        "use-case-owner": model.owner_of(use_case) if case else "",
        "risk-owner": (case.risk_owner if case else "") or "",
        "unit-lead": model.lead_of(unit) if unit in model.units else "",
        "centre": model.organisation.contact,
    }
    return own.get(role) or model.organisation.roles.get(role, "")

"""Let what entries of the lake say end when its time is over, as the operating model has it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta

from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import NotFound
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.ports_lake import Lake


def expire_entries(system: System, lake: Lake) -> int:
    """Remove what entries say whose time is over; returns in how many days there were some."""
    try:
        _, model = model_in_force(system)
    except NotFound:
        return 0
    days = retention(model)
    _forget_references(system, days)
    return lake.expire(days, today=system.clock.now().astimezone(UTC).date()) if days else 0


def _forget_references(system: System, days: Mapping[tuple[str, str], int]) -> None:
    """Let what the store has of callers' references end with the entries of the calls that carry them."""
    own = {use_case: kept for (kind, use_case), kept in days.items() if kind == "call"}
    now = system.clock.now()
    for use_case, kept in own.items():
        others = [name for name in own if name] if not use_case else []
        system.store.forget_references(use_case, before=now - timedelta(days=kept), but=others)


def retention(model: OperatingModel) -> dict[tuple[str, str], int]:
    """Say for how many days entries are kept, by kind and use case, and by kind alone for all others."""
    found: dict[tuple[str, str], int] = {}
    for kind, days in model.organisation.ledger_retention_days.items():
        found[kind, ""] = days
    for name, use_case in model.use_cases.items():
        for kind, days in use_case.ledger_retention_days.items():
            found[kind, name] = days
    return found

"""Explore spend: what roll-ups say was charged, by whatever one asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from remit.declare.simulated import counts_simulated
from remit.operations.lookup import require_unit
from remit.operations.model_in_force import model_in_force
from remit.operations.read_spend import chosen
from remit.operations.system import System
from remit.report.spend import Slice, SpendBy, Spending, Step, spending

DAYS_MAX = 366
FINE_DAYS = 31
"""For so many days keys and prompts are told apart; roll-ups of whole days know neither."""


def explore_spend(
    system: System,
    by: SpendBy,
    *,
    days: int,
    step: Step,
    unit: str = "",
    use_case: str = "",
    model: str = "",
) -> Spending:
    """Sum up the last days, today included, of a unit with those below it, one use case or one model."""
    assert 1 <= days <= DAYS_MAX, "the door reads how many days"
    _, declared = model_in_force(system)
    if unit:
        require_unit(declared, unit)
    cases = chosen(declared, unit=unit, use_case=use_case) if unit or use_case else None
    until = system.clock.now().astimezone(UTC).date()
    fine = by in ("key", "block")
    since = until - timedelta(days=min(days, FINE_DAYS) - 1 if fine else days - 1)
    found = _fine(system, by, since, model) if fine else _coarse(system, by, since, model)
    wanted = (each for each, owner in found if cases is None or owner in cases)
    return spending(wanted, since=since, until=until, step=step, counted=counts_simulated(declared))


def _coarse(system: System, by: SpendBy, since: date, model: str) -> Iterator[tuple[Slice, str]]:
    for each in system.store.charges(since=since):
        if model and each.model != model:
            continue
        name = {"unit": each.unit, "use_case": each.use_case}.get(by, each.model)
        yield (
            Slice(each.day, name, each.calls, 0, each.charge, each.currency, each.simulated),
            each.use_case,
        )


def _fine(system: System, by: SpendBy, since: date, model: str) -> Iterator[tuple[Slice, str]]:
    begin = datetime.combine(since, time(), UTC)
    for key, found in system.store.usage(since=begin):
        if model and key.model != model:
            continue
        name = key.key if by == "key" else key.block or "no prompt block"
        tokens = found.input_total + found.output_tokens
        day = date.fromisoformat(key.hour[:10])
        yield Slice(day, name, found.calls, tokens, found.charge, key.currency, key.simulated), key.use_case

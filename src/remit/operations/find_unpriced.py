"""Find unpriced: what is charged, paid or about to be called without full knowledge of its price."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta

from remit.decide.finops.unpriced import Unpriced, unpriced_adjustments, unpriced_calls, unpriced_models
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_entries import read_entries
from remit.operations.system import System
from remit.record.call_entry import Call
from remit.record.decided import AdjustmentFilter

USED_DAYS = 31
"""So many days back calls are looked at, where no other first day is given."""


def find_unpriced(system: System, *, since: date | None = None) -> tuple[date, list[Unpriced]]:
    """List what lacks a price since a day, today included, and ahead; also says from which day on."""
    fold_ledger(system)
    _, model = model_in_force(system)
    zone, now = model.organisation.zone, system.clock.now()
    today = now.astimezone(zone).date()
    first = since or today - timedelta(days=USED_DAYS - 1)
    began = datetime.combine(first, time(), tzinfo=zone)
    adjustments = system.store.adjustments(AdjustmentFilter(since=first))
    calls = (
        entry
        for entry in read_entries(system, since=began, until=now + timedelta(seconds=1), kinds=(Call,))
        if isinstance(entry, Call)
    )
    used: Counter[str] = Counter()
    for key, each in system.store.usage(since=began, until=now + timedelta(hours=1)):
        used[key.model] += each.calls
    found = unpriced_calls(calls, adjustments, model)
    found += unpriced_adjustments(adjustments, model)
    found += unpriced_models(model, used=used, today=today)
    return first, found

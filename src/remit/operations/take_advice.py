"""Take advice: write what it says into declared texts, remember what it was to save, and check it later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from remit.decide.bill_sum import Span
from remit.decide.finops.draft import CALLS_OF
from remit.decide.finops.edited import as_json, edited, holds, said_otherwise
from remit.decide.finops.ranked import Ranked
from remit.decide.finops.realised import (
    CAPACITY,
    Looked,
    Realised,
    Since,
    capacity_of,
    looked_from,
    realised,
)
from remit.decide.finops.saving import Edit, Saving
from remit.declare.editor import Rewritten
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import Plan, plan
from remit.declare.rewrite import rewrite
from remit.kernel.errors import RemitError
from remit.kernel.money import EXACT, ZERO
from remit.operations.advise_finops import around_of, read_calls, workloads
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_history import model_of, versions
from remit.operations.system import CONTROL, System
from remit.record.advice_entry import AdviceTaken, SaidOtherwise
from remit.record.filed import FiledFilter

LOOK_DAYS = 90
"""For how many days after it took effect advice is checked at most."""


@dataclass(frozen=True, slots=True)
class Taking:
    """What the texts must say otherwise, and the files that then do; nothing is written yet."""

    plan: Plan
    files: Mapping[str, Rewritten]


def write_advice(
    texts: Mapping[str, str], declared: OperatingModel, saving: Saving, *, in_force: OperatingModel
) -> Taking:
    """Say what to write so that texts, which say a sound model, say what was advised as well.

    Raises RemitError where the advice is not of what is declared, or these texts cannot say it.
    """
    if not saving.edits:
        raise RemitError(
            f"`{saving.id}` is nothing that can be declared: {saving.by_hand}",
            help="do it, and run the command again with `--by-hand`, so that it is checked afterwards",
            code="advice-by-hand",
        )
    if where := said_otherwise(declared, in_force, saving.edits):
        raise RemitError(
            f"`{where}` says something else in these files than in what is in force, and would be replaced",
            help="nothing was written; put the files in force with `remit apply` first, and ask again",
            code="advice-not-declared",
        )
    after = edited(declared, saving.edits)
    files = rewrite(texts, declared, after)
    if files is None:
        raise RemitError(
            f"`{saving.id}` cannot be written into these files",
            help="nothing was written; run `remit check DIR` with the change made by hand to see why",
            code="advice-not-declared",
        )
    return Taking(plan(declared, after), files)


def take_advice(system: System, ranked: Ranked, *, by_hand: bool, author: str) -> AdviceTaken:
    """Write into the ledger that advice is taken, with what it is to save."""
    saving = ranked.saving
    with system.journals.exclusive(CONTROL) as journal:
        now = system.clock.now()
        entry = AdviceTaken(
            id=system.ids.new(now),
            at=now,
            advice=saving.id,
            way=saving.kind,
            use_case=saving.use_case,
            unit=saving.unit,
            about=saving.figures.get(CALLS_OF, ""),
            since=saving.since,
            until=saving.until,
            calls=saving.calls,
            charged=saving.charged,
            a_month=saving.a_month,
            low=saving.low,
            high=saving.high,
            currency=saving.currency,
            edits=() if by_hand else tuple(_said(each) for each in saving.edits),
            by_hand=by_hand,
            author=author,
        )
        journal.append([entry])
    fold_ledger(system)
    return entry


def _said(edit: Edit) -> SaidOtherwise:
    return SaidOtherwise(edit.address, as_json(edit.value), edit.path)


def _edit(said: SaidOtherwise) -> Edit:
    value: Any = json.loads(said.value)
    return Edit(said.address, said.path, value)


def read_realised(system: System) -> list[Realised]:
    """Hold all advice that was taken against the calls since it is in force, the newest first."""
    filed = system.store.filed(FiledFilter(kinds=(AdviceTaken,)))
    taken = [each for each in filed if isinstance(each, AdviceTaken)]
    if not taken:
        return []
    _, model = model_in_force(system)
    # Advice that was taken again is looked at as it was taken last.
    newest = {each.advice: each for each in taken}
    return [_realised(system, model, each) for each in sorted(newest.values(), key=lambda one: one.id)[::-1]]


def _realised(system: System, model: OperatingModel, taken: AdviceTaken) -> Realised:
    in_force = _in_force(system, model, taken)
    if in_force is None:
        return realised(taken, None, in_force=None)
    begin = looked_from(in_force)
    yesterday = system.clock.now().astimezone(model.organisation.zone).date() - timedelta(days=1)
    if yesterday < begin:
        return realised(taken, None, in_force=in_force)
    until = min(yesterday, begin + timedelta(days=LOOK_DAYS - 1))
    since = _looked(system, model, taken, days=Span(begin, until))
    earlier = _looked(system, model, taken, days=Span(taken.since, taken.until))
    capacity = _capacity_a_day(model, taken, until)
    return realised(taken, Since(since.work, since.kept, capacity, earlier), in_force=in_force)


def _looked(system: System, model: OperatingModel, taken: AdviceTaken, *, days: Span) -> Looked:
    """Read the real calls of some days that advice may be about."""
    around = around_of(model, days.first, days.last)
    one = frozenset({taken.use_case}) if taken.use_case else None
    calls = read_calls(system, around, one)
    if taken.use_case:
        works = [each for each in workloads(system, around, calls, one) if not each.simulated]
        work = works[0] if works else around.workload(calls, use_case=taken.use_case)
    else:
        work = around.workload(calls)
    return Looked(work, _kept(system, model, taken.use_case, days=days))


def _in_force(system: System, model: OperatingModel, taken: AdviceTaken) -> date | None:
    """Say since when a model says what was advised; what was done by hand holds since it was said.

    Capacity that was bought by hand is not in force before it is declared: nobody knows what it costs.
    """
    zone = model.organisation.zone
    if taken.by_hand:
        said = taken.at.astimezone(zone).date()
        if taken.way not in CAPACITY:
            return said
        capacity = model.capacity.get(capacity_of(taken))
        return None if capacity is None or capacity.starts is None else max(said, capacity.starts)
    edits = [_edit(each) for each in taken.edits]
    if not holds(model, edits):
        return None
    found: date | None = None
    for applied in versions(system.store):
        if applied.at < taken.at:
            continue
        if not holds(model_of(system, applied), edits):
            found = None
        elif found is None:
            found = applied.at.astimezone(zone).date()
    # Where it was in force before anybody took it, it holds since then.
    return found or taken.at.astimezone(zone).date()


def _kept(system: System, model: OperatingModel, use_case: str, *, days: Span) -> list[Decimal]:
    """Say what answers that were given again saved on each day."""
    found = [ZERO] * ((days.last - days.first).days + 1)
    for each in system.store.charges(since=days.first):
        real = not each.simulated and each.currency == model.organisation.currency
        if real and each.use_case == use_case and each.day <= days.last:
            place = (each.day - days.first).days
            found[place] = EXACT.add(found[place], each.saved)
    return found


def _capacity_a_day(model: OperatingModel, taken: AdviceTaken, day: date) -> Decimal:
    """Say what capacity that was bought on this advice costs in a day of 24 hours."""
    capacity = model.capacity.get(capacity_of(taken)) if taken.way in CAPACITY else None
    if capacity is None:
        return ZERO
    per_hour = model.exchanged(capacity.per_hour, day)
    assert per_hour is not None, "what is declared has a rate from its first day on"
    return EXACT.multiply(per_hour.amount, Decimal(24 * capacity.units))

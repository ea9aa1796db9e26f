"""Take advice: write what it says into declared texts, remember what it was to save, and check it later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from remit.decide.finops.draft import CALLS_OF
from remit.decide.finops.edited import as_json, edited, holds
from remit.decide.finops.ranked import Ranked
from remit.decide.finops.realised import CAPACITY, Realised, Since, looked_from, realised
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


def write_advice(texts: Mapping[str, str], declared: OperatingModel, saving: Saving) -> Taking:
    """Say what to write so that texts, which say a sound model, say what was advised as well.

    Raises RemitError where the advice is not of what is declared, or these texts cannot say it.
    """
    if not saving.edits:
        raise RemitError(
            f"`{saving.id}` is nothing that can be declared: {saving.by_hand}",
            help="do it, and run the command again with `--by-hand`, so that it is checked afterwards",
            code="advice-by-hand",
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
    around = around_of(model, begin, until)
    one = frozenset({taken.use_case}) if taken.use_case else None
    calls = read_calls(system, around, one)
    if taken.use_case:
        works = [each for each in workloads(system, around, calls, one) if not each.simulated]
        work = works[0] if works else around.workload(calls, use_case=taken.use_case)
    else:
        work = around.workload(calls)
    since = Since(work, _kept(system, taken.use_case, begin, until), _capacity_a_day(model, taken))
    return realised(taken, since, in_force=in_force)


def _in_force(system: System, model: OperatingModel, taken: AdviceTaken) -> date | None:
    """Say since when a model says what was advised; what was done by hand holds since it was said."""
    zone = model.organisation.zone
    if taken.by_hand:
        return taken.at.astimezone(zone).date()
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


def _kept(system: System, use_case: str, begin: date, until: date) -> list[Decimal]:
    """Say what answers that were given again saved on each day."""
    found = [ZERO] * ((until - begin).days + 1)
    for each in system.store.charges(since=begin):
        if each.use_case == use_case and not each.simulated and each.day <= until:
            place = (each.day - begin).days
            found[place] = EXACT.add(found[place], each.saved)
    return found


def _capacity_a_day(model: OperatingModel, taken: AdviceTaken) -> Decimal:
    """Say what capacity that was bought on this advice costs in a day of 24 hours."""
    if taken.way not in CAPACITY:
        return ZERO
    named = {each.address.partition("/")[2] for each in taken.edits if each.address.startswith("capacity/")}
    total = ZERO
    for id in named & set(model.capacity):
        capacity = model.capacity[id]
        day = EXACT.multiply(capacity.per_hour.amount, Decimal(24 * capacity.units))
        total = EXACT.add(total, day)
    return total

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
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel, digest, encode_model
from remit.declare.plan import Plan, plan
from remit.declare.rewrite import rewrite
from remit.declare.simulated import counts
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
    """What the texts must say otherwise, and the files that then do; nothing is written yet.

    There are no files where the texts say it all already, as after an end between the files and the entry.
    `digest` names the operating model that they say then.
    """

    plan: Plan
    files: Mapping[str, Rewritten]
    digest: str


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
    # What an earlier try has written is not in force, and is not to be written over.
    edits = [each for each in saving.edits if not holds(declared, [each])]
    if where := said_otherwise(declared, in_force, edits):
        raise RemitError(
            f"`{where}` says something else in these files than in what is in force, and would be replaced",
            help="nothing was written; put the files in force with `remit apply` first, and ask again",
            code="advice-not-declared",
        )
    after = edited(declared, edits)
    files = rewrite(texts, declared, after)
    if files is None:
        raise RemitError(
            f"`{saving.id}` cannot be written into these files",
            help="nothing was written; run `remit check DIR` with the change made by hand to see why",
            code="advice-not-declared",
        )
    return Taking(plan(declared, after), files, _digest(texts, files))


def _digest(texts: Mapping[str, str], files: Mapping[str, Rewritten]) -> str:
    """Name the model that texts say once files are written, as an apply of them does."""
    said = load({**texts, **{name: each.text for name, each in files.items()}}).operating_model
    assert said is not None, "read again when it was written"
    return digest(encode_model(said))


def take_advice(system: System, ranked: Ranked, *, taking: Taking | None = None, author: str) -> AdviceTaken:
    """Write into the ledger that advice is taken, with what it is to save; without `taking`, by hand.

    INVARIANT: its files are written before, so that no entry stands for what no file says. What has its entry
    already is not written down again: whoever was cut off between the two takes the advice once more.
    """
    saving, by_hand = ranked.saving, taking is None
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
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
            declared=taking.digest if taking else "",
            by_hand=by_hand,
            author=author,
        )
        before = _taken(system).get(saving.id)
        if before is not None and _is_same(before, entry, written=bool(taking and taking.files)):
            return before
        journal.append([entry])
    fold_ledger(system)
    return entry


def _is_same(before: AdviceTaken, entry: AdviceTaken, *, written: bool) -> bool:
    """Say whether advice is taken a second time: with the same edits, and no other file was to be written.

    By hand it is the same as long as it rests on the same days.
    """
    if (before.by_hand, before.edits) != (entry.by_hand, entry.edits):
        return False
    if entry.by_hand:
        return (before.since, before.until) == (entry.since, entry.until)
    return before.declared == entry.declared or not written


def _taken(system: System) -> dict[str, AdviceTaken]:
    """Return advice that was taken, as it was taken last, by its name."""
    filed = system.store.filed(FiledFilter(kinds=(AdviceTaken,)))
    return {each.advice: each for each in filed if isinstance(each, AdviceTaken)}


def _said(edit: Edit) -> SaidOtherwise:
    return SaidOtherwise(edit.address, as_json(edit.value), edit.path)


def _edit(said: SaidOtherwise) -> Edit:
    value: Any = json.loads(said.value)
    return Edit(said.address, said.path, value)


def read_realised(system: System) -> list[Realised]:
    """Hold all advice that was taken against the calls since it is in force, the newest first."""
    newest = _taken(system)
    if not newest:
        return []
    _, model = model_in_force(system)
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
        works = [each for each in workloads(system, around, calls, one) if counts(model, each)]
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
        real = counts(model, each) and each.currency == model.organisation.currency
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

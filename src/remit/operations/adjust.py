"""Adjust: correct past cost by an entry of its own, so that the past stays as it was known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from remit.decide.adjusting import Cost, Reason
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.kernel.money import Money
from remit.operations.find_entries import find_entry
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_model, require_use_case
from remit.operations.model_in_force import REASON_MAX, model_in_force
from remit.operations.system import RECORD, System
from remit.record.decided import Adjustment, AdjustmentFilter
from remit.report.reconciliation import Reconciliation

DAYS_MAX = 3_660


def adjust(
    system: System,
    amount: Money,
    *,
    reason: Reason,
    note: str,
    since: date,
    until: date,
    author: str,
    cost: Cost = "both",
    use_case: str = "",
    model: str = "",
    provider: str = "",
    corrects: str = "",
) -> Adjustment:
    """Write down one adjustment; raises NotFound for what is not declared or not recorded."""
    fold_ledger(system)
    unit = _checked(system, amount, note, since, until, use_case, model, provider, corrects)
    now = system.clock.now()
    entry = Adjustment(
        id=system.ids.new(now),
        at=now,
        reason=reason,
        note=note.strip(),
        since=since,
        until=until,
        amount=amount.amount,
        currency=amount.currency,
        cost=cost,
        use_case=use_case,
        unit=unit,
        model=model,
        provider=provider,
        corrects=corrects,
        author=author,
    )
    with system.journals.exclusive(RECORD) as journal:
        journal.append([entry])
    fold_ledger(system)
    return entry


def _checked(
    system: System,
    amount: Money,
    note: str,
    since: date,
    until: date,
    use_case: str,
    model: str,
    provider: str,
    corrects: str,
) -> str:
    """See that all that an adjustment names is there; returns the use case's unit."""
    _, operating = model_in_force(system)
    unit = ""
    if use_case:
        require_use_case(operating, use_case)
        unit = operating.use_cases[use_case].unit
    if model:
        require_model(operating, model, since)
    if provider and provider not in operating.providers:
        raise NotFound(f"no provider `{provider[:80]}` is declared", help="`remit provider list` shows them")
    if corrects:
        find_entry(system, corrects)
    if amount.currency != operating.organisation.currency:
        raise _unsound(
            f"the ledger is in {operating.organisation.currency} and this is in {amount.currency}",
            "give the amount in the organisation's currency",
        )
    if not amount.amount:
        raise _unsound("an adjustment of nothing changes nothing", "give an amount above or below zero")
    if not 0 <= (until - since).days < DAYS_MAX:
        raise _unsound(
            f"{since} to {until} are no days, or more than {DAYS_MAX:,}",
            "give the first day by `--since` and the last by `--until`",
        )
    if not note.strip() or len(note) > REASON_MAX:
        raise _unsound(
            f"the note has {len(note):,} characters; 1 to {REASON_MAX:,} are kept", "say why in a sentence"
        )
    return unit


def _unsound(summary: str, help: str) -> RemitError:
    return RemitError(summary, help=help, code="adjustment-unsound")


def adjust_by_bill(system: System, found: Reconciliation, *, author: str) -> Sequence[Adjustment]:
    """Write down what a reconciliation proposes; a bill that the ledger was adjusted by already adds nothing.

    Raises Conflict if somebody else adjusted the same days since the bill was reconciled.
    """
    with system.journals.exclusive(RECORD) as journal:
        # Nobody else adjusts from here on, so what is asked now holds until it is written.
        fold_ledger(system)
        if system.store.adjustments(AdjustmentFilter(source=found.digest)):
            return ()
        if found.earlier != tuple(
            each.id for each in system.store.adjustments(AdjustmentFilter(found.since, found.until))
        ):
            raise Conflict(
                "somebody adjusted these days while the bill was looked at",
                help="reconcile it again and look at what is left; nothing was written",
            )
        now = system.clock.now()
        entries = [
            Adjustment(
                id=system.ids.new(now),
                at=now,
                reason=each.about.reason,
                note=_note(found),
                since=each.days.first,
                until=each.days.last,
                amount=each.amount,
                currency=found.currency,
                cost=each.about.cost,
                use_case=each.about.use_case,
                unit=each.about.unit,
                model=each.about.model,
                provider=each.about.provider,
                source=found.digest,
                author=author,
            )
            for each in found.proposals
        ]
        if entries:
            journal.append(entries)
    fold_ledger(system)
    return entries


def _note(found: Reconciliation) -> str:
    files = ", ".join(found.files)
    return f"as billed: {found.format}, {files}"[:REASON_MAX]

"""Close a period: state the costs of a month for good, by an entry that names the statement by its digest."""

from __future__ import annotations

from datetime import UTC, date, datetime

from remit.decide.bill_sum import Span
from remit.decide.finops.statement import by_unit, charging_of, digest_of, encode_statement, month_after
from remit.decide.finops.unpriced import unpriced_calls
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts
from remit.kernel.errors import RemitError
from remit.kernel.money import ZERO
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import REASON_MAX, model_in_force
from remit.operations.query_ledger import query_ledger
from remit.operations.read_allocation import closings, instants, label_of, open_allocation, read_rows
from remit.operations.reconcile_bill import month_of
from remit.operations.system import RECORD, System
from remit.ports_lake import Bounds
from remit.record.call_entry import Call
from remit.record.decided import AdjustmentFilter, PeriodClosed
from remit.record.ledgered import decode

_EVER = datetime(1, 1, 2, tzinfo=UTC)
_BOUNDS = Bounds(rows=1_000_000, seconds=600.0, memory=2 << 30)


def close_period(system: System, month: Span, *, author: str, despite: str = "") -> PeriodClosed:
    """Close a month of the organisation's calendar; raises RemitError where it cannot be closed yet.

    INVARIANT: nobody corrects past cost between what is stated and the entry that states it. What becomes
    known later is in the first month that is open then.
    """
    with system.journals.exclusive(RECORD) as journal:
        fold_ledger(system)
        version, model = model_in_force(system)
        unpriced = _require_closable(system, model, month, despite=despite.strip())
        statement = open_allocation(system, model, month)
        body = encode_statement(statement)
        units = by_unit(statement)
        rest = units.pop("", ZERO)
        now = system.clock.now()
        entry = PeriodClosed(
            id=system.ids.new(now),
            at=now,
            period=label_of(month),
            since=month.first,
            until=month.last,
            digest=digest_of(body),
            total=statement.total,
            currency=statement.currency,
            units=units,
            rest=rest,
            booked={name: amount for name, amount in units.items() if _pays(model, name)},
            unpriced=unpriced,
            despite=despite.strip(),
            model_version=version,
            author=author,
        )
        system.store.put_text(entry.digest, body)
        journal.append([entry])
    fold_ledger(system)
    return entry


def _pays(model: OperatingModel, unit: str) -> bool:
    return charging_of(model, unit) == "chargeback"


def _require_closable(system: System, model: OperatingModel, month: Span, *, despite: str) -> int:
    """See that a month can be closed; returns how much of it has no price."""
    label = label_of(month)
    start, end = instants(model, month)
    if system.clock.now() < end:
        raise _not_yet(f"{label} is not over", f"close it after {month.last}")
    _require_next(system, model, month)
    holds = [hold for hold, _ in system.store.open_holds() if hold.at < end]
    if holds:
        raise _not_yet(
            f"{len(holds):,} of its calls have not ended, `{holds[0].id}` among them",
            "wait until they have, or let `remit up` settle those of a server that died",
        )
    if len(despite) > REASON_MAX:
        raise _not_yet(
            f"the reason has {len(despite):,} characters; {REASON_MAX:,} are kept", "say why in a sentence"
        )
    unpriced = count_unpriced(system, start, end)
    if unpriced and not despite:
        raise _not_yet(
            f"{unpriced:,} of its calls have no price in {model.organisation.currency}",
            'price them first, or close it by `--despite "REASON"`; what they cost is then in a later month',
        )
    return unpriced


def _require_next(system: System, model: OperatingModel, month: Span) -> None:
    """See that the months before are closed: what is known of them later is in the month after the last."""
    closed, label = closings(system), label_of(month)
    if (found := next((each for each in closed if each.period == label), None)) is not None:
        raise RemitError(
            f"{label} was closed by {found.author} at {found.at:%Y-%m-%d %H:%M} UTC",
            help="correct it by `remit ledger adjust`; the first open month has what comes later",
            code="period-closed",
        )
    if closed:
        last = max(each.until for each in closed)
        wanted = label_of(month_after(Span(last, last)))
        if wanted != label:
            raise _not_yet(
                f"{wanted} is open", f"months are closed one after the other: close {wanted} first"
            )
        return
    earlier = _first_cost(system, model, month)
    if earlier is not None:
        wanted = label_of(month_of(earlier.year, earlier.month))
        raise _not_yet(
            f"{wanted} has costs and is open", f"months are closed one after the other: close {wanted} first"
        )


def _first_cost(system: System, model: OperatingModel, month: Span) -> date | None:
    """Find the first day before a month of which a call, what guards one, or an adjustment is."""
    start, _ = instants(model, month)
    zone = model.organisation.zone
    hours = [key.hour for key, _ in system.store.usage(since=_EVER, until=start) if counts(model, key)]
    hours += (key.hour for key, _ in system.store.guarded(since=_EVER, until=start))
    days = [datetime.fromisoformat(hour).astimezone(zone).date() for hour in hours]
    days += (each.since for each in system.store.adjustments(AdjustmentFilter()) if each.since < month.first)
    return min(days, default=None)


def count_unpriced(system: System, start: datetime, end: datetime) -> int:
    """Count real calls whose charge is not settled.

    They are charged in a currency that has no rate on their day, or used what their price has no rates of its
    own for, and no adjustment has priced them since.
    """
    _, model = model_in_force(system)
    currency = model.organisation.currency
    totals = system.store.totals(since=start, until=end)
    foreign = 0
    if any(key.currency != currency for key, _ in totals):
        rows = read_rows(system, model, start, end)
        foreign = sum(sums.calls for key, sums in rows if counts(model, key) and key.currency != currency)
    # In JSON no text has a quotation mark as it is, so that only the field reads so.
    sql = f"""
        select body from calls where at_utc >= timestamp '{_utc(start)}' and at_utc < timestamp '{_utc(end)}'
        and currency = '{currency}' and body like '%"unpriced":[%'
    """  # noqa: S608 (nothing but instants and the declared currency stands in it)
    found = (decode(body.encode()) for (body,) in query_ledger(system, sql, _BOUNDS).rows)
    calls = (each for each in found if isinstance(each, Call))
    adjustments = system.store.adjustments(AdjustmentFilter())
    return foreign + sum(bool(unpriced_calls([each], adjustments, model)) for each in calls)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _not_yet(summary: str, help: str) -> RemitError:
    return RemitError(summary, help=help, code="period-not-closable")

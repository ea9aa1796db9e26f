"""Read the allocation of a month or of some days: as it was closed, or as it is known now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import msgspec

from remit.decide.bill_sum import Span
from remit.decide.finops.allocation import Allocation
from remit.decide.finops.own_currency import (
    adjustment_in_own_currency,
    guards_in_own_currency,
    in_own_currency,
)
from remit.decide.finops.period_cost import Booked, Guards, Period, Rows, allocation_of
from remit.decide.finops.statement import (
    Closed,
    carried,
    closed_until,
    decode_statement,
    digest_of,
    late_calls,
    within,
)
from remit.decide.finops.unused_commitment import Lapsed, lapsing
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts
from remit.kernel.errors import NotFound, RemitError
from remit.kernel.money import EXACT, ZERO
from remit.operations.model_in_force import model_in_force
from remit.operations.reconcile_bill import month_of
from remit.operations.system import System
from remit.ports import Store
from remit.record.decided import Adjustment, AdjustmentFilter, PeriodClosed
from remit.record.filed import FiledFilter


@dataclass(frozen=True, slots=True)
class Stated:
    """An allocation, the entry that closed it, if any did, and whether its days go on."""

    allocation: Allocation
    closed: PeriodClosed | None
    goes_on: bool


def is_month(days: Span) -> bool:
    """Say whether days are a whole month of the calendar."""
    return days.first.day == 1 and days.last == month_of(days.first.year, days.first.month).last


def label_of(days: Span) -> str:
    """Name a month as `2026-10`, other days by the first and the last."""
    return f"{days.first:%Y-%m}" if is_month(days) else f"{days.first}..{days.last}"


def read_allocation(system: System, days: Span) -> Stated:
    """Return what some days cost and whose it is: days of the organisation's calendar.

    A closed month is as it was stated. Of a month that goes on, what is known up to today is allocated.
    """
    _, model = model_in_force(system)
    closed = closings(system)
    if is_month(days) and (entry := next((each for each in closed if each.period == label_of(days)), None)):
        return Stated(statement_of(system.store, entry), entry, goes_on=False)
    today = system.clock.now().astimezone(model.organisation.zone).date()
    return Stated(open_allocation(system, model, days), None, goes_on=today <= days.last)


def closings(system: System) -> list[PeriodClosed]:
    """List the entries of closed months, the first one first."""
    found = system.store.filed(FiledFilter(kinds=(PeriodClosed,)))
    return [each for each in found if isinstance(each, PeriodClosed)]


def statement_of(store: Store, entry: PeriodClosed) -> Allocation:
    """Return what was stated of a closed month; raises RemitError if it is not there as it was."""
    try:
        body = store.text(entry.digest)
        if digest_of(body) == entry.digest:
            return decode_statement(body)
    except (NotFound, msgspec.DecodeError):
        pass
    raise RemitError(
        f"the statement of {entry.period} is not the one that was closed",
        help="`remit ledger verify` says what else is not as it was written; restore the store's file",
        code="statement-changed",
    )


def open_allocation(system: System, model: OperatingModel, days: Span) -> Allocation:
    """Allocate days that are not closed, with what is known now."""
    zone = model.organisation.zone
    now = system.clock.now()
    upto = Span(days.first, min(days.last, now.astimezone(zone).date()))
    start, end = instants(model, upto)
    closed = [Closed(each, statement_of(system.store, each)) for each in closings(system)]
    last = closed_until(closed)
    is_next = last is not None and is_month(days) and days.first == last + timedelta(days=1)
    period = Period(
        model=model,
        label=label_of(days),
        days=upto,
        start=start,
        end=end,
        rows=_rows(system, model, start, end) if start < end else (),
        stages=system.store.stages(now),
        guards=_read_guards(system, model, start, end) if start < end else (),
        booked=tuple(_booked(system, model, days, closed)),
        late=_late(system, model, closed) if is_next else {},
        lapsed=tuple(_lapsed(system, model, upto)),
    )
    return allocation_of(period)


def _lapsed(system: System, model: OperatingModel, days: Span) -> Iterator[Lapsed]:
    """Read what was drawn from commitments whose periods ended in some days."""
    today = system.clock.now().astimezone(model.organisation.zone).date()
    for each in lapsing(model, days, today=today):
        start, end = instants(model, Span(each.spans[0].first, each.spans[-1].last))
        rows, guards = read_rows(system, model, start, end), _read_guards(system, model, start, end)
        yield replace(each, rows=rows, guards=guards)


def instants(model: OperatingModel, days: Span) -> tuple[datetime, datetime]:
    """Say between which instants days of the organisation's calendar lie."""
    midnight = time(tzinfo=model.organisation.zone)
    start = datetime.combine(days.first, midnight)
    return start.astimezone(UTC), datetime.combine(days.last + timedelta(days=1), midnight).astimezone(UTC)


def _booked(system: System, model: OperatingModel, days: Span, closed: Sequence[Closed]) -> Iterator[Booked]:
    """Say which adjustments belong to days: those of them, and in the first open month those of closed ones.

    Of a month before the first that was closed there is nothing: whatever is known of it later is carried.
    """
    last = closed_until(closed)
    currency = model.organisation.currency
    if last is None or days.first > last or not is_month(days):
        for stated in system.store.adjustments(AdjustmentFilter(days.first, days.last)):
            entry = adjustment_in_own_currency(stated, model)
            amount = within(entry, days)
            if entry.currency == currency and amount:
                yield Booked(entry, amount)
    if last is None or not is_month(days) or days.first != last + timedelta(days=1):
        return
    known = system.store.adjustments(AdjustmentFilter(date.min, last))
    every = [adjustment_in_own_currency(each, model) for each in known]
    for entry, amount in carried(every, closed, currency=currency):
        yield Booked(entry, amount, prior=True, rows=_rows_of(system, model, entry))


def _rows(system: System, model: OperatingModel, start: datetime, end: datetime) -> Rows:
    """Read calls without their hours wherever nothing asks for one: those sums are fewer by far.

    Hours of reserved capacity are asked for, the day of what is to be exchanged, and the last unit of a use
    case that is declared no more.
    """
    currency, declared = model.organisation.currency, model.use_cases
    if not model.capacity:
        found: Rows = system.store.totals(since=start, until=end)
        if all(key.currency == currency and key.use_case in declared for key, _ in found):
            return found
    return read_rows(system, model, start, end)


def read_rows(system: System, model: OperatingModel, start: datetime, end: datetime) -> Rows:
    """Read roll-ups of calls, in the organisation's currency wherever a rate says what they are worth."""
    return tuple(in_own_currency(system.store.usage(since=start, until=end), model))


def _read_guards(system: System, model: OperatingModel, start: datetime, end: datetime) -> Guards:
    return tuple(guards_in_own_currency(system.store.guarded(since=start, until=end), model))


def _rows_of(system: System, model: OperatingModel, entry: Adjustment) -> Rows:
    if entry.use_case:
        return ()
    start, end = instants(model, Span(entry.since, entry.until))
    currency = model.organisation.currency
    rows = read_rows(system, model, start, end)
    return tuple(row for row in rows if counts(model, row[0]) and row[0].currency == currency)


def _late(system: System, model: OperatingModel, closed: Sequence[Closed]) -> dict[tuple[str, str], Decimal]:
    """Find what was charged for calls of closed months, and for what guards them, after these were closed."""
    first = min(each.entry.since for each in closed)
    last = max(each.entry.until for each in closed)
    start, end = instants(model, Span(first, last))
    charged: dict[tuple[str, str], Decimal] = {}
    currency = model.organisation.currency
    found: Rows = system.store.totals(since=start, until=end)
    if any(key.currency != currency for key, _ in found):
        found = read_rows(system, model, start, end)
    for key, sums in found:
        if counts(model, key) and key.currency == currency:
            whose = key.use_case, key.unit
            charged[whose] = EXACT.add(charged.get(whose, ZERO), sums.charge)
    for each, read in _read_guards(system, model, start, end):
        if each.currency == currency:
            whose = each.use_case, each.unit
            charged[whose] = EXACT.add(charged.get(whose, ZERO), read.charge)
    return late_calls(charged, closed, currency=currency)

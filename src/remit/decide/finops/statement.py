"""Statements: the costs of closed months, which stay as they were stated, and what is known of them later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from remit.decide.adjusting import accrued
from remit.decide.bill_sum import Span
from remit.decide.finops.allocation import Allocation, AllocationLine, Part
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import Charging
from remit.kernel.money import EXACT, ZERO, plain
from remit.record.decided import Adjustment, PeriodClosed

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Allocation)


def encode_statement(allocation: Allocation) -> bytes:
    """Write a statement as the JSON that is stored and hashed."""
    return _ENCODER.encode(allocation)


def decode_statement(body: bytes) -> Allocation:
    """Read a statement; raises msgspec.DecodeError if it is none."""
    return _DECODER.decode(body)


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed month: its entry, and its statement."""

    entry: PeriodClosed
    statement: Allocation


def closed_until(closed: Sequence[Closed]) -> date | None:
    """Say which is the last closed day. Months are closed one after the other, so all before it are."""
    return max((each.entry.until for each in closed), default=None)


def within(entry: Adjustment, days: Span) -> Decimal:
    """Say how much of an adjustment is used up in some days; what is only billed is not."""
    if entry.cost == "billed":
        return ZERO
    return accrued(entry.amount, Span(entry.since, entry.until), days)


def carried(
    adjustments: Iterable[Adjustment], closed: Sequence[Closed], *, currency: str
) -> Iterator[tuple[Adjustment, Decimal]]:
    """List what adjustments in a currency say of closed days and no statement has.

    The first open month has it.

    INVARIANT: what statements have of an adjustment, what is carried of it, and what lies in open days
    together are its whole amount, in whatever order entries came.
    """
    last = closed_until(closed)
    if last is None:
        return
    stated: dict[str, Decimal] = {}
    for line in _stated("adjustments", closed, currency):
        stated[line.name] = EXACT.add(stated.get(line.name, ZERO), line.amount)
    for entry in (each for each in adjustments if each.currency == currency):
        due = within(entry, Span(date.min, last))
        left = EXACT.subtract(due, stated.get(entry.id, ZERO))
        if left:
            yield entry, plain(left)


CHARGED: frozenset[Part] = frozenset({"calls", "guardrails"})
"""What is charged when it happens."""


def late_calls(
    charged: Mapping[tuple[str, str], Decimal], closed: Sequence[Closed], *, currency: str
) -> dict[tuple[str, str], Decimal]:
    """Say what calls of closed days and their guards were charged in a currency, beyond what statements have.

    It is by use case and unit.
    """
    left = dict(charged)
    for line in (line for part in sorted(CHARGED) for line in _stated(part, closed, currency)):
        whose = line.use_case, line.unit
        left[whose] = EXACT.subtract(left.get(whose, ZERO), line.amount)
    return {whose: plain(amount) for whose, amount in sorted(left.items()) if amount}


def _stated(part: Part, closed: Sequence[Closed], currency: str) -> Iterator[AllocationLine]:
    """List the lines of statements in a currency: amounts in another cannot be taken from these."""
    for each in (each for each in closed if each.statement.currency == currency):
        yield from (line for line in each.statement.lines if line.part == part)


def month_after(days: Span) -> Span:
    """Name the month that follows one."""
    first = days.last + timedelta(days=1)
    return Span(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def charging_of(model: OperatingModel, unit: str) -> Charging:
    """Say whether a unit is shown its costs or pays for them: by its own word, or by the nearest above it."""
    lineage = model.lineage(unit) if unit in model.units else ()
    said = (model.units[name].charging for name in reversed(lineage))
    return next((each for each in said if each is not None), "showback")


def by_unit(allocation: Allocation) -> dict[str, Decimal]:
    """Sum up what units' own use cases cost, and what stands idle with them; what is of none is at ``."""
    found: dict[str, Decimal] = {}
    for line in allocation.lines:
        found[line.unit] = EXACT.add(found.get(line.unit, ZERO), line.amount)
    return {name: plain(amount) for name, amount in sorted(found.items())}


def faults_of(entry: PeriodClosed, body: bytes | None) -> Iterator[str]:
    """Say how a stored statement differs from what was closed."""
    where = f"the statement of {entry.period} (entry `{entry.id}`)"
    if body is None:
        yield f"{where} is not there"
        return
    if digest_of(body) != entry.digest:
        yield f"{where} is not the one that was closed: its digest is another"
        return
    try:
        statement = decode_statement(body)
    except msgspec.DecodeError:
        yield f"{where} cannot be read"
        return
    units = by_unit(statement)
    rest = units.pop("", ZERO)
    if (statement.total, units, rest) != (entry.total, dict(entry.units), entry.rest):
        yield f"{where} sums up to something else than the entry says"

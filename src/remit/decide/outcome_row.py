"""A row of outcomes: what somebody says was measured, read without guessing, or refused with what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from remit.declare.declared import ID_PATTERN
from remit.declare.use_case import OutcomeMetric
from remit.kernel.money import canonical
from remit.kernel.suggest import did_you_mean
from remit.record.outcome_entry import Outcome

NAME_MAX = 200
COUNT_MAX = 10**9
EARLIEST = date(2000, 1, 1)
AHEAD = timedelta(minutes=5)
"""By how much another clock may be ahead of this one."""
FACTOR = 50
"""How many times more or less than the baseline a value can be where no bound is declared on that side.

Minutes given for hours are 60 times too many, and thousands given for ones a thousand times.
"""
_DIGITS, _DECIMALS = 15, 9
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class OutcomeRow(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One outcome as it is given.

    `happened` is an instant with its zone, or a day, which is its first instant in the organisation's zone.
    `key` names it at its source, and is the `reference` where it is left out. `cluster` is whom it belongs
    to, such as a team or a case, of which only a keyed hash is kept. `withdrawn` takes back what was said
    under its key, and then nothing but metric and key is needed.
    """

    metric: str = ""
    value: Decimal | None = None
    happened: str = ""
    key: str = ""
    reference: str = ""
    arm: str = ""
    cluster: str = ""
    before: Decimal | None = None
    count: int = 1
    withdrawn: bool = False
    simulated: bool = False

    @property
    def name(self) -> str:
        """Its key at its source."""
        return self.key or self.reference


FIELDS = OutcomeRow.__struct_fields__


class RefusedRow(msgspec.Struct, frozen=True):
    """A row that is not taken, by its number, and why; it never quotes a value."""

    row: int
    code: str
    summary: str
    help: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What rows are held against: the metrics of their use case, and when they are given."""

    use_case: str
    metrics: Mapping[str, OutcomeMetric]
    zone: ZoneInfo
    now: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A row that is sound; of one that is withdrawn only its place says anything."""

    number: int
    row: OutcomeRow
    happened: datetime


def row_of(given: Any, number: int) -> OutcomeRow | RefusedRow:
    """Read a row that is text by field or decoded JSON; what is null or empty counts as left out."""
    try:
        if isinstance(given, Mapping):
            given = {name: value for name, value in given.items() if value is not None and value != ""}
            for name in ("value", "before"):
                if isinstance(text := given.get(name), str) and not _NUMBER.fullmatch(text):
                    return _unsound(
                        number, f"`{name}` is no number", "write it as `-12.5`, without blanks or commas"
                    )
        return msgspec.convert(given, OutcomeRow, strict=False)
    except (msgspec.ValidationError, ValueError, TypeError) as error:
        return unreadable(error, number)


def unreadable(error: Exception, number: int) -> RefusedRow:
    """Say which field cannot be read; what stands in it is not quoted."""
    named = re.search(r"`\$(?:\[[^]]*\])?\.([a-z_]{1,40})`", str(error))
    field = named[1] if named and named[1] in FIELDS else ""
    what = f"`{field}` cannot be read" if field else "it is no row of outcomes"
    return _unsound(number, what, f"its fields are {', '.join(FIELDS)}; see `OutcomeRow` in the reference")


def told(row: OutcomeRow, number: int, *, terms: Terms) -> Told | RefusedRow:
    """Hold a row against its metric's declaration and the calendar."""
    metric = terms.metrics.get(row.metric)
    if metric is None:
        return _undeclared(row.metric, number, terms)
    for field in ("key", "reference", "arm", "cluster"):
        if why := _bad_name(field, getattr(row, field)):
            return _unsound(number, *why)
    if not row.name:
        return _unsound(
            number, "it has neither `key` nor `reference`", "name it by `key`, once at its source"
        )
    if row.withdrawn:
        return Told(number, row, terms.now)
    if row.value is None or not row.happened:
        missing = "value" if row.value is None else "happened"
        return _unsound(number, f"it has no `{missing}`", f"give `{missing}`, or withdraw it")
    if not 1 <= row.count <= COUNT_MAX:
        return _unsound(number, "`count` is not from 1 to a thousand million", "say how many it sums up")
    if row.arm and not re.fullmatch(ID_PATTERN, row.arm):
        return _unsound(number, "`arm` is not an id", "write it as `treated` or `control`")
    for field in ("value", "before"):
        if refused := _implausible(number, field, getattr(row, field), metric):
            return refused
    return _dated(row, number, metric, terms)


def entry_of(
    sound: Told, *, id: str, at: datetime, use_case: str, source: str, cluster: str, author: str
) -> Outcome:
    """Write a sound row as an entry; `cluster` is the keyed hash of what it says."""
    row = sound.row
    assert row.value is not None, "a row that is withdrawn takes its value from what it takes back"
    return Outcome(
        id=id,
        at=at,
        use_case=use_case,
        metric=row.metric,
        value=Decimal(canonical(row.value)),
        happened=sound.happened,
        source=source,
        key=row.name,
        reference=row.reference,
        arm=row.arm,
        cluster=cluster,
        before=None if row.before is None else Decimal(canonical(row.before)),
        count=row.count,
        simulated=row.simulated,
        author=author,
    )


def says_the_same(one: Outcome, other: Outcome) -> bool:
    """Say whether two entries of one source and key differ in nothing but who wrote them and when."""
    return all(getattr(one, name) == getattr(other, name) for name in _SAID)


_SAID = ("value", "happened", "reference", "arm", "cluster", "before", "count", "withdrawn", "simulated")


def _undeclared(metric: str, number: int, terms: Terms) -> RefusedRow:
    names = ", ".join(list(terms.metrics)[:20])
    known = re.fullmatch(ID_PATTERN, metric) and len(metric) <= 60
    what = f"`{metric}`" if known else "what it names"
    return RefusedRow(
        number,
        code="undeclared-metric",
        summary=f"{what} is no declared outcome metric of `{terms.use_case}`"
        if metric
        else "it names no `metric`",
        help=did_you_mean(metric[:60], terms.metrics, otherwise=f"use one of {names}, or declare it")
        if names
        else "declare it under `outcomes`",
    )


def _bad_name(field: str, text: str) -> tuple[str, str] | None:
    if len(text) > NAME_MAX:
        return f"`{field}` has more than {NAME_MAX} characters", "shorten it, or give a hash of it"
    if not text.isprintable() or text != text.strip() or "\ufffd" in text:
        return f"`{field}` has blanks around it, or characters that cannot be read", "write it as UTF-8"
    if field != "cluster" and _MAIL.search(text):
        return f"`{field}` looks like a mail address", "use an id of your own that names nobody"
    return None


def _implausible(number: int, field: str, value: Decimal | None, metric: OutcomeMetric) -> RefusedRow | None:
    if value is None:
        return None
    if not value.is_finite() or value.adjusted() >= _DIGITS or _decimals(value) > _DECIMALS:
        return _unsound(
            number,
            f"`{field}` has more than {_DIGITS} digits or {_DECIMALS} decimals",
            "round it",
        )
    low, high = metric.lowest, metric.highest
    base = abs(metric.baseline or Decimal(0))
    if (low is not None and value < low) or (high is not None and value > high):
        bound = f"below its lowest, {canonical(low)}" if low is not None and value < low else ""
        bound = bound or f"above its highest, {canonical(high or Decimal(0))}"
        return RefusedRow(
            number,
            code="outcome-implausible",
            summary=f"`{field}` is {bound} {metric.unit}",
            help=f"give it in the metric's unit, {metric.unit}, or correct the declared bound",
        )
    size = abs(value)
    far = (high is None and size >= base * FACTOR) or (low is None and 0 < size * FACTOR <= base)
    if base and far:
        return RefusedRow(
            number,
            code="outcome-implausible",
            summary=f"`{field}` is {FACTOR} times or more away from the baseline,"
            f" {canonical(base)} {metric.unit}",
            help=f"give it in {metric.unit}, its unit; if it is right, declare `lowest` and `highest`",
        )
    return None


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _dated(row: OutcomeRow, number: int, metric: OutcomeMetric, terms: Terms) -> Told | RefusedRow:
    happened = instant_of(row.happened, terms.zone)
    if happened is None:
        return _unsound(
            number,
            "`happened` is neither a day nor an instant with its zone",
            "write `2026-11-23`, or `2026-11-23T09:30:00Z`",
        )
    if happened > terms.now + AHEAD:
        return _unsound(number, "`happened` lies in the future", "give it once it has happened")
    first = metric.since or EARLIEST
    if happened.astimezone(terms.zone).date() < first:
        return _unsound(
            number,
            f"`happened` lies before {first}, the first day that is taken",
            "leave it out, or declare an earlier day as the metric's `since`",
        )
    return Told(number, row, happened)


def instant_of(text: str, zone: ZoneInfo) -> datetime | None:
    """Read a day or an instant that says its zone, as an instant in UTC.

    >>> instant_of("2026-11-23T09:30:00+01:00", ZoneInfo("UTC")).isoformat()
    '2026-11-23T08:30:00+00:00'
    >>> instant_of("2026-11-23T09:30:00", ZoneInfo("UTC")) is None
    True
    """
    try:
        if _DAY.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
        found = datetime.fromisoformat(text) if len(text) <= 40 else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _unsound(number: int, summary: str, help: str) -> RefusedRow:
    return RefusedRow(number, code="outcome-unsound", summary=summary, help=help)


def repeated(number: int) -> RefusedRow:
    """Refuse the second row of a metric and key that are given twice at once."""
    return RefusedRow(
        number,
        code="outcome-repeated",
        summary="its metric and key are given twice",
        help="keep the row that is right, or give each result a key of its own",
    )


def not_there(number: int) -> RefusedRow:
    """Refuse to withdraw what is not there, or not any more."""
    return RefusedRow(
        number,
        code="outcome-not-there",
        summary="nothing of its metric and key is known from this source",
        help="see that source, metric and key are those it was given with",
    )

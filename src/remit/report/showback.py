"""The report on whose costs are whose, by unit and use case, beside the period before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from remit.decide.finops.allocation import PARTS, Allocation, AllocationLine, Part, Simulated
from remit.decide.finops.statement import charging_of
from remit.decide.worth.span import WIDE
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import Charging
from remit.declare.simulated import counts_simulated
from remit.kernel.money import EXACT, ZERO, plain

RowKind = Literal["unit", "use_case", "idle", "unreached"]

_PART = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class ShowbackRow:
    """One unit with all below it, one use case, or what of a unit reaches no use case.

    `share` is its part of the whole; `before` is what it cost in the period before. `own` is what of a unit's
    amount is not of units below it, and `charging` whether it is shown or booked. `depth` counts the units
    above.
    """

    kind: RowKind
    name: str
    unit: str
    depth: int
    parts: Mapping[Part, Decimal]
    amount: Decimal
    share: Decimal
    before: Decimal | None
    own: Decimal = ZERO
    charging: Charging = "showback"
    says: str = ""


@dataclass(frozen=True, slots=True)
class Showback:
    """What a period cost, whose it is, and what of it is `prior`: about months that were closed before.

    `idle` is not allocated; `idle_shared` is, and is part of what `reached` use cases.
    """

    period: str
    since: date
    until: date
    currency: str
    total: Decimal
    reached: Decimal
    idle: Decimal
    idle_shared: Decimal
    unreached: Decimal
    prior: Decimal
    before: Decimal | None
    before_period: str
    rows: tuple[ShowbackRow, ...]
    closed: str = ""
    goes_on: bool = False
    unit: str = ""
    counts_simulated: bool = False
    uncounted: tuple[str, ...] = ()
    foreign: Mapping[str, Decimal] = field(default_factory=dict)
    simulated: Mapping[str, Simulated] = field(default_factory=dict)


@dataclass(slots=True)
class _Sum:
    parts: dict[Part, Decimal] = field(default_factory=dict)
    amount: Decimal = ZERO
    own: Decimal = ZERO
    says: str = ""

    def add(self, line: AllocationLine) -> None:
        self.parts[line.part] = EXACT.add(self.parts.get(line.part, ZERO), line.amount)
        self.amount = EXACT.add(self.amount, line.amount)


_Key = tuple[RowKind, str, str]


def showback(
    model: OperatingModel,
    found: Allocation,
    *,
    before: Allocation | None = None,
    closed: str = "",
    goes_on: bool = False,
    unit: str = "",
) -> Showback:
    """Put together what a period cost by unit and use case, of all of them or of a unit and those below."""
    sums = _sums(model, found.lines)
    earlier = _sums(model, before.lines) if before is not None else {}
    wanted = {key: each for key, each in sums.items() if not unit or unit in _lineage(model, key[2])}
    lines = [each for each in found.lines if not unit or unit in _lineage(model, each.unit)]
    past = [each for each in before.lines if not unit or unit in _lineage(model, each.unit)] if before else []
    order = sorted(wanted, key=lambda key: _order(model, key, sums))
    rows = [
        _row(model, key, wanted[key], whole=found.total, before=_before(earlier, key) if before else None)
        for key in order
    ]
    return Showback(
        period=found.label,
        since=found.since,
        until=found.until,
        currency=found.currency,
        total=_total(lines),
        reached=_total(each for each in lines if not each.rest),
        idle=_total(each for each in lines if each.rest == "idle"),
        idle_shared=_total(each for each in lines if each.part == "idle"),
        unreached=_total(each for each in lines if each.rest == "unreached"),
        prior=_total(each for each in lines if each.prior),
        before=None if before is None else _total(past),
        before_period=before.label if before is not None else "",
        rows=tuple(rows),
        closed=closed,
        goes_on=goes_on,
        unit=unit,
        counts_simulated=counts_simulated(model),
        uncounted=found.uncounted,
        foreign=found.foreign,
        simulated=found.simulated,
    )


def _before(earlier: Mapping[_Key, _Sum], key: _Key) -> Decimal:
    return earlier[key].amount if key in earlier else ZERO


def _row(
    model: OperatingModel, key: _Key, each: _Sum, *, whole: Decimal, before: Decimal | None
) -> ShowbackRow:
    kind, name, unit = key
    return ShowbackRow(
        kind=kind,
        name=name,
        unit=unit,
        depth=max(0, len(_lineage(model, unit)) - (1 if kind == "unit" else 0)),
        parts={part: plain(each.parts[part]) for part in PARTS if each.parts.get(part)},
        amount=plain(each.amount),
        share=_share(each.amount, whole),
        before=before,
        own=plain(each.own),
        charging=charging_of(model, unit),
        says=each.says,
    )


def _sums(model: OperatingModel, lines: Iterable[AllocationLine]) -> dict[_Key, _Sum]:
    """Sum up by use case, by what reaches none, and by unit with all below it."""
    found: dict[_Key, _Sum] = {}
    for line in lines:
        key: _Key = ("use_case", line.use_case, line.unit)
        if line.rest:
            key = (line.rest, line.name, line.unit)
        of = found.setdefault(key, _Sum())
        of.add(line)
        of.says = line.basis if line.rest else ""
        for above in _lineage(model, line.unit):
            unit = found.setdefault(("unit", above, above), _Sum())
            unit.add(line)
            if above == line.unit:
                unit.own = EXACT.add(unit.own, line.amount)
    return found


def _lineage(model: OperatingModel, unit: str) -> tuple[str, ...]:
    """List a unit and those above it; one that is declared no more stands alone."""
    if unit in model.units:
        return model.lineage(unit)
    return (unit,) if unit else ()


def _order(model: OperatingModel, key: _Key, sums: Mapping[_Key, _Sum]) -> tuple[object, ...]:
    """Put units by what they cost, the dearest first, each before what is its own and the units below it."""
    kind, name, of = key
    lineage = _lineage(model, of)
    path = tuple((1, -sums["unit", above, above].amount, above) for above in lineage)
    if not lineage:
        path = ((2, ZERO, ""),)
    if kind == "unit":
        return path, ()
    rank = ("use_case", "idle", "unreached").index(kind)
    return (*path, (0, Decimal(rank), "")), (-sums[key].amount, name)


def _share(amount: Decimal, whole: Decimal) -> Decimal:
    if not whole:
        return ZERO
    return plain(WIDE.divide(amount, whole).quantize(_PART, ROUND_HALF_EVEN, WIDE))


def _total(lines: Iterable[AllocationLine]) -> Decimal:
    found = ZERO
    for each in lines:
        found = EXACT.add(found, each.amount)
    return plain(found)


CSV_HEADER = (
    *("period", "since", "until", "unit", "use_case", "part", "name", "rest", "prior"),
    *("share", "amount", "currency", "charging", "basis"),
)


def csv_rows(
    model: OperatingModel, found: Showback, lines: Iterable[AllocationLine]
) -> Iterable[tuple[str, ...]]:
    """Write each line of an allocation as one row; amounts are whole."""
    for line in lines:
        if found.unit and found.unit not in _lineage(model, line.unit):
            continue
        yield (
            *(found.period, found.since.isoformat(), found.until.isoformat(), line.unit, line.use_case),
            *(line.part, line.name, line.rest, "true" if line.prior else "", f"{line.share:f}"),
            *(f"{line.amount:f}", found.currency, charging_of(model, line.unit), line.basis),
        )

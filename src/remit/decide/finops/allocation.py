"""Allocation: every cost of some days, and which use case it reaches, or why it reaches none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal, get_args

from remit.decide.bill_sum import Span
from remit.decide.worth.cost import split, total
from remit.decide.worth.sharing import Key, Served
from remit.decide.worth.span import WIDE
from remit.declare.shared import SharedBy
from remit.kernel.money import EXACT, ZERO, plain

Part = Literal[
    "calls",
    "guardrails",
    "adjustments",
    "capacity",
    "commitments",
    "idle",
    "blocks",
    "platform",
    "people",
    "change",
    "tools",
    "other",
]
"""What a cost is for: calls, guardrails by others, corrections of what was charged, models that are paid by
the hour, what was paid beforehand and drawn by no call, what stood idle of either and is shared, shared
blocks, the platform, people, the change of how others work, tools, something else."""

PARTS: tuple[Part, ...] = get_args(Part)

Rest = Literal["", "idle", "unreached"]
"""Why a line has no use case: it stood idle, or nobody is known whose it is."""

NOT_SHARED = "not allocated: nobody is declared to share it"
"""What is said of what stood idle and is no use case's."""
_SHARE = Decimal("0.000000001")


@dataclass(frozen=True, slots=True)
class AllocationLine:
    """A part of one cost, and whose it is.

    `name` says which cost: a model's address, a block's, the id of a declared cost or of an adjustment.
    `share` is which part of that cost this line is, and `by` what it was split by, if it was. A `prior` line
    is about days that were closed before it was known. Where `use_case` is empty, `rest` says why; then
    `unit` is who answers for it, if anybody does beside the organisation.
    """

    part: Part
    name: str
    use_case: str
    unit: str
    amount: Decimal
    share: Decimal
    basis: str
    rest: Rest = ""
    prior: bool = False
    by: SharedBy | None = None


@dataclass(frozen=True, slots=True)
class Simulated:
    """Simulated calls of a use case, which cost nothing, and what they would have been charged."""

    calls: int
    charge: Decimal


@dataclass(frozen=True, slots=True)
class Allocation:
    """What some days cost, line by line, in the organisation's currency.

    `uncounted` are costs that are in no line: they are paid once and have no first day, so that no period has
    a part of them, or are in a currency that has no rate.
    `foreign` is what calls were charged in other currencies, and is in no line.

    INVARIANT: the lines sum up to `total`, to the last digit.
    """

    label: str
    since: date
    until: date
    currency: str
    total: Decimal
    lines: tuple[AllocationLine, ...]
    uncounted: tuple[str, ...] = ()
    foreign: Mapping[str, Decimal] = field(default_factory=dict)
    simulated: Mapping[str, Simulated] = field(default_factory=dict)

    @property
    def days(self) -> Span:
        return Span(self.since, self.until)


@dataclass(frozen=True, slots=True)
class Spent:
    """One cost of some days, before it is split. It is of `use_case` alone, or of those `among` whom it is
    split by a `key`; of nobody where there are none.

    `idle` of it served nobody, and `why` says how much of what it could have served that was. Those `among`
    whom it is split have that as well, on lines of their own, if it is declared that it `shares_idle`.
    """

    part: Part
    name: str
    amount: Decimal
    basis: str
    unit: str = ""
    use_case: str = ""
    among: Sequence[str] = ()
    key: Key = field(default_factory=lambda: Key("equally", {}))
    served: Mapping[str, Served] = field(default_factory=dict)
    idle: Decimal = ZERO
    why: str = ""
    shares_idle: bool = False
    prior: bool = False


def lines_of(costs: Iterable[Spent], units: Mapping[str, str]) -> Iterator[AllocationLine]:
    """Split costs among use cases, of which `units` says whose they are; nothing of any is lost."""
    for cost in costs:
        if cost.idle and cost.shares_idle and cost.among:
            yield from _shares(replace(cost, part="idle", basis=cost.why), cost.idle, units)
        elif cost.idle:
            yield _line(cost, cost.idle, unit=cost.unit, rest="idle", basis=f"{cost.why}, {NOT_SHARED}")
        left = plain(EXACT.subtract(cost.amount, cost.idle))
        if not left:
            continue
        if cost.use_case:
            unit = cost.unit or units.get(cost.use_case, "")
            yield _line(cost, left, use_case=cost.use_case, unit=unit, basis=cost.basis)
        elif not cost.among:
            yield _line(cost, left, unit=cost.unit, rest="unreached", basis=cost.basis)
        else:
            yield from _shares(cost, left, units)


def _shares(cost: Spent, amount: Decimal, units: Mapping[str, str]) -> Iterator[AllocationLine]:
    weights = cost.key.weigh(cost.among, cost.served)
    said = cost.key.said(weights)
    shared = f"{cost.basis}, split {said}" if cost.basis else f"split {said}"
    for name, share in split(amount, weights).items():
        if share:
            line = _line(cost, share, use_case=name, unit=units.get(name, ""), basis=shared)
            yield replace(line, by=cost.key.taken(weights))


def _line(
    cost: Spent, amount: Decimal, *, unit: str, basis: str, use_case: str = "", rest: Rest = ""
) -> AllocationLine:
    share = WIDE.divide(amount, cost.amount).quantize(_SHARE, ROUND_HALF_EVEN, WIDE)
    return AllocationLine(
        part=cost.part,
        name=cost.name,
        use_case=use_case,
        unit=unit,
        amount=plain(amount),
        share=plain(share),
        basis=basis,
        rest=rest,
        prior=cost.prior,
    )


def allocate(
    costs: Iterable[Spent],
    *,
    label: str,
    days: Span,
    currency: str,
    units: Mapping[str, str],
    uncounted: Iterable[str] = (),
    foreign: Mapping[str, Decimal] | None = None,
    simulated: Mapping[str, Simulated] | None = None,
) -> Allocation:
    """Allocate the costs of some days."""
    listed = [each for each in costs if each.amount]
    lines = sorted(lines_of(listed, units), key=_order)
    return Allocation(
        label=label,
        since=days.first,
        until=days.last,
        currency=currency,
        total=plain(total(each.amount for each in listed)),
        lines=tuple(lines),
        uncounted=tuple(uncounted),
        foreign=foreign or {},
        simulated=simulated or {},
    )


def _order(line: AllocationLine) -> tuple[object, ...]:
    return PARTS.index(line.part), line.name, line.prior, bool(line.rest), line.use_case, line.unit

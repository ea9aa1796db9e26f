"""The report on cost: what a month cost by use case and model, with what was adjusted since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from remit.decide.adjusting import portion
from remit.decide.bill_sum import Span
from remit.kernel.money import EXACT, ZERO, Money, plain
from remit.record.decided import Adjustment
from remit.record.guardrail_charge import GuardrailKey, GuardrailSum
from remit.record.projection import UsageKey, UsageSum


@dataclass(frozen=True, slots=True)
class CostLine:
    """One use case and model. `billed` is what is to be paid, `effective` what was used up, also of before.

    What a guardrail by somebody else cost has its name, such as `guardrail/inputs@2/cloud`, in `model`.
    So what is `charged` and drawn from a commitment is effective, and not billed.
    Where `use_case` or `model` is empty it is of no one of them alone.
    """

    use_case: str
    unit: str
    model: str
    calls: int
    charged: Money
    adjusted: Money
    billed: Money
    effective: Money


@dataclass(frozen=True, slots=True)
class CostReport:
    """What is known of a month's cost: of calls and adjustments up to the end of the day `as_of`, in UTC."""

    since: date
    until: date
    as_of: date | None
    currency: str
    lines: tuple[CostLine, ...]
    total: CostLine
    adjustments: int
    elsewhere: tuple[Money, ...] = ()
    """What was charged and adjusted in other currencies; it is in no sum."""
    counts_simulated: bool = False


@dataclass(slots=True)
class _Sum:
    calls: int = 0
    charged: Decimal = ZERO
    committed: Decimal = ZERO
    billed: Decimal = ZERO
    effective: Decimal = ZERO


def cost_report(
    usage: Iterable[tuple[UsageKey, UsageSum]],
    adjustments: Iterable[Adjustment],
    guards: Iterable[tuple[GuardrailKey, GuardrailSum]] = (),
    *,
    month: Span,
    as_of: date | None,
    currency: str,
) -> CostReport:
    """Sum charges, and adjustments as far as they fall in the month, of calls that count."""
    sums: dict[tuple[str, str, str], _Sum] = {}
    abroad: dict[str, Decimal] = {}
    for whose, its_currency, each in _charges(usage, guards):
        if its_currency != currency:
            _add(abroad, its_currency, each.charge)
            continue
        found = sums.setdefault(whose, _Sum())
        found.calls += each.calls
        found.charged = EXACT.add(found.charged, each.charge)
        found.committed = EXACT.add(found.committed, each.committed)
    number = 0
    for adjustment in adjustments:
        amount = portion(adjustment, month)
        if adjustment.currency != currency:
            _add(abroad, adjustment.currency, amount)
            continue
        number += 1
        found = sums.setdefault((adjustment.use_case, adjustment.unit, adjustment.model), _Sum())
        if adjustment.cost != "effective":
            found.billed = EXACT.add(found.billed, amount)
        if adjustment.cost != "billed":
            found.effective = EXACT.add(found.effective, amount)
    return CostReport(
        since=month.first,
        until=month.last,
        as_of=as_of,
        currency=currency,
        lines=tuple(_line(*key, each, currency) for key, each in sorted(sums.items())),
        total=_line("", "", "", _sum_of([*sums.values()]), currency),
        adjustments=number,
        elsewhere=tuple(Money(plain(amount), name) for name, amount in sorted(abroad.items())),
    )


def _charges(
    usage: Iterable[tuple[UsageKey, UsageSum]], guards: Iterable[tuple[GuardrailKey, GuardrailSum]]
) -> Iterator[tuple[tuple[str, str, str], str, UsageSum]]:
    """Give what calls and guardrails by others were charged, each with whose it is and its currency."""
    for key, of in usage:
        yield (key.use_case, key.unit, key.model), key.currency, of
    for guard, asked in guards:
        committed = asked.charge if guard.commitment else ZERO
        whose = guard.use_case, guard.unit, guard.name
        yield whose, guard.currency, UsageSum(charge=asked.charge, committed=committed)


def _line(use_case: str, unit: str, model: str, found: _Sum, currency: str) -> CostLine:
    # What is drawn from a commitment was paid with it.
    billed = EXACT.subtract(EXACT.add(found.charged, found.billed), found.committed)
    return CostLine(
        use_case=use_case,
        unit=unit,
        model=model,
        calls=found.calls,
        charged=Money(plain(found.charged), currency),
        adjusted=Money(plain(found.billed), currency),
        billed=Money(plain(billed), currency),
        effective=Money(plain(EXACT.add(found.charged, found.effective)), currency),
    )


def _sum_of(found: Sequence[_Sum]) -> _Sum:
    return _Sum(
        calls=sum(each.calls for each in found),
        charged=_total(each.charged for each in found),
        committed=_total(each.committed for each in found),
        billed=_total(each.billed for each in found),
        effective=_total(each.effective for each in found),
    )


def _add(sums: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    sums[currency] = EXACT.add(sums.get(currency, ZERO), amount)


def _total(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for each in amounts:
        total = EXACT.add(total, each)
    return total

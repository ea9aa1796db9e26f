"""Returns: what a value brings against its full cost: by the unit of money, over time, and from when on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from remit.decide.worth.by_grade import Across, ByGrade
from remit.decide.worth.span import WIDE, Span, ratio
from remit.declare.cost import Economics
from remit.declare.grade import GRADES, Grade

_FINE = Context(prec=34)
MONTHS_SHOWN = 1_200
"""What pays itself back later than in a hundred years never does."""


@dataclass(frozen=True, slots=True)
class Payback:
    """After how many months what was paid once is back; None is never."""

    months: int | None
    soonest: int | None
    latest: int | None


@dataclass(frozen=True, slots=True)
class Return:
    """What comes back, counting figures of `at_least` a grade and better; so it is as good as the weakest.

    `cost` is the full cost of a year. `return_on_cost` is what each unit of it brings, and `roi` that less
    one. `npv` is over the horizon, where a discount rate is declared.
    """

    at_least: Grade
    weakest: Grade
    grades: tuple[Grade, ...]
    value: Span
    cost: Decimal
    return_on_cost: Span | None
    roi: Span | None
    npv: Span | None
    payback: Payback


def returns(
    sums: ByGrade, *, once: Decimal, yearly: Decimal, year: Decimal, economics: Economics
) -> tuple[Return, ...]:
    """Work out what comes back for each grade that there is: of it and of what is supported better.

    `yearly` is what a year costs beside what is paid `once`, and `year` is both, spread over the horizon.
    """
    found = []
    for grade in reversed(GRADES):
        across = sums.across(grade)
        if across is not None and across.weakest == grade:
            found.append(_return(across, once=once, yearly=yearly, year=year, economics=economics))
    return tuple(found)


def _return(across: Across, *, once: Decimal, yearly: Decimal, year: Decimal, economics: Economics) -> Return:
    value = across.value
    on_cost = ratio(value, year) if year else None
    rate = economics.discount_rate
    return Return(
        at_least=across.at_least,
        weakest=across.weakest,
        grades=across.grades,
        value=value,
        cost=year,
        return_on_cost=on_cost,
        roi=on_cost.less(Decimal(1)) if on_cost else None,
        npv=None
        if rate is None
        else npv(value, once=once, yearly=yearly, rate=rate, months=economics.horizon_months),
        payback=payback(value, once=once, yearly=yearly),
    )


def npv(value: Span, *, once: Decimal, yearly: Decimal, rate: Decimal, months: int) -> Span:
    """Return the net present value: what every month brings beyond its cost, less what is paid once.

    Month m counts 1/(1 + rate)^(m/12); what is paid once is paid at the beginning.
    """
    factor = WIDE.divide(annuity(rate, months), Decimal(12))
    return value.less(yearly).times(factor).less(once).rounded()


@lru_cache(maxsize=64)
def annuity(rate: Decimal, months: int) -> Decimal:
    """Add up what one unit of money in each of so many months is worth at the beginning.

    >>> annuity(Decimal(0), 36)
    Decimal('36')
    """
    if not rate:
        return Decimal(months)
    monthly = _FINE.power(_FINE.add(Decimal(1), rate), _FINE.divide(Decimal(-1), Decimal(12)))
    found, factor = Decimal(0), Decimal(1)
    for _ in range(months):
        factor = _FINE.multiply(factor, monthly)
        found = _FINE.add(found, factor)
    return found.quantize(Decimal("1E-20"), ROUND_HALF_EVEN)


def payback(value: Span, *, once: Decimal, yearly: Decimal) -> Payback:
    """Say after how many months what was paid once is back, not discounted; the bounds turn round.

    >>> value = Span(Decimal(1200), Decimal(600), None, bounds="interval")
    >>> payback(value, once=Decimal(100), yearly=Decimal(0))
    Payback(months=1, soonest=0, latest=2)
    """
    if value.bounds == "none":
        months = _months(value.point, once, yearly)
        return Payback(months, months, months)
    soonest = 0 if value.high is None else _months(value.high, once, yearly)
    return Payback(_months(value.point, once, yearly), soonest, _months(value.low, once, yearly))


def _months(value: Decimal | None, once: Decimal, yearly: Decimal) -> int | None:
    if value is None or value < yearly or (value == yearly and once):
        return None
    if not once:
        return 0
    months = WIDE.divide(WIDE.multiply(once, Decimal(12)), WIDE.subtract(value, yearly))
    whole = int(months.to_integral_value(ROUND_CEILING))
    return whole if whole <= MONTHS_SHOWN else None

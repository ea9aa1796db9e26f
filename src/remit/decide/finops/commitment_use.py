"""Commitments: how much of each was used in its periods, what lay idle, and from where on it pays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from remit.decide.bill_sum import Span
from remit.decide.finops.daily import Daily
from remit.decide.finops.forecast import ahead, forecasts
from remit.decide.finops.uncounted import Uncounted
from remit.declare.block import ModelBlock
from remit.declare.capacity import Commitment
from remit.declare.operating_model import OperatingModel
from remit.kernel.money import EXACT, ZERO, Money
from remit.kernel.period import Window, window


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn from a commitment on one UTC day, and what the same calls cost at list rates."""

    commitment: str
    day: date
    charge: Decimal
    list_charge: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True)
class CommitmentUse:
    """One period of a commitment. `idle` is what was paid for and not used, in a period that is over.

    `at_list` is what the calls that drew from it cost at list rates; `saved` is that less what was paid, so
    below zero where it did not pay. `break_even` is the part of it that must be used for it to pay, None
    where nothing was drawn at list rates that are known. `expected` is what the present period comes to.
    `carried` came over from the period before. What was drawn on days without a rate is `uncounted`, and then
    what is idle and expected is not known.
    """

    commitment: str
    name: str
    starts: date
    ends: date
    amount: Decimal
    carried: Decimal
    used: Decimal
    at_list: Decimal
    over: bool
    currency: str
    expected: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    uncounted: tuple[Uncounted, ...] = ()

    @property
    def available(self) -> Decimal:
        return EXACT.add(self.amount, self.carried)

    @property
    def idle(self) -> Decimal:
        rest = EXACT.subtract(self.available, self.used)
        return max(rest, ZERO) if self.over and not self.uncounted else ZERO

    @property
    def expected_idle(self) -> Decimal | None:
        return None if self.expected is None else max(self.available - self.expected, ZERO)

    @property
    def share(self) -> Decimal:
        """Return which part is used, such as 0.8."""
        return _part(self.used, self.available)

    @property
    def saved(self) -> Decimal:
        """Return what it brought: cost at list rates less what was paid, for idle and for more as well."""
        return EXACT.subtract(self.at_list, max(self.amount, EXACT.subtract(self.used, self.carried)))

    @property
    def break_even(self) -> Decimal | None:
        return _part(self.used, self.at_list) if self.at_list else None


def drawn_in_own_currency(drawn: Iterable[Drawn], model: OperatingModel) -> tuple[list[Drawn], list[Drawn]]:
    """Exchange what was drawn at the rate of its day; what has none is given apart, as it is."""
    own = model.organisation.currency
    found: list[Drawn] = []
    lacking: list[Drawn] = []
    for each in drawn:
        if each.currency in ("", own):
            found.append(each)
            continue
        charge = model.exchanged(Money(each.charge, each.currency), each.day)
        listed = model.exchanged(Money(each.list_charge, each.currency), each.day)
        if charge is None or listed is None:
            lacking.append(each)
        else:
            found.append(replace(each, charge=charge.amount, list_charge=listed.amount, currency=own))
    return found, lacking


def _part(of: Decimal, whole: Decimal) -> Decimal:
    return (of / whole).quantize(Decimal("0.0001"), ROUND_HALF_EVEN) if whole else ZERO


def drawn_from(model: OperatingModel) -> dict[str, str]:
    """Name the commitment that each model's prices draw from, by the model's address."""
    found = {}
    for address, block in model.blocks.items():
        if isinstance(block, ModelBlock):
            named = [price.commitment for price in block.prices if price.commitment]
            if named:
                found[address] = named[-1]
    return found


def commitment_uses(
    commitments: Mapping[str, Commitment],
    drawn: Iterable[Drawn],
    *,
    model: OperatingModel,
    costs: Daily,
    now: datetime,
    lacking: Iterable[Drawn] = (),
) -> list[CommitmentUse]:
    """Say how every period of every commitment stands, up to the present one; `costs` has a series by id.

    What is `lacking` was drawn on days without a rate.
    """
    unknown = list(lacking)
    rows = sorted(drawn, key=lambda each: each.day)
    found = []
    for name, commitment in commitments.items():
        mine = [each for each in rows if each.commitment == commitment.id]
        carried = ZERO
        for span in _periods(commitment, model, now):
            use = _use(commitment, span, mine, model=model, now=now)
            mine_unknown = [each for each in unknown if each.commitment == commitment.id]
            use = replace(use, commitment=name, carried=carried, uncounted=_uncounted(use, mine_unknown))
            if not use.over and not use.uncounted:
                use = _expected(use, commitment.id, costs=costs, now=now)
            carried = use.idle if commitment.rolls_over else ZERO
            found.append(use)
    return found


def _uncounted(use: CommitmentUse, drawn: Iterable[Drawn]) -> tuple[Uncounted, ...]:
    found: dict[str, Uncounted] = {}
    for each in drawn:
        if use.starts <= each.day <= use.ends:
            one = Uncounted(each.currency, each.day, each.day, each.charge)
            found[each.currency] = found[each.currency].plus(one) if each.currency in found else one
    return tuple(found.values())


def _periods(commitment: Commitment, model: OperatingModel, now: datetime) -> Iterator[Window]:
    organisation = model.organisation
    zone = organisation.zone
    at = datetime.combine(commitment.starts, time(12), zone)
    last = min(datetime.combine(commitment.ends, time(12), zone), now)
    while at <= last or at.date() <= last.astimezone(zone).date():
        span = window(commitment.per, at=at, zone=zone, year_starts=organisation.fiscal_year_starts)
        yield span
        at = span.end + timedelta(hours=12)


def spans_of(commitment: Commitment, model: OperatingModel, today: date) -> Iterator[Span]:
    """Name the days of every period of a commitment, up to the one that a day lies in."""
    now = datetime.combine(today, time(12), model.organisation.zone)
    return (_span(commitment, each) for each in _periods(commitment, model, now))


def _span(commitment: Commitment, span: Window) -> Span:
    ends = (span.end - timedelta(seconds=1)).date()
    return Span(max(span.start.date(), commitment.starts), min(ends, commitment.ends))


def _use(
    commitment: Commitment, span: Window, drawn: Iterable[Drawn], *, model: OperatingModel, now: datetime
) -> CommitmentUse:
    starts, ends = _span(commitment, span)
    used = at_list = ZERO
    for each in drawn:
        if starts <= each.day <= ends:
            used = EXACT.add(used, each.charge)
            at_list = EXACT.add(at_list, each.list_charge)
    return CommitmentUse(
        commitment="",
        name=commitment.name,
        starts=starts,
        ends=ends,
        amount=_paid(commitment, starts, model),
        carried=ZERO,
        used=used,
        at_list=at_list,
        over=now.astimezone(UTC).date() > ends,
        currency=model.organisation.currency,
    )


def _paid(commitment: Commitment, day: date, model: OperatingModel) -> Decimal:
    """Say what is to be used in a period that starts on a day, in the organisation's currency."""
    worth = model.exchanged(commitment.amount, day)
    assert worth is not None, "what is declared has a rate from its first day on"
    return worth.amount


def _expected(use: CommitmentUse, id: str, *, costs: Daily, now: datetime) -> CommitmentUse:
    if id not in costs.names:
        return use
    index = costs.names.index(id)
    today = now.astimezone(UTC).date()
    horizon = (use.ends - today).days + 1
    looked = ahead(costs.days[index : index + 1], weekday=today.weekday(), horizon=horizon)
    made = forecasts(looked, [use.used], [costs.today[index]], horizon=horizon)[0]
    return replace(use, expected=made.expected, low=made.low, high=made.high)

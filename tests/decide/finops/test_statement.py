"""Statements: what was closed stays, what is known later is in the first open month, and nothing is lost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from allocated import OCTOBER, adjustment, calls, house, period
from remit.decide.bill_sum import Span
from remit.decide.finops.period_cost import Booked, allocation_of
from remit.decide.finops.statement import (
    Closed,
    by_unit,
    carried,
    charging_of,
    closed_until,
    decode_statement,
    digest_of,
    encode_statement,
    faults_of,
    late_calls,
    month_after,
    within,
)
from remit.decide.worth.cost import total
from remit.kernel.money import EXACT, ZERO
from remit.record.decided import Adjustment, PeriodClosed
from strategies import operating_model, utc

FIVE = Decimal(5)
SEPTEMBER = Span(date(2026, 9, 1), date(2026, 9, 30))


def closed(statement: Any, **fields: Any) -> Closed:
    units = by_unit(statement)
    entry = PeriodClosed(
        id=f"closed-{statement.label}",
        at=utc(2026, 11, 2),
        period=statement.label,
        since=statement.since,
        until=statement.until,
        digest=digest_of(encode_statement(statement)),
        total=statement.total,
        currency="EUR",
        rest=units.pop("", ZERO),
        units=units,
        model_version=1,
        author="finance@example.com",
    )
    return Closed(replace(entry, **fields), statement)


def test_a_statement_is_read_as_it_was_written() -> None:
    ptu = {
        "name": "Units",
        "kind": "provisioned",
        "model": "model/a",
        "per_hour": "0.333333333333 EUR",
        "starts": "2026-01-01",
        "input_tokens_per_minute": "1",
    }
    rows = calls("triage", "0.000001"), calls("triage", "3", simulated=True), calls("letters", currency="USD")
    found = allocation_of(period(house(), *rows, capacity={"ptu": ptu}))
    assert decode_statement(encode_statement(found)) == found


def test_a_statement_that_is_not_the_one_that_was_closed_is_named() -> None:
    statement = allocation_of(period(house(), calls("triage", "5")))
    made = closed(statement)
    body = encode_statement(statement)

    def said(entry: PeriodClosed, body: bytes | None) -> list[str]:
        return [each.partition(") ")[2] for each in faults_of(entry, body)]

    assert said(made.entry, body) == []
    assert said(made.entry, None) == ["is not there"]
    other = body.replace(b'"5"', b'"4"')
    assert said(made.entry, other) == ["is not the one that was closed: its digest is another"]
    wrong = ["sums up to something else than the entry says"]
    assert said(replace(made.entry, total=Decimal(6)), body) == wrong
    assert said(replace(made.entry, units={"claims": Decimal(5)}), body) == wrong
    assert said(replace(made.entry, digest=digest_of(b"{}")), b"{}") == ["cannot be read"]


def test_units_pay_as_they_or_the_nearest_above_them_say() -> None:
    units = {
        "claims": {"name": "Claims", "charging": "chargeback"},
        "motor": {"name": "Motor", "parent": "claims"},
        "fleet": {"name": "Fleet", "parent": "motor", "charging": "showback"},
        "sales": {"name": "Sales"},
    }
    made = operating_model(units=units)
    found = {name: charging_of(made, name) for name in (*units, "gone")}
    assert found == {
        "claims": "chargeback",
        "motor": "chargeback",
        "fleet": "showback",
        "sales": "showback",
        "gone": "showback",
    }


def test_what_is_only_billed_is_not_used_up() -> None:
    assert within(adjustment("31", cost="billed"), OCTOBER) == 0
    assert within(adjustment("31", cost="effective"), Span(date(2026, 10, 31), date(2026, 11, 5))) == 1


def test_nothing_is_carried_before_anything_is_closed() -> None:
    assert list(carried([adjustment("5")], [], currency="EUR")) == []
    assert closed_until([]) is None


def test_a_statement_in_another_currency_is_taken_from_nothing() -> None:
    october = closed(
        allocation_of(period(house(), calls("triage", "3"), booked=[Booked(adjustment("5"), FIVE)]))
    )
    charged = {("triage", "motor"): Decimal("0.5")}
    assert late_calls(charged, [october], currency="CHF") == charged
    francs = replace(adjustment("5"), currency="CHF")
    assert list(carried([adjustment("5"), francs], [october], currency="CHF")) == [(francs, FIVE)]


def test_calls_that_were_settled_after_their_month_was_closed_are_carried_once() -> None:
    october = closed(allocation_of(period(house(), calls("triage", "5"))))
    charged = {("triage", "motor"): Decimal("5.25"), ("letters", "claims"): Decimal(1)}
    late = late_calls(charged, [october], currency="EUR")
    assert late == {("letters", "claims"): 1, ("triage", "motor"): Decimal("0.25")}
    november = closed(allocation_of(period(house(), days=month_after(OCTOBER), late=late)))
    assert late_calls(charged, [october, november], currency="EUR") == {}


steps = st.lists(
    st.one_of(
        st.just("close"),
        st.tuples(st.integers(-100, 100), st.integers(0, 120), st.integers(0, 90), st.booleans()),
        st.integers(1, 100),
    ),
    max_size=14,
)


class Books:
    """A ledger of calls and adjustments, and months that are closed one after the other."""

    def __init__(self) -> None:
        self.month = SEPTEMBER
        self.adjustments: list[Adjustment] = []
        self.charged: dict[date, Decimal] = {}
        self.closed: list[Closed] = []
        self.kept: list[bytes] = []

    def statement(self, month: Span) -> Any:
        booked = [Booked(each, amount) for each in self.adjustments if (amount := within(each, month))]
        late = {}
        if self.closed and month.first == self.month.first:
            booked += [
                Booked(each, amount, prior=True)
                for each, amount in carried(self.adjustments, self.closed, currency="EUR")
            ]
            before = [amount for day, amount in self.charged.items() if day < month.first]
            late = late_calls({("triage", "motor"): total(before)}, self.closed, currency="EUR")
        rows = [
            calls("triage", str(amount))
            for day, amount in self.charged.items()
            if month.first <= day <= month.last
        ]
        return allocation_of(period(house(), *rows, days=month, booked=booked, late=late))

    def close(self) -> None:
        statement = self.statement(self.month)
        self.closed.append(closed(statement))
        self.kept.append(encode_statement(statement))
        self.month = month_after(self.month)

    def known(self) -> Decimal:
        return total((*self.charged.values(), *(each.amount for each in self.adjustments)))

    def stated(self) -> Decimal:
        found = total(each.statement.total for each in self.closed)
        month = self.month
        for _ in range(12):
            found = EXACT.add(found, self.statement(month).total)
            month = month_after(month)
        return found


@given(steps)
def test_no_sequence_of_entries_changes_what_is_closed_and_no_money_is_lost(taken: Any) -> None:
    books = Books()
    for number, step in enumerate(taken):
        if step == "close":
            books.close()
        elif isinstance(step, int):
            # Calls of any day, also of closed ones.
            day = SEPTEMBER.first + timedelta(days=step)
            books.charged[day] = EXACT.add(books.charged.get(day, ZERO), Decimal(step))
        else:
            amount, first, length, whose = step
            since = SEPTEMBER.first + timedelta(days=first)
            days = Span(since, since + timedelta(days=length))
            use_case = "triage" if whose else ""
            books.adjustments.append(adjustment(str(amount), days, id=f"a{number}", use_case=use_case))
        assert [encode_statement(each.statement) for each in books.closed] == books.kept
        assert all(
            not list(faults_of(each.entry, body)) for each, body in zip(books.closed, books.kept, strict=True)
        )
    assert books.stated() == books.known()

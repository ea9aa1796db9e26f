"""What was known of a month's cost stays what it was, whatever is adjusted or called later."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from completed_call import completed
from remit.declare.price import Rates
from remit.kernel.money import EXACT, ZERO
from remit.kernel.usage import Usage
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_cost import read_cost
from remit.operations.read_entries import read_entries
from remit.operations.reconcile_bill import month_of
from remit.operations.system import GATEWAY, RECORD
from remit.record.call_entry import Call, Purpose
from remit.record.decided import Adjustment
from remit.report.focus import FocusExport, FocusSums, add_entries
from remit.report.focus_shape import FocusMonth

MONTH = month_of(2026, 11)
RATES = Rates(date(2026, 1, 1), Decimal(1), Decimal(2))
NUMBERS = count()
amounts = st.decimals(-50, 50, places=9).filter(bool)
days = st.integers(0, 60).map(lambda more: date(2026, 10, 15) + timedelta(days=more))


@pytest.fixture(scope="module")
def applied(shared_house: Any) -> Any:
    shared_house.apply()
    return shared_house


def adjustment(at: datetime, amount: Decimal, since: date, length: int, cost: Any) -> Adjustment:
    return Adjustment(
        id=f"a{next(NUMBERS):025d}",
        at=at,
        reason="discount",
        note="late",
        since=since,
        until=since + timedelta(days=length),
        amount=amount,
        currency="EUR",
        cost=cost,
        use_case="pilot",
        author="finance@example.com",
    )


def call(at: datetime, tokens: int, rates: Rates = RATES) -> Call:
    usage = Usage(input_tokens=tokens)
    purpose = Purpose(
        key="k", use_case="pilot", unit="desk", stage="s", model="model/m", model_version=1, remit="r"
    )
    return completed(f"c{next(NUMBERS):025d}", at, usage, rates, purpose=purpose)


drawn = st.lists(
    st.tuples(amounts, days, st.integers(0, 70), st.sampled_from(("billed", "effective", "both"))), max_size=3
)
LAST = [datetime(2026, 11, 1, tzinfo=UTC)]
"""When the last entry so far was written; each example goes on from there."""


@settings(max_examples=15)
@given(drawn, drawn, st.integers(1, 3))
def test_as_of_the_past_is_the_same_before_and_after_later_entries(
    applied: Any, first: Any, later: Any, gap: int
) -> None:
    with applied.system() as system:
        write(system, first, LAST[0])
        as_of = LAST[0].date()
        before = {day: read_cost(system, MONTH, as_of=day) for day in (as_of, as_of - timedelta(days=2))}
        LAST[0] += timedelta(days=gap)
        write(system, later, LAST[0])
        for day, known in before.items():
            assert read_cost(system, MONTH, as_of=day) == known
        now = read_cost(system, MONTH)
        total = ZERO
        for line in now.lines:
            total = EXACT.add(total, line.billed.amount)
        assert total == now.total.billed.amount
        assert read_cost(system, MONTH, as_of=date(2030, 1, 1)).lines == now.lines


def write(system: Any, adjustments: Any, at: datetime) -> None:
    with system.journals.exclusive(RECORD) as journal:
        journal.append([adjustment(at, *each) for each in adjustments])
    with system.journals.exclusive(GATEWAY) as journal:
        journal.append([call(at, 1000)])
    fold_ledger(system)


def test_months_share_what_is_adjusted_over_both(applied: Any) -> None:
    with applied.system() as system:
        october = read_cost(system, month_of(2020, 10))
        assert october.lines == ()
        with system.journals.exclusive(RECORD) as journal:
            journal.append([adjustment(LAST[0], Decimal(10), date(2020, 10, 30), 9, "both")])
        fold_ledger(system)
        found = [read_cost(system, month_of(2020, month)).total.billed.amount for month in (9, 10, 11, 12)]
        assert found == [0, 2, 8, 0]


def test_what_is_drawn_from_a_commitment_is_billed_with_it_here_as_in_focus(applied: Any) -> None:
    """The ledger's report and its export are of the same entries, and say the same of them."""
    at = datetime(2021, 3, 4, tzinfo=UTC)
    drawn = replace(RATES, commitment="subscription-1111")
    with applied.system() as system:
        with system.journals.exclusive(GATEWAY) as journal:
            journal.append([call(at, 3_000_000), call(at, 5_000_000, drawn), call(at, 1_000_000, drawn)])
        bought = replace(adjustment(at, Decimal(100), at.date(), 0, "billed"), reason="purchase")
        with system.journals.exclusive(RECORD) as journal:
            journal.append([bought])
        fold_ledger(system)
        total = read_cost(system, month_of(2021, 3)).total
        export = FocusExport(model_in_force(system)[1], FocusMonth.parse("2021-03"))
        since, until = datetime(2021, 3, 1, tzinfo=UTC), datetime(2021, 4, 1, tzinfo=UTC)
        add_entries(export, read_entries(system, since=since, until=until, kinds=(Call, Adjustment)))
    assert [each.display() for each in (total.charged, total.billed)] == ["9.00 EUR", "103.00 EUR"]
    assert total.effective == total.charged
    assert export.sums["EUR"] == FocusSums(total.billed.amount, total.effective.amount)

"""What a commitment's period leaves unused is a cost of the day on which it lapsed, and loses no digit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocated import OCTOBER, calls, guarded, house, period
from remit.decide.bill_sum import Span
from remit.decide.finops.allocation import Allocation
from remit.decide.finops.period_cost import allocation_of
from remit.decide.finops.unused_commitment import lapsing
from remit.kernel.money import EXACT, ZERO

TOKENS = {
    "name": "A year of tokens",
    "id": "c-7",
    "amount": "100.00 EUR",
    "per": "month",
    "starts": "2026-09-01",
    "ends": "2026-12-31",
}
PRICE = {"starts": "2026-01-01", "input": "1", "output": "1", "commitment": "c-7"}
SHARED = {"idle": "shared"}
NOVEMBER_5 = date(2026, 11, 5)
NAMES = ("letters", "photos", "triage")


def made(**fields: Any) -> Any:
    block = {
        "name": "A",
        "provider": "p",
        "context_tokens": "4096",
        "output_tokens_max": "9",
        "prices": [PRICE],
    }
    return house(
        providers={"p": {"technology": "echo"}},
        blocks={"model/a": block},
        commitments={"tokens": TOKENS | fields},
        exchange_rates={"USD": {"rates": [{"starts": "2026-10-01", "rate": "0.5"}]}},
    )


def drawn(use_case: str, charge: str, **key: Any) -> Any:
    at, sums = calls(use_case, charge, **key)
    return at, replace(sums, committed=Decimal(charge))


def october(model: Any, *rows: Any, today: date = NOVEMBER_5) -> Allocation:
    lapsed = [replace(each, rows=rows) for each in lapsing(model, OCTOBER, today=today)]
    return allocation_of(period(model, *(row for row in rows if row[0].hour > "2026-10"), lapsed=lapsed))


def of(found: Allocation, part: str) -> dict[str, Decimal]:
    return {each.use_case or each.rest: each.amount for each in found.lines if each.part == part}


def test_what_nobody_drew_is_not_allocated_unless_it_is_declared_to_be_shared() -> None:
    rows = drawn("triage", "60"), drawn("letters", "15")
    apart = october(made(unit="claims"), *rows)
    [line] = [each for each in apart.lines if each.rest]
    assert (line.part, line.rest, line.unit) == ("commitments", "idle", "claims")
    assert line.amount == 25
    assert line.basis == (
        "25 of 100 EUR of 2026-10-01 to 2026-10-31 not used, not allocated: nobody is declared to share it"
    )
    assert apart.total == 100
    shared = october(made(**SHARED), *rows)
    assert of(shared, "idle") == {"triage": 20, "letters": 5}
    assert shared.total == 100
    evenly = october(made(**SHARED, shared_by="equally"), *rows)
    assert of(evenly, "idle") == {"triage": Decimal("12.5"), "letters": Decimal("12.5")}


def test_a_period_that_goes_on_or_was_used_up_leaves_nothing() -> None:
    assert list(lapsing(made(), OCTOBER, today=date(2026, 10, 31))) == []
    assert october(made(), drawn("triage", "130")).total == 130


def test_what_rolls_over_lapses_with_the_last_period() -> None:
    model = made(rolls_over="true", ends="2026-10-31")
    rows = drawn("triage", "70", hour="2026-09-10T09:00:00Z"), drawn("triage", "90")
    assert of(october(model, *rows), "commitments") == {"idle": 40}
    assert list(lapsing(model, Span(date(2026, 9, 1), date(2026, 9, 30)), today=date(2026, 11, 5))) == []


def test_a_commitment_in_another_currency_counts_at_the_rate_of_its_first_day() -> None:
    assert of(october(made(amount="100.00 USD"), drawn("triage", "20")), "commitments") == {"idle": 30}


def test_what_guardrails_by_others_draw_is_used_as_well() -> None:
    model, asked = made(**SHARED), [guarded("letters", "15", commitment="c-7"), guarded("photos", "9")]
    rows = (drawn("triage", "60"),)
    lapsed = [replace(each, rows=rows, guards=asked) for each in lapsing(model, OCTOBER, today=NOVEMBER_5)]
    found = allocation_of(period(model, *rows, lapsed=lapsed, guards=asked))
    assert of(found, "idle") == {"triage": 20, "letters": 5}
    assert found.total == 100 + 9
    abroad = [replace(lapsed[0], guards=[guarded("letters", "1", commitment="c-7", currency="CHF")])]
    assert allocation_of(period(model, *rows, lapsed=abroad)).uncounted == ("commitments/tokens",)


@pytest.mark.parametrize("currency", ["USD", "CHF"])
def test_where_a_draw_cannot_be_counted_the_rest_is_named_and_not_guessed(currency: str) -> None:
    found = october(made(), drawn("triage", "20", currency=currency))
    assert found.uncounted == ("commitments/tokens",)
    assert found.total == 0


@given(
    amount=st.decimals("0.01", "10000", places=2),
    charges=st.dictionaries(st.sampled_from(NAMES), st.decimals("0", "5000", places=10), max_size=3),
    by=st.sampled_from(["calls", "tokens", "charge", "equally", "weighted"]),
    idle=st.sampled_from(["apart", "shared"]),
    per_hour=st.decimals("0", "99", places=6),
)
def test_use_cases_and_what_is_not_allocated_are_what_is_paid_to_the_last_digit(
    amount: Decimal, charges: dict[str, Decimal], by: str, idle: str, per_hour: Decimal
) -> None:
    declared: dict[str, Any] = {"shared_by": by, "idle": idle}
    if by == "weighted":
        declared["weights"] = {"letters": "1", "triage": "2"}
    model = made(amount=f"{amount} EUR", **declared)
    kept = {
        "name": "Kept",
        "kind": "provisioned",
        "model": "model/a",
        "per_hour": f"{per_hour:f} EUR",
        "input_tokens_per_minute": "1",
        "starts": "2026-01-01",
        **declared,
    }
    rows = [drawn(name, f"{charge:f}") for name, charge in charges.items()]
    lapsed = [replace(each, rows=rows) for each in lapsing(model, OCTOBER, today=date(2026, 11, 5))]
    found = allocation_of(period(model, *rows, lapsed=lapsed, capacity={"kept": kept}))
    used = sum(charges.values(), ZERO)
    paid = EXACT.add(max(used, amount), EXACT.multiply(per_hour, Decimal(745)))
    reached = sum((each.amount for each in found.lines if each.use_case), ZERO)
    left = sum((each.amount for each in found.lines if each.rest == "idle"), ZERO)
    assert reached + left == paid == found.total
    sharing = idle == "shared" and (any(charges.values()) or by == "weighted")
    assert not (sharing and left)

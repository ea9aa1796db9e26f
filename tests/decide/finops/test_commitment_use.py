"""Commitments: what is used, idle and saved of each period, exactly, and from where on it pays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.decide.finops.commitment_use import (
    CommitmentUse,
    Drawn,
    commitment_uses,
    drawn_from,
    drawn_in_own_currency,
)
from remit.decide.finops.daily import daily
from remit.kernel.money import EXACT, ZERO
from strategies import operating_model

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)


def house(**fields: Any) -> Any:
    commitment = {
        "name": "A year of tokens",
        "id": "sub-1",
        "amount": "100.00 EUR",
        "per": "month",
        "starts": "2026-09-01",
        "ends": "2027-08-31",
        **fields,
    }
    price = {"starts": "2026-01-01", "input": "1", "output": "1", "commitment": "sub-1"}
    model = {
        "name": "M",
        "provider": "p",
        "context_tokens": "4096",
        "output_tokens_max": "100",
        "prices": [price],
    }
    return operating_model(
        commitments={"tokens": commitment},
        providers={"p": {"technology": "echo"}},
        blocks={"model/m": model},
    )


def used(model: Any, *drawn: Drawn) -> list[CommitmentUse]:
    costs = daily(((each.commitment, each.day, each.charge) for each in drawn), NOW.date())
    return commitment_uses(model.commitments, drawn, model=model, costs=costs, now=NOW)


def drawn(day: str, charge: str, at_list: str = "0", id: str = "sub-1") -> Drawn:
    return Drawn(id, date.fromisoformat(day), Decimal(charge), Decimal(at_list))


def test_every_period_up_to_the_present_one_is_told_with_what_lay_idle() -> None:
    september, october, november = used(
        house(),
        drawn("2026-09-10", "60", "90"),
        drawn("2026-10-31", "100", "150"),
        drawn("2026-11-02", "5", "9"),
    )
    assert [each.over for each in (september, october, november)] == [True, True, False]
    assert [september.idle, september.share, september.saved] == [40, Decimal("0.6"), -10]
    assert [october.idle, october.saved] == [0, 50]
    assert october.break_even == Decimal("0.6667")
    assert [november.idle, november.used] == [0, 5]


def test_what_was_not_used_may_be_used_in_the_next_period_where_it_rolls_over() -> None:
    september, october, november = used(
        house(rolls_over="true"), drawn("2026-09-10", "60"), drawn("2026-10-10", "130")
    )
    assert [september.idle, october.carried, october.available] == [40, 40, 140]
    assert [october.idle, november.carried] == [10, 10]


def test_of_the_present_period_it_is_said_what_will_lie_idle() -> None:
    days = [drawn((NOW.date() - timedelta(days=back)).isoformat(), "2") for back in range(1, 60)]
    november = used(house(), *days)[-1]
    assert november.used == 30
    assert november.expected is not None
    assert 58 <= november.expected <= 60
    assert november.expected_idle == 100 - november.expected


def test_models_say_from_which_commitment_they_draw() -> None:
    assert drawn_from(house()) == {"model/m": "sub-1"}


def test_what_is_drawn_from_another_or_before_it_began_counts_for_nothing() -> None:
    found = used(house(), drawn("2026-09-10", "60", id="other"), drawn("2026-08-31", "9"))
    assert [each.used for each in found] == [0, 0, 0]
    assert found[0].break_even is None


@given(
    st.lists(st.tuples(st.integers(0, 76), st.decimals(0, 500, places=6)), max_size=30),
    st.booleans(),
)
def test_nothing_that_was_used_is_lost_and_nothing_is_used_twice(
    amounts: list[tuple[int, Decimal]], rolls_over: bool
) -> None:
    rows = [
        drawn((date(2026, 9, 1) + timedelta(days=more)).isoformat(), str(amount)) for more, amount in amounts
    ]
    found = used(house(rolls_over="true" if rolls_over else "false"), *rows)
    total = ZERO
    for _, amount in amounts:
        total = EXACT.add(total, amount)
    assert sum((each.used for each in found), ZERO) == total
    for each in found:
        assert each.idle >= 0
        assert not each.over or each.idle + min(each.used, each.available) == each.available


def test_draws_and_amounts_in_another_currency_count_at_the_rate_of_their_day() -> None:
    rates = {
        "USD": {"rates": [{"starts": "2026-09-01", "rate": "0.5"}, {"starts": "2026-10-01", "rate": "0.8"}]}
    }
    made = house(amount="100.00 USD").model_dump(mode="json", exclude_unset=True) | {"exchange_rates": rates}
    model = type(house()).model_validate(made)
    foreign = Drawn("sub-1", date(2026, 9, 10), Decimal(20), Decimal(30), "USD")
    unknown = Drawn("sub-1", date(2026, 10, 10), Decimal(7), Decimal(9), "CHF")
    found, lacking = drawn_in_own_currency([foreign, unknown], model)
    assert [each.charge for each in found] == [10]
    assert lacking == [unknown]
    costs = daily((), NOW.date())
    september, october, _ = commitment_uses(
        model.commitments, found, model=model, costs=costs, now=NOW, lacking=lacking
    )
    assert [september.amount, september.used, september.at_list, september.idle] == [50, 10, 15, 40]
    assert [october.amount, october.idle] == [80, 0]
    assert [(each.currency, each.amount) for each in october.uncounted] == [("CHF", Decimal(7))]

"""Declared prices are held against the book, and only what is missing is added, after what is there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.decide.finops.price_check import Checked, check_prices
from remit.declare.book import BookModel, BookRates, BookRow
from remit.declare.price import Price
from strategies import model_block

TODAY = date(2026, 6, 1)
LATER = date(2026, 9, 1)


def rates(input: str, output: str, above: int = 0) -> BookRates:
    return BookRates(above, {"input": Decimal(input), "output": Decimal(output)})


NOW = BookRow(
    None, (rates("2", "8"), rates("4", "12", 200_000)), {"flex": (rates("1", "4"),), "speed=fast": ()}
)
CHEAPER = BookRow(LATER, (rates("1", "4"),))


def book(*rows: BookRow) -> BookModel:
    return BookModel("a book 1", "openai/small", "Small", "USD", None, rows or (NOW,))


def checked(
    *prices: Mapping[str, Any], found: BookModel | None = None, rate: str | None = "0.5", above: str = "0"
) -> list[Checked]:
    worth = {} if rate is None else {TODAY: Decimal(rate), LATER: Decimal(rate)}
    return check_prices(
        "model/small",
        model_block(prices=list(prices)),
        found or book(),
        today=TODAY,
        rates=worth,
        currency="EUR",
        above_percent=Decimal(above),
    )


SAME = {
    "starts": "2026-01-01",
    "input": "1",
    "output": "4",
    "long_context": [{"above": "200000", "input": "2", "output": "6"}],
    "tiers": {"flex": {"factor": "0.5"}, "batch": {"factor": "0.4"}},
}


def test_a_price_that_says_what_the_book_does_in_ones_own_currency_is_the_same() -> None:
    assert [each.finding for each in checked(SAME)] == ["same"]


def test_a_missing_price_is_the_row_of_the_book_with_its_source_and_rate() -> None:
    [one] = checked()
    assert (one.finding, one.day) == ("missing", TODAY)
    assert one.row == Price.model_validate(
        {
            "starts": "2026-06-01",
            "input": "1",
            "output": "4",
            "long_context": [{"above": "200000", "input": "2", "output": "6"}],
            "tiers": {"flex": {"input": "0.5", "output": "2"}},
            "source": "a book 1, openai/small, USD at 0.5",
        }
    )


def test_a_difference_is_told_in_percent_and_a_tier_that_the_book_lacks_goes_on() -> None:
    [one] = checked({**SAME, "input": "1.25"})
    [first, *_] = one.differences
    assert (one.finding, first.kind, first.declared, first.book, first.percent) == (
        "differs",
        "input",
        Decimal("1.25"),
        Decimal(1),
        Decimal(-20),
    )
    assert one.row is not None
    assert one.row.tiers["batch"].factor == Decimal("0.4")
    assert checked({**SAME, "input": "1.01", "output": "4.01"}, above="2")[0].finding == "same"


def test_a_later_row_of_the_book_is_added_for_its_own_day() -> None:
    now, later = checked(SAME, found=book(NOW, CHEAPER))
    assert (now.finding, later.finding, later.day) == ("same", "differs", LATER)
    assert later.row is not None
    assert later.row.starts == LATER


def test_what_is_declared_for_later_already_is_not_gone_over() -> None:
    [one] = checked({**SAME, "input": "9"}, {"starts": "2027-01-01", "input": "1", "output": "1"})
    assert (one.finding, one.row) == ("by_hand", None)
    assert "2027-01-01" in one.says


def test_a_discount_is_kept_and_rates_of_ones_own_beside_the_list_are_not_guessed() -> None:
    [one] = checked({"starts": "2026-01-01", "list": {"input": "3", "output": "8"}, "discount": "0.1"})
    assert one.row is not None
    assert (one.row.discount, one.row.input, one.row.long_context[0].input) == (
        Decimal("0.1"),
        Decimal("0.9"),
        Decimal("1.8"),
    )
    assert one.row.list is not None
    assert one.row.list.input == Decimal(1)
    own = checked({**SAME, "input": "0.7", "list": {"input": "3", "output": "4"}})[0]
    assert (own.finding, own.row) == ("by_hand", None)


def test_without_an_exchange_rate_nothing_is_guessed() -> None:
    [one] = checked(SAME, rate=None)
    assert (one.finding, one.row) == ("by_hand", None)
    assert "exchange_rates" in one.says


def test_what_the_book_counts_otherwise_is_not_compared() -> None:
    hourly = BookRow(None, NOW.default, by_hour=True)
    other = BookRow(None, (BookRates(0, {}),), others={"audio_hours": Decimal(1)})
    drawn = {**SAME, "commitment": "c-7"}
    found = (checked(SAME, found=book(hourly)), checked(SAME, found=book(other)), checked(drawn))
    assert [each[0].finding for each in found] == ["not_comparable"] * 3


amounts = st.decimals(min_value=0, max_value=1000, places=6).map(str)


@given(amounts, amounts, amounts, st.decimals(min_value="0.0001", max_value=200, places=6).map(str))
def test_what_was_added_is_the_same_as_the_book_when_it_is_looked_at_again(
    input: str, output: str, longer: str, rate: str
) -> None:
    found = book(
        BookRow(None, (rates(input, output), rates(longer, output, 9)), {"batch": (rates(output, input),)})
    )
    [one] = checked(found=found, rate=rate)
    assert one.row is not None
    again = checked(one.row.model_dump(mode="json", exclude_unset=True), found=found, rate=rate)
    assert [each.finding for each in again] == ["same"]

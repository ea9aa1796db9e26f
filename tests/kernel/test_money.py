"""Money is exact: it adds, compares and prints without losing anything, or it stops."""

from __future__ import annotations

from decimal import Decimal, DivisionByZero, Inexact, getcontext, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.money import EXACT, Money, canonical
from strategies import amounts

decimals = st.decimals(min_value=-(10**17), max_value=10**17, allow_nan=False, places=12)


def money(text: str) -> Money:
    return Money.parse(text)


@given(st.lists(amounts, max_size=30), st.randoms(use_true_random=False))
def test_a_sum_is_the_same_in_every_order(parts: list[Decimal], random: object) -> None:
    total, back = Money.zero("EUR"), Money.zero("EUR")
    for part in parts:
        total += Money(part, "EUR")
    for part in reversed(parts):
        back += Money(part, "EUR")
    assert total == back == Money(Decimal(sum((int(part * 10**6) for part in parts), 0)) / 10**6, "EUR")


@given(decimals, decimals)
def test_what_is_added_can_be_taken_away_again(one: Decimal, other: Decimal) -> None:
    assert Money(one, "EUR") + Money(other, "EUR") - Money(other, "EUR") == Money(one, "EUR")


@given(decimals)
def test_a_canonical_amount_reads_back_as_the_same_amount(amount: Decimal) -> None:
    text = canonical(amount)
    assert Decimal(text) == amount
    assert "E" not in text
    assert canonical(Decimal(text)) == text
    assert not ("." in text and text.endswith("0"))


@given(st.decimals(min_value=0, max_value=10**17, allow_nan=False, places=12))
def test_money_that_is_printed_can_be_read(amount: Decimal) -> None:
    assert money(str(Money(amount, "EUR"))) == Money(amount, "EUR")


@given(decimals)
def test_what_people_are_shown_is_the_whole_amount_with_its_sign(amount: Decimal) -> None:
    text, currency = Money(amount, "EUR").display().split(" ")
    assert currency == "EUR"
    assert Decimal(text.replace(",", "")) == amount
    assert len(text.partition(".")[2]) >= 2


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0.00"),
        ("-0.5", "-0.50"),
        ("-1234567.891", "-1,234,567.891"),
        ("1E+6", "1,000,000.00"),
        ("-0", "0.00"),
    ],
)
def test_small_large_and_negative_amounts_are_shown_as_people_write_them(amount: str, shown: str) -> None:
    assert Money(Decimal(amount), "EUR").display() == f"{shown} EUR"


@pytest.mark.parametrize("amount", ["0.00", "-0.00", "0E+5", "-0E-9"])
def test_there_is_one_way_to_write_nothing(amount: str) -> None:
    assert canonical(Decimal(amount)) == "0"


@pytest.mark.parametrize(
    "text",
    [
        "", "12.50", "12.50 EUR ", " 12.50 EUR", "12.50  EUR", "12.50 EUR\n", "12.50\u00a0EUR", "12,50 EUR",
        "-1 EUR", "+1 EUR", "1e3 EUR", ".5 EUR", "5. EUR", "1 eur", "1 EURO", "1_000 EUR", "NaN EUR",
        "Infinity EUR", "١٢ EUR", "1 ЕUR", "1" * 19 + " EUR", "0." + "1" * 13 + " EUR",
    ],
)  # fmt: skip
def test_only_one_way_of_writing_money_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="an amount and a currency"):
        Money.parse(text)


def test_the_largest_amounts_that_can_be_written_add_up() -> None:
    most = money("999999999999999999.999999999999 EUR")
    assert str(most + most) == "1999999999999999999.999999999998 EUR"


def test_a_result_that_would_need_rounding_stops_instead() -> None:
    with pytest.raises(Inexact):
        Money(Decimal("1E+50"), "EUR") + Money(Decimal("1E-11"), "EUR")
    with pytest.raises(Inexact):
        Money(Decimal("1E-50"), "EUR") - Money(Decimal("1E+11"), "EUR")
    with pytest.raises(Inexact):
        EXACT.divide(Decimal(1), Decimal(3))
    with pytest.raises(DivisionByZero):
        EXACT.divide(Decimal(1), Decimal(0))


def test_a_program_that_rounds_elsewhere_does_not_round_money() -> None:
    with localcontext() as context:
        context.prec = 3
        assert money("123456.789 EUR") + money("0.001 EUR") == money("123456.79 EUR")
    assert getcontext().prec == 28


def test_a_binary_float_never_becomes_money() -> None:
    with pytest.raises(TypeError):
        Money(0.1, "EUR") + Money(Decimal("0.2"), "EUR")  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("mix", [Money.__add__, Money.__sub__, Money.__lt__, Money.__le__])
def test_two_currencies_are_never_mixed(mix: object) -> None:
    assert callable(mix)
    with pytest.raises(AssertionError, match="EUR and USD"):
        mix(money("1 EUR"), money("1 USD"))


def test_amounts_compare_by_value() -> None:
    assert money("1.50 EUR") == money("1.5 EUR")
    assert hash(money("1.50 EUR")) == hash(money("1.5 EUR"))
    assert money("1.5 EUR") <= money("1.50 EUR") < money("1.51 EUR")
    assert money("1 EUR") != money("1 USD")

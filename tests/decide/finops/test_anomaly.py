"""Odd days: found where something happened, rarely where nothing did, and explained to the last millionth."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from remit.decide.finops.anomaly import BASE_DAYS, LOOK_DAYS, Anomaly, Odd, explained, in_words, odd_days
from remit.decide.finops.cause import FACTORS, ModelUse, causes
from remit.decide.finops.daily import Daily, daily, grouped
from remit.decide.finops.forecast import HISTORY_DAYS
from remit.record.projection import UsageKey, UsageSum
from strategies import operating_model

TODAY = date(2026, 11, 30)
YESTERDAY = TODAY - timedelta(days=1)
WEEKDAYS = [(TODAY - timedelta(days=HISTORY_DAYS - column)).weekday() for column in range(HISTORY_DAYS)]
WEEK = np.array([1.2, 1.3, 1.2, 1.1, 1.0, 0.4, 0.3])


def series(days: NDArray[np.float64]) -> Daily:
    names = tuple(f"case-{number}" for number in range(len(days)))
    return Daily(names, days, (Decimal(0),) * len(days))


def usual(count: int, noise: float = 0.1, seed: int = 1) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    return 10 * WEEK[WEEKDAYS] * random.lognormal(0, noise, (count, HISTORY_DAYS))


def test_a_day_of_three_times_the_usual_cost_is_found_and_named() -> None:
    days = usual(20)
    days[3, -1] *= 3
    [found] = odd_days(series(days), TODAY)
    assert (found.name, found.day) == ("case-3", YESTERDAY)
    assert found.cost > 2 * found.expected


def test_a_day_on_which_nothing_came_is_odd_as_well() -> None:
    days = usual(5)
    days[2, -2] = 0.0
    assert [(each.name, each.day) for each in odd_days(series(days), TODAY)] == [
        ("case-2", TODAY - timedelta(days=2))
    ]


def test_where_nothing_happened_hardly_anything_is_found() -> None:
    found = odd_days(series(usual(1_000, noise=0.2, seed=4)), TODAY)
    assert len(found) / 1_000 / LOOK_DAYS < 0.002


def test_an_odd_day_does_not_make_the_days_after_it_odd() -> None:
    days = usual(200, seed=6)
    days[:, -4] *= 10
    after = [each for each in odd_days(series(days), TODAY) if each.day > TODAY - timedelta(days=4)]
    assert len(after) / 200 / 3 < 0.05


def test_little_money_and_little_history_are_nothing_to_speak_of() -> None:
    days = usual(2)
    days[0, -1] *= 3
    assert odd_days(series(days), TODAY, least=1_000.0) == []
    days[:, :-10] = 0.0
    assert odd_days(series(days), TODAY) == []
    assert odd_days(series(days[:0]), TODAY) == []


# ── causes ──

RATES = {"input": 1.0, "cache_read": 0.1, "cache_write": 1.25, "cache_write_1h": 2.0, "output": 5.0}
KINDS = ("input", "cache_read", "cache_write", "cache_write_1h", "output")


def use(calls: float = 100, charge: float | None = None, times: float = 1.0, **tokens: float) -> ModelUse:
    by_kind = {kind: tokens.get(kind, 0.0) for kind in KINDS}
    listed = sum(RATES[kind] * number for kind, number in by_kind.items())
    return ModelUse(calls, by_kind, listed * times if charge is None else charge)  # type: ignore[arg-type]  # its keys are kinds


BEFORE = {"a": use(input=1000, output=100)}


@pytest.mark.parametrize(
    ("after", "factor"),
    [
        ({"a": use(300, input=3000, output=300)}, "volume"),
        ({"a": use(input=3000, output=300)}, "length"),
        ({"a": use(input=1000, output=100, times=2.0)}, "price"),
        ({"b": use(input=1000, output=100, times=2.0)}, "model mix"),
    ],
)
def test_a_change_of_one_thing_is_all_its_own(after: dict[str, ModelUse], factor: str) -> None:
    found = causes(BEFORE, after, {"a": RATES, "b": RATES})  # type: ignore[dict-item]  # as above
    total = sum(each.charge for each in after.values()) - BEFORE["a"].charge
    assert {name: float(amount) for name, amount in found.items() if amount} == {factor: pytest.approx(total)}


def test_input_that_no_cache_serves_any_more_is_told_apart_from_longer_input() -> None:
    cached = {"a": use(input=100, cache_read=900, output=100)}
    found = causes(cached, {"a": use(input=1000, output=100)}, {"a": RATES})  # type: ignore[dict-item]  # as above
    assert {name for name, amount in found.items() if amount} == {"cache misses"}
    assert float(found["cache misses"]) == pytest.approx(810)


tokens = st.integers(0, 10**7).map(float)
some_use = st.builds(
    lambda calls, charge, input, cache_read, output: use(
        calls, charge=charge, input=input, cache_read=cache_read, output=output
    ),
    st.integers(1, 10**5).map(float),
    st.integers(0, 10**6).map(lambda cents: cents / 100),
    tokens,
    tokens,
    tokens,
)
some_uses = st.dictionaries(st.sampled_from("abc"), some_use, max_size=3)


@given(some_uses, some_uses)
def test_causes_add_up_to_the_change_whatever_changed(
    before: dict[str, ModelUse], after: dict[str, ModelUse]
) -> None:
    def charged(found: dict[str, ModelUse]) -> float:
        # What was charged without a token of a known rate is at no rate that could have moved.
        return sum(each.charge for each in found.values() if any(each.tokens.values()))

    found = causes(before, after, dict.fromkeys("abc", RATES))  # type: ignore[arg-type]  # as above
    assert set(found) == set(FACTORS)
    assert float(sum(found.values())) == pytest.approx(charged(after) - charged(before), abs=1e-5, rel=1e-9)


# ── explained ──


def rolled(day: date, *, model: str = "model/a", key: str = "k1", **sums: Any) -> tuple[UsageKey, UsageSum]:
    at = UsageKey(f"{day}T00:00:00Z", "triage", "motor", "launch", model, key, "EUR", simulated=False)
    return at, UsageSum(**sums)


def shown(*rows: tuple[UsageKey, UsageSum]) -> Anomaly:
    before = [
        rolled(YESTERDAY - timedelta(days=back + 1), calls=10, input_tokens=1000, charge=Decimal(1))
        for back in range(BASE_DAYS)
    ]
    model = operating_model(use_cases={"triage": {"name": "T", "unit": "motor", "purpose": "P"}})
    return explained(Odd("triage", YESTERDAY, 5.0, 1.0, 9.0), rows, before, model=model)


def test_the_key_behind_a_jump_is_named_with_its_part() -> None:
    found = shown(
        rolled(YESTERDAY, calls=10, input_tokens=1000, charge=Decimal(1)),
        rolled(YESTERDAY, key="k2", calls=40, input_tokens=4000, charge=Decimal(4)),
    )
    assert (found.cost, found.change, found.cause) == (Decimal(5), Decimal(4), "volume")
    assert found.mover is not None
    assert (found.mover.of, found.mover.name, found.mover.amount) == ("key", "k2", Decimal(4))
    assert "; ".join(in_words(found)) == (
        "2026-11-29 cost 5.00 EUR, more than the 1.00 expected; volume +4.00; most of it is key `k2` (+4.00)"
    )


def test_of_a_young_use_case_and_on_a_sunday_causes_add_up_to_what_was_not_expected() -> None:
    model = operating_model(use_cases={"triage": {"name": "T", "unit": "motor", "purpose": "P"}})
    before = [
        rolled(YESTERDAY - timedelta(days=back + 1), calls=100, input_tokens=1000, charge=Decimal(10))
        for back in range(15)
    ]
    row = rolled(YESTERDAY, calls=100, input_tokens=1000, charge=Decimal(20))
    found = explained(Odd("triage", YESTERDAY, 20.0, 10.0, 9.0), [row], before, model=model)
    assert (found.change, dict(found.causes)["price"], found.cause) == (Decimal(10), Decimal(10), "price")
    less = rolled(YESTERDAY, calls=50, input_tokens=500, charge=Decimal(5))
    sunday = explained(Odd("triage", YESTERDAY, 5.0, 2.0, 9.0), [less], before, model=model)
    assert (sunday.change, sunday.cause) == (Decimal(3), "volume")
    assert next(in_words(sunday)) == "2026-11-29 cost 5.00 EUR, more than the 2.00 expected"


def test_of_a_jump_that_is_everywhere_only_what_it_has_in_common_is_named() -> None:
    rows = (
        rolled(YESTERDAY, key=f"k{each}", model=f"model/{each}", calls=5, charge=Decimal(1))
        for each in range(2, 7)
    )
    found = shown(*rows)
    assert found.mover is not None
    assert (found.mover.of, found.mover.name) == ("stage", "launch")


# ── days ──


def test_costs_of_days_are_put_where_they_belong_and_add_up_by_group() -> None:
    costs = [("a", TODAY, "0.1"), ("a", TODAY, "0.2"), ("a", YESTERDAY, "2"), ("b", YESTERDAY, "3")]
    never = [("b", date(2020, 1, 1), "9"), ("b", date(2027, 1, 1), "9")]
    found = daily([(name, day, Decimal(amount)) for name, day, amount in (*costs, *never)], TODAY)
    assert found.today == (Decimal("0.3"), Decimal(0))
    assert found.days[:, -1].tolist() == [2.0, 3.0]
    assert found.days.sum() == 5.0
    both = grouped(found, {"both": ["a", "b"], "none": ["c"]})
    assert both.today == (Decimal("0.3"), Decimal(0))
    assert both.days[:, -1].tolist() == [5.0, 0.0]

"""The flow of the portfolio follows from dates alone, and Little's law from a steady one."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.flow import Flow, congestion, flow, little
from remit.decide.life import Life, lives
from remit.decide.quantile import at_share, spans
from remit.record.decided import StageChange
from remit.record.projection import StageFact
from strategies import operating_model, utc

TODAY = date(2026, 11, 30)
SINCE = date(2025, 11, 30)


def life(id: str, begun: int | None, left: int | None = None, **more: Any) -> Life:
    """One use case; days count back from today."""
    day = {
        "begun": None if begun is None else TODAY - timedelta(days=begun),
        "left": None if left is None else TODAY - timedelta(days=left),
    }
    took = begun - left if begun is not None and left is not None else None
    at: Any = "experiment" if left is None else "launch"
    fields = {"dropped": False, "in_work": left is None, "span": took, "reached": at, **day, **more}
    return Life(id=id, unit="claims", at=at, **fields)


def measured(*every: Life, blocked: Any = (), days: int = 365) -> Flow:
    return flow(every, blocked=blocked, today=TODAY, days=days)


def steady(every_days: int, took: int) -> list[Life]:
    """One begins every so many days and takes just as long as each other."""
    begun = range(0, 3_000, every_days)
    return [life(f"c{each}", each, each - took if each >= took else None) for each in begun]


@given(st.integers(1, 20), st.integers(1, 300))
def test_littles_law_holds_on_a_steady_flow(every_days: int, took: int) -> None:
    found = little(steady(every_days, took), since=TODAY - timedelta(days=1_000), today=TODAY)
    assert found.mean_days == took
    assert found.expected_in_work is not None
    # One use case more or less at either end of the time.
    assert abs(found.mean_in_work - found.expected_in_work) <= took / 1_000 + 0.1


def test_a_steady_flow_is_not_congested_by_its_number() -> None:
    found = measured(*steady(5, 100))
    assert found.little.holds
    assert not found.overflows
    assert found.congestion.excess == pytest.approx(0, abs=0.06)
    assert (found.congestion.late, found.congestion.blocked) == (0, 0)


def test_where_more_comes_in_than_goes_out_the_law_does_not_hold_and_it_is_said() -> None:
    pilots = [life(f"p{each}", each) for each in range(1, 301)]
    done = [life(f"d{each}", 300 + each, 250 + each) for each in range(0, 60, 10)]
    found = measured(*pilots, *done)
    assert (found.arrived, found.departed, found.overflows) == (306, 6, True)
    assert found.little.holds is False
    assert found.congestion.index is not None
    assert found.congestion.index > 90


def test_quantiles_are_values_that_occurred_and_too_few_say_nothing() -> None:
    assert spans([9, 1, 5, 7]).p50 is None
    found = spans([9, 1, 5, 7, 3, 2, -4, 5_001])
    assert (found.count, found.left_out, found.p50, found.p85) == (6, 2, 5, 9)
    assert at_share(list(range(592)), 50) == 296
    assert at_share(list(range(592)), 85) == 503


def test_the_index_is_none_without_pilots_and_the_least_where_a_part_is_not_known() -> None:
    assert measured().congestion.index is None
    few = measured(life("one", 20), life("two", 10), blocked={"one"})
    assert (few.congestion.index, few.congestion.at_least, few.congestion.late) == (50, True, None)


shares = st.floats(0, 1).map(lambda share: round(share, 3))


@given(shares, shares, shares, shares)
def test_the_index_lies_within_0_and_100_and_never_falls_with_any_part(
    excess: float, late: float, blocked: float, more: float
) -> None:
    least = congestion(excess=excess, late=late, blocked=blocked).index
    assert least is not None
    assert 0 <= least <= 100
    for name, part in (("excess", excess), ("late", late), ("blocked", blocked)):
        parts = {"excess": excess, "late": late, "blocked": blocked, name: max(part, more)}
        higher = congestion(**parts).index
        assert higher is not None
        assert higher >= least


CASES = {
    "chat": {"history": {"initiated": "2025-01-10", "developed": "2025-02-10", "implemented": "2025-06-10"}},
    "mail": {"history": {"initiated": "2026-01-01"}},
    "sort": {},
    "past": {"history": {"initiated": "2024-01-01", "retired": "2024-06-01"}},
}
MODEL = operating_model(
    use_cases={
        name: {"name": name, "unit": "motor", "purpose": "Do it.", **more} for name, more in CASES.items()
    }
)
STAGES: dict[str, Any] = {"chat": "launch", "mail": "experiment", "sort": "scale", "past": "retired"}


def moved(use_case: str, stage: str, since: date, basis: Any = "reviewed", **more: Any) -> StageChange:
    at = utc(since.year, since.month, since.day)
    fields = {"id": f"{use_case}-{stage}", "author": "a@example.com", **more}
    return StageChange(at=at, use_case=use_case, stage=stage, since=since, basis=basis, **fields)


MOVES = [
    moved("sort", "envision", date(2025, 3, 1), "declared"),
    moved("sort", "experiment", date(2025, 4, 1)),
    moved("sort", "launch", date(2025, 7, 1)),
    moved("sort", "scale", date(2025, 12, 1)),
    moved("mail", "experiment", date(2026, 2, 1), "adopted", since_known=False),
    moved("mail", "experiment", date(2026, 3, 1)),
]


def drawn(moves: list[StageChange], today: date = TODAY) -> dict[str, Life]:
    facts = {name: StageFact(stage, date(2026, 1, 1), "reviewed") for name, stage in STAGES.items()}
    return lives(MODEL, facts, moves, today=today)


def test_dates_come_from_the_declared_history_and_from_the_ledger_for_the_rest() -> None:
    found = drawn(MOVES)
    assert (found["chat"].span, found["chat"].took) == (151, (("envision", 31), ("experiment", 120)))
    assert (found["mail"].in_work, found["mail"].age(TODAY)) == (True, 333)
    assert found["sort"].span == 122
    assert found["sort"].took == (("envision", 31), ("experiment", 91), ("launch", 153))
    assert (found["past"].dropped, found["past"].span, found["past"].reached) == (True, None, "envision")


def test_as_of_an_earlier_day_what_came_later_has_not_happened() -> None:
    found = drawn(MOVES, date(2025, 5, 1))
    assert (found["chat"].in_work, found["chat"].left, found["chat"].span) == (True, None, None)
    assert (found["mail"].begun, found["sort"].in_work) == (None, True)


@given(st.randoms(use_true_random=False))
def test_the_order_of_entries_makes_no_difference(chance: random.Random) -> None:
    mixed = [*MOVES]
    chance.shuffle(mixed)
    assert drawn(mixed) == drawn(MOVES)


def test_dates_that_cannot_be_true_count_only_in_what_is_said_of_them_as_reported() -> None:
    typed_years = {"initiated": "1905-07-14", "implemented": "1905-07-16"}
    history = {"developed": "2022-03-01", "doubtful": typed_years}
    cases: dict[str, dict[str, Any]] = {"chat": {"history": history}, "mail": CASES["chat"]}
    fields = {"unit": "motor", "purpose": "Do it."}
    model = operating_model(
        use_cases={name: {"name": name, **fields, **more} for name, more in cases.items()}
    )
    found = lives(model, {}, (), today=TODAY)
    chat, mail = found["chat"], found["mail"]
    assert (chat.begun, chat.span, chat.span_reported, chat.doubtful) == (None, None, 2, 2)
    assert (mail.span, mail.span_reported, mail.doubtful) == (151, 151, 0)
    measured_all = measured(*found.values())
    assert (measured_all.cycle.count, measured_all.cycle_reported.count, measured_all.doubtful) == (1, 2, 2)

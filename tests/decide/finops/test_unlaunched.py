"""What was tried, never came into use, and has cost to this day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from allocated import calls, guarded, house, period
from remit.decide.advice import Advice
from remit.decide.bill_sum import Span
from remit.decide.finops.period_cost import allocation_of
from remit.decide.finops.unlaunched import OPEN_DAYS, Tried, tried, unlaunched
from remit.decide.life import Life
from remit.record.decided import StageChange
from strategies import utc

TODAY = date(2026, 11, 24)
START = {"name": "Start", "kind": "change", "amount": "3600.00 EUR", "every": "once", "since": "2026-10-01"}
TEAM = {"name": "Team", "kind": "people", "amount": "310.00 EUR", "every": "month"}
SHARED = {
    "centre": {
        "name": "Centre",
        "kind": "people",
        "amount": "90.00 EUR",
        "every": "month",
        "shared_by": "equally",
    }
}


def life(id: str, at: Any = "experiment", reached: Any = "experiment", **fields: Any) -> Life:
    stated: dict[str, Any] = {"begun": date(2026, 10, 1), "left": None, "dropped": False, "in_work": True}
    return Life(id, "motor", at, reached, **(stated | fields))


def move(use_case: str, stage: str, day: int) -> StageChange:
    return StageChange(
        id=f"{use_case}{day}", at=utc(2026, 9, day), use_case=use_case, stage=stage, since=date(2026, 9, day),
        basis="declared", author="owner@example.com",
    )  # fmt: skip


def test_only_what_came_to_the_experiment_and_no_further_is_counted_by_how_it_stands() -> None:
    lives = {
        "live": life("live", "launch", "launch"),
        "back": life("back", "experiment", "scale"),
        "idea": life("idea", "envision", "envision"),
        "young": life("young"),
        "old": life("old", begun=date(2026, 1, 1)),
        "quiet": life("quiet"),
        "ended": life("ended", "retired", left=date(2026, 10, 20), in_work=False),
    }
    advice = {"quiet": Advice("quiet", "motor", "experiment", "park", "late-and-still", "", "")}
    moves = [move("gone", "experiment", 2), move("gone", "retired", 9), move("launched", "launch", 3)]
    found = {each.use_case: each for each in tried(lives, moves, advice, today=TODAY)}
    assert {name: each.fate for name, each in found.items()} == {
        "young": "in-time",
        "old": "open",
        "quiet": "park",
        "ended": "ended",
        "gone": "ended",
    }
    assert (found["gone"].began, found["gone"].ended) == (date(2026, 9, 2), date(2026, 9, 9))
    assert (TODAY - date(2026, 1, 1)).days > OPEN_DAYS


def test_all_that_it_cost_is_counted_from_its_first_day_to_its_last() -> None:
    case = {
        "name": "Triage",
        "unit": "motor",
        "purpose": "Sort claims.",
        "costs": {"start": START, "team": TEAM},
    }
    letters = {"name": "Letters", "unit": "claims", "purpose": "Write letters."}
    model = house(platform=SHARED, use_cases={"triage": case, "letters": letters})
    october = allocation_of(
        period(model, calls("triage", "7.25"), calls("letters", "3"), guards=[guarded("letters", "1")])
    )
    november = allocation_of(period(model, days=Span(date(2026, 11, 1), TODAY), stages={}))
    ended = Tried("triage", "ended", date(2026, 10, 1), date(2026, 10, 31))
    gone = Tried("letters", "ended", date(2026, 9, 1), date(2026, 10, 2))
    first, other = unlaunched(model, [gone, ended], [october, november], today=TODAY)
    assert (first.use_case, first.days) == ("triage", 30)
    shared = first.parts["people"] - 310
    assert first.parts["calls"] == Decimal("7.25")
    assert first.parts["change"] == 3600
    assert 0 < shared < 90
    assert first.amount == sum(first.parts.values())
    assert other.parts["calls"] == 3
    assert other.parts["guardrails"] == 1


def test_shares_of_months_before_it_began_are_not_its_cost() -> None:
    model = house(platform=SHARED)
    october = allocation_of(period(model))
    begun = Tried("triage", "park", date(2026, 11, 1), None)
    [found] = unlaunched(model, [begun], [october], today=TODAY)
    assert found.amount == 0

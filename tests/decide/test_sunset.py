"""Sunset rules fire on a day, from whichever layer declares them, and end nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.decide.sunset import Seen, Sunset, has_rules, idle_days_max, sunsets
from remit.decide.watch import Watch
from remit.record.projection import StageFact
from strategies import operating_model, utc

TODAY = date(2026, 11, 30)
RULES: dict[str, Any] = {
    "organisation": {"too-long": {"stage_days": "180", "stages": ["experiment"], "recommend": "demote"}},
    "claims": {"idle": {"idle_days": "60"}},
    "motor": {"dear": {"cost_per_outcome_above": "2.50 EUR"}},
    "triage": {"over": {"ends": "2026-11-29"}},
}
MODEL = operating_model(
    organisation={
        "name": "Harbour",
        "contact": "head@example.com",
        "currency": "EUR",
        "sunset": RULES["organisation"],
    },
    units={
        "claims": {"name": "Claims", "sunset": RULES["claims"]},
        "motor": {"name": "Motor", "parent": "claims", "sunset": RULES["motor"]},
    },
    use_cases={"triage": {"name": "T", "unit": "motor", "purpose": "Sort.", "sunset": RULES["triage"]}},
)


def seen(stage: Any = "experiment", since: date = date(2026, 5, 1), **more: Any) -> Seen:
    return Seen(StageFact(stage, since, "reviewed"), **more)


def fired(known: Seen, today: date = TODAY) -> dict[str, Sunset]:
    return {each.rule: each for each in sunsets(MODEL, {"triage": known}, today=today)}


def test_rules_of_all_layers_fire_with_their_day_and_what_would_follow() -> None:
    found = fired(seen(last_call=date(2026, 9, 1), cost_per_outcome=Decimal("2.51")))
    assert {name: (each.layer, each.due) for name, each in found.items()} == {
        "too-long": ("organisation", date(2026, 10, 29)),
        "idle": ("unit/claims", date(2026, 10, 31)),
        "dear": ("unit/motor", TODAY),
        "over": ("use-case/triage", TODAY),
    }
    assert found["too-long"].command == (
        'remit stage demote triage --to envision --reason "sunset rule too-long of organisation"'
    )
    assert found["idle"].says == "no call for 90 days; 60 are enough"
    assert found["dear"].says == "an outcome costs 2.51 EUR; above 2.50 EUR is too much"
    assert found["over"].recommend == "retire"


def test_what_is_not_due_or_cannot_be_said_does_not_fire() -> None:
    assert fired(seen(since=TODAY - timedelta(days=10)), date(2026, 11, 29)) == {}
    assert "idle" not in fired(seen(last_call=TODAY))
    assert "idle" not in fired(seen(calling=False))
    assert "too-long" not in fired(seen("launch"))
    assert "dear" not in fired(seen(cost_per_outcome=Decimal("2.50")))
    assert fired(seen("retired", last_call=date(2020, 1, 1))) == {}


def test_calls_at_an_earlier_stage_do_not_count_against_a_later_one() -> None:
    late = seen("launch", since=date(2026, 11, 1), last_call=date(2026, 1, 1))
    assert "idle" not in fired(late)


def test_rules_are_found_wherever_they_stand() -> None:
    assert has_rules(MODEL)
    assert idle_days_max(MODEL) == 60
    assert not has_rules(operating_model())
    assert idle_days_max(operating_model()) == 0


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_rule_that_fires_fires_on_every_later_day_as_long_as_nothing_happens(age: int, later: int) -> None:
    known = seen(since=TODAY - timedelta(days=age))
    assert fired(known).keys() <= fired(known, TODAY + timedelta(days=later)).keys()


def test_people_are_told_once_while_a_rule_fires_and_again_when_it_fires_anew() -> None:
    watch = Watch.over(MODEL, {})
    now = utc(2026, 11, 30)
    found = sunsets(MODEL, {"triage": seen(last_call=date(2026, 9, 1))}, today=TODAY)
    told = [each.data["rule"] for each in watch.fired(found, now)]
    assert sorted(told) == ["idle", "over", "too-long"]
    assert list(watch.fired(found, now + timedelta(days=1))) == []
    assert list(watch.due(now + timedelta(days=900))) == []
    assert list(watch.fired([each for each in found if each.rule != "idle"], now)) == []
    [again] = watch.fired(found, now + timedelta(days=2))
    assert again.event == "sunset.due"
    assert again.summary == (
        "`triage` is due since 2026-10-31 by sunset rule `idle` of unit/claims: no call for 90 days;"
        " 60 are enough; recommended: retire"
    )

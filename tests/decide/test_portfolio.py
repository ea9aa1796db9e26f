"""The portfolio lists what is asked for: by stage, and the longest there first."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.portfolio import Wanted, portfolio
from remit.declare.organisation import STAGES
from remit.record.projection import StageFact
from strategies import days, maybe, operating_model

TODAY = date(2026, 11, 23)
CASES: dict[str, Any] = {
    "triage": {"name": "Sorting", "unit": "motor", "purpose": "Straße first.", "owner": "t@example.com"},
    "letters": {"name": "Letters to claimants", "unit": "claims", "purpose": "Draft letters."},
    "photos": {
        "name": "Photos",
        "unit": "motor",
        "purpose": "Describe a wreck.",
        "data_class": "confidential",
    },
    "broker": {
        "name": "Broker inbox",
        "unit": "sales",
        "problem": "Mails lie about.",
        "purpose": "Route mails.",
    },
}
MODEL = operating_model(
    units={
        "claims": {"name": "Claims", "lead": "claims@example.com"},
        "motor": {"name": "Motor", "parent": "claims"},
        "sales": {"name": "Sales"},
    },
    use_cases=CASES,
)
STAGE_FACTS = {
    "triage": StageFact("launch", date(2026, 6, 1), "adopted"),
    "letters": StageFact("experiment", date(2026, 11, 1), "adopted"),
    "photos": StageFact("launch", date(2026, 1, 1), "adopted"),
}
facts = st.builds(StageFact, st.sampled_from(STAGES), days, st.just("declared"))


def listed(**wanted: str) -> list[str]:
    return [item.id for item in portfolio(MODEL, STAGE_FACTS, wanted=Wanted(**wanted), today=TODAY)]


def test_use_cases_stand_by_stage_and_the_longest_there_first() -> None:
    assert listed() == ["broker", "letters", "photos", "triage"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"unit": "claims"}, ["letters", "photos", "triage"]),
        ({"unit": "motor"}, ["photos", "triage"]),
        ({"unit": "nowhere"}, []),
        ({"stage": "launch"}, ["photos", "triage"]),
        ({"stage": "scale"}, []),
        ({"text": "LETTERS"}, ["letters"]),
        ({"text": "wreck"}, ["photos"]),
        ({"text": "STRASSE"}, ["triage"]),
        ({"text": "photos"}, ["photos"]),
        ({"text": "lie about"}, ["broker"]),
        ({"text": "letters sorting"}, []),
        ({"unit": "claims", "stage": "launch", "text": "sort"}, ["triage"]),
    ],
)
def test_only_use_cases_that_fit_every_wish_are_listed(wanted: dict[str, str], expected: list[str]) -> None:
    assert listed(**wanted) == expected


def test_an_item_says_whose_it_is_and_how_long_it_has_been_there() -> None:
    items = {item.id: item for item in portfolio(MODEL, STAGE_FACTS, wanted=Wanted(), today=TODAY)}
    assert (items["triage"].owner, items["triage"].age_days) == ("t@example.com", 175)
    assert (items["photos"].owner, items["photos"].data_class) == ("claims@example.com", "confidential")
    assert items["broker"].owner == "head@example.com"


def test_a_use_case_that_is_only_declared_is_at_its_first_stage_since_today() -> None:
    (broker,) = portfolio(MODEL, STAGE_FACTS, wanted=Wanted(unit="sales"), today=TODAY)
    assert (broker.stage, broker.since, broker.age_days) == ("envision", TODAY, 0)


@given(st.fixed_dictionaries({name: maybe(facts) for name in CASES}), st.integers(0, 4000))
def test_every_use_case_stands_once_in_an_order_that_has_no_ties(found: dict[str, Any], later: int) -> None:
    stages = {name: fact for name, fact in found.items() if fact is not None}
    items = portfolio(MODEL, stages, wanted=Wanted(), today=TODAY + timedelta(days=later))
    assert sorted(item.id for item in items) == sorted(CASES)
    keys = [(STAGES.index(item.stage), -item.age_days, item.id) for item in items]
    assert keys == sorted(set(keys))
    parts = [portfolio(MODEL, stages, wanted=Wanted(stage=stage), today=TODAY) for stage in STAGES]
    assert sum(len(part) for part in parts) == len(CASES)

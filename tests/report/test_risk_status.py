"""The status of risk: the law's days with whom they concern, and use cases by what is to be done first."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.decide.ai_act import act_on
from remit.decide.risk import tiered
from remit.declare.use_case import AiActFacts, UseCase
from remit.record.projection import StageFact
from remit.report.risk_status import CaseFacts, LawDates, case_lines, law_dates
from shipped_data import eu_ai_act
from strategies import operating_model

TODAY = date(2026, 11, 30)
AREAS = st.sampled_from([None, "none", "employment", "biometrics"])


def case(name: str, today: date = TODAY, **facts: Any) -> CaseFacts:
    declared = UseCase(name=name, unit="claims", purpose="p", ai_act=AiActFacts(**facts))
    stage = StageFact("launch", date(2026, 1, 1), "adopted")
    return CaseFacts(name, stage, tiered(declared), act_on(declared, eu_ai_act(), today))


def dates(*cases: CaseFacts, today: date = TODAY) -> LawDates:
    return law_dates(eu_ai_act(), cases, today)


def test_the_next_day_is_that_of_the_use_case_that_it_concerns() -> None:
    found = dates(case("hiring", area="employment", role="deployer"), case("silent"))
    assert found.next is not None
    assert found.next.day == date(2027, 12, 2)
    assert found.next.use_cases == 1
    assert {name for duty in found.next.duties for name in duty.use_cases} == {"hiring"}
    assert found.next.open == ("silent",)


def test_a_date_that_was_moved_says_what_it_was_and_only_once_that_was_known() -> None:
    [moved] = [each for each in dates().dates if each.day == date(2027, 12, 2)]
    assert any("it was 2026-08-02" in note for note in moved.notes)
    before = dates(today=date(2026, 7, 1))
    assert not any("it was" in note for each in before.dates for note in each.notes)
    [first] = [each for each in before.dates if each.day == date(2026, 8, 2)]
    assert any("Annex III" in note for note in first.notes)


@given(st.lists(AREAS, max_size=4), st.dates(date(2024, 8, 1), date(2032, 1, 1)))
def test_days_lie_in_their_order_on_a_line_and_each_duty_is_on_one(areas: list[Any], today: date) -> None:
    cases = [case(f"c{at}", today, area=area) for at, area in enumerate(areas)]
    found = dates(*cases, today=today)
    places = [each.place for each in found.dates]
    assert places == sorted(places)
    assert all(0 <= place <= 100 for place in (*places, found.today))
    assert {each.day for each in found.coming_first} == {each.day for each in found.dates}
    told = {
        (each.day, duty.title, name)
        for each in found.dates
        for duty in each.duties
        for name in duty.use_cases
    }
    due = {
        (each.applies_from, each.title, one.use_case)
        for one in cases
        for each in (*one.act.in_force, *one.act.coming)
    }
    assert told == due
    assert all(each.passed == (each.day <= today) for each in found.dates)


def test_use_cases_of_the_highest_tier_come_first_and_then_what_fails() -> None:
    names = ("quiet", "failing", "rights")
    model = operating_model(
        use_cases={
            name: {"name": name, "unit": "claims", "purpose": "P.", "owner": f"{name}@example.com"}
            for name in names
        }
    )
    facts = [case("quiet"), case("failing"), case("rights", decides_on_people=True)]
    counts: dict[str, Any] = {
        "quiet": {"holds": 3},
        "failing": {"holds": 1, "does_not_hold": 2, "stale": 1, "not_yet": 4},
        "rights": {"holds": 1, "not_shown": 1},
    }
    found = case_lines(model, facts, counts)
    assert [each.use_case for each in found] == ["rights", "failing", "quiet"]
    assert (found[1].asked, found[1].open, found[1].does_not_hold) == (4, 3, 2)
    assert found[0].why == "it decides on people, or prepares such decisions"
    assert found[0].unstated < found[1].unstated

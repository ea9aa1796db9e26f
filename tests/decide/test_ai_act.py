"""The EU AI Act on a use case: classes by facts, obligations by role and date, and what nobody stated."""

from __future__ import annotations

from datetime import date
from typing import Any

from remit.decide.ai_act import NO_CONCLUSION, WOULD_BE, ActView, act_on, class_of
from remit.declare.use_case import AiActFacts, UseCase
from shipped_data import eu_ai_act

TODAY = date(2026, 11, 30)


def view(today: date = TODAY, **facts: Any) -> ActView:
    case = UseCase(name="A", unit="u", purpose="p", ai_act=AiActFacts(**facts))
    found = act_on(case, eu_ai_act(), today)
    assert class_of(case) == found.name
    return found


def articles(found: ActView) -> tuple[list[str], list[str]]:
    return [each.article for each in found.in_force], [each.article for each in found.coming]


NOTHING: dict[str, Any] = {
    "practices": (),
    "safety_component": False,
    "area": "none",
    "general_purpose": "none",
    "people_interact": False,
    "generates_content": False,
}


def test_without_facts_there_is_no_class_and_every_fact_that_would_make_one_is_named() -> None:
    found = view()
    assert found.name is None
    named = [(each.fact, each.would_be) for each in found.open]
    assert named == [*((fact, to) for fact, _, to in WOULD_BE), ("in_union", "outside")]
    assert articles(found) == (["Art 4"], [])


def test_only_with_every_fact_stated_not_to_be_so_is_it_minimal() -> None:
    assert view(**NOTHING, role="deployer").name == "minimal"
    assert articles(view(**NOTHING, role="deployer")) == (["Art 4"], [])
    for fact in NOTHING:
        assert view(**{name: value for name, value in NOTHING.items() if name != fact}).name is None


def test_a_deployer_in_an_area_of_annex_iii_has_its_duties_before_it_with_the_date_that_was_moved() -> None:
    found = view(area="employment", role="deployer", public_body=False)
    assert found.name == "high_risk_area"
    assert articles(found) == (["Art 4"], ["Art 26", "Art 86"])
    assert {each.applies_from for each in found.coming} == {date(2027, 12, 2)}
    [reason] = found.reasons
    assert reason.facts == ("area: employment",)
    assert (reason.before, reason.moved_by) == (date(2026, 8, 2), "Reg 2026/1744")


def test_what_was_known_of_the_dates_before_they_were_moved_can_be_said_again() -> None:
    before = view(date(2026, 7, 1), area="employment", role="deployer", public_body=False)
    assert {each.applies_from for each in before.coming} == {date(2026, 8, 2)}
    product = view(date(2026, 7, 1), safety_component=True, role="provider")
    assert {each.applies_from for each in product.coming} == {date(2027, 8, 2)}
    product = view(safety_component=True, role="provider")
    assert {each.applies_from for each in product.coming} == {date(2028, 8, 2)}


def test_other_days_give_other_obligations() -> None:
    facts: dict[str, Any] = {"area": "education", "people_interact": True, "role": "provider"}
    counts = [
        len(view(day, **facts).in_force)
        for day in (date(2025, 1, 1), date(2025, 2, 2), TODAY, date(2027, 12, 1), date(2027, 12, 2))
    ]
    assert counts[0] == 0
    assert counts[1] == 1
    assert counts[2] == counts[3]
    assert counts[3] < counts[4]
    for day in (date(2025, 1, 1), TODAY, date(2030, 1, 1)):
        found = view(day, **facts)
        dates = [each.applies_from for each in (*found.in_force, *found.coming)]
        assert dates == sorted(dates)


def test_the_new_prohibitions_are_coming_on_the_last_day_of_november_and_in_force_two_days_later() -> None:
    facts: dict[str, Any] = {"practices": ("intimate_images_without_consent",), "role": "provider"}
    assert articles(view(**facts)) == (["Art 4"], ["Art 5(1)(ba), (bb)"])
    assert articles(view(date(2026, 12, 2), **facts)) == (["Art 4", "Art 5(1)(ba), (bb)"], [])
    assert articles(view(date(2026, 7, 1), **facts)) == (["Art 4"], [])


def test_a_claimed_exemption_counts_only_where_it_is_stated_that_nobody_is_profiled() -> None:
    claimed: dict[str, Any] = {"area": "employment", "exemption": "narrow_task"}
    assert view(**claimed).name == "high_risk_area"
    assert view(**claimed, profiles_people=True).name == "high_risk_area"
    found = view(**claimed, profiles_people=False, role="provider")
    assert found.name == "exempted_area"
    assert articles(found)[1] == ["Art 49", "Art 6(4)"]


def test_a_generating_system_that_was_there_before_august_has_until_december_to_mark_its_content() -> None:
    old = view(generates_content=True, role="provider", on_market_since=date(2026, 5, 1))
    [marks] = [each for each in old.coming if each.article == "Art 50(2)"]
    assert marks.applies_from == date(2026, 12, 2)
    assert marks.spared_by == "Art 111(4) (Reg 2026/1744)"
    new = view(generates_content=True, role="provider", on_market_since=date(2026, 9, 1))
    assert "Art 50(2)" in articles(new)[0]
    unknown = view(generates_content=True, role="provider")
    [marks] = [each for each in unknown.in_force if each.article == "Art 50(2)"]
    assert marks.before == "from 2026-12-02 if on the market before 2026-08-02"


def test_without_a_role_the_obligations_of_both_are_listed_and_the_role_is_named_as_unstated() -> None:
    found = view(area="migration")
    assert {each.roles for each in found.coming} == {("provider",), ("deployer",)}
    assert all("ai_act.role" in each.unstated for each in found.coming)
    [rights] = [each for each in found.coming if each.article == "Art 27"]
    assert "ai_act.public_body" in rights.unstated
    assert "Art 27" not in articles(view(area="migration", public_body=False))[1]


def test_outside_the_union_nothing_is_asked_whatever_else_is_stated() -> None:
    found = view(in_union=False, area="justice", people_interact=True)
    assert found.name == "outside"
    assert found.in_force == found.coming == ()


def test_the_classes_under_the_gravest_hold_as_well() -> None:
    found = view(area="biometrics", people_interact=True, general_purpose="systemic", role="deployer")
    assert [each.name for each in found.reasons] == ["high_risk_area", "gpai_systemic", "transparency"]
    assert "Art 50(3)" in articles(found)[0]


def test_every_reading_names_its_source_its_day_and_that_it_is_no_legal_conclusion() -> None:
    found = view(area="justice")
    assert found.says == NO_CONCLUSION
    assert found.verified_on == date(2026, 11, 23)
    assert "2026/1744" in found.law
    assert "checked against it on 2026-08-05" in found.verified_how


def test_the_dates_of_each_class_stand_in_the_order_in_which_they_became_known() -> None:
    law = eu_ai_act()
    for kind in law.classes.values():
        known = [each.known for each in kind.dates]
        assert known == sorted(set(known))
    for obligation in law.obligations.values():
        assert set(obligation.classes) <= law.classes.keys()
        assert set(obligation.facts) <= AiActFacts.model_fields.keys()
    for transition in law.transitions:
        assert set(transition.obligations) <= law.obligations.keys()
        assert set(transition.facts) <= AiActFacts.model_fields.keys()
        assert transition.before < transition.applies_from

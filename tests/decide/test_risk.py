"""The risk tier of a use case: which fact decides, what would change it, and that facts only raise it."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from remit.decide.risk import SIGNALS, tier_of, tiered
from remit.declare.declared import AGENCIES, AUTONOMIES, DATA_CLASSES, RISK_TIERS
from remit.declare.use_case import AiActArea, AiActFacts, Impact, Practice, UseCase

OF_CASE: dict[str, Any] = {
    "data_class": st.sampled_from(DATA_CLASSES),
    "personal_data": st.booleans(),
    "impact": st.sampled_from(get_args(Impact)),
    "risk_tier_min": st.sampled_from(RISK_TIERS),
    "agency": st.sampled_from(AGENCIES),
    "autonomy": st.sampled_from(AUTONOMIES),
}
OF_ACT: dict[str, Any] = {
    "people_interact": st.booleans(),
    "generates_content": st.booleans(),
    "decides_on_people": st.booleans(),
    "profiles_people": st.booleans(),
    "safety_component": st.booleans(),
    "area": st.sampled_from(get_args(AiActArea)),
    "practices": st.lists(st.sampled_from(get_args(Practice)), max_size=2).map(tuple),
    "general_purpose": st.sampled_from(["none", "model", "systemic"]),
}


def case(ai_act: dict[str, Any] | None = None, **fields: Any) -> UseCase:
    return UseCase(name="A", unit="u", purpose="p", ai_act=AiActFacts(**ai_act or {}), **fields)


def cases() -> st.SearchStrategy[tuple[dict[str, Any], dict[str, Any]]]:
    return st.tuples(st.fixed_dictionaries({}, optional=OF_CASE), st.fixed_dictionaries({}, optional=OF_ACT))


@settings(max_examples=300, deadline=None)
@given(cases(), st.data())
def test_stating_a_fact_that_nobody_stated_never_lowers_the_tier(
    stated: tuple[dict[str, Any], dict[str, Any]], data: st.DataObject
) -> None:
    fields, act = stated
    before = tier_of(case(act, **fields))
    free = [*(OF_CASE.keys() - fields.keys()), *(OF_ACT.keys() - act.keys())]
    if not free:
        return
    name = data.draw(st.sampled_from(sorted(free)))
    if name in OF_CASE:
        fields = {**fields, name: data.draw(OF_CASE[name])}
    else:
        act = {**act, name: data.draw(OF_ACT[name])}
    assert RISK_TIERS.index(tier_of(case(act, **fields))) >= RISK_TIERS.index(before)


@settings(max_examples=200, deadline=None)
@given(cases())
def test_every_tier_above_low_has_reasons_and_what_is_open_raises_it(
    stated: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    found = tiered(case(stated[1], **stated[0]))
    assert bool(found.decided) or found.tier == "low"
    assert all(each.tier == found.tier for each in found.decided)
    for each in found.open:
        assert RISK_TIERS.index(each.tier) > RISK_TIERS.index(found.tier)
        scope, _, field = each.fact.rpartition(".")
        value: Any = {"true": True}.get(each.values[0], each.values[0])
        fields, act = dict(stated[0]), dict(stated[1])
        (act if scope else fields)[field] = (value,) if field == "practices" else value
        assert tier_of(case(act, **fields)) == each.tier


def test_a_tier_says_which_fact_decided_it_and_what_would_hold_without_it() -> None:
    found = tiered(case({"people_interact": True}, impact="both", personal_data=True))
    assert found.tier == "high"
    assert [each.facts for each in found.decided] == [("impact: both",), ("impact: both",)]
    assert [each.facts for each in found.also] == [
        ("personal_data: true",),
        ("ai_act.people_interact: true",),
    ]
    assert found.open == ()


def test_what_is_not_stated_is_named_with_the_tier_that_it_would_make() -> None:
    found = tiered(case(personal_data=True))
    assert (found.tier, found.decided[0].says) == ("medium", "it handles data about people")
    assert ("impact", ("both", "rights", "safety"), "high") in [
        (each.fact, each.values, each.tier) for each in found.open
    ]
    assert "personal_data" not in {each.fact for each in found.open}


def test_agents_that_act_by_themselves_are_high_only_where_they_touch_something() -> None:
    assert tier_of(case(autonomy="autonomous")) == "low"
    assert tier_of(case(autonomy="act_with_approval", agency="write")) == "medium"
    assert tier_of(case(autonomy="act_within_limits", agency="read")) == "high"
    [agency] = [each for each in tiered(case(autonomy="autonomous")).open if each.fact == "agency"]
    assert (agency.values, agency.tier) == (("read", "write"), "high")


def test_a_declared_tier_raises_and_never_lowers() -> None:
    assert tier_of(case(risk_tier_min="medium")) == "medium"
    assert tier_of(case(risk_tier_min="low", impact="safety")) == "high"
    assert tiered(case(risk_tier_min="high")).decided[0].facts == ("risk_tier_min",)


def test_the_table_names_every_area_and_practice_that_can_be_declared() -> None:
    named = {each.fact: each.values for signal in SIGNALS for each in signal.conditions}
    assert named["ai_act.area"] == set(get_args(AiActArea)) - {"none"}
    assert named["ai_act.practices"] == set(get_args(Practice))
    assert [each.tier for each in SIGNALS] == sorted((each.tier for each in SIGNALS), key=RISK_TIERS.index)[
        ::-1
    ]

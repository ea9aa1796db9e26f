"""What the form of intake says, as a declaration."""

from __future__ import annotations

import pytest

from remit.decide.risk import tiered
from remit.declare.use_case import UseCase
from remit.portal.pages.propose import AREAS, PRACTICES, body_of

PLAIN = {"name": "Letters", "unit": "desk", "purpose": "Draft answers, so that they go out the same day."}
HARMLESS = PLAIN | {
    "data_class": "internal",
    "personal_data": "false",
    "impact": "neither",
    "agency": "none",
    "ai_act_area": "none",
    "ai_act_practices": "none",
    "ai_act_general_purpose": "none",
    "ai_act_decides_on_people": "false",
    "ai_act_profiles_people": "false",
    "ai_act_people_interact": "false",
    "ai_act_generates_content": "false",
    "ai_act_safety_component": "false",
}


def test_a_form_can_state_all_that_a_low_risk_rests_on() -> None:
    found = tiered(UseCase.model_validate(body_of(HARMLESS)))
    assert (found.tier, found.open) == ("low", ())


@pytest.mark.parametrize("left_out", sorted(HARMLESS.keys() - PLAIN.keys()))
def test_what_is_not_known_yet_stays_open(left_out: str) -> None:
    form = {name: each for name, each in HARMLESS.items() if name != left_out}
    [fact] = {each.fact.rpartition(".")[2] for each in tiered(UseCase.model_validate(body_of(form))).open}
    assert fact == left_out.removeprefix("ai_act_")


@pytest.mark.parametrize(
    "said",
    [
        *({"ai_act_area": name} for name, _ in AREAS),
        *({"ai_act_practices": name} for name, _ in PRACTICES),
        {"ai_act_decides_on_people": "true"},
        {"ai_act_safety_component": "true"},
        {"ai_act_general_purpose": "systemic"},
        {"impact": "both"},
    ],
    ids=lambda each: "-".join(each.values()),
)
def test_what_is_stated_can_make_it_high(said: dict[str, str]) -> None:
    assert tiered(UseCase.model_validate(body_of(HARMLESS | said))).tier == "high"

"""Approvals: who must agree under each mode, how requests stand, and who may answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.cli.directory import shipped_files
from remit.decide.approval import (
    Capacity,
    alike,
    capacities,
    may_answer,
    refusals,
    seen_code,
    standing,
)
from remit.decide.approval_rule import STRICTEST, is_asked, rule_for, seats, tier_rule
from remit.decide.roles import holder, roles_held
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.record.approval_entry import Approval, ApprovalRequest, Delegation

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEXT = """
organisation:
  name: House
  contact: centre@example.com
  currency: EUR
  governance: MODE
  roles: {privacy: privacy@example.com}
units:
  desk: {name: Desk, lead: lead@example.com}
use_cases:
  pilot:
    name: A pilot
    unit: desk
    owner: owner@example.com
    risk_owner: risk@example.com
    purpose: Try it.
"""
OWNER, LEAD, RISK, CENTRE = "owner@example.com", "lead@example.com", "risk@example.com", "centre@example.com"


@cache
def model(mode: str = "federated", more: str = "") -> OperatingModel:
    loaded = load({**shipped_files(), "a.yaml": TEXT.replace("MODE", mode), "b.yaml": more or "units: {}\n"})
    assert loaded.operating_model is not None, loaded.diagnostics
    return loaded.operating_model


def request(**what: Any) -> ApprovalRequest:
    given: dict[str, Any] = {
        "id": "r1",
        "at": NOW,
        "about": "gate",
        "use_case": "pilot",
        "unit": "desk",
        "subject": "gate/launch",
        "digest": "d1",
        "summary": "into launch",
        "tier": "medium",
        "roles": ("unit-lead", "risk-owner"),
        "barred": (OWNER,),
        "deadline": NOW + 24 * HOUR,
        "escalates_to": "centre",
        "expires": NOW + 72 * HOUR,
        "author": OWNER,
    }
    return ApprovalRequest(**(given | what))


def answer(author: str, role: str, /, **what: Any) -> Approval:
    given: dict[str, Any] = {
        "id": "a",
        "at": NOW + HOUR,
        "request": "r1",
        "about": "gate",
        "digest": "d1",
        "said": "approved",
    }
    return Approval(**(given | {"author": author, "role": role} | what))


def delegation(holder: str, to: str, **what: Any) -> Delegation:
    given: dict[str, Any] = {"id": "d", "at": NOW, "since": NOW, "until": NOW + 48 * HOUR, "author": holder}
    return Delegation(**(given | {"holder": holder, "to": to} | what))


def may(asked: ApprovalRequest, person: str, *answers: Approval, at: datetime = NOW, **more: Any) -> Any:
    found = standing(asked, answers, at)
    return capacities(model(), found, person, delegations=more.get("delegations", ()), now=at)


# ── rules ──


@pytest.mark.parametrize(
    ("mode", "tier", "roles"),
    [
        ("centralized", "low", ("centre",)),
        ("centralized", "high", ("risk-owner", "centre")),
        ("federated", "low", ("unit-lead",)),
        ("federated", "medium", ("risk-owner", "unit-lead")),
        ("federated", "high", ("risk-owner", "unit-lead", "centre")),
        ("decentralized", "low", ("unit-lead",)),
        ("decentralized", "high", ("risk-owner", "unit-lead", "centre")),
    ],
)
def test_who_agrees_to_a_gate_follows_the_governance_mode_and_the_tier(
    mode: str, tier: Any, roles: tuple[str, ...]
) -> None:
    assert rule_for(model(mode), "gate", tier=tier, use_case="pilot").roles == roles


@pytest.mark.parametrize(
    ("mode", "waiver", "budget"),
    [
        ("centralized", ("risk-owner", "centre"), ("centre",)),
        ("federated", ("risk-owner", "unit-lead", "centre"), ("unit-lead",)),
        ("decentralized", ("risk-owner", "unit-lead"), ("unit-lead",)),
    ],
)
def test_waivers_follow_who_accepts_risks_and_budgets_who_pays(
    mode: str, waiver: tuple[str, ...], budget: tuple[str, ...]
) -> None:
    assert rule_for(model(mode), "waiver", tier="high", use_case="pilot").roles == waiver
    assert rule_for(model(mode), "budget", tier="high", use_case="pilot").roles == budget


def test_high_tiers_need_two_persons_and_others_one() -> None:
    rules = [rule_for(model(), "gate", tier=tier, use_case="pilot") for tier in ("low", "medium", "high")]
    assert [rule.people for rule in rules] == [1, 1, 2]


def test_the_roles_of_a_gate_are_asked_beside_those_of_the_mode_and_each_once() -> None:
    rule = rule_for(model(), "gate", tier="medium", use_case="pilot", roles=("privacy", "unit-lead"))
    assert rule.roles == ("privacy", "unit-lead", "risk-owner")


def test_what_is_of_no_unit_is_the_centre_s_and_so_are_roles_of_a_use_case_that_is_not_there() -> None:
    assert rule_for(model(), "apply", tier="high").roles == ("centre",)
    assert rule_for(model(), "apply", tier="high", unit="desk").roles == ("centre", "unit-lead")


def test_a_tier_that_is_left_out_follows_the_next_higher_one_and_no_rule_is_the_strictest() -> None:
    own = """
approvals:
  tool:
    description: An agent's step.
    capability: tools
    high: {people: 2, deadline_hours: 1, expires_hours: 2}
"""
    assert tier_rule(model(more=own), "tool", "low").people == 2
    bare = model().model_copy(update={"approvals": {}})
    assert tier_rule(bare, "gate", "low") is STRICTEST
    assert rule_for(bare, "gate", tier="low", use_case="pilot").roles == ("risk-owner", "centre")


def test_a_role_whose_holder_is_barred_is_answered_by_who_it_escalates_to() -> None:
    rule = rule_for(model(), "gate", tier="medium", use_case="pilot")
    found = seats(model(), rule, use_case="pilot", barred=(LEAD,))
    assert (found.roles, found.stood_in, found.empty) == (("risk-owner", "unit-lead"), ("unit-lead",), ())
    found = seats(model(), rule, use_case="pilot", barred=(LEAD, CENTRE))
    assert found.empty == ("unit-lead",)


def test_one_more_role_is_asked_where_they_are_too_few_persons() -> None:
    rule = rule_for(model("centralized"), "budget", tier="high", use_case="pilot")
    two = seats(model(), rule, use_case="pilot")
    assert (two.roles, two.short) == (("centre",), 0)
    rule = rule_for(model(), "apply", tier="high", use_case="pilot")
    found = seats(model(), rule, use_case="pilot", barred=(RISK, LEAD))
    assert (found.stood_in, found.short) == (("risk-owner", "unit-lead"), 1)


def test_a_further_role_makes_up_for_persons_who_are_missing() -> None:
    own = """
approvals:
  budget:
    description: More money.
    capability: budgets
    stages: [launch]
    high: {people: 2, deadline_hours: 1, escalates_to: centre, expires_hours: 2}
"""
    rule = rule_for(model(more=own), "budget", tier="high", use_case="pilot")
    found = seats(model(), rule, use_case="pilot")
    assert (found.roles, found.short) == (("unit-lead", "centre"), 0)
    assert is_asked(model(more=own), "budget", tier="high", stage="launch")
    assert not is_asked(model(more=own), "budget", tier="high", stage="scale")
    assert not is_asked(model(more=own), "budget", tier="low", stage="launch")
    assert is_asked(model(), "gate", tier="low", stage="envision")


def test_roles_are_held_for_a_use_case_a_unit_or_the_organisation() -> None:
    held = {person: roles_held(model(), person) for person in (CENTRE, LEAD, RISK, OWNER, "x@example.com")}
    assert held == {
        CENTRE: ("centre",),
        LEAD: ("unit-lead",),
        RISK: ("risk-owner",),
        OWNER: ("use-case-owner",),
        "x@example.com": (),
    }
    assert roles_held(model(), "privacy@example.com") == ("privacy",)
    assert holder(model(), "risk-owner/pilot") == RISK


# ── standing ──


def test_a_request_is_approved_when_every_role_and_enough_persons_have_consented() -> None:
    first = answer(LEAD, "unit-lead")
    assert standing(request(), [first], NOW + 2 * HOUR).waits_for == ("risk-owner",)
    done = standing(request(), [first, answer(RISK, "risk-owner")], NOW + 2 * HOUR)
    assert (done.state, done.waits_for) == ("approved", ())


def test_one_person_in_two_roles_answers_for_both_and_counts_once() -> None:
    both = [answer(LEAD, "unit-lead"), answer(LEAD, "risk-owner")]
    assert standing(request(), both, NOW + 2 * HOUR).state == "approved"
    two = standing(request(people=2), both, NOW + 2 * HOUR)
    assert (two.state, two.waits_for, two.people) == ("open", (), 1)


def test_a_denial_ends_it_and_what_comes_after_the_end_counts_for_nothing() -> None:
    denied = answer(RISK, "risk-owner", said="denied")
    given = [answer(LEAD, "unit-lead"), denied, answer(RISK, "risk-owner")]
    assert standing(request(), given, NOW + 2 * HOUR).state == "denied"
    settled = [answer(LEAD, "unit-lead"), answer(RISK, "risk-owner"), denied]
    assert standing(request(), settled, NOW + 2 * HOUR).state == "approved"


@pytest.mark.parametrize(
    "more",
    [
        {"digest": "other"},
        {"request": "r2"},
        {"author": OWNER},
        {"on_behalf_of": OWNER},
        {"at": NOW + 72 * HOUR},
        {"role": "privacy"},
        {"role": "centre"},
        {"role": "centre", "in_place_of": "unit-lead"},
        {"role": "privacy", "in_place_of": "unit-lead", "at": NOW + 30 * HOUR},
    ],
    ids=str,
)
def test_an_answer_that_is_not_to_this_or_not_theirs_to_give_counts_for_nothing(more: Any) -> None:
    found = standing(request(roles=("unit-lead",)), [answer(LEAD, "unit-lead", **more)], NOW + 80 * HOUR)
    assert (found.state, found.answers) == ("expired", ())


def test_only_the_asker_takes_a_request_back() -> None:
    assert standing(request(), [answer(OWNER, "", said="withdrawn")], NOW + 2 * HOUR).state == "withdrawn"
    assert standing(request(), [answer(LEAD, "", said="withdrawn")], NOW + 2 * HOUR).state == "open"


def test_after_the_deadline_it_may_be_answered_in_place_of_who_is_missing() -> None:
    late = NOW + 25 * HOUR
    assert may(request(), CENTRE) == ()
    assert may(request(), CENTRE, answer(LEAD, "unit-lead"), at=late) == (
        Capacity("centre", in_place_of="risk-owner"),
    )
    given = [answer(LEAD, "unit-lead"), answer(CENTRE, "centre", in_place_of="risk-owner", at=late)]
    assert standing(request(), given, late).state == "approved"
    assert standing(request(), [], late).escalated
    assert not standing(request(), [], NOW).escalated


def test_who_answered_in_place_of_all_is_one_person_and_another_of_the_roles_is_the_second() -> None:
    late, asked = NOW + 25 * HOUR, request(people=2)
    places = [answer(CENTRE, "centre", in_place_of=role, at=late) for role in asked.roles]
    found = standing(asked, places, late)
    assert (found.state, found.waits_for, found.people) == ("open", (), 1)
    assert may(asked, CENTRE, *places, at=late) == ()
    assert may(asked, LEAD, *places, at=late) == (Capacity("unit-lead"),)
    assert may_answer(model(), found, delegations=(), now=late) == (("unit-lead", LEAD), ("risk-owner", RISK))
    both = [answer(LEAD, role, at=NOW) for role in asked.roles]
    given = (delegation(LEAD, "deputy@example.com"),)
    assert may(asked, "deputy@example.com", *both, at=late, delegations=given) == ()
    second = answer(LEAD, "unit-lead", at=late)
    assert standing(asked, [*places, second], late).state == "approved"


def test_in_place_of_a_barred_holder_it_is_answered_from_the_beginning() -> None:
    asked = request(barred=(OWNER, LEAD), stood_in=("unit-lead",))
    assert may(asked, CENTRE) == (Capacity("centre", in_place_of="unit-lead"),)
    assert may(asked, LEAD) == ()


# ── delegation ──


def test_a_delegate_answers_in_the_roles_that_were_delegated_while_it_lasts() -> None:
    given = (delegation(LEAD, "deputy@example.com", roles=("unit-lead",)),)
    of = Capacity("unit-lead", on_behalf_of=LEAD)
    assert may(request(), "deputy@example.com", delegations=given) == (of,)
    assert may(request(), "deputy@example.com", delegations=given, at=NOW + 49 * HOUR) == ()
    other = (delegation(LEAD, "deputy@example.com", roles=("risk-owner",)),)
    assert may(request(), "deputy@example.com", delegations=other) == ()
    ended = (*given, delegation(LEAD, "deputy@example.com", id="e", ends="d"))
    assert may(request(), "deputy@example.com", delegations=ended) == ()


def test_delegation_is_no_chain_and_opens_nothing_to_or_for_who_is_barred() -> None:
    chain = (delegation(LEAD, "one@example.com"), delegation("one@example.com", "two@example.com", id="d2"))
    assert may(request(), "two@example.com", delegations=chain) == ()
    assert may(request(), OWNER, delegations=(delegation(LEAD, OWNER),)) == ()
    barred = request(barred=(OWNER, LEAD))
    assert may(barred, "one@example.com", delegations=chain) == ()


def test_who_delegates_and_their_delegate_are_one_person() -> None:
    asked = request(people=2)
    given = (delegation(LEAD, RISK),)
    assert may(asked, RISK, delegations=given) == (Capacity("risk-owner"),)
    own = answer(RISK, "risk-owner")
    assert may(asked, RISK, own, delegations=given, at=NOW + 2 * HOUR) == ()
    forged = answer(RISK, "unit-lead", on_behalf_of=LEAD)
    assert standing(asked, [own, forged], NOW + 2 * HOUR).people == 1
    assert may(request(), RISK, delegations=given) == (
        Capacity("unit-lead", on_behalf_of=LEAD),
        Capacity("risk-owner"),
    )


def test_any_role_that_is_asked_may_refuse_even_after_it_consented() -> None:
    found = standing(request(), [answer(LEAD, "unit-lead")], NOW + 2 * HOUR)
    assert refusals(model(), found, LEAD, delegations=(), now=NOW) == (Capacity("unit-lead"),)
    assert refusals(model(), found, "nobody@example.com", delegations=(), now=NOW) == ()


def test_who_may_answer_is_said_with_delegates_and_stand_ins() -> None:
    given = (delegation(LEAD, "deputy@example.com"),)
    late = NOW + 25 * HOUR
    found = standing(request(), [], late)
    assert may_answer(model(), found, delegations=given, now=late) == (
        ("unit-lead", LEAD),
        ("unit-lead", "deputy@example.com"),
        ("risk-owner", RISK),
        ("unit-lead", CENTRE),
        ("risk-owner", CENTRE),
    )


def test_a_role_that_nobody_holds_any_more_waits_for_who_it_escalates_to() -> None:
    found = standing(request(roles=("nobody-s",)), [], NOW)
    assert may_answer(model(), found, delegations=(), now=NOW) == ()
    found = standing(request(roles=("nobody-s",)), [], NOW + 25 * HOUR)
    assert may_answer(model(), found, delegations=(), now=NOW + 25 * HOUR) == (("nobody-s", CENTRE),)


# ── several at once ──


def test_only_what_is_alike_is_answered_together_and_never_what_is_of_high_risk() -> None:
    one, other = request(), request(id="r2", use_case="second")
    assert alike([one, other]) is None
    assert alike([request(tier="high")]) is None
    assert alike([one, request(tier="high")]) == "one of them is of high risk"
    assert alike([one, request(subject="gate/scale")]) == "they ask for different things"
    assert alike([one, request(tier="low")]) == "they are of different risk"
    assert alike([one, request(roles=("privacy",))]) == "they wait for different roles"


def test_the_code_is_of_just_these_requests_in_any_order() -> None:
    one, other = request(), request(id="r2")
    assert seen_code([one, other]) == seen_code([other, one])
    assert len({seen_code([one]), seen_code([other]), seen_code([one, other])}) == 3
    assert seen_code([request(digest="d2")]) != seen_code([one])


# ── properties ──

_people = st.sampled_from((OWNER, LEAD, RISK, CENTRE, "deputy@example.com"))
_answers = st.builds(
    answer,
    _people,
    st.sampled_from(("unit-lead", "risk-owner", "centre", "")),
    on_behalf_of=st.just("") | _people,
    in_place_of=st.sampled_from(("", "unit-lead", "risk-owner")),
    said=st.sampled_from(("approved", "approved", "approved", "denied", "withdrawn")),
    at=st.integers(0, 80).map(lambda hours: NOW + hours * HOUR),
    digest=st.sampled_from(("d1", "d1", "d1", "d2")),
)


@given(st.lists(_answers, max_size=8), st.integers(1, 3), st.integers(0, 90))
def test_nothing_is_approved_without_every_role_and_so_many_persons_of_whom_none_is_barred(
    answers: list[Approval], people: int, hours: int
) -> None:
    asked = request(people=people, barred=(OWNER,))
    found = standing(asked, answers, NOW + hours * HOUR)
    if found.state != "approved":
        return
    given = found.consents
    assert {each.in_place_of or each.role for each in given} >= set(asked.roles)
    assert len({each.on_behalf_of or each.author for each in given}) >= people
    assert len({each.author for each in given}) >= people
    assert all(each.digest == "d1" and OWNER not in (each.author, each.on_behalf_of) for each in given)
    assert all(each.at >= asked.deadline for each in given if each.role == "centre")


@given(st.lists(_answers, max_size=8), st.integers(1, 2), _people, st.integers(0, 60))
def test_what_somebody_may_consent_to_counts_once_they_did(
    answers: list[Approval], people: int, person: str, hours: int
) -> None:
    now = NOW + hours * HOUR
    before = [each for each in answers if each.at <= now]
    found = standing(request(people=people), before, now)
    given = (delegation(LEAD, "deputy@example.com", until=NOW + 90 * HOUR),)
    for each in capacities(model(), found, person, delegations=given, now=now):
        new = answer(person, each.role, on_behalf_of=each.on_behalf_of, in_place_of=each.in_place_of, at=now)
        after = standing(request(people=people), [*before, new], now)
        assert len(after.answers) == len(found.answers) + 1

"""Advice follows from a table: deterministic, with figures, and evidence never ends a use case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.advice import ADVISED, RULES, CaseFacts, advise, twins
from remit.decide.duplicate import Explained, Group, Member
from remit.decide.funnel import funnel
from remit.decide.life import Life
from remit.decide.next_best import next_best
from remit.decide.sunset import Sunset
from remit.declare.organisation import STAGES

DUE = Sunset("chat", "claims", "launch", "organisation", "idle", date(2026, 1, 1), "no call", "retire", "…")
LATE: dict[str, Any] = {"in_work": True, "age": 1_200, "p85": 1_004}


def facts(**more: Any) -> CaseFacts:
    fields = {"id": "chat", "name": "Chat", "unit": "claims", "stage": "experiment", "in_work": True, **more}
    return CaseFacts(**fields)


@pytest.mark.parametrize(
    ("known", "advised", "rule"),
    [
        ({"killed": ("no-value",), "ready": True, "into": "launch"}, "stop", "kill-criterion"),
        ({"sunset": DUE}, "stop", "sunset-retire"),
        ({"sunset": replace(DUE, recommend="demote to launch")}, "park", "sunset-demote"),
        ({"twin": "mail", "twin_why": "the same title"}, "merge", "duplicate"),
        ({**LATE, "ready": True, "into": "launch"}, "go", "gate-met"),
        ({**LATE, "age": 2_009}, "stop", "stale"),
        (LATE, "park", "late-and-still"),
        ({}, "park", "undated-and-still"),
        ({**LATE, "age": 5_000, "calls": 3}, "go", "late-and-moving"),
        ({"in_work": False}, "go", "in-use"),
        ({**LATE, "age": 1_004}, "go", "in-time"),
        ({"age": 4_000}, "go", "in-time"),
    ],
)
def test_the_first_rule_that_holds_decides(known: dict[str, Any], advised: str, rule: str) -> None:
    found = advise(facts(**known))
    assert (found.advised, found.rule) == (advised, rule)
    assert found.why
    assert found.unless


def test_the_reason_has_the_figures() -> None:
    assert advise(facts(**LATE)).why == (
        "1,200 days old; 85 of 100 were in use within 1,004; no call in 30 days and no evidence"
    )


some_facts = st.builds(
    facts,
    stage=st.sampled_from(STAGES[:-1]),
    in_work=st.booleans(),
    age=st.none() | st.integers(0, 5_000),
    p85=st.none() | st.integers(1, 2_000),
    calls=st.integers(0, 3),
    evidence=st.integers(0, 3),
    into=st.none() | st.just("launch"),
    ready=st.booleans(),
    missing=st.integers(0, 4),
    asked=st.just(4),
    killed=st.sampled_from([(), ("no-value",)]),
    sunset=st.sampled_from([None, DUE]),
    twin=st.sampled_from(["", "mail"]),
    waits=st.sampled_from([(), ("risk-owner",)]),
    score=st.none() | st.floats(0, 1),
)


@given(some_facts, st.integers(0, 5), st.integers(0, 5))
def test_more_calls_and_evidence_never_turn_go_into_stop(known: CaseFacts, calls: int, evidence: int) -> None:
    more = replace(known, calls=known.calls + calls, evidence=known.evidence + evidence)
    before, after = advise(known), advise(more)
    if before.advised == "go":
        assert after.advised == "go"
    if after.advised == "stop":
        assert before.advised == "stop"


@given(some_facts)
def test_every_use_case_gets_one_advice_and_always_the_same(known: CaseFacts) -> None:
    assert advise(known) == advise(known)
    assert advise(known).advised in ADVISED
    assert RULES[-1].holds(known)


def member(id: str, stage: Any = "experiment") -> Member:
    return Member(id, id, "claims", stage, "a@example.com")


def test_the_one_that_is_farthest_along_stays_and_who_is_explained_is_left_alone() -> None:
    some = (member("a"), member("b", "scale"), member("c"), member("d", "retired"))
    group = Group("text", some, 0.9, (), (Explained("c", "b", "another job"),))
    assert twins([group], {}) == {"a": ("b", "alike")}
    assert twins([Group("text", (member("a"), member("c")), 0.9, ())], {"c": 2}) == {"a": ("c", "alike")}


@given(st.lists(st.tuples(some_facts, st.sampled_from(["claims", "motor"])), max_size=12))
def test_counts_by_unit_add_up_to_the_whole(drawn: list[tuple[CaseFacts, str]]) -> None:
    known = {f"c{at}": replace(each, id=f"c{at}", unit=unit) for at, (each, unit) in enumerate(drawn)}
    every = {
        name: Life(name, each.unit, each.stage, each.stage, None, None, False, each.in_work)
        for name, each in known.items()
    }
    found = funnel(every, known, names={}, asked_since={})
    assert found.whole.use_cases == sum(each.use_cases for each in found.units) == len(known)
    for stage in STAGES:
        assert found.whole.at[stage] == sum(each.at[stage] for each in found.units)
        assert found.whole.queue.get(stage, 0) == sum(each.queue.get(stage, 0) for each in found.units)
    for place, conversion in enumerate(found.whole.conversions):
        assert conversion.came == sum(each.conversions[place].came for each in found.units)


@given(st.lists(some_facts, max_size=8), st.randoms(use_true_random=False))
def test_what_to_decide_next_does_not_depend_on_the_order(drawn: list[CaseFacts], chance: Any) -> None:
    cases = [(each, advise(each)) for each in (replace(one, id=f"c{at}") for at, one in enumerate(drawn))]
    mixed = [*cases]
    chance.shuffle(mixed)
    found = next_best(cases, limit=3)
    assert found == next_best(mixed, limit=3)
    assert all(0 <= each.priority <= 1 for each in found)


def test_a_met_gate_comes_before_one_that_lacks_and_a_low_score_is_parked_first() -> None:
    met = facts(id="met", age=10, p85=100, into="launch", ready=True, asked=4, score=0.9)
    lacking = facts(id="lacking", age=150, p85=100, calls=1, into="launch", missing=3, asked=4, score=0.9)
    poor, rich = (
        facts(id=name, age=150, p85=100, score=share) for name, share in (("poor", 0.1), ("rich", 0.9))
    )
    found = next_best(((each, advise(each)) for each in (lacking, rich, met, poor)), limit=4)
    assert [each.use_case for each in found] == ["poor", "met", "lacking", "rich"]

"""Autonomy is earned by evidence, falls by itself, and is never above what the stage and the remit allow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from remit.decide.autonomy import BY_STAGE, Attempts, Facts, Shares, Thresholds, earned
from remit.declare.declared import AUTONOMIES, Autonomy
from remit.declare.organisation import STAGES, StageName
from remit.record.tool_entry import TARGET_CLASSES

DAY = date(2026, 12, 1)
NEEDS = Thresholds()


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


FULL = Facts(
    most="autonomous",
    writes=True,
    target_class="known",
    approved={ago(3): 5},
    done={ago(3): 30, ago(2): 30},
    evaluation=Shares(Decimal("0.97"), ago(10), 100),
    replay=Shares(Decimal(1), DAY, 60),
)


def level(facts: Facts, stage: StageName = "scale", day: date = DAY) -> Autonomy:
    return earned(facts, NEEDS, stage=stage, day=day).autonomy


def test_each_stage_earns_no_more_than_its_own() -> None:
    assert {stage: level(FULL, stage) for stage in STAGES} == BY_STAGE


def test_at_launch_approvals_alone_let_it_act_within_limits() -> None:
    found = earned(replace(FULL, evaluation=None, replay=None), NEEDS, stage="launch", day=DAY)
    assert found.autonomy == "act_within_limits"
    assert "5 calls approved since 2026-09-03, and none refused" in found.why
    assert found.raises == ("pass the gate to `scale`",)
    assert found.until == ago(3) + timedelta(days=89)


def test_without_approvals_it_says_how_many_are_missing() -> None:
    found = earned(replace(FULL, approved={ago(1): 2}), NEEDS, stage="launch", day=DAY)
    assert found.autonomy == "act_with_approval"
    assert found.raises == ("3 more calls that a person approves, with none refused",)


def test_a_tool_that_only_reads_needs_no_approvals() -> None:
    assert level(replace(FULL, writes=False, approved={}, done={}), "launch") == "act_within_limits"


def test_what_was_approved_says_nothing_of_targets_that_nobody_knows() -> None:
    assert level(replace(FULL, target_class="unknown")) == "act_with_approval"


def test_a_refusal_a_breach_a_spike_and_an_incident_each_lower_it() -> None:
    spike = {ago(1): Attempts(20, 11)}
    for facts in (
        replace(FULL, refused=frozenset({ago(3)})),
        replace(FULL, breached=frozenset({ago(1)})),
        replace(FULL, attempts=spike),
        replace(FULL, open=("kill switch `tool/pay`",)),
        replace(FULL, evaluation=Shares(Decimal("0.5"), ago(1), 10)),
    ):
        found = earned(facts, NEEDS, stage="scale", day=DAY)
        assert found.autonomy == "act_with_approval"
        assert found.raises


def test_few_refused_calls_are_no_spike() -> None:
    assert level(replace(FULL, attempts={ago(1): Attempts(11, 10)})) == "autonomous"
    assert level(replace(FULL, attempts={ago(1): Attempts(1000, 50)})) == "autonomous"


def test_what_a_breach_took_back_is_earned_again_by_later_evidence() -> None:
    breached = replace(FULL, breached=frozenset({ago(20)}), evaluation=Shares(Decimal(1), ago(30), 9))
    found = earned(breached, NEEDS, stage="scale", day=DAY)
    assert found.autonomy == "act_within_limits"
    assert found.raises == ("evaluation of 2026-11-12 or later: run `remit evaluate`",)
    assert found.fell == (
        "a budget or limit was come up against on 2026-11-11; what was shown until then counts no more",
    )


days = st.integers(0, 200).map(ago)
counts = st.dictionaries(days, st.integers(1, 100), max_size=6)
shares = st.none() | st.builds(
    Shares, st.sampled_from([Decimal("0.5"), Decimal("0.9"), Decimal(1)]), days, st.integers(1, 500)
)
facts = st.builds(
    Facts,
    most=st.sampled_from(AUTONOMIES),
    writes=st.booleans(),
    target_class=st.sampled_from(TARGET_CLASSES),
    approved=counts,
    done=counts,
    refused=st.frozensets(days, max_size=2),
    breached=st.frozensets(days, max_size=2),
    attempts=st.dictionaries(
        days, st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda n: Attempts(sum(n), n[0]))
    ),
    evaluation=shares,
    replay=shares,
    open=st.sampled_from([(), ("a kill switch",)]),
)
needs = st.builds(Thresholds, approvals=st.integers(1, 9), calls=st.integers(1, 60), days=st.integers(1, 120))
stages = st.sampled_from(STAGES)
order = AUTONOMIES.index


class TestWhateverHappens:
    @given(facts, needs, stages)
    def test_the_remit_and_the_stage_are_never_passed(
        self, known: Facts, asked: Thresholds, stage: StageName
    ) -> None:
        found = earned(known, asked, stage=stage, day=DAY)
        assert order(found.autonomy) <= min(order(known.most), order(BY_STAGE[stage]))
        assert found.why

    @given(facts, needs, stages, days, st.sampled_from(["refused", "breached", "denied", "open"]))
    def test_more_trouble_never_raises_it(
        self, known: Facts, asked: Thresholds, stage: StageName, when: date, what: str
    ) -> None:
        tried = (known.attempts or {}).get(when, Attempts(0, 0))
        worse = {
            "refused": replace(known, refused=known.refused | {when}),
            "breached": replace(known, breached=known.breached | {when}),
            "denied": replace(
                known,
                attempts={**(known.attempts or {}), when: Attempts(tried.calls + 1, tried.denied + 1)},
            ),
            "open": replace(known, open=(*known.open, "an incident")),
        }[what]
        before = earned(known, asked, stage=stage, day=DAY)
        assert order(earned(worse, asked, stage=stage, day=DAY).autonomy) <= order(before.autonomy)

    @given(facts, needs, stages, st.integers(1, 150))
    def test_time_alone_never_raises_it_and_says_when_it_lowers_it(
        self, known: Facts, asked: Thresholds, stage: StageName, later: int
    ) -> None:
        known = replace(known, refused=frozenset(), breached=frozenset(), attempts=None)
        now = earned(known, asked, stage=stage, day=DAY)
        then = earned(known, asked, stage=stage, day=DAY + timedelta(days=later))
        assert order(then.autonomy) <= order(now.autonomy)
        if now.until is not None:
            kept = DAY + timedelta(days=later) <= now.until
            assert (then.autonomy == now.autonomy) is kept

    @given(facts, needs, needs, stages)
    def test_who_asks_for_more_never_lets_it_do_more(
        self, known: Facts, one: Thresholds, other: Thresholds, stage: StageName
    ) -> None:
        both = replace(
            one,
            approvals=max(one.approvals, other.approvals),
            calls=max(one.calls, other.calls),
            days=min(one.days, other.days),
        )
        known = replace(known, refused=frozenset(), breached=frozenset(), attempts=None)
        found = order(earned(known, both, stage=stage, day=DAY).autonomy)
        assert found <= min(
            order(earned(known, each, stage=stage, day=DAY).autonomy) for each in (one, other)
        )

"""Gates assessed: how each criterion stands, how sure that is, and what would meet it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.confidence import sample_for, sure_at_least
from remit.decide.dossier import Attested, Dossier, Fact
from remit.decide.gate import GateStanding, assess_gate
from remit.decide.surety import Bound, sure
from remit.declare.measure import MEASURES
from remit.declare.operating_model import OperatingModel
from remit.record.dossier_entry import Waiver
from remit.record.projection import StageFact
from strategies import STATED, operating_model, utc

NOW = utc(2026, 11, 30, 12)
TODAY = NOW.date()
STAGE = StageFact("experiment", date(2026, 8, 1), "declared")
RATE = {
    "measure": "pass_rate",
    "at_least": "0.9",
    "confidence": "0.95",
    "fresh_days": "60",
    "evidence": "evaluation",
}
ATTACKS = {
    "measure": "attack_success_rate",
    "at_most": "0.05",
    "confidence": "0.95",
    "evidence": "evaluation",
}
STUDY = {"measure": "return_on_cost", "at_least": "1", "confidence": "0.9", "evidence": "value_study"}
WORD = {"measure": "attestation", "present": "true", "fresh_days": "180", "evidence": "attestation"}
CONSENT = {"measure": "approval", "present": "true", "evidence": "approval"}


def model(
    criteria: Mapping[str, Any],
    *,
    kill: Mapping[str, Any] | None = None,
    park: Mapping[str, Any] | None = None,
    fast_lane: bool = True,
    **case: Any,
) -> OperatingModel:
    def whole(each: Any) -> Any:
        return {"name": "N", "pillar": "business", "help": "Do it.", **each}

    gate = {
        "description": "D",
        "approvals": ["risk-owner"],
        **({"fast_lane": True} if fast_lane else {}),
        "criteria": {id: whole(each) for id, each in criteria.items()},
        "kill": {id: whole(each) for id, each in (kill or {}).items()},
        "park": {id: whole(each) for id, each in (park or {}).items()},
    }
    triage = {"name": "T", "unit": "motor", "purpose": "P", "personal_data": "true", **case}
    return operating_model(gates={"launch": gate}, use_cases={"triage": triage})


def dossier(*facts: Fact, **fields: Any) -> Dossier:
    by_measure: dict[str, tuple[Fact, ...]] = {}
    for fact in sorted(facts, key=lambda each: each.at, reverse=True):
        by_measure[fact.measure] = (*by_measure.get(fact.measure, ()), fact)
    return Dossier("triage", NOW, TODAY, STAGE, facts=by_measure, **fields)


def counted(passed: int, total: int, measure: str = "pass_rate", *, days: int = 1, **fields: Any) -> Fact:
    kind = MEASURES[measure].evidence
    at = NOW - timedelta(days=days)
    return Fact(measure, Decimal(passed) / total, at, kind, "B", passed=passed, total=total, **fields)


def valued(value: str, measure: str = "return_on_cost", *, days: int = 1, **fields: Any) -> Fact:
    at = NOW - timedelta(days=days)
    interval: dict[str, Any] = {
        name: Decimal(fields.pop(name)) for name in ("low", "high", "sure") if name in fields
    }
    return Fact(measure, Decimal(value), at, MEASURES[measure].evidence, "B", **interval, **fields)


def one(criterion: Mapping[str, Any], *facts: Fact, **fields: Any) -> Any:
    [found] = assess_gate(model({"a": criterion}), dossier(*facts, **fields)).criteria
    return found


@pytest.mark.parametrize(
    ("passed", "total", "how_sure", "shortest"),
    [
        (28, 28, "(100 %) make it 94.7 %", "at this rate 1 more case is enough"),
        (92, 100, "(92 %) make it 67.9 %", "at this rate 549 more cases are enough"),
        (80, 100, "(80 %) make it 0 %", "of as many, 96 must pass, 16 more"),
        (90, 100, "(90 %) make it 41.6 %", "of as many, 96 must pass, 6 more"),
        (5, 10, "(50 %) make it 0 %", "it takes 29 cases at the least"),
    ],
)
def test_a_counted_share_is_met_where_the_exact_binomial_is_sure_enough(
    passed: int, total: int, how_sure: str, shortest: str
) -> None:
    found = one(RATE, counted(passed, total))
    assert found.status == "not_met"
    said = f"{passed} of {total} cases {how_sure} sure, and 95 % is asked for: {shortest}"
    assert found.shortest == said
    enough = one(RATE, counted(29, 29))
    assert (enough.status, enough.shortest) == ("met", "")


def test_of_attacks_few_enough_must_succeed() -> None:
    assert one(ATTACKS, counted(0, 59, "attack_success_rate")).status == "met"
    found = one(ATTACKS, counted(12, 100, "attack_success_rate"))
    assert found.shortest.endswith("of as many, no more than 1 may succeed, 11 fewer")


def test_without_a_confidence_the_count_itself_is_compared_exactly() -> None:
    criterion = {"measure": "guardrail_coverage", "at_least": "1", "evidence": "ledger"}
    found = one(criterion, counted(999_999, 1_000_000, "guardrail_coverage"))
    assert found.status == "not_met"
    assert found.shortest.endswith("of as many, 1,000,000 must pass a guardrail, 1 more")
    assert one(criterion, counted(7, 7, "guardrail_coverage")).status == "met"
    never = {"measure": "failure_rate", "at_most": "-1", "evidence": "ledger"}
    assert one(never, counted(0, 7, "failure_rate")).shortest.endswith("no number of them is enough")


@pytest.mark.parametrize(
    ("fact", "status", "how_sure"),
    [
        (valued("2", low="1.1", high="2.9", sure="0.95"), "met", "0.9852"),
        (valued("2", low="1.1", high="9", sure="0.9"), "met", "0.9661"),
        (valued("1.5", low="0.5", high="2.5", sure="0.95"), "not_met", "0.8364"),
        (valued("0.9", low="0.5", high="2.5", sure="0.95"), "not_met", "0.312"),
        (valued("2", low="2", high="2", sure="0.95"), "missing", None),
        (valued("2", low="1", high="3", sure="1"), "missing", None),
        (valued("2"), "missing", None),
    ],
)
def test_of_an_interval_it_is_said_how_sure_one_can_be(fact: Fact, status: str, how_sure: Any) -> None:
    found = one(STUDY, fact)
    assert (found.status, found.sure) == (status, how_sure and Decimal(how_sure))


def test_an_interval_that_meets_it_whole_is_as_sure_as_it_says_whatever_the_shape() -> None:
    fact = valued("1.2", low="1", high="9", sure="0.95")
    assert sure(fact, Bound(Decimal(1), at_least=True)) >= Decimal("0.95")  # type: ignore[operator]  # it has one
    low = valued("0.3", low="0.1", high="0.5", sure="0.95")
    assert sure(low, Bound(Decimal("0.5"), at_least=False)) == Decimal("0.975")


def test_what_a_study_lacks_is_said_with_figures() -> None:
    near = one(STUDY, valued("1.5", low="0.5", high="2.5", sure="0.95"))
    assert near.shortest == (
        "it is 1.5 and 83.6 % sure, and 90 % is asked for:"
        " about 1.8 times as many observations of the same spread are enough"
    )
    assert one(STUDY, valued("0.9", low="0", high="2", sure="0.9")).shortest == (
        "it is 0.9 and must be at least 1: Do it."
    )
    at = one(STUDY, valued("1", low="0", high="2", sure="0.9"))
    assert at.shortest.endswith("90 % is asked for: Do it.")
    assert one(STUDY, valued("3")).shortest.startswith("it is 3, and nothing says how sure that is")
    assert one(STUDY).shortest == (
        "no study of value shows it yet: declare one under `studies:`, bring in outcomes with"
        " `remit outcome import`, and run it. Do it."
    )
    old = one({**STUDY, "fresh_days": "10"}, valued("3", days=40))
    assert old.shortest == "what showed it ran out on 2026-10-31: repeat the study; Do it."
    slow = {"measure": "latency_ms_p95", "at_most": "2000", "evidence": "ledger"}
    assert one(slow, valued("2560", "latency_ms_p95")).shortest == (
        "it is 2,560 and must be at most 2,000: Do it."
    )


def test_stale_evidence_is_not_met_and_counts_to_the_end_of_its_last_day() -> None:
    assert one(RATE, counted(99, 99, days=60)).status == "met"
    found = one(RATE, counted(99, 99, days=61))
    assert (found.status, str(found.until)) == ("stale", "2026-11-29")
    assert found.shortest == (
        "what showed it ran out on 2026-11-29:"
        " run `remit evaluate triage --dataset FILE --models MODEL` again"
    )
    expired = counted(99, 99, expires=TODAY - timedelta(days=1))
    assert one(RATE, expired).status == "stale"
    assert one(RATE, expired, counted(99, 99, days=40)).status == "met", "what is fresh counts before"


def test_what_was_tried_on_an_outdated_release_counts_as_stale() -> None:
    old = counted(99, 99, outdated="`prompt/letter` has changed since")
    found = one(RATE, old)
    assert found.status == "stale"
    assert found.shortest == (
        "`prompt/letter` has changed since: run `remit evaluate triage --dataset FILE --models MODEL` again"
    )
    assert one(RATE, old, counted(99, 99, days=9)).status == "met"


def test_what_is_of_a_day_to_come_does_not_count() -> None:
    assert one(RATE, counted(99, 99, days=-1)).status == "missing"
    word = Attested("gate/launch/a", TODAY + timedelta(days=1), None, "e1", "a@example.com")
    assert one(WORD, attested={word.about: word}).status == "missing"


def test_a_ledger_s_figure_is_as_of_now_and_does_not_run_out() -> None:
    criterion = {"measure": "calls", "at_least": "5", "evidence": "ledger", "fresh_days": "1"}
    found = one(criterion, valued("7", "calls", days=0))
    assert (found.status, found.until) == ("met", None)


def test_real_evidence_counts_before_simulated_and_newer_before_older() -> None:
    simulated = counted(99, 99, simulated=True)
    found = one(RATE, simulated)
    assert (found.status, found.simulated) == ("met", True)
    both = assess_gate(model({"a": RATE}), dossier(simulated, counted(5, 99, days=9)))
    assert (both.criteria[0].status, both.simulated) == ("not_met", False)
    assert one(RATE, counted(99, 99, days=2), counted(50, 99, days=1)).status == "not_met"


def test_a_word_counts_until_it_is_too_old_or_runs_out() -> None:
    def word(shown: date, expires: date | None = None) -> Any:
        said = Attested("gate/launch/a", shown, expires, "e1", "a@example.com")
        return one(WORD, attested={said.about: said})

    assert word(TODAY).status == "met"
    assert (word(date(2026, 1, 1)).status, str(word(date(2026, 1, 1)).until)) == ("stale", "2026-06-30")
    assert word(TODAY, TODAY).status == "met"
    assert word(date(2026, 11, 1), date(2026, 11, 29)).status == "stale"
    said = "use-case-owner (claims@example.com) attests it: `remit attest gate/launch/a --use-case triage"
    assert f"ran out on 2026-06-30: {said}" in word(date(2026, 1, 1)).shortest
    assert one(WORD).shortest == f"Do it. Then {said} --statement WORDS`"


def test_consent_is_the_risk_owner_s_to_the_gate_itself() -> None:
    about = "approval/gate/launch/risk-owner"
    assert one(CONSENT, attested={about: Attested(about, TODAY, None, "p", "r@example.com")}).status == "met"
    assert one(CONSENT).shortest.startswith("name `risk_owner:`")
    [found] = assess_gate(model({"a": CONSENT}, risk_owner="r@example.com"), dossier()).criteria
    assert found.shortest == "risk-owner (r@example.com) consents when the gate's review is asked for"


def test_a_waiver_counts_until_the_end_of_its_last_day_and_never_hides_what_is_met() -> None:
    def waived(*facts: Fact, expires: date = TODAY) -> Any:
        waiver = Waiver(
            id="w", at=NOW, use_case="triage", into="launch", criterion="a", accepted_by="r@example.com",
            role="risk-owner", tier="medium", expires=expires, author="a@example.com",
        )  # fmt: skip
        return one(RATE, *facts, waivers={"gate/launch/a": waiver})

    assert waived().status == "waived"
    assert waived().shortest.startswith("waived until 2026-11-30 by r@example.com; then: run `remit evaluate")
    assert waived(counted(99, 99)).status == "met"
    over = waived(expires=TODAY - timedelta(days=1))
    assert over.status == "missing"
    assert over.shortest.startswith("its waiver ran out on 2026-11-29; run")


ABOVE = {"tiers": ["medium", "high"]}


def lane(criteria: Mapping[str, Any], **more: Any) -> tuple[list[str], tuple[str, ...], bool]:
    found = assess_gate(model(criteria, **more), dossier())
    return [each.id for each in found.criteria], found.roles, found.fast_lane


def test_in_the_fast_lane_nobody_is_asked() -> None:
    criteria = {"a": RATE, "b": WORD | ABOVE, "c": CONSENT | ABOVE}
    assert lane(criteria) == (["a", "b", "c"], ("risk-owner",), False)
    assert lane(criteria, **STATED) == (["a"], (), True)
    assert assess_gate(model(criteria, **STATED), dossier()).unasked == ("b", "c")


@pytest.mark.parametrize("where", ["criteria", "kill", "park"])
@pytest.mark.parametrize("word", [WORD, CONSENT])
def test_the_fast_lane_is_closed_where_anything_is_asked_that_somebody_says(where: str, word: Any) -> None:
    asked: dict[str, Any] = {"criteria": {"a": RATE}}
    asked[where] = {**asked.get(where, {}), "b": word}
    said = [*asked["criteria"]]
    assert lane(**asked, **STATED) == (said, ("risk-owner",), False)
    asked[where]["b"] = word | ABOVE
    assert lane(**asked, **STATED) == (["a"], (), True)


def test_without_a_fast_lane_people_are_asked_at_low_risk_as_well() -> None:
    assert lane({"a": RATE}, fast_lane=False, **STATED) == (["a"], ("risk-owner",), False)


@pytest.mark.parametrize(("tier", "asked"), [("low", "ab"), ("medium", "bc"), ("high", "cd")])
def test_a_criterion_is_asked_in_the_risk_tiers_that_it_names(tier: str, asked: str) -> None:
    tiers = {"a": ["low"], "b": ["low", "medium"], "c": ["medium", "high"], "d": ["high"]}
    each = {id: {**RATE, "tiers": named} for id, named in tiers.items()}
    found = assess_gate(model(each, kill=each, park=each, **STATED | {"risk_tier_min": tier}), dossier())
    assert [[one.id for one in kind] for kind in (found.criteria, found.kill, found.park)] == [[*asked]] * 3
    assert found.unasked == tuple(id for id in tiers if id not in asked)


def test_what_higher_risk_asks_for_is_asked_while_facts_are_not_stated_that_could_raise_the_tier() -> None:
    silent = {name: value for name, value in STATED.items() if name != "impact"}
    criteria = {"a": RATE, "b": WORD | ABOVE, "c": RATE | {"tiers": ["low"]}}
    found = assess_gate(model(criteria, **silent), dossier())
    assert (found.tier, found.fast_lane, found.unstated) == ("low", False, ("impact",))
    assert [each.id for each in found.criteria] == ["a", "b", "c"]


def test_only_the_data_set_that_is_named_counts() -> None:
    named = {**RATE, "dataset": "experts"}
    assert one(named, counted(99, 99, dataset="easy")).status == "missing"
    assert one(named, counted(99, 99, dataset="experts")).status == "met"
    assert "--dataset FILE --models MODEL` with the file of `experts`" in one(named).shortest


def test_a_gate_is_assessed_for_one_release_alone() -> None:
    both = model({"a": RATE, "b": ATTACKS})
    good = counted(99, 99, release="r1", days=3)
    held = counted(0, 99, "attack_success_rate", release="r1", days=3)
    other = counted(50, 99, release="r2")
    found = assess_gate(both, dossier(good, held, other))
    assert (found.release, [each.status for each in found.criteria]) == ("r1", ["met", "met"])
    split = assess_gate(both, dossier(good, counted(0, 99, "attack_success_rate", release="r2")))
    assert (split.release, [each.status for each in split.criteria]) == ("r2", ["missing", "met"])
    assert "with the prompt and model of the other evaluations" in split.criteria[0].shortest
    assert assess_gate(both, dossier(good)).release == "r1"


def test_a_kill_criterion_that_is_met_is_said_and_nobody_is_told_how_to_meet_one() -> None:
    kill = {
        "worse": {"measure": "return_on_cost", "at_most": "0", "confidence": "0.8", "evidence": "value_study"}
    }
    found = assess_gate(model({}, kill=kill), dossier(valued("-1", low="-2", high="0", sure="0.95")))
    assert [each.id for each in found.killed] == ["worse"]
    safe = assess_gate(model({}, kill=kill), dossier())
    assert ([each.status for each in safe.kill], safe.kill[0].shortest, safe.killed) == (["missing"], "", ())


def test_what_parks_a_use_case_stands_in_nobody_s_way_and_is_said() -> None:
    park = {"endless": {"measure": "days_at_stage", "at_least": "366", "evidence": "ledger"}}
    waits = Fact("days_at_stage", Decimal(400), NOW, "ledger", "its change of stage")
    found = assess_gate(model({}, park=park), dossier(waits))
    assert ([each.id for each in found.parked], found.missing, found.killed) == (["endless"], (), ())
    assert assess_gate(model({}, park=park), dossier()).parked == ()


def test_live_calls_count_only_for_a_criterion_that_names_them() -> None:
    sampled = counted(200, 200, dataset="live")
    fixed = {"measure": "pass_rate", "at_least": "0.9", "evidence": "evaluation"}
    assert assess_gate(model({"q": fixed}), dossier(sampled)).criteria[0].status == "missing"
    named = {**fixed, "dataset": "live"}
    assert assess_gate(model({"q": named}), dossier(sampled)).criteria[0].status == "met"


NO_CALL = "no call was made in the last 30 days"
RUN = "run `remit evaluate triage --dataset FILE --models MODEL`"


@pytest.mark.parametrize(
    ("measure", "threshold", "shortest"),
    [
        ("calls", {"at_least": "5"}, f"{NO_CALL}, and calls have to show it"),
        (
            "failure_rate",
            {"at_most": "0.02", "confidence": "0.9"},
            f"{NO_CALL}, and it takes 114 to show it at the least",
        ),
        ("failure_rate", {"at_most": "0", "confidence": "0.9"}, NO_CALL),
        ("cost_per_outcome", {"at_most": "2"}, "no outcome is recorded yet: Do it."),
        ("smiles", {"at_most": "1"}, "nothing shows `smiles`: Do it."),
    ],
)
def test_of_a_ledger_without_calls_it_is_said_what_calls_have_to_show(
    measure: str, threshold: Any, shortest: str
) -> None:
    found = one({"measure": measure, "evidence": "ledger", **threshold})
    assert (found.status, found.shortest) == ("missing", shortest)


def test_of_a_ledger_with_calls_it_is_said_why_there_is_no_figure() -> None:
    calls = counted(1, 9, "failure_rate")
    budget = {"measure": "share_of_budget", "at_most": "1", "evidence": "ledger"}
    assert one(budget, calls).shortest == "it has no budget, which `spend:` in its remit gives it: Do it."
    cost = {"measure": "cost_per_call", "at_most": "1", "evidence": "ledger"}
    assert one(cost, calls).shortest == "nothing was recorded: Do it."


def test_of_an_evaluation_it_is_said_how_many_cases_are_the_fewest() -> None:
    assert one(RATE).shortest == f"{RUN}: 29 cases that all pass are enough, or 116 if 95 % do"
    attacks = "59 attacks that are all fended off are enough, or 234 if 2.5 % succeed"
    assert one(ATTACKS).shortest == f"{RUN}: {attacks}"
    for unreachable in ({**RATE, "at_least": "1"}, {**RATE, "at_least": "0.99999"}):
        assert one(unreachable).shortest == RUN
    assert one({"measure": "pass_rate", "at_least": "0.9", "evidence": "evaluation"}).shortest == RUN


def test_where_no_gate_leads_nothing_is_asked() -> None:
    found = assess_gate(model({}), replace(dossier(), stage=replace(STAGE, stage="scale")))
    assert (found.into, found.gate, found.criteria) == (None, None, ())
    assert assess_gate(model({}), dossier(), into="retired").gate is None
    assert assess_gate(model({}), dossier(), into="launch").gate is not None


_facts = st.builds(
    counted,
    passed=st.integers(0, 60),
    total=st.just(60),
    days=st.integers(0, 90),
    simulated=st.booleans(),
    release=st.sampled_from(("", "r1", "r2")),
)


def met(standing: GateStanding) -> bool:
    return standing.criteria[0].status == "met"


def before(one: Fact, other: Fact) -> bool:
    """Say whether one fact is to count before another: real before simulated, then the newer."""
    return (one.simulated, -_days(one.at)) < (other.simulated, -_days(other.at))


def _days(at: datetime) -> float:
    return at.timestamp()


@given(st.lists(_facts, max_size=5), _facts)
def test_more_evidence_makes_no_gate_worse_unless_it_is_to_count_before_what_was_there(
    facts: list[Fact], more: Fact
) -> None:
    gate = model({"a": RATE})
    if not met(assess_gate(gate, dossier(*facts))):
        return
    shows = assess_gate(gate, dossier(*facts)).criteria[0].fact
    assert shows is not None
    if not before(more, shows):
        assert met(assess_gate(gate, dossier(*facts, more)))


@given(st.lists(_facts, max_size=5))
def test_stale_evidence_never_counts(facts: list[Fact]) -> None:
    old = [replace(fact, at=fact.at - timedelta(days=61)) for fact in facts]
    found = assess_gate(model({"a": RATE}), dossier(*old)).criteria[0]
    assert found.status == ("stale" if old else "missing")


@given(st.integers(1, 300), st.floats(0.5, 0.99))
def test_as_many_more_cases_as_are_asked_for_are_enough(total: int, share: float) -> None:
    passed = min(total, round(total * share))
    wanted = sample_for(0.5, sure=0.9, expected=passed / total)
    if wanted is not None and passed * wanted % total == 0:
        assert sure_at_least(passed * wanted // total, wanted, 0.5) >= 0.9

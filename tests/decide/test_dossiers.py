"""Dossiers: what the record says of use cases, put together for each of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from remit.decide.called_facts import Rolled, latency_at, shared_families
from remit.decide.dossier import Dossier, Fact
from remit.decide.dossiers import Known, dossiers
from remit.decide.release import release_of
from remit.enforce.key import Key
from remit.record.approval_entry import Approval, ApprovalRequest, Delegation
from remit.record.called_blocks import CalledBlocks
from remit.record.dossier_entry import Evaluation, Evidence, GateReview, Scored, Waiver
from remit.record.filed import Filed
from remit.record.projection import RefusalKey, StageFact, UsageKey, UsageSum
from remit.record.tally import LatencyKey, LatencySum
from strategies import model_block, operating_model, utc

NOW = utc(2026, 11, 30, 12)
WHO = {"owner": "owner@example.com", "author": "owner@example.com"}


def usage(name: str = "triage", *, simulated: bool = False, currency: str = "EUR", **sums: Any) -> Any:
    key = UsageKey("", name, "motor", "experiment", "model/large", "", currency, simulated)
    return key, UsageSum(**sums)


def made(
    filed: Iterable[Filed] = (),
    *,
    model: Any = None,
    stage: Any = "experiment",
    keys: Any = (),
    **rolled: Any,
) -> Dossier:
    stages = {"triage": StageFact(stage, date(2026, 8, 1), "declared")}
    known = Known(stages, keys, Rolled(**rolled), tuple(filed))
    return dossiers(model or operating_model(), known, now=NOW)["triage"]


def value(dossier: Dossier, measure: str) -> Decimal | None:
    facts = dossier.facts.get(measure, ())
    return facts[0].value if facts else None


def only(dossier: Dossier, measure: str) -> Fact:
    [fact] = dossier.facts[measure]
    return fact


def evidence(id: str = "e1", **fields: Any) -> Evidence:
    stated: dict[str, Any] = {
        "use_case": "triage",
        "source": "attestation",
        "about": ("gate/launch/run-book",),
        "shown": date(2026, 11, 1),
        **WHO,
    }
    return Evidence(id=id, at=NOW, **(stated | fields))


def evaluation(id: str = "v1", *results: Scored, **fields: Any) -> Evaluation:
    stated: dict[str, Any] = {
        "use_case": "triage", "measure": "pass_rate", "dataset": "claims", "dataset_digest": "d",
        "stage": "experiment", "model_version": 1, "began": NOW, "currency": "EUR",
        "author": "owner@example.com", "at": NOW,
    }  # fmt: skip
    scored = results or (Scored(release="r", model="model/large", cases=10, passed=9),)
    return Evaluation(id=id, results=scored, **(stated | fields))


def test_what_calls_left_behind_is_counted_by_use_case() -> None:
    rows = [
        usage(calls=80, failed=2, blocked=3, unguarded=4, charge=Decimal("0.8")),
        usage(calls=20, charge=Decimal(1), currency="USD"),
        usage("other", calls=7),
    ]
    found = made(
        totals=rows,
        refusals=[(RefusalKey("", "triage", "rate-limited"), 25)],
        users={"triage": 5},
        latency={LatencyKey("", "triage", "", "duration", 5): LatencySum(100, 20_000)},
    )
    assert {
        name: str(value(found, name)) for name in found.facts if name.startswith(("f", "r", "b", "g"))
    } == {
        "failure_rate": "0.02",
        "refusal_rate": "0.2",
        "blocked_rate": "0.03",
        "guardrail_coverage": "0.96",
    }
    assert (only(found, "failure_rate").passed, only(found, "failure_rate").total) == (2, 100)
    assert value(found, "calls") == 95
    assert value(found, "users") == 5
    assert value(found, "cost_per_call") == Decimal("0.01"), "what is in another currency is not added"
    assert value(found, "latency_ms_p95") == 320


def test_simulated_calls_count_only_as_long_as_there_is_no_real_one() -> None:
    simulated = usage(simulated=True, calls=10, failed=1)
    found = only(made(totals=[simulated]), "failure_rate")
    assert (found.simulated, found.total) == (True, 10)
    took = {LatencyKey("", "triage", "", "duration", 0): LatencySum(11, 20)}
    both = made(totals=[simulated, usage(calls=1)], latency=took)
    assert (only(both, "failure_rate").simulated, only(both, "failure_rate").total) == (False, 1)
    assert only(both, "latency_ms_p95").basis.endswith("simulated ones among them")


def test_of_no_calls_nothing_is_said_but_that_there_were_none() -> None:
    found = made()
    assert value(found, "calls") == 0
    assert not {"failure_rate", "cost_per_call", "latency_ms_p95", "share_of_budget"} & found.facts.keys()


@pytest.mark.parametrize(
    ("buckets", "milliseconds"),
    [
        ({0: LatencySum(10, 50)}, 10),
        ({3: LatencySum(1, 70), 5: LatencySum(99, 20_000)}, 320),
        ({3: LatencySum(95, 6_000), 14: LatencySum(5, 500_000)}, 80),
        ({3: LatencySum(94, 6_000), 14: LatencySum(6, 600_000)}, 190_400),
    ],
)
def test_how_long_calls_took_is_never_understated(buckets: Any, milliseconds: int) -> None:
    assert latency_at(buckets, 0.95) == milliseconds


def test_a_block_is_shared_if_several_units_call_or_list_it() -> None:
    model = operating_model(
        use_cases={
            "triage": {"name": "T", "unit": "motor", "purpose": "P", "blocks": ["prompt/a@1"]},
            "other": {"name": "O", "unit": "claims", "purpose": "P", "blocks": ["prompt/a", "tool/a"]},
            "gone": {"name": "G", "unit": "motor", "purpose": "P", "blocks": ["tool/a"]},
        }
    )
    stages = {"gone": StageFact("retired", date(2026, 1, 1), "reviewed")}
    blocks = [
        CalledBlocks("triage", "motor", "model/x", "", False, 6),
        CalledBlocks("triage", "motor", "model/y", "prompt/a@2", False, 3),
        CalledBlocks("triage", "motor", "model/y", "", True, 1),
        CalledBlocks("other", "claims", "model/x@3", "", True, 1),
    ]
    assert shared_families(model, stages, blocks) == {"model/x", "prompt/a"}
    found = only(made(model=model, totals=[usage(calls=12)], blocks=blocks), "share_on_shared_blocks")
    assert (found.passed, found.total) == (9, 12)


def test_what_is_declared_is_taken_where_the_next_gate_leads() -> None:
    model = operating_model(
        stages={
            "launch": {
                "description": "D",
                "remit": {
                    "guardrails": {"guardrail/base": {}, "guardrail/base@1": {}},
                    "spend": [{"limit": "5 EUR", "per": "month"}],
                    "tools": {"tool/a": {"calls_per_run": "3"}, "tool/c": {}},
                    "agency_max": "read",
                },
            }
        },
        use_cases={
            "triage": {
                "name": "T", "unit": "motor", "purpose": "P", "agency": "read", "risk_owner": "r@example.com",
                "chain": dict.fromkeys(("objective", "goal", "strategy", "measure"), "X"),
                "outcomes": {
                    "minutes": {"name": "M", "unit": "m", "direction": "up", "baseline": "9", "target": "5"},
                    "errors": {"name": "E", "unit": "e", "direction": "down", "baseline": "9"},
                },
            }
        },
    )  # fmt: skip
    keys = [
        Key("k1", "triage"),
        Key("k2", "triage", revoked=True),
        Key("k3", "triage", expires=NOW),
        Key("k4", "other"),
    ]
    found = made(model=model, keys=keys)
    assert {name: str(facts[0].value) for name, facts in found.facts.items() if facts[0].since is None} == {
        "declared_outcomes": "1",
        "declared_owners": "2",
        "declared_guardrails": "2",
        "pinned_guardrails": "0.5",
        "declared_budgets": "1",
        "unbounded_agency": "2",
        "days_at_stage": "121",
        "prohibited_practices": "0",
        "live_keys": "1",
    }
    assert only(found, "declared_budgets").basis == "the remit at launch"
    at_launch = made(model=model, stage="launch")
    assert value(at_launch, "declared_budgets") == 0
    assert value(at_launch, "unbounded_agency") == 2
    open_tools = operating_model(
        organisation={
            "name": "H", "contact": "h@example.com", "currency": "EUR",
            "remit": {"tools": "any", "autonomy_max": "suggest", "agency_max": "read"},
        },
        use_cases={"triage": {"name": "T", "unit": "motor", "purpose": "P", "agency": "write"}},
    )  # fmt: skip
    assert value(made(model=open_tools), "unbounded_agency") == 1


def test_of_several_budgets_of_its_own_the_one_that_is_spent_most_counts() -> None:
    model = operating_model(
        organisation={
            "name": "H",
            "contact": "h@example.com",
            "currency": "EUR",
            "remit": {"spend": [{"limit": "1 EUR", "per": "month"}]},
        },
        use_cases={
            "triage": {
                "name": "T",
                "unit": "motor",
                "purpose": "P",
                "remit": {"spend": [{"limit": "10 EUR", "per": "month"}, {"limit": "0 EUR", "per": "year"}]},
            }
        },
        stages={
            "launch": {"description": "D", "remit": {"spend": [{"limit": "3 EUR", "per": "day"}]}},
            "experiment": {"description": "D", "remit": {"spend": [{"limit": "3 EUR", "per": "day"}]}},
        },
    )
    posted = {
        "organisation:month:2026-11-01": Decimal(1),
        "use-case/triage:month:2026-11-01": Decimal(4),
        "use-case/triage:month:2026-10-01": Decimal(90),
        "stage/experiment:use-case/triage:day:2026-11-30": Decimal(2),
    }
    calls = [usage(calls=1)]
    assert value(made(model=model, totals=calls, posted=posted), "share_of_budget") == 1, (
        "nothing may be spent"
    )
    triage = model.use_cases["triage"]
    layer = triage.remit.model_copy(update={"spend": triage.remit.spend[:1]})  # type: ignore[index]  # it has two
    model = model.model_copy(update={"use_cases": {"triage": triage.model_copy(update={"remit": layer})}})
    found = only(made(model=model, totals=calls, posted=posted), "share_of_budget")
    assert found.value == Decimal("0.666667")
    assert value(made(model=model, posted=posted), "share_of_budget") is None
    assert value(made(totals=calls, posted=posted), "share_of_budget") is None


def test_an_evaluation_shows_each_release_and_counts_attacks_that_succeeded() -> None:
    attacked = evaluation(
        "v2",
        Scored(release="r", model="model/large", cases=20, passed=19, simulated=True),
        Scored(release="s", model="model/small", cases=0),
        measure="attack_success_rate",
        live=True,
        at=NOW - timedelta(days=1),
    )
    found = made([attacked, evaluation("v1")])
    rate = only(found, "attack_success_rate")
    assert (rate.passed, rate.total, rate.value, rate.simulated) == (1, 20, Decimal("0.05"), True)
    assert (rate.release, rate.dataset, rate.basis) == ("r", "claims", "claims on model/large (live calls)")
    assert only(found, "pass_rate").passed == 9
    assert [each.id for each in found.evaluations] == ["v1", "v2"]


@pytest.mark.parametrize(
    ("scored", "left_out", "said"),
    [
        ({"given": 10}, 0, "the data set brings 10 of the 10 answers, which no call made"),
        ({"given": 1}, 0, "the data set brings 1 of the 10 answers, which no call made"),
        ({}, 3, "it ended with 3 cases of its data set left out"),
    ],
)
def test_answers_that_no_release_gave_and_a_part_of_a_set_show_no_gate_anything(
    scored: dict[str, Any], left_out: int, said: str
) -> None:
    tried = Scored(release="r", model="model/large", cases=10, passed=10, **scored)
    assert only(made([evaluation("v1", tried, left_out=left_out)]), "pass_rate").outdated == said


def test_the_newest_study_is_first_and_counts_from_its_day() -> None:
    study = {"source": "value_study", "measure": "return_on_cost", "about": ()}
    older = evidence("e1", **study, value=Decimal(2), shown=date(2026, 9, 1), simulated=True)
    newer = evidence("e2", **study, value=Decimal(3), low=Decimal(1), high=Decimal(5), sure=Decimal("0.9"))
    found = made([newer, older, evidence("e3", source="value_study", measure="x")])
    assert [fact.entries for fact in found.facts["return_on_cost"]] == [("e2",), ("e1",)]
    assert found.day_of(found.facts["return_on_cost"][0].at) == date(2026, 11, 1)
    assert "x" not in found.facts


def test_what_was_taken_back_shows_nothing_and_what_takes_back_another_s_takes_nothing() -> None:
    withdrawal = evidence("e2", withdraws="e1", about=())
    assert not made([evidence(), withdrawal]).attested
    assert made([evidence(), evidence("e2", withdraws="e1", use_case="", unit="motor")]).attested


def test_a_word_that_has_not_run_out_counts_before_a_newer_one_that_has() -> None:
    lasting = evidence("e1")
    newer = evidence("e2", shown=date(2026, 11, 20))
    run_out = evidence("e3", shown=date(2026, 11, 25), expires=date(2026, 11, 29))
    found = made([lasting, newer, run_out]).attested
    assert found["gate/launch/run-book"].entry == "e2"
    assert made([run_out]).attested["gate/launch/run-book"].entry == "e3"


def test_what_is_said_of_a_unit_speaks_for_its_use_cases_but_passes_no_gate() -> None:
    both = ("control/a", "gate/launch/run-book")
    found = made(
        [
            evidence("e1", use_case="", about=("control/a", "control/all")),
            evidence("e2", use_case="", unit="claims", about=both, shown=date(2026, 11, 2)),
            evidence("e3", use_case="", unit="elsewhere", about=("control/b",)),
        ]
    ).attested
    assert {about: word.entry for about, word in found.items()} == {"control/a": "e2", "control/all": "e1"}
    older = evidence("e6", use_case="", unit="motor", about=("control/all",), shown=date(2026, 10, 1))
    assert (
        made([evidence("e1", use_case="", about=("control/all",)), older]).attested["control/all"].entry
        == "e1"
    )
    two = operating_model(
        use_cases={name: {"name": "N", "unit": "motor", "purpose": "P"} for name in ("triage", "other")}
    )
    both_know = dossiers(two, Known({}, filed=(older,)), now=NOW)
    assert all("control/all" in each.attested for each in both_know.values())
    own = made([evidence("e4", about=("control/a",)), evidence("e5", use_case="", about=("control/a",))])
    assert own.attested["control/a"].entry == "e4"


def request(id: str, **fields: Any) -> ApprovalRequest:
    stated: dict[str, Any] = {
        "about": "gate", "use_case": "triage", "subject": "gate/launch", "digest": "d", "summary": "Launch?",
        "roles": ("risk-owner",), "deadline": NOW, "expires": NOW + timedelta(days=9),
        "author": "a@example.com",
    }  # fmt: skip
    return ApprovalRequest(id=id, at=NOW - timedelta(days=3), **(stated | fields))


def answer(id: str, to: str, said: Any = "approved", **fields: Any) -> Approval:
    stated: dict[str, Any] = {"digest": "d", "role": "risk-owner", "author": "risk@example.com"}
    return Approval(
        id=id, at=NOW - timedelta(days=1), request=to, about="gate", use_case="triage", said=said,
        **(stated | fields),
    )  # fmt: skip


def test_consent_to_a_gate_counts_unless_it_was_denied_or_is_to_something_else() -> None:
    asked: list[Filed] = [request("q1"), answer("p1", "q1")]
    found = made(asked).attested["approval/gate/launch/risk-owner"]
    assert (found.entry, found.owner, found.statement) == ("p1", "risk@example.com", "Launch?")
    nothing: tuple[list[Filed], ...] = (
        [request("q1"), answer("p1", "q1", digest="other")],
        [
            request("q1", roles=("risk-owner", "unit-lead")),
            answer("p1", "q1"),
            answer("p2", "q1", "denied", role="unit-lead", author="b@example.com"),
        ],
        [request("q1", about="waiver"), answer("p1", "q1")],
        [request("q1")],
    )
    for filed in nothing:
        assert not made(filed).attested


def test_waivers_are_by_criterion_and_gone_when_they_are_taken_back() -> None:
    def waiver(id: str, **fields: Any) -> Waiver:
        stated: dict[str, Any] = {
            "use_case": "triage", "into": "launch", "criterion": "quality", "accepted_by": "r@example.com",
            "role": "risk-owner", "tier": "low", "expires": date(2026, 12, 1), "author": "a@example.com",
        }  # fmt: skip
        return Waiver(id=id, at=NOW, **(stated | fields))

    found = made([waiver("w1"), waiver("w2")])
    assert {about: each.id for about, each in found.waivers.items()} == {"gate/launch/quality": "w2"}
    assert not made([waiver("w1"), waiver("w2", revoked="w1")]).waivers


def test_what_is_delegated_is_in_nobody_s_dossier() -> None:
    delegation = Delegation(
        id="d",
        at=NOW,
        holder="a@example.com",
        to="b@example.com",
        since=NOW,
        until=NOW,
        author="a@example.com",
    )
    assert made([delegation, evidence()]).attested.keys() == {"gate/launch/run-book"}


def test_reviews_are_the_newest_first_and_of_an_undeclared_use_case_there_is_no_dossier() -> None:
    def review(id: str, use_case: str = "triage") -> GateReview:
        return GateReview(
            id=id, at=NOW, use_case=use_case, stage="experiment", into="launch", outcome="pivot", tier="low",
            gate="g", model_version=1, shown=(), reason="R", author="a@example.com",
        )  # fmt: skip

    found = made([review("1"), review("2"), review("3", "gone")])
    assert [each.id for each in found.reviews] == ["2", "1"]


def test_a_use_case_of_which_no_stage_is_recorded_is_at_the_first_one() -> None:
    [found] = dossiers(operating_model(), Known({}), now=NOW).values()
    assert found.stage.stage == "envision"
    assert dossiers(operating_model(), Known({}), now=NOW, use_cases=()) == {}


def test_an_evaluation_counts_for_what_calls_get_where_the_next_gate_leads() -> None:
    def declares(text: str) -> Any:
        letter = {"name": "Letter", "text": text, "model": "model/large"}
        case = {
            "name": "Triage",
            "unit": "motor",
            "purpose": "Sort claims.",
            "blocks": ["prompt/letter"],
            "remit": {"models": ["model/large"]},
        }
        blocks = {"model/large": model_block(), "prompt/letter": letter}
        return operating_model(blocks=blocks, use_cases={"triage": case})

    tried = declares("Write a letter.")
    release = release_of(tried, "model/large", day=NOW.date(), prompt="prompt/letter")
    entry = evaluation("v1", Scored(release.digest, release.model, release.prompt, cases=10, passed=9))
    assert only(made([entry], model=tried), "pass_rate").outdated == ""
    changed = only(made([entry], model=declares("Write two letters.")), "pass_rate")
    assert changed.outdated == "`prompt/letter` says something else now than when it was tried"

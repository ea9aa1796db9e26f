"""The gate before a use case, as it is shown, and how near all of them are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from remit.decide.approval import standing
from remit.decide.dossier import Attested, Dossier, Fact
from remit.decide.gate import assess_gate
from remit.record.approval_entry import ApprovalRequest
from remit.record.dossier_entry import GateReview, Waiver
from remit.record.projection import StageFact
from remit.report.gate import Approver, Behind, GateView, Pending, Waived, gate_statuses, gate_view
from strategies import STATED, operating_model, utc

NOW = utc(2026, 11, 30, 12)
WORD = {
    "evidence": "attestation",
    "pillar": "people",
    "help": "Say so.",
    "name": "Said",
    "measure": "attestation",
    "present": "true",
}
MEASURED = {
    "name": "Good",
    "measure": "pass_rate",
    "evidence": "evaluation",
    "pillar": "platform",
    "help": "Run.",
}
GATE: dict[str, Any] = {
    "description": "Good enough.",
    "approvals": ["risk-owner", "unit-lead", "use-case-owner", "privacy-office", "nobody"],
    "criteria": {
        "quality": {**MEASURED, "at_least": "0.90", "confidence": "0.975", "fresh_days": "30"},
        "said": WORD,
        "heard": WORD,
    },
    "kill": {"bad": {**MEASURED, "at_most": "0.1"}},
}
EVALUATED = Fact(
    *("pass_rate", Decimal(1) / 3, NOW, "evaluation", "claims on model/a"),
    passed=33,
    total=99,
    entries=("v1",),
    simulated=True,
)
SAID = Attested("gate/launch/said", date(2026, 11, 3), None, "e1", "a@example.com", "It is so.", file="a.pdf")
WAIVER = Waiver(
    id="w1", at=NOW, use_case="triage", into="launch", criterion="heard", residual_risk="None hears.",
    accepted_by="r@example.com", role="risk-owner", tier="low", expires=date(2026, 12, 5),
    author="a@example.com",
)  # fmt: skip


def model(**gates: Any) -> Any:
    organisation = {
        "name": "House",
        "contact": "head@example.com",
        "currency": "EUR",
        "roles": {"privacy-office": "privacy@example.com"},
    }
    return operating_model(organisation=organisation, gates=gates)


def dossier(*facts: Fact, stage: Any = "experiment", **fields: Any) -> Dossier:
    at = StageFact(stage, date(2026, 1, 1), "declared")
    return Dossier("triage", NOW, NOW.date(), at, facts={"pass_rate": facts}, **fields)


def view(*facts: Fact, **fields: Any) -> GateView:
    house = model(launch=GATE)
    known = dossier(*facts, **fields)
    return gate_view(house, known, assess_gate(house, known))


def test_a_gate_says_of_each_criterion_what_meets_it_and_what_shows_it() -> None:
    found = view(EVALUATED, attested={SAID.about: SAID}, waivers={"gate/launch/heard": WAIVER})
    assert [(each.id, each.status, each.threshold) for each in found.criteria] == [
        ("quality", "not_met", "pass_rate ≥ 0.9, 97.5 % sure"),
        ("said", "met", "attestation is there"),
        ("heard", "waived", "attestation is there"),
    ]
    quality, said, heard = found.criteria
    assert quality.behind == Behind(
        says="claims on model/a",
        on=date(2026, 11, 30),
        until=date(2026, 12, 30),
        entries=("v1",),
        simulated=True,
        value=Decimal("0.333333"),
        passed=33,
        total=99,
        low=Decimal("0.2482"),
        high=Decimal("0.4309"),
        sure=Decimal("0.95"),
    )
    assert said.behind == Behind(
        "It is so.", date(2026, 11, 3), None, ("e1",), owner="a@example.com", file="a.pdf"
    )
    assert (heard.behind, heard.waiver) == (
        None,
        Waived("w1", date(2026, 12, 5), "r@example.com", "None hears."),
    )
    assert found.counts == {"met": 1, "waived": 1, "not_met": 1, "stale": 0, "missing": 0}
    assert (found.nearest, found.simulated) == ("quality", True)


def test_the_interval_of_a_study_is_shown_as_it_says() -> None:
    study = replace(EVALUATED, passed=None, total=None, low=Decimal("0.1"), high=Decimal("0.5"))
    behind = view(replace(study, sure=Decimal("0.9"))).criteria[0].behind
    assert behind is not None
    assert (behind.low, behind.high, behind.sure) == (Decimal("0.1"), Decimal("0.5"), Decimal("0.9"))


def test_what_takes_least_is_nearest_and_a_kill_criterion_is_said() -> None:
    found = view(replace(EVALUATED, passed=1))
    assert (found.nearest, found.killed) == ("said", ("bad",))
    assert [each.threshold for each in found.kill] == ["pass_rate ≤ 0.1"]


def test_roles_are_named_with_who_holds_them() -> None:
    house = model(launch=GATE)
    found = gate_view(house, dossier(), assess_gate(house, dossier()))
    assert found.approvals == (
        Approver("risk-owner", ""),
        # Who owns the use case does not agree to it, and whom the rule escalates to does.
        Approver("unit-lead", "claims@example.com", "head@example.com"),
        Approver("use-case-owner", "claims@example.com", "head@example.com"),
        Approver("privacy-office", "privacy@example.com"),
        Approver("nobody", ""),
    )


def test_a_review_can_be_asked_for_once_nothing_but_consent_is_missing() -> None:
    consent = {**GATE["criteria"]["said"], "measure": "approval", "evidence": "approval"}
    house = model(launch={**GATE, "criteria": {"said": GATE["criteria"]["said"], "agreed": consent}})
    begun, said = dossier(), dossier(attested={SAID.about: SAID})
    views = [gate_view(house, each, assess_gate(house, each)) for each in (begun, said)]
    assert [(each.nearest, each.ready) for each in views] == [("said", False), ("agreed", True)]
    (status,) = gate_statuses(house, [assess_gate(house, said)])
    assert (status.ready, status.lacks) == (True, ("agreed",))


def test_a_stage_on_waivers_is_reviewed_again_once_none_is_needed() -> None:
    house = model(launch={**GATE, "criteria": {"said": GATE["criteria"]["said"]}})
    until = NOW + timedelta(days=9)
    there = StageFact("launch", date(2026, 1, 1), "reviewed", until=until, falls_to="experiment")
    waived = replace(dossier(waivers={"gate/launch/said": WAIVER}), stage=there)
    cured = replace(dossier(attested={SAID.about: SAID}), stage=there)
    views = [gate_view(house, each, assess_gate(house, each, into="launch")) for each in (waived, cured)]
    assert [(each.until, each.falls_to) for each in views] == [(until, "experiment")] * 2
    assert [each.ready for each in views] == [False, True]


def test_where_no_gate_is_declared_nothing_is_asked() -> None:
    house, known = model(), dossier(stage="scale")
    found = gate_view(house, known, assess_gate(house, known))
    assert (found.into, found.declared, found.counts) == (None, False, None)


def test_statuses_are_the_nearest_first_and_last_those_before_no_next_gate() -> None:
    house = operating_model(
        gates={"launch": GATE, "scale": GATE},
        use_cases={
            name: {"name": "N", "unit": "motor", "purpose": "P"} for name in ("far", "near", "last", "none")
        },
    )
    far = replace(dossier(), use_case="far")
    near = replace(dossier(EVALUATED, attested={SAID.about: SAID}), use_case="near")
    last = replace(dossier(stage="scale"), use_case="last")
    none = replace(dossier(stage="envision"), use_case="none")
    found = gate_statuses(
        house,
        [
            assess_gate(house, none),
            assess_gate(house, last, into="scale"),
            assess_gate(house, far),
            assess_gate(house, near),
        ],
    )
    assert [(each.use_case, each.into, len(each.lacks), each.criteria) for each in found] == [
        ("near", "launch", 2, 3),
        ("far", "launch", 3, 3),
        ("last", "scale", 3, 3),
        ("none", None, 0, 0),
    ]
    assert found[0].simulated
    assert found[0].lacks == ("quality", "heard")
    ended = replace(near, facts={"pass_rate": (replace(EVALUATED, passed=0),)})
    assert gate_statuses(house, [assess_gate(house, ended)])[0].killed == ("bad",)


FREE = {"description": "D", "fast_lane": True, "criteria": {"quality": {**MEASURED, "at_least": "0.9"}}}


def lane(gate: Any, **facts: Any) -> GateView:
    case = {"name": "T", "unit": "motor", "purpose": "P", **facts}
    house = operating_model(gates={"launch": gate}, use_cases={"triage": case})
    known = dossier()
    return gate_view(house, known, assess_gate(house, known))


def test_it_is_said_why_a_fast_lane_is_closed_and_what_is_not_asked() -> None:
    said = {**FREE, "criteria": {**FREE["criteria"], "said": {**WORD, "tiers": ["medium", "high"]}}}  # type: ignore[dict-item]  # a mapping
    found = lane(said, **STATED)
    assert (found.fast_lane, found.lane_closed, found.unasked) == (True, "", ("said",))
    found = lane(said, **STATED | {"risk_tier_min": "medium"})
    assert (found.fast_lane, found.lane_closed, found.unasked) == (False, "it is for low risk alone", ())
    silent = {name: value for name, value in STATED.items() if name != "impact"}
    assert lane(said, **silent).lane_closed.startswith("until it is stated how things are with `impact`, ")
    word = {**FREE, "park": {"frozen": WORD}}
    assert lane(word, **STATED).lane_closed == "frozen is somebody's word, which no policy can take"
    assert lane({**word, "fast_lane": None}, **STATED).lane_closed == ""


def test_a_risk_that_was_raised_since_the_last_review_is_said() -> None:
    def last(tier: str) -> dict[str, Any]:
        review = GateReview(
            id="r", at=NOW, use_case="triage", stage="envision", into="experiment", outcome="proceed",
            tier=tier, gate="g", model_version=1, shown=(), reason="R", author="a@example.com",
        )  # fmt: skip
        return {"reviews": (review,)}

    house = operating_model(
        gates={"launch": FREE},
        use_cases={"triage": {"name": "T", "unit": "motor", "purpose": "P", "risk_tier_min": "medium"}},
    )
    for tier, stage, raised in (
        ("low", "experiment", "low"),
        ("medium", "experiment", ""),
        ("high", "experiment", ""),
        ("low", "retired", ""),
    ):
        known = dossier(stage=stage, **last(tier))
        standing_ = assess_gate(house, known, into="launch")
        assert gate_view(house, known, standing_).raised_from == raised
        assert [each.raised_from for each in gate_statuses(house, [standing_])] == [raised]


def test_what_waits_for_people_at_a_gate_is_shown_and_nothing_else() -> None:
    def asked(subject: str) -> ApprovalRequest:
        about: Any = subject.partition("/")[0]
        return ApprovalRequest(
            id=subject, at=NOW, about=about, use_case="triage", subject=subject, digest="d", summary="S",
            roles=("unit-lead", "centre"), deadline=NOW + timedelta(days=3), expires=NOW + timedelta(days=9),
            stood_in=("centre",), escalates_to="unit-lead", author="a@example.com",
        )  # fmt: skip

    house = model(launch=GATE)
    known = dossier()
    subjects = ("gate/launch", "waiver/launch/said", "gate/scale", "apply/3")
    requests = [standing(asked(each), (), NOW) for each in subjects]
    over = standing(asked("gate/launch"), (), NOW + timedelta(days=10))
    found = gate_view(house, known, assess_gate(house, known), requests=[*requests, over]).pending
    people = (
        Approver("unit-lead", "claims@example.com"),
        Approver("centre", "head@example.com", "claims@example.com"),
    )
    due = NOW + timedelta(days=3)
    assert found == (
        Pending("gate/launch", "gate", "S", due, people),
        Pending("waiver/launch/said", "waiver", "S", due, people),
    )

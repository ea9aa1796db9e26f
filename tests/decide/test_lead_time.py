"""Governance lead time is what the entries add up to, and says nothing of too few."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from remit.decide.controls import assessed
from remit.decide.dossier import Dossier, Fact
from remit.decide.lead_time import (
    ControlsNow,
    Exceptions,
    Governed,
    LeadTime,
    Queue,
    Share,
    Spread,
    controls_now,
    lead_time,
)
from remit.decide.risk import tier_of
from remit.declare.control import Control
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.decided import StageChange
from remit.record.dossier_entry import GateReview, Shown, Waiver
from remit.record.projection import StageFact
from strategies import operating_model, utc

NOW = utc(2026, 11, 30, 12)
SINCE = utc(2026, 9, 1, 0)


def measured(**entries: Any) -> LeadTime:
    return lead_time(Governed(**entries), since=SINCE, now=NOW, today=NOW.date())


def asked(number: int, at: datetime, *, use_case: str = "", tier: str = "medium") -> ApprovalRequest:
    return ApprovalRequest(
        id=f"q{number}",
        at=at,
        about="gate",
        use_case=use_case or f"case-{number}",
        subject="gate/launch",
        digest="d",
        summary="It enters launch.",
        tier=tier,
        roles=("risk-owner",),
        deadline=at + timedelta(days=3),
        expires=at + timedelta(days=14),
        author="a@example.com",
    )


def answered(request: ApprovalRequest, after: timedelta, said: Any = "approved") -> Approval:
    return Approval(
        id=f"a-{request.id}",
        at=request.at + after,
        request=request.id,
        about="gate",
        use_case=request.use_case,
        digest="d",
        said=said,
        role="risk-owner",
        author="r@example.com",
    )


def reviewed(
    use_case: str,
    at: datetime,
    *,
    request: str = "",
    outcome: Any = "proceed",
    stage: str = "experiment",
    shown: tuple[Shown, ...] = (),
    by_policy: bool = False,
) -> GateReview:
    return GateReview(
        id=f"r-{use_case}-{at:%m%d%H}",
        at=at,
        use_case=use_case,
        stage=stage,
        into="launch",
        outcome=outcome,
        by_policy=by_policy,
        tier="medium",
        gate="g",
        model_version=1,
        shown=shown,
        request=request,
        reason="It is so.",
        author="r@example.com",
    )


def moved(use_case: str, at: datetime, stage: Any, review: str = "") -> StageChange:
    return StageChange(
        id=f"m-{use_case}-{at:%m%d%H}",
        at=at,
        use_case=use_case,
        stage=stage,
        since=at.date(),
        basis="reviewed" if review else "narrowed",
        review=review,
        author="r@example.com",
    )


def test_nothing_recorded_is_nothing_said() -> None:
    found = measured()
    assert found.by_tier["low"] == Spread(0, None, None)
    assert found.first_pass == found.by_policy == Share(0, 0, None)
    assert found.queue == Queue(0, None, {})
    assert found.exceptions == Exceptions(0, None, None, 0)


def test_request_to_review_is_by_tier_and_of_those_whom_people_reviewed() -> None:
    requests = [asked(number, SINCE + timedelta(days=number)) for number in range(1, 8)]
    hours = (1, 2, 3, 4, 10, 20, 100)
    approvals = [answered(each, timedelta(hours=hour)) for each, hour in zip(requests, hours, strict=True)]
    reviews = [
        reviewed(each.use_case, each.at + timedelta(hours=hour), request=each.id)
        for each, hour in zip(requests, hours, strict=True)
    ]
    policy = [reviewed(f"low-{number}", NOW, by_policy=True) for number in range(3)]
    found = measured(requests=requests, approvals=approvals, reviews=reviews + policy)
    assert found.by_tier["medium"] == Spread(7, Decimal("4.0"), Decimal("20.0"))
    assert found.by_tier["high"] == Spread(0, None, None)
    assert found.by_policy == Share(3, 10, Decimal("0.300"))
    assert found.first_pass == Share(10, 10, Decimal("1.000"))
    assert found.outcomes == {"proceed": 10}


def test_a_gate_that_was_denied_once_is_not_passed_at_the_first_attempt_whatever_follows() -> None:
    first = asked(1, SINCE + timedelta(days=1), use_case="one")
    second = asked(2, SINCE + timedelta(days=9), use_case="one")
    approvals = [answered(first, timedelta(hours=1), "denied"), answered(second, timedelta(hours=1))]
    taken_back = asked(3, SINCE + timedelta(days=2), use_case="two")
    withdrawn = Approval(
        id="w", at=taken_back.at, request=taken_back.id, about="gate", digest="d", said="withdrawn",
        author="a@example.com",
    )  # fmt: skip
    found = measured(
        requests=[first, second, taken_back],
        approvals=[*approvals, withdrawn],
        reviews=[reviewed("one", second.at + timedelta(hours=1), request=second.id)],
    )
    assert (found.first_pass.part, found.first_pass.whole) == (0, 1)


def test_what_is_taken_back_within_ninety_days_counts_against_its_review() -> None:
    let_in = SINCE + timedelta(days=1)
    cases = [f"case-{number}" for number in range(6)]
    good = (
        Shown(id="quality", status="met", threshold="x"),
        Shown(id="kill/no", status="missing", threshold="x"),
    )
    bad = (
        Shown(id="quality", status="not_met", threshold="x"),
        Shown(id="kill/no", status="met", threshold="x", at=let_in + timedelta(days=20)),
    )
    reviews = [reviewed(each, let_in, shown=good) for each in cases]
    halt = reviewed("case-0", let_in + timedelta(days=22), outcome="halt", stage="launch", shown=bad)
    stays = reviewed("case-5", let_in + timedelta(days=5), stage="launch", shown=good, by_policy=True)
    found = measured(
        reviews=[*reviews, stays, halt],
        moves=[
            moved("case-0", halt.at, "retired", halt.id),
            moved("case-1", let_in + timedelta(days=89), "experiment"),
            moved("case-2", let_in + timedelta(days=91), "experiment"),
            moved("case-3", let_in + timedelta(days=9), "scale"),
        ],
    )
    assert found.failures.back == Share(2, 6, Decimal("0.333"))
    assert found.failures.turned == 1
    assert found.revoked == Spread(1, None, None), "one is too few to say how long it takes"


def test_waivers_that_count_have_an_age_and_the_queue_has_an_oldest() -> None:
    def waiver(number: int, days_ago: int, days: int, revoked: str = "") -> Waiver:
        at = NOW - timedelta(days=days_ago)
        return Waiver(
            id=f"w{number}", at=at, use_case="one", into="launch", criterion="run-book", accepted_by="r",
            role="risk-owner", tier="low", expires=(at + timedelta(days=days)).date(), revoked=revoked,
            author="a@example.com",
        )  # fmt: skip

    counting = [waiver(number, number, 60) for number in range(5)]
    gone = [waiver(7, 40, 10), waiver(8, 40, 60), waiver(9, 2, 0, revoked="w8")]
    waiting = [asked(1, NOW - timedelta(hours=30)), asked(2, NOW - timedelta(hours=2), tier="high")]
    found = measured(waivers=[*counting, *gone], requests=waiting)
    assert found.exceptions == Exceptions(5, 2, 4, 2)
    assert found.queue == Queue(2, Decimal("30.0"), {"high": 1, "medium": 1})


def test_controls_that_fail_are_counted_where_people_rely_on_a_use_case() -> None:
    def control(**fields: Any) -> Control:
        said = {"title": "T", "pillar": "security", "help": "H", "whose": "use-case-owner"}
        return Control.model_validate(said | {"stage": "experiment", "tier": "low"} | fields)

    counted = {"check": "ledger", "measure": "failure_rate", "at_most": "0.02"}
    controls = {
        "fails": control(**counted),
        "holds": control(check="ledger", measure="calls", at_least="1"),
        "unsaid": control(check="attestation"),
        "later": control(**counted, stage="retired"),
    }
    model = operating_model(
        use_cases={name: {"name": name, "unit": "motor", "purpose": "P"} for name in ("a", "b", "c")}
    )
    facts = {
        "failure_rate": (Fact("failure_rate", Decimal("0.5"), NOW, "ledger", "B"),),
        "calls": (Fact("calls", Decimal(9), NOW, "ledger", "B"),),
    }

    def dossier(name: str, stage: Any, facts: Any) -> Dossier:
        since = StageFact(stage, NOW.date(), "reviewed")
        return Dossier(name, NOW, NOW.date(), since, facts=facts)

    cases = [dossier("a", "launch", facts), dossier("b", "scale", {}), dossier("c", "experiment", facts)]
    found = controls_now(assessed(model, cases), controls)
    tier = tier_of(model.use_cases["a"])
    assert found == {tier: ControlsNow(use_cases=2, affected=1, asked=6, failing=1, stale=0)}
    told = lead_time(Governed(), since=SINCE, now=NOW, today=NOW.date(), controls=found).controls
    assert list(told) == ["low", "medium", "high"]
    assert told[tier] == found[tier]

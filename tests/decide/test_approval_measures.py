"""Measures of approvals: how long answers take, and which consent was taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from remit.decide.approval import Standing, standing
from remit.decide.approval_measures import measure, reversals
from remit.declare.approval import Asked
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.decided import Apply, StageChange
from remit.record.dossier_entry import GateReview, Waiver

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def asked(
    id: str, about: Asked, *, after: int, said: Any = "approved", batch: str = "", by: str = "lead"
) -> Standing:
    request = ApprovalRequest(
        id=id,
        at=NOW,
        about=about,
        use_case="pilot",
        subject=f"{about}/x",
        digest="d",
        summary="s",
        tier="low",
        roles=("unit-lead",),
        deadline=NOW + 3600 * SECOND,
        expires=NOW + 7200 * SECOND,
        author="owner@example.com",
    )
    answer = Approval(
        id=f"a-{id}",
        at=NOW + after * SECOND,
        request=id,
        about=about,
        digest="d",
        said=said,
        role="unit-lead",
        batch=batch,
        author=by,
    )
    return standing(request, [answer] if after else [], NOW + 8000 * SECOND)


def nothing(**more: Any) -> Any:
    return {"reviews": [], "waivers": [], "stages": [], "applies": []} | more


def test_times_are_of_what_people_settled_and_quick_answers_are_counted() -> None:
    found = [asked(f"g{number}", "gate", after=number) for number in (10, 20, 40, 4000)]
    found += [asked("w", "waiver", after=60, said="denied"), asked("e", "gate", after=0)]
    kinds = measure(found, frozenset({"g10"})).by_kind
    gate, waiver = kinds
    assert (gate.requests, gate.approved, gate.expired, gate.escalated) == (5, 4, 1, 2)
    assert (gate.seconds_p50, gate.seconds_p85) == (20, 4000)
    assert (gate.answers, gate.quick, gate.reversed) == (4, 2, 1)
    assert (waiver.denied, waiver.seconds_p50, waiver.quick) == (1, 60, 0)


def test_of_each_person_it_says_how_many_they_answered_in_one_go() -> None:
    found = [asked(f"g{number}", "gate", after=5, batch="b1") for number in range(3)]
    found += [asked("g9", "gate", after=50, by="risk")]
    lead, risk = measure(found, frozenset()).by_person
    assert (lead.person, lead.answers, lead.batches, lead.batch_max, lead.quick) == ("lead", 3, 1, 3, 3)
    assert (risk.answers, risk.batches, risk.batch_max) == (1, 0, 1)


def test_a_stage_that_is_taken_back_or_halted_reverses_the_gate_s_approval() -> None:
    found = [asked("g", "gate", after=60)]
    review: dict[str, Any] = {
        "use_case": "pilot",
        "stage": "experiment",
        "into": "launch",
        "tier": "low",
        "gate": "x",
        "model_version": 1,
        "shown": (),
        "reason": "",
        "author": "lead",
    }
    passed = GateReview(id="1", at=NOW + 61 * SECOND, outcome="proceed", request="g", **review)
    back = StageChange(
        id="2",
        at=NOW + 90 * SECOND,
        use_case="pilot",
        stage="experiment",
        since=date(2026, 12, 1),
        basis="narrowed",
        author="lead",
    )
    halt = GateReview(id="3", at=NOW + 90 * SECOND, outcome="halt", **review)
    assert reversals(found, **nothing(reviews=[passed])) == frozenset()
    assert reversals(found, **nothing(reviews=[passed], stages=[back])) == {"g"}
    assert reversals(found, **nothing(reviews=[passed, halt])) == {"g"}


def test_a_waiver_that_is_revoked_and_an_apply_that_is_rolled_back_are_reversed() -> None:
    found = [asked("w", "waiver", after=60), asked("p", "apply", after=60)]
    waiver: dict[str, Any] = {
        "use_case": "pilot",
        "into": "launch",
        "criterion": "drill",
        "accepted_by": "risk",
        "role": "risk-owner",
        "tier": "low",
        "expires": date(2027, 1, 1),
        "author": "risk",
    }
    given = Waiver(id="1", at=NOW + 61 * SECOND, request="w", **waiver)
    revoked = Waiver(id="2", at=NOW + 90 * SECOND, revoked="1", **waiver)
    applied: dict[str, Any] = {"digest": "d", "author": "a", "reason": "", "created": 0, "changed": 1}
    two = Apply(id="3", at=NOW + 61 * SECOND, model_version=2, request="p", removed=0, **applied)
    three = Apply(id="4", at=NOW + 99 * SECOND, model_version=3, restores=1, removed=0, **applied)
    assert reversals(found, **nothing(waivers=[given, revoked], applies=[two, three])) == {"w", "p"}
    assert reversals(found, **nothing(waivers=[given], applies=[two])) == frozenset()


def test_what_is_denied_when_it_is_asked_again_reverses_the_earlier_consent() -> None:
    found = [asked("g", "gate", after=60), asked("again", "gate", after=90, said="denied")]
    assert reversals(found, **nothing()) == {"g"}

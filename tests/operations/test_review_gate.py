"""Reviews: what is safe passes at once, what is not waits for people, and nothing passes on less."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from conftest import House
from gated_house import ASKER, CENTRE, GATES, GROUND, LEAD, OWNER, RISK, STAGES, SetClock, Way, case
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.operations.change_stage import demote, retire
from remit.operations.keep_gates import cure_what_is_met, write_lapses
from remit.operations.read_gates import read_gate
from remit.operations.review_gate import GateBarred, review_gate
from remit.operations.verify_ledger import verify_ledger
from remit.operations.waive import revoke_waiver
from remit.record.dossier_entry import Waiver
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter


def model(tier: str = "medium", stage: str = "experiment", gates: str = GATES) -> tuple[str, ...]:
    return GROUND, STAGES, gates, case(tier=tier, stage=stage)


@contextmanager
def on_the_way(house: House, **more: Any) -> Iterator[Way]:
    with house.system() as opened:
        clock = SetClock()
        way = Way(replace(opened, clock=clock), clock)
        way.apply(house.declare(*model(**more)))
        yield way


def written(way: Way, kind: str) -> list[Any]:
    rows = way.system.store.entries(EntryFilter(kind=kind), limit=100)
    return [decode(row.body) for row in reversed(rows)]


def test_at_low_risk_a_gate_whose_measures_are_met_passes_at_once_and_says_so(house: House) -> None:
    with on_the_way(house, tier="low", stage="") as way:
        asked = way.request()
        assert asked.review is not None
        assert (asked.review.by_policy, asked.review.outcome, way.stage()) == (True, "proceed", "experiment")
        assert [(each.id, each.status) for each in asked.review.shown] == [("owners", "met")]
        moved = written(way, "stage_change")[-1]
        assert (moved.basis, moved.review, moved.until) == ("reviewed", asked.review.id, None)


def test_what_is_missing_is_told_at_once_and_nobody_is_asked(house: House) -> None:
    with on_the_way(house) as way:
        way.ready(without=["run-book"])
        with pytest.raises(GateBarred) as barred:
            way.request()
        assert "1 of 3 criteria" in barred.value.summary
        assert "run-book (missing)" in barred.value.summary
        assert not way.open()


def test_a_gate_passes_when_all_have_consented_who_must_and_its_review_has_its_evidence(house: House) -> None:
    with on_the_way(house) as way:
        way.ready()
        asked = way.request()
        assert asked.asked is not None
        request = asked.asked.request
        assert (request.roles, request.barred) == (("risk-owner", "unit-lead"), (ASKER, OWNER))
        assert any("output_tokens_max" in each for each in request.stakes)
        assert way.request().asked == asked.asked, "who asks again asks nobody twice"
        [waits] = read_gate(way.system, "pilot").pending
        assert (waits.request, waits.due) == (request.id, request.deadline)
        assert [each.contact for each in waits.waits_for] == [RISK, LEAD]
        way.answer(RISK, request)
        assert way.stage() == "experiment"
        done = way.answer(LEAD, request)
        assert done.fault is None
        assert "entered launch" in done.done
        assert way.stage() == "launch"
        [review] = written(way, "gate_review")
        assert {each.id: each.status for each in review.shown} == {
            "quality": "met",
            "run-book": "met",
            "accepted": "met",
            "kill/no-value": "missing",
        }
        assert (review.request, len(review.approvals), review.author) == (request.id, 2, LEAD)


def test_consent_to_what_has_changed_since_moves_nothing_and_is_spent(house: House) -> None:
    with on_the_way(house) as way:
        way.ready()
        way.request()
        way.consent(RISK)
        way.evaluate(120)
        [last] = way.consent(LEAD)
        assert isinstance(last.fault, Conflict)
        assert last.fault.code == "request-spent"
        assert "quality is not met" in last.fault.summary
        assert way.stage() == "experiment"
        way.evaluate(199)
        again = way.request()
        assert again.asked is not None
        assert again.asked.state == "open", "nobody's spent consent is used again"


def test_a_gate_that_was_declared_anew_is_another_than_was_consented_to(house: House) -> None:
    with on_the_way(house) as way:
        way.ready()
        way.request()
        anew = GATES.replace("at_least: 0.9, confidence", "at_least: 0.8, confidence")
        way.apply(house.declare(*model(gates=anew)))
        way.consent(RISK)
        [last] = way.consent(LEAD)
        assert last.fault is not None
        assert "the gate was declared anew" in last.fault.summary


def test_a_kill_criterion_that_is_met_bars_the_way_and_a_halt_ends_it(house: House) -> None:
    with on_the_way(house) as way:
        way.ready()
        way.study("-0.2")
        with pytest.raises(GateBarred) as barred:
            way.request()
        assert barred.value.code == "kill-criterion-met"
        review = review_gate(
            way.system, "pilot", outcome="halt", to=None, author=LEAD, reason="It does not work."
        )
        assert way.stage() == "retired"
        assert {each.id for each in review.shown if each.status == "met"} >= {"kill/no-value"}
        with pytest.raises(RemitError, match="no gate leads back"):
            way.request()


def test_a_pivot_stays_or_goes_back_and_never_on(house: House) -> None:
    with on_the_way(house, stage="launch") as way:
        before = len(written(way, "stage_change"))
        review_gate(way.system, "pilot", outcome="pivot", to=None, author=RISK, reason="Another model.")
        assert len(written(way, "stage_change")) == before
        with pytest.raises(RemitError, match="no earlier stage"):
            review_gate(way.system, "pilot", outcome="pivot", to="scale", author=RISK, reason="On!")
        review_gate(way.system, "pilot", outcome="pivot", to="experiment", author=RISK, reason="Again.")
        assert way.stage() == "experiment"


@pytest.mark.parametrize(("author", "code"), [(OWNER, "own-use-case"), (ASKER, "not-in-role")])
def test_nobody_reviews_their_own_use_case_and_only_who_has_a_role(
    house: House, author: str, code: str
) -> None:
    with on_the_way(house) as way, pytest.raises(RemitError) as refused:
        review_gate(way.system, "pilot", outcome="halt", to=None, author=author, reason="Mine.")
    assert refused.value.code == code


def test_no_stage_is_skipped(house: House) -> None:
    with on_the_way(house) as way, pytest.raises(RemitError) as refused:
        way.request(into="scale")
    assert refused.value.code == "stage-out-of-order"


# ── waivers ──


def on_a_waiver(way: Way, *, days: int = 30) -> Waiver:
    """Enter launch without a run book, for some days."""
    way.ready(without=["run-book"])
    way.waive("run-book", days=days)
    way.consent()
    [waiver] = [each for each in written(way, "waiver") if not each.revoked]
    way.request()
    way.consent()
    assert way.stage() == "launch"
    return waiver  # type: ignore[no-any-return]


def test_who_bears_the_risk_accepts_it_and_the_stage_ends_with_the_waiver_by_itself(house: House) -> None:
    with on_the_way(house) as way:
        waiver = on_a_waiver(way)
        assert (waiver.accepted_by, waiver.role, waiver.author) == (RISK, "risk-owner", ASKER)
        moved = written(way, "stage_change")[-1]
        [review] = written(way, "gate_review")
        assert review.waivers == (waiver.id,)
        end = datetime.combine(waiver.expires + timedelta(days=1), datetime.min.time(), way.clock.at.tzinfo)
        assert (moved.until, moved.falls_to) == (end, "experiment")
        way.clock.at = end - timedelta(seconds=1)
        assert (way.stage(), write_lapses(way.system)) == ("launch", [])
        way.clock.at = end
        assert way.stage() == "experiment"
        [lapse] = write_lapses(way.system)
        assert (lapse.basis, lapse.stage, lapse.since) == ("narrowed", "experiment", end.date())
        assert write_lapses(way.system) == [], "it is written once"
        assert way.stage() == "experiment"


def test_a_role_holder_whose_consent_is_enough_waives_at_once(house: House) -> None:
    with on_the_way(house, tier="low") as way:
        found = way.waive("run-book", by=LEAD, author=LEAD)
        assert found.waiver is not None
        assert found.asked is None


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"days": 0}, "waiver-too-long"),
        ({"days": 181}, "waiver-too-long"),
        ({"by": OWNER}, "own-use-case"),
        ({"by": ASKER}, "not-in-role"),
        ({"criterion": "accepted"}, "not-to-be-waived"),
        ({"criterion": "no-value"}, "not-to-be-waived"),
    ],
)
def test_a_waiver_ends_soon_and_names_who_may_bear_the_risk(
    house: House, more: dict[str, Any], code: str
) -> None:
    with on_the_way(house) as way, pytest.raises(RemitError) as refused:
        way.waive(**{"criterion": "run-book", **more})
    assert refused.value.code == code


def test_at_high_risk_a_waiver_ends_within_ninety_days_and_takes_two_persons(house: House) -> None:
    with on_the_way(house, tier="high") as way:
        with pytest.raises(RemitError, match="at the latest"):
            way.waive("run-book", days=91)
        asked = way.waive("run-book", days=90).asked
        assert asked is not None
        assert (asked.request.people, asked.request.roles) == (2, ("risk-owner", "unit-lead", "centre"))


def test_what_was_waived_and_is_met_lets_the_stage_stay_if_a_machine_sees_it(house: House) -> None:
    with on_the_way(house) as way:
        way.ready(without=["quality"])
        way.waive("quality")
        way.consent()
        way.request()
        way.consent()
        assert way.stage() == "launch"
        since = written(way, "stage_change")[-1].since
        assert cure_what_is_met(way.system) == []
        way.clock.on(days=5)
        way.evaluate(199)
        assert cure_what_is_met(way.system) == ["pilot"]
        moved = written(way, "stage_change")[-1]
        assert (moved.stage, moved.until, moved.since) == ("launch", None, since)
        assert written(way, "gate_review")[-1].by_policy
        way.clock.on(days=60)
        assert way.stage() == "launch"


def test_whoever_writes_a_stage_into_the_journal_themselves_is_found(house: House) -> None:
    with on_the_way(house) as way:
        way.ready()
        way.request()
        way.consent()
        demote(way.system, "pilot", to="experiment", author=OWNER, reason="It went wrong.")
        assert verify_ledger(way.system).faults == ()
        moved = written(way, "stage_change")
        forged = msgspec.structs.replace(moved[-2], **way._new())
        way.write(forged)
        assert verify_ledger(way.system).faults == (
            f"entry `{forged.id}` moves `pilot` to `launch`, by no review that is recorded",
        )


def test_a_store_that_was_made_anew_has_people_asked_again(house: House) -> None:
    with on_the_way(house) as way:
        way.ready()
        first = way.request().asked
        assert first is not None
    (house.home / "store.sqlite").unlink()
    with house.system() as opened:
        clock = SetClock()
        way = Way(replace(opened, clock=clock), clock)
        clock.on(hours=1)
        assert way.stage() == "experiment"
        way.apply(house.declare(*model()))
        again = way.request().asked
        assert again is not None
        assert again.request.id != first.request.id
        way.consent()
        assert way.stage() == "launch"


def test_in_another_risk_tier_the_consents_of_a_review_do_not_stand(house: House) -> None:
    with on_the_way(house) as way:
        way.ready(without=["quality"])
        way.waive("quality")
        way.consent()
        way.request()
        way.consent()
        way.apply(house.declare(*model(tier="high")))
        way.evaluate(199)
        assert cure_what_is_met(way.system) == []
        asked = way.request().asked
        assert asked is not None
        assert (asked.request.tier, asked.request.people) == ("high", 2)


def test_what_somebody_attests_in_place_of_a_waiver_people_look_at_again(house: House) -> None:
    with on_the_way(house) as way:
        on_a_waiver(way)
        with pytest.raises(RemitError, match="on waivers until"):
            way.request(into="scale")
        way.attest("gate/launch/run-book")
        assert cure_what_is_met(way.system) == []
        assert way.request().asked is not None
        way.consent()
        way.clock.on(days=60)
        assert way.stage() == "launch"


def test_a_waiver_that_is_taken_back_narrows_at_once(house: House) -> None:
    with on_the_way(house) as way:
        waiver = on_a_waiver(way)
        revoke_waiver(way.system, waiver.id, author=CENTRE, reason="There was an incident.")
        assert way.stage() == "experiment"
        first, second = written(way, "stage_change")[-1], written(way, "waiver")[-1]
        assert first.id < second.id, "of a write that breaks off, what narrows stays"
        with pytest.raises(NotFound, match="taken back already"):
            revoke_waiver(way.system, waiver.id, author=CENTRE, reason="Again.")


# ── back, and out ──


@pytest.mark.parametrize("author", [OWNER, RISK, LEAD, CENTRE])
def test_whoever_answers_for_it_takes_it_back_without_a_gate(house: House, author: str) -> None:
    with on_the_way(house, stage="launch") as way:
        entry = demote(way.system, "pilot", to="experiment", author=author, reason="An incident.")
        assert (entry.basis, way.stage()) == ("narrowed", "experiment")
        with pytest.raises(RemitError, match="no earlier stage"):
            demote(way.system, "pilot", to="launch", author=author, reason="Up again.")
        ended = retire(way.system, "pilot", author=author, reason="It is over.")
        assert ended.left_open == ("learnt",), "an end waits for nothing, and says what for"
        assert way.stage() == "retired"
        with pytest.raises(RemitError):
            demote(way.system, "pilot", to="envision", author=author, reason="Back.")


def test_nobody_else_takes_it_back(house: House) -> None:
    with on_the_way(house) as way, pytest.raises(RemitError) as refused:
        retire(way.system, "pilot", author=ASKER, reason="I do not like it.")
    assert refused.value.code == "not-in-role"

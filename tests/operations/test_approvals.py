"""Approvals through the store: who asks, who answers, what is carried out, and that nobody gets around it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from approvals_house import CENTRE, DEPUTY, LEAD, OWNER, RISK, SetClock, ask, consent, model
from remit.decide.approval import Standing, seen_code
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.operations.answer_approval import answer_approval, withdraw_request
from remit.operations.apply_model import Applied, apply_model
from remit.operations.ask_approval import Asking, ask_approval
from remit.operations.delegate import delegate, end_delegation
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.plan_model import plan_model
from remit.operations.read_approvals import find_request, standings
from remit.operations.read_history import find_version, model_of, versions
from remit.operations.read_inbox import measure_approvals, read_delegations, read_inbox, read_requests
from remit.operations.widen_model import put_in_force


@pytest.fixture
def system(house: Any) -> Iterator[Any]:
    with house.system() as opened:
        apply_model(opened, model(), author=OWNER, reason="The first one.")
        yield replace(opened, clock=SetClock(opened.clock))


def gate(number: int = 1, **more: Any) -> Asking:
    given: dict[str, Any] = {
        "about": "gate",
        "subject": "gate/scale",
        "body": f"snapshot {number}".encode(),
        "summary": "enter scale",
        "tier": "medium",
        "use_case": "letters",
    }
    return Asking(**(given | more))


def tool(number: int, **more: Any) -> Asking:
    return gate(number, about="tool", subject="tool/mail", tier="low", **more)


# ── widening ──


def test_what_is_agreed_to_is_put_in_force_by_the_last_consent_and_says_whose(system: Any) -> None:
    asked = ask(system, model(tokens=900))
    assert isinstance(asked, Standing)
    assert asked.waits_for == ("risk-owner", "unit-lead")
    assert model_in_force(system)[0] == 1
    (first,) = consent(system, RISK, asked.request.id)
    assert (first.standing.state, first.done) == ("open", "")
    (last,) = consent(system, LEAD, asked.request.id)
    assert (last.standing.state, last.done, last.fault) == ("approved", "version 2 is in force", None)
    applied = find_version(system, 2)
    assert (applied.request, applied.author, applied.reason) == (asked.request.id, OWNER, "Why.")
    assert applied.approvals == tuple(each.id for each in last.standing.consents)
    assert len(applied.approvals) == 2


def test_what_was_agreed_to_rests_on_its_version_and_must_be_asked_again_on_another(system: Any) -> None:
    asked = ask(system, model(tokens=900))
    consent(system, RISK, asked.request.id)
    assert isinstance(ask(system, model(tokens=400)), Applied)
    (last,) = consent(system, LEAD, asked.request.id)
    assert isinstance(last.fault, Conflict)
    assert last.standing.state == "approved"
    assert model_in_force(system)[0] == 2
    again = ask(system, model(tokens=900))
    assert isinstance(again, Standing)
    assert again.request.id != asked.request.id
    assert again.state == "open"


def test_to_ask_again_for_the_same_is_the_same_request(system: Any) -> None:
    first, second = ask(system, model(tokens=900)), ask(system, model(tokens=900))
    assert first.request == second.request


def test_nothing_is_put_in_force_around_the_inbox(system: Any) -> None:
    with pytest.raises(RemitError) as refused:
        apply_model(system, model(tokens=900), author=CENTRE, reason="Quickly.")
    assert refused.value.code == "approval-needed"
    assert model_in_force(system)[0] == 1


def test_a_rollback_that_widens_waits_and_what_narrows_does_not(system: Any) -> None:
    assert isinstance(ask(system, model(tokens=100)), Applied)
    planned = plan_model(system, model_of(system, find_version(system, 1)))
    asked = put_in_force(system, planned, author=OWNER, reason="Back.", restores=1)
    assert isinstance(asked, Standing)
    assert asked.request.summary == "go back to version 1, which lets `letters` do more"
    consent(system, RISK, asked.request.id)
    consent(system, LEAD, asked.request.id)
    assert find_version(system, 3).restores == 1


def test_more_money_alone_waits_for_who_pays(system: Any) -> None:
    asked = ask(system, model(money=9))
    assert (asked.request.about, asked.request.subject) == ("budget", "budget/use-case/letters")
    (last,) = consent(system, LEAD, asked.request.id)
    assert last.done == "version 2 is in force"


# ── who answers ──


@pytest.mark.parametrize(
    ("author", "code"),
    [(OWNER, "barred-from-answering"), ("nobody@example.com", "not-yours-to-answer")],
)
def test_who_may_not_answer_is_told_who_may(system: Any, author: str, code: str) -> None:
    asked = ask(system, model(tokens=900), author="engineer@example.com")
    with pytest.raises(RemitError) as refused:
        consent(system, author, asked.request.id)
    assert refused.value.code == code
    assert refused.value.help == f"it waits for {RISK} as `risk-owner`, {LEAD} as `unit-lead`"


def test_nobody_answers_for_what_they_asked_though_they_hold_the_role(system: Any) -> None:
    asked = ask(system, model(tokens=900), author=LEAD)
    assert asked.request.stood_in == ("unit-lead",)
    with pytest.raises(RemitError, match="they asked for it"):
        consent(system, LEAD, asked.request.id)
    consent(system, RISK, asked.request.id)
    (last,) = consent(system, CENTRE, asked.request.id)
    assert last.done == "version 2 is in force"
    assert last.standing.consents[-1].in_place_of == "unit-lead"


def test_consent_needs_the_code_of_what_was_shown_and_a_reason_where_risk_is_high(system: Any) -> None:
    id = ask(system, model(tokens=900)).request.id
    for seen, reason, code in (
        ("", "Yes.", "not-seen"),
        ("0" * 8, "Yes.", "not-seen"),
        ("", "", "reason-missing"),
    ):
        with pytest.raises(RemitError) as refused:
            answer_approval(system, [id], said="approved", author=RISK, seen=seen, reason=reason)
        assert refused.value.code == code
    with pytest.raises(RemitError) as refused:
        answer_approval(system, [id], said="denied", author=RISK, reason=" ")
    assert refused.value.code == "reason-missing"


def test_a_denial_ends_it_and_nothing_more_is_answered(system: Any) -> None:
    id = ask(system, model(tokens=900)).request.id
    (denied,) = answer_approval(system, [id], said="denied", author=RISK, reason="Not tested.")
    assert denied.standing.state == "denied"
    with pytest.raises(Conflict) as refused:
        consent(system, LEAD, id)
    assert refused.value.code == "request-closed"


def test_only_the_asker_takes_a_request_back(system: Any) -> None:
    id = ask(system, model(tokens=900)).request.id
    with pytest.raises(Conflict):
        withdraw_request(system, id, author=LEAD)
    assert withdraw_request(system, id, author=OWNER).state == "withdrawn"
    with pytest.raises(NotFound):
        withdraw_request(system, "nothing", author=OWNER)


def test_after_the_deadline_another_role_answers_without_anybody_having_moved_it(system: Any) -> None:
    id = ask(system, model(tokens=900)).request.id
    consent(system, RISK, id)
    with pytest.raises(RemitError):
        consent(system, CENTRE, id)
    system.clock.ahead = timedelta(hours=25)
    (view,) = read_inbox(system, reader=CENTRE)
    assert (view.escalated, view.mine) == (True, ("unit-lead",))
    (last,) = consent(system, CENTRE, id)
    assert last.done == "version 2 is in force"


def test_after_its_end_nothing_is_answered(system: Any) -> None:
    id = ask(system, model(tokens=900)).request.id
    system.clock.ahead = timedelta(hours=121)
    with pytest.raises(Conflict, match="expired"):
        consent(system, RISK, id)
    assert read_inbox(system, reader=RISK) == []
    assert [view.state for view in read_inbox(system, reader=RISK, closed=True)] == ["expired"]


def test_what_nobody_could_agree_to_is_not_asked(system: Any) -> None:
    with pytest.raises(RemitError) as refused:
        ask_approval(system, gate(roles=("privacy-office",)), author=OWNER)
    assert refused.value.code == "role-without-holder"
    assert refused.value.help == "declare `privacy-office` under `organisation: roles:`, with another holder"
    with pytest.raises(RemitError) as refused:
        ask_approval(system, gate(barred=(RISK, CENTRE)), author=OWNER)
    assert refused.value.code == "role-without-holder"
    with pytest.raises(RemitError) as refused:
        ask_approval(system, gate(tier="high", barred=(RISK, LEAD)), author=OWNER)
    assert refused.value.code == "too-few-persons"
    assert list(standings(system, system.clock.now())) == []


def test_a_gate_has_one_open_request_and_its_asker_replaces_it(system: Any) -> None:
    first = ask_approval(system, gate(1), author="engineer@example.com")
    with pytest.raises(Conflict) as refused:
        ask_approval(system, gate(2), author="other@example.com")
    assert refused.value.code == "request-open"
    second = ask_approval(system, gate(2), author="engineer@example.com")
    states = {each.request.id: each.state for each in standings(system, system.clock.now())}
    assert states == {first.request.id: "withdrawn", second.request.id: "open"}


def test_the_consent_to_a_tool_is_read_by_whoever_waits_for_it(system: Any) -> None:
    asked = ask_approval(system, tool(1), author="agent@example.com")
    (last,) = consent(system, LEAD, asked.request.id, reason="")
    assert (last.standing.state, last.done, last.fault) == ("approved", "", None)
    assert find_request(system, asked.request.id, system.clock.now()).state == "approved"


# ── several at once ──


def test_alike_requests_are_answered_together_as_one_batch_and_others_are_not(system: Any) -> None:
    ids = [ask_approval(system, tool(number), author="agent@example.com").request.id for number in range(3)]
    answered = consent(system, LEAD, *ids, reason="")
    assert [each.standing.state for each in answered] == ["approved"] * 3
    batches = {each.standing.consents[0].batch for each in answered}
    assert len(batches) == 1
    assert batches != {""}
    other = ask_approval(system, gate(), author="engineer@example.com").request.id
    more = ask_approval(system, tool(9), author="agent@example.com").request.id
    with pytest.raises(RemitError) as refused:
        consent(system, LEAD, other, more)
    assert refused.value.code == "not-alike"
    (lead,) = measure_approvals(system, days=1).by_person
    assert (lead.answers, lead.batches, lead.batch_max, lead.quick) == (3, 1, 3, 3)


def test_the_code_of_several_is_not_that_of_one(system: Any) -> None:
    ids = [ask_approval(system, tool(number), author="agent@example.com").request.id for number in range(2)]
    code = seen_code([find_request(system, ids[0], system.clock.now()).request])
    with pytest.raises(RemitError) as refused:
        answer_approval(system, ids, said="approved", author=LEAD, seen=code)
    assert refused.value.code == "not-seen"


def test_no_more_are_taken_at_once_than_can_be_looked_at(system: Any) -> None:
    with pytest.raises(RemitError, match="at most 50") as refused:
        read_requests(system, [str(number) for number in range(51)], reader=LEAD)
    assert refused.value.code == "not-alike"


# ── delegation ──


def until(system: Any, days: int) -> date:
    return date.fromordinal(system.clock.now().date().toordinal() + days)


def test_a_delegate_answers_for_a_time_and_it_can_be_ended(system: Any) -> None:
    given = delegate(system, DEPUTY, roles=("unit-lead",), until=until(system, 3), author=LEAD)
    id = ask(system, model(money=9)).request.id
    assert [view.mine for view in read_inbox(system, reader=DEPUTY)] == [("unit-lead",)]
    end_delegation(system, given.id, author=DEPUTY)
    assert read_delegations(system) == []
    with pytest.raises(RemitError):
        consent(system, DEPUTY, id)
    delegate(system, DEPUTY, roles=(), until=until(system, 3), author=LEAD)
    (last,) = consent(system, DEPUTY, id)
    assert last.done == "version 2 is in force"
    assert last.standing.consents[0].on_behalf_of == LEAD


@pytest.mark.parametrize(
    ("to", "roles", "days", "author"),
    [
        (LEAD, (), 3, LEAD),
        ("somebody", (), 3, LEAD),
        (DEPUTY, (), 91, LEAD),
        (DEPUTY, (), -2, LEAD),
        (DEPUTY, ("risk-owner",), 3, LEAD),
        (DEPUTY, (), 3, "nobody@example.com"),
    ],
)
def test_nobody_delegates_to_themselves_for_long_or_what_they_do_not_hold(
    system: Any, to: str, roles: Any, days: int, author: str
) -> None:
    with pytest.raises(RemitError) as refused:
        delegate(system, to, roles=roles, until=until(system, days), author=author)
    assert refused.value.code == "delegation-refused"


# ── at once ──


def test_of_answers_at_the_same_moment_one_carries_it_out(house: Any) -> None:
    with house.system() as system:
        apply_model(system, model(), author=OWNER, reason="")
        id = ask(system, model(tokens=900)).request.id

    def answer(author: str) -> str:
        with house.system() as own:
            try:
                (given,) = consent(own, author, id)
            except RemitError as error:
                return error.code
            return str(given.done)

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(answer, [RISK, LEAD, RISK, LEAD]))
    assert said.count("version 2 is in force") == 1
    with house.system() as system:
        fold_ledger(system)
        assert [each.model_version for each in versions(system.store)] == [2, 1]

"""Approvals of calls of tools: of just one call, used once, looked at again when it is made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from approvals_house import SetClock
from conftest import House
from remit.declare.policy import Policy
from remit.operations.answer_approval import answer_approval
from remit.operations.read_approvals import find_request
from remit.operations.read_inbox import read_requests
from tooled_house import Desk, at_desk, declared

TOOLS = "{tool/pay: {calls_per_run: 5}}"
LEAD = "desk-lead@example.com"
PAY = {"to": "bob", "amount": 20}


def answer(desk: Desk, request: str, *, said: Any = "approved", author: str = LEAD) -> None:
    system = desk.gate.worker.system
    _, code = read_requests(system, [request], reader=author)
    answer_approval(system, [request], said=said, author=author, seen=code, reason="Looked at it.")


def asking(level: str = "act_with_approval", tools: str = TOOLS) -> tuple[str, str]:
    return declared(tools, level=level)


def test_a_consent_lets_just_one_call_through(house: House) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.begin()
        first = await desk.call(run, "pay", PAY, step="1")
        polled = await desk.call(run, "pay", PAY, step="1")
        assert (first.status, polled.status, polled.approval) == ("waiting", "waiting", first.approval)
        answer(desk, first.approval)
        done = await desk.call(run, "pay", PAY, step="1")
        assert (done.status, done.approval) == ("completed", first.approval)
        assert await desk.call(run, "pay", PAY, step="1") == done
        again = await desk.call(run, "pay", PAY, step="2")
        replayed = await desk.call(run, "pay", PAY, step="3", approval=first.approval)
        assert (again.status, again.approval != first.approval) == ("waiting", True)
        assert (replayed.status, replayed.decision.rule) == ("refused", "approval-used")
        assert desk.world.count("pay") == 1
        assert [each.status for each in desk.entries()] == ["waiting", "completed", "waiting", "refused"]

    at_desk(house, work, *asking())


def test_a_consent_covers_no_other_arguments_and_no_other_run(house: House) -> None:
    async def work(desk: Desk) -> None:
        run, other = await desk.begin(), await desk.begin()
        waits = await desk.call(run, "pay", PAY)
        answer(desk, waits.approval)
        dearer = await desk.call(run, "pay", PAY | {"amount": 21}, approval=waits.approval)
        elsewhere = await desk.call(other, "pay", PAY, approval=waits.approval)
        assert [each.decision.rule for each in (dearer, elsewhere)] == ["approval-of-another-call"] * 2
        assert (await desk.call(run, "pay", PAY | {"amount": 21})).status == "waiting"
        assert (await desk.call(run, "pay", PAY | {"note": "anew"})).status == "completed"
        assert [each.arguments["amount"] for each in desk.world.asked] == [20]

    at_desk(house, work, *asking())


def test_a_consent_outlasts_the_worker_and_not_the_operating_model(house: House) -> None:
    key, run, request = "", "", ""

    async def wait(desk: Desk) -> None:
        nonlocal key, run, request
        key, run = desk.key.id, await desk.begin()
        request = (await desk.call(run, "pay", PAY, step="1")).approval
        answer(desk, request)

    async def go_on(desk: Desk) -> tuple[str, str]:
        mine = Desk(desk.gate, type(desk.key)(key, "pilot"), desk.world)
        found = await mine.call(run, "pay", PAY, step="1")
        return found.status, found.approval

    at_desk(house, wait, *asking())
    assert at_desk(house, go_on) == ("completed", request)
    at_desk(house, wait)
    status, other = at_desk(house, go_on, *asking(tools="{tool/pay: {calls_per_run: 4}}"))
    assert (status, other != request) == ("waiting", True)


def test_a_consent_that_came_too_late_lets_nothing_through(house: House) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.begin()
        waits = await desk.call(run, "pay", PAY)
        answer(desk, waits.approval)
        system = desk.gate.worker.system
        clock = SetClock(system.clock)
        object.__setattr__(system, "clock", clock)
        clock.ahead = timedelta(hours=5)
        later = await desk.call(run, "pay", PAY)
        assert (later.status, later.approval != waits.approval) == ("waiting", True)
        assert desk.world.asked == []

    at_desk(house, work, *asking())


def test_what_somebody_refused_is_not_asked_again(house: House) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.begin()
        waits = await desk.call(run, "pay", PAY)
        answer(desk, waits.approval, said="denied")
        for _ in range(2):
            found = await desk.call(run, "pay", PAY)
            assert (found.status, found.decision.rule) == ("refused", "approval-denied")

    at_desk(house, work, *asking())


def test_a_consent_is_worth_nothing_where_the_rules_refuse_meanwhile(house: House) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.begin("see the page and pay ann")
        waits = await desk.call(run, "pay", PAY)
        answer(desk, waits.approval)
        desk.world.described = {"pay": "Something else."}
        found = await desk.call(run, "pay", PAY)
        assert (found.status, found.decision.rule) == ("refused", "tool-changed")
        assert desk.world.asked == []

    at_desk(house, work, *asking())


def test_what_is_asked_says_what_is_at_stake_and_nobodys_data(house: House) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.begin()
        waits = await desk.call(run, "pay", PAY)
        request = find_request(
            desk.gate.worker.system, waits.approval, desk.gate.worker.system.clock.now()
        ).request
        assert "bob" not in str(request)
        # Whoever made the agent's key does not agree to what it asks.
        assert "tester@example.com" in request.barred
        assert any("cannot be undone" in each for each in request.stakes)
        assert any("money: 20" in each for each in request.stakes)
        kept = desk.gate.effects.waiting(waits.approval)
        assert kept is not None
        assert b"bob" in kept.arguments
        text = desk.gate.worker.system.store.text(request.digest)
        assert text is not None
        assert b"bob" not in text

    at_desk(house, work, *asking())


def test_an_agent_that_may_act_is_asked_about_only_what_the_rules_doubt(house: House) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.begin("pay somebody")
        waits = await desk.call(run, "pay", {"to": "carl", "amount": 1})
        assert (waits.status, waits.decision.rule) == ("waiting", "target-not-known")
        answer(desk, waits.approval)
        assert (await desk.call(run, "pay", {"to": "carl", "amount": 1})).status == "completed"
        # Whom somebody has agreed to is known from then on, in that run.
        assert (await desk.call(run, "pay", {"to": "carl", "amount": 2})).status == "completed"

    at_desk(house, work, *asking(level="act_within_limits"))


def test_what_is_of_high_risk_needs_two_persons(house: House) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.begin()
        waits = await desk.call(run, "pay", PAY)
        answer(desk, waits.approval)
        assert (await desk.call(run, "pay", PAY)).status == "waiting"
        answer(desk, waits.approval, author="risk@example.com")
        assert (await desk.call(run, "pay", PAY)).status == "completed"

    tools, case = asking()
    high = "    risk_owner: risk@example.com\n    risk_tier_min: high\n"
    at_desk(house, work, tools, case.replace("    unit: desk\n", "    unit: desk\n" + high))


def test_where_nobody_may_agree_the_call_is_refused(house: House) -> None:
    async def work(desk: Desk) -> None:
        found = await desk.call(await desk.begin(), "pay", PAY)
        assert (found.status, found.decision.rule) == ("refused", "role-without-holder")
        assert desk.world.asked == []

    house.base = house.base.replace(", lead: desk-lead@example.com", ", lead: tester@example.com").replace(
        "contact: administrator@example.com", "contact: tester@example.com"
    )
    at_desk(house, work, *asking())


def with_policies(desk: Desk, **policies: Policy) -> None:
    """Put policies in force, as a model that declares them does."""
    view = desk.gate.worker.view
    object.__setattr__(view, "model", view.model.model_copy(update={"policies": policies}))


TOOL_CALLS = 'principal, action == Action::"call_tool", resource'


def test_a_policy_can_ask_for_a_person_and_another_is_only_noted(house: House) -> None:
    async def work(desk: Desk) -> None:
        text = f"forbid ({TOOL_CALLS}) when {{ resource.writes }} unless {{ context.approved }};"
        noted = Policy(text=f"forbid ({TOOL_CALLS}) when {{ resource.writes }};", mode="log_only")
        with_policies(desk, ask=Policy(text=text), noted=noted)
        run = await desk.begin()
        waits = await desk.call(run, "pay", PAY)
        assert (waits.status, waits.decision.rule) == ("waiting", "tool-waits-for-approval")
        answer(desk, waits.approval)
        assert (await desk.call(run, "pay", PAY)).status == "completed"
        assert [each.policies_noted for each in desk.entries()] == [("noted",), ("noted",)]

    at_desk(house, work, *asking(level="act_within_limits"))


def test_other_policies_are_another_ground_that_a_consent_does_not_cover(house: House) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.begin()
        waits = await desk.call(run, "pay", PAY)
        answer(desk, waits.approval)
        with_policies(desk, more=Policy(text=f"forbid ({TOOL_CALLS}) when {{ context.hour > 99 }};"))
        desk.gate.policies.clear()
        again = await desk.call(run, "pay", PAY)
        assert (again.status, again.approval != waits.approval) == ("waiting", True)

    at_desk(house, work, *asking())

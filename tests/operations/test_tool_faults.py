"""Calls of tools that go wrong: refused before they are made, and after that never made twice."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from time import monotonic
from typing import Any

import pytest

from conftest import House
from full_disk import FullDisk
from remit.declare.policy import Policy
from remit.kernel.errors import JournalError, RemitError
from remit.operations.authenticate import authenticate
from remit.operations.call_tool import list_tools
from remit.operations.follow_ledger import catch_up, follow_decisions
from remit.operations.issue_key import issue_key
from remit.operations.kill_switch import switch_off, switch_on
from remit.operations.refused import Refused
from remit.operations.verify_ledger import verify_ledger
from remit.ports_tools import ToolAnswer, ToolAsk, ToolNotReached, ToolUnclear
from remit.record.tool_effect import OPEN, UNKNOWN
from tooled_house import Desk, answers, at_desk, declared

TOOLS = "{tool/lookup: {}, tool/pay: {calls_per_run: 5}, tool/tag: {calls_per_day: 9}}"
PAY = {"to": "bob", "amount": 20}


def fails(error: Exception) -> Any:
    async def tool(ask: ToolAsk) -> ToolAnswer:
        raise error

    return tool


NOT_REACHED = ToolNotReached("the server is away", help="start it")
UNCLEAR = ToolUnclear("the server broke off", help="look what it did")


def test_a_target_that_was_not_asked_has_done_nothing_and_may_be_asked_again(house: House) -> None:
    async def work(desk: Desk) -> None:
        desk.world.tools["pay"] = fails(NOT_REACHED)
        run = await desk.begin()
        failed = await desk.call(run, "pay", PAY, step="1")
        assert (failed.status, desk.posted()) == ("failed", Decimal(0))
        del desk.world.tools["pay"]
        assert (await desk.call(run, "pay", PAY, step="1")).status == "completed"
        assert [(each.status, each.fault) for each in desk.entries()] == [
            ("failed", "tool-not-reached"),
            ("completed", ""),
        ]

    at_desk(house, work, *declared(TOOLS))


@pytest.mark.parametrize("error", [UNCLEAR, ValueError("what the function raised")])
def test_nobody_can_say_of_a_write_that_broke_off_so_that_it_is_not_tried_again(
    house: House, error: Exception
) -> None:
    async def work(desk: Desk) -> None:
        desk.world.tools["pay"] = fails(error)
        run = await desk.begin()
        lost = await desk.call(run, "pay", PAY, step="1")
        again = await desk.call(run, "pay", PAY, step="1")
        another = await desk.call(run, "pay", PAY, step="2")
        assert (lost.status, again) == ("unknown", lost)
        assert (another.status, another.decision.rule) == ("waiting", "tool-done-already")
        assert desk.world.count("pay") == 1
        [effect] = desk.gate.effects.effects(states=UNKNOWN)
        assert effect.claim == desk.world.asked[0].claim
        # It may well have been done, so that it is charged.
        assert desk.posted() == Decimal("0.50")

    at_desk(house, work, *declared(TOOLS))


def test_a_read_that_broke_off_was_not_done(house: House) -> None:
    async def work(desk: Desk) -> None:
        desk.world.tools["lookup"] = fails(UNCLEAR)
        assert (await desk.call(await desk.begin(), "lookup", {})).status == "failed"
        assert desk.gate.effects.effects(states=OPEN) == []

    at_desk(house, work, *declared(TOOLS))


def test_what_a_tool_says_that_it_did_not_do_failed_and_its_words_label_the_run(house: House) -> None:
    async def work(desk: Desk) -> None:
        desk.world.tools["pay"] = answers("no such account", is_error=True)
        run = await desk.begin()
        found = await desk.call(run, "pay", PAY, step="1")
        assert (found.status, found.text) == ("failed", "no such account")
        [entry] = desk.entries()
        assert (entry.fault, entry.tainted) == ("tool-failed", True)

    at_desk(house, work, *declared(TOOLS))


def test_a_policy_that_cannot_be_evaluated_refuses(house: House) -> None:
    async def work(desk: Desk) -> None:
        found = await desk.call(await desk.begin(), "pay", PAY)
        assert (found.status, found.decision.rule) == ("refused", "policy-failed")
        assert desk.world.asked == []

    async def broken(desk: Desk) -> None:
        # As a policy stands there that was sound for the schema of another release.
        view = desk.gate.worker.view
        text = 'forbid (principal, action == Action::"call_tool", resource) when { context.nothing == 1 };'
        odd = Policy(text=text, owner="tools@example.com")
        object.__setattr__(view, "model", view.model.model_copy(update={"policies": {"odd": odd}}))
        await work(desk)

    at_desk(house, broken, *declared(TOOLS))


def test_an_error_that_nobody_foresaw_refuses_and_is_recorded(house: House) -> None:
    async def work(desk: Desk) -> None:
        def levels(*_: str) -> Any:
            raise KeyError("what nobody foresaw")

        object.__setattr__(desk.gate, "levels", levels)
        run = await desk.begin()
        found = await desk.call(run, "pay", PAY)
        assert (found.status, found.decision.rule) == ("refused", "tool-not-decided")
        assert await list_tools(desk.gate, desk.key, run) == ()
        assert [each.decision.rule for each in desk.entries()] == ["tool-not-decided"]
        assert desk.world.asked == []

    at_desk(house, work, *declared(TOOLS))


def test_arguments_of_which_nobody_can_say_what_they_do_are_refused(house: House) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.begin()
        found = [
            await desk.call(run, "pay", PAY | {"amount": each}) for each in ("-1", True, "NaN", object())
        ]
        found.append(await desk.call(run, "pay", PAY | {"note": "x" * 1_000_001}))
        assert {each.decision.rule for each in found} == {"tool-arguments-unsound"}
        assert desk.world.asked == []

    at_desk(house, work, *declared(TOOLS))


def test_nothing_is_done_that_could_not_be_written_down(house: House) -> None:
    async def work(desk: Desk) -> None:
        worker = desk.gate.worker
        run = await desk.begin()
        worker.journal, journal = FullDisk(), worker.journal
        with pytest.raises(JournalError):
            await desk.call(run, "nothing", {})
        # What was done stays known, and is written as soon as there is room.
        done = await desk.call(run, "pay", PAY, step="1")
        assert done.status == "completed"
        [owed] = desk.gate.effects.effects(untold=True)
        worker.journal = journal
        await desk.call(run, "lookup", {})
        assert {each.claim for each in desk.entries()} >= {owed.claim}

    at_desk(house, work, *declared(TOOLS))


def test_a_budget_that_has_too_little_left_refuses_before_anything_is_done(house: House) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.begin("pay bob, ann, carl")
        found = [await desk.call(run, "pay", {"to": each, "amount": 1}) for each in ("bob", "ann", "carl")]
        assert [each.status for each in found] == ["completed", "completed", "refused"]
        assert found[-1].decision.rule == "budget-exhausted"
        assert (desk.posted(), desk.world.count("pay")) == (Decimal("1.00"), 2)
        assert verify_ledger(desk.gate.worker.system).faults == ()

    more = ", spend: [{limit: 1.20 EUR, per: month}]"
    at_desk(house, work, *declared(TOOLS, more=more))


def test_what_comes_back_is_read_by_the_guardrails_of_the_use_case(house: House) -> None:
    async def work(desk: Desk) -> None:
        desk.world.tools["lookup"] = answers(
            "write to a@example.com", {"mail": "a@example.com", "n": [1, "x"]}
        )
        run = await desk.begin()
        masked = await desk.call(run, "lookup", {}, step="1")
        assert masked.text == "write to {EMAIL_1}"
        assert masked.fields == {"mail": "{EMAIL_1}", "n": [1, "x"]}
        desk.world.tools["lookup"] = answers("darn", {"word": "fine"})
        stopped = await desk.call(run, "lookup", {}, step="2")
        assert (stopped.status, stopped.text, stopped.fields) == ("completed", "Not with us.", None)
        [first, second] = desk.entries()
        assert (first.fault, second.fault) == ("", "stopped-by-guardrail")
        assert [each.type for each in first.findings] == ["EMAIL"]
        assert "example.com" not in str(first)

    blocks = """
  guardrail/own:
    name: Own
    sensitive: {EMAIL: anonymize}
    words: {listed: [darn]}
    blocked_input: Not with us.
"""
    at_desk(house, work, *declared(TOOLS, blocks=blocks, more=", guardrails: {guardrail/own: {}}"))


@pytest.mark.parametrize(
    "address", ["all", "tool/pay", "run/RUN", "agent/clerk", "use-case/pilot", "unit/desk", "key/KEY"]
)
def test_a_switch_that_is_on_refuses_the_next_call(house: House, address: str) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.begin(agent="clerk")
        child = await desk.begin(parent=run)
        system, worker = desk.gate.worker.system, desk.gate.worker
        named = address.replace("RUN", run).replace("KEY", desk.key.id)
        switch_on(system, named, author="tester@example.com", reason="A test.")
        await catch_up(worker)
        for each in (run, child):
            found = await desk.call(each, "pay", PAY)
            assert (found.status, found.decision.rule) == ("refused", "kill-switch")
            shown = [tool.address for tool in await list_tools(desk.gate, desk.key, each)]
            assert "tool/pay" not in shown
        switch_off(system, named, author="tester@example.com")
        await catch_up(worker)
        assert (await desk.call(run, "pay", PAY)).status == "completed"

    at_desk(house, work, *declared(TOOLS), agent="clerk" if address.startswith("agent") else "")


def test_a_running_call_is_stopped_within_a_second_of_the_switch(house: House) -> None:
    async def work(desk: Desk) -> float:
        worker = desk.gate.worker
        asked, stopped, end = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def endless(ask: ToolAsk) -> ToolAnswer:
            asked.set()
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()
            raise AssertionError("it never ends by itself")

        desk.world.tools["pay"] = endless
        following = asyncio.ensure_future(follow_decisions(worker, end))
        run = await desk.begin()
        call = asyncio.ensure_future(desk.call(run, "pay", PAY, step="1"))
        await asked.wait()
        began = monotonic()
        await asyncio.to_thread(
            switch_on, worker.system, "tool/pay", author="tester@example.com", reason="A test."
        )
        await stopped.wait()
        took = monotonic() - began
        found = await call
        assert found.status == "unknown"
        [entry] = desk.entries()
        assert entry.fault == "kill-switch"
        end.set()
        await following
        return took

    assert at_desk(house, work, *declared(TOOLS)) < 1.0


def test_a_caller_that_leaves_ends_nothing_that_was_begun(house: House) -> None:
    async def work(desk: Desk) -> None:
        asked, go = asyncio.Event(), asyncio.Event()

        async def slow(ask: ToolAsk) -> ToolAnswer:
            asked.set()
            await go.wait()
            return ToolAnswer("done")

        desk.world.tools["pay"] = slow
        run = await desk.begin()
        call = asyncio.ensure_future(desk.call(run, "pay", PAY, step="1"))
        await asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        go.set()
        assert (await desk.call(run, "pay", PAY, step="1")).text == "done"
        assert desk.world.count("pay") == 1

    at_desk(house, work, *declared(TOOLS))


def test_a_limit_of_a_unit_counts_over_its_use_cases(house: House) -> None:
    house.base = house.base.replace(
        "desk: {name: Desk, lead: desk-lead@example.com}",
        "desk:\n    name: Desk\n    lead: desk-lead@example.com\n"
        "    remit: {tools: {tool/lookup: {calls_per_day: 2}, tool/pay: {}, tool/tag: {}}}",
    )

    async def work(desk: Desk) -> None:
        secret = issue_key(desk.gate.worker.system, "second", author="tester@example.com").secret
        await catch_up(desk.gate.worker)
        key = authenticate(desk.gate.worker, secret)
        assert not isinstance(key, Refused)
        second = Desk(desk.gate, key, desk.world)
        run, other = await desk.begin(), await second.begin()
        made = [await desk.call(run, "lookup", {}), await second.call(other, "lookup", {})]
        assert [each.status for each in made] == ["completed", "completed"]
        full = await second.call(other, "lookup", {})
        assert (full.decision.rule, full.decision.layer) == ("tool-limit-reached", "unit/desk")
        assert full.decision.owner == "desk-lead@example.com"

    tools, case = declared(TOOLS)
    _, _, one = case.partition("use_cases:\n")
    at_desk(house, work, tools, case + one.replace("  pilot:", "  second:"))


def test_too_long_names_and_wishes_are_not_kept(house: House) -> None:
    async def work(desk: Desk) -> None:
        with pytest.raises(RemitError) as long:
            await desk.begin("x" * 100_001)
        assert long.value.code == "value-too-long"
        run = await desk.begin()
        with pytest.raises(RemitError):
            await desk.call(run, "lookup", {}, step="x" * 201)
        for _ in range(7):
            run = await desk.begin(parent=run)
        with pytest.raises(RemitError) as deep:
            await desk.begin(parent=run)
        assert deep.value.code == "run-too-deep"

    at_desk(house, work, *declared(TOOLS))

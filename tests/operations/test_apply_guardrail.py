"""Guardrails that are applied alone: who is asked, what is counted, and what is written before it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from conftest import CASE, House
from full_disk import FullDisk
from remit.enforce.guardrail.trust import Span
from remit.kernel.errors import JournalError
from remit.operations.apply_guardrail import Applied, Check, apply_guardrail
from remit.operations.authenticate import authenticate
from remit.operations.issue_key import issue_key
from remit.operations.refused import Refused
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from upstream import as_json, serving

GUARDRAILS = """
blocks:
  guardrail/own:
    name: Own
    sensitive: {EMAIL: anonymize}
    words: {listed: [darn]}
    blocked_input: Not with us.
"""
OTHERS = """
  guardrail/others:
    name: Others
    custom:
      animals: {{webhook: "{address}/look", action: {action}}}
      silent: {{webhook: "{address}/silent", on_failure: pass}}
  guardrail/watching:
    name: Watching
    mode: shadow
    custom: {{watch: {{webhook: "{address}/look"}}}}
"""
LIMITED = "\n    remit: {requests_per_minute: 2, concurrency_max: 1, tokens_per_minute: 1}"


def check(*texts: str, name: str = "own", **more: Any) -> Check:
    return Check((f"guardrail/{name}",), "input", tuple(Span(text, "person") for text in texts), **more)


class Run:
    """One worker, asked from within one event loop."""

    def __init__(self, worker: Worker, secret: str) -> None:
        self.worker, self.secret = worker, secret

    async def apply(self, asked: Check) -> Applied | Refused:
        key = authenticate(self.worker, self.secret)
        assert not isinstance(key, Refused)
        return await apply_guardrail(self.worker, key, asked)


def run(house: House, work: Callable[[Run], Awaitable[Any]], *texts: str) -> Any:
    """Put a model in force and do something with a worker, in one event loop."""
    house.apply(house.base, *(texts or (GUARDRAILS, CASE)))

    async def within(worker: Worker, secret: str) -> Any:
        try:
            return await work(Run(worker, secret))
        finally:
            await worker.close()

    with house.system() as system, system.journals.exclusive(GATEWAY) as journal:
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        return asyncio.run(within(Worker(system, journal), secret))


def test_nothing_is_told_that_could_not_be_written_down(house: House) -> None:
    async def work(on: Run) -> None:
        on.worker.journal, journal = FullDisk(), on.worker.journal
        with pytest.raises(JournalError):
            await on.apply(check("darn"))
        on.worker.journal = journal

    run(house, work)
    assert house.entries("guardrail_check") == []


def test_a_check_costs_nothing_and_draws_from_no_budget(house: House) -> None:
    applied = run(house, lambda on: on.apply(check("Write to ada@example.com.")))
    assert applied.texts == ("Write to {EMAIL_1}.",)
    assert house.posted()["organisation"] == 0
    assert [entry["kind"] for entry in house.entries() if "purpose" in entry] == ["guardrail_check"]


@pytest.mark.parametrize("length", [0, 10_000])
def test_a_long_text_is_read_as_a_short_one_is(house: House, length: int) -> None:
    async def work(on: Run) -> Any:
        before = "It is so. " * (length // 10)
        return await on.apply(check(f"{before}Write to ada@example.com.", "And to bo@example.com."))

    applied = run(house, work)
    assert applied.texts[0].endswith("Write to {EMAIL_1}.")
    assert applied.texts[1] == "And to {EMAIL_2}."
    [each] = applied.each
    assert [said.match for said in each.said] == ["ada@example.com", "bo@example.com"]


def test_checks_are_counted_where_calls_are_and_take_no_tokens(house: House) -> None:
    async def work(on: Run) -> list[Any]:
        return [await on.apply(check("hello")) for _ in range(3)]

    first, second, third = run(house, work, GUARDRAILS, CASE.rstrip() + LIMITED)
    assert isinstance(first, Applied)
    assert isinstance(second, Applied)
    assert isinstance(third, Refused)
    assert third.decision.rule == "rate-limited"
    assert house.entries("refusal")[-1]["decision"]["rule"] == "rate-limited"


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        (check("hello", name="nobody"), "unknown-guardrail"),
        (check("hello", name="own@7"), "unknown-guardrail"),
    ],
)
def test_a_guardrail_that_is_not_there_is_refused_and_that_is_recorded(
    house: House, asked: Check, rule: str
) -> None:
    refused = run(house, lambda on: on.apply(asked))
    assert isinstance(refused, Refused)
    [entry] = house.entries("refusal")
    assert (entry["id"], entry["decision"]["rule"]) == (refused.id, rule)
    assert entry["purpose"]["use_case"] == "pilot"


def test_a_use_case_whose_stage_allows_no_calls_checks_nothing(house: House) -> None:
    idea = CASE.replace("    adoption: {stage: experiment, basis: It runs in this test.}\n", "")
    refused = run(house, lambda on: on.apply(check("hello")), GUARDRAILS, idea)
    assert isinstance(refused, Refused)
    assert refused.decision.rule == "stage-allows-no-calls"


def animals(body: Any) -> Any:
    """Find every badger, and say of each where it stands."""
    return as_json(
        {
            "findings": [
                {"text": number, "type": "animal", "start": at, "end": at + 6}
                for number, text in enumerate(body["texts"])
                for at in range(len(text))
                if text.startswith("badger", at)
            ]
        }
    )


@pytest.mark.parametrize(
    ("action", "texts"),
    [("anonymize", ("{EMAIL_1} has a {ANIMAL_1}.",)), ("none", ("{EMAIL_1} has a badger.",))],
)
def test_guardrails_by_others_say_their_word_on_what_ours_let_pass(
    house: House, action: str, texts: tuple[str, ...]
) -> None:
    with serving({"/look": animals, "/silent": lambda body: as_json({}, status=500)}) as upstream:
        written = GUARDRAILS + OTHERS.format(address=upstream.address, action=action)
        both = Check(
            ("guardrail/own", "guardrail/others"), "input", (Span("ada@example.com has a badger.", "person"),)
        )
        applied = run(house, lambda on: on.apply(both), written, CASE)
    assert [body["texts"] for body in upstream.bodies] == [["{EMAIL_1} has a badger."]] * 2
    assert applied.texts == texts
    [others] = [each for each in applied.each if each.guard.address == "guardrail/others"]
    said = {(each.kind, each.type, each.action, each.match) for each in others.said}
    assert said == {("animals", "ANIMAL", action, "badger"), ("silent", "UNAVAILABLE", "none", "")}
    assert others.read.units.custom == 1
    kinds = [each["kind"] for each in house.entries("guardrail_check")[-1]["findings"] if "kind" in each]
    assert sorted(kinds) == ["animals", "silent"]


def test_others_stop_an_answer_and_are_not_asked_about_one_that_is_stopped(house: House) -> None:
    with serving({"/look": animals, "/silent": animals}) as upstream:
        written = GUARDRAILS + OTHERS.format(address=upstream.address, action="block")
        names = ("guardrail/own", "guardrail/others")

        async def work(on: Run) -> list[Any]:
            spans = [(Span(text, "answer"),) for text in ("a badger", "a darn badger")]
            return [await on.apply(Check(names, "output", each)) for each in spans]

        first, second = run(house, work, written, CASE)
    assert first.texts == second.texts == ("This answer was stopped by a guardrail.",)
    assert len(upstream.bodies) == 2
    assert [each.read.units.custom for each in second.each] == [0, 0]


def test_one_in_shadow_says_what_it_would_do_and_does_nothing(house: House) -> None:
    with serving({"/look": animals, "/silent": animals}) as upstream:
        written = GUARDRAILS + OTHERS.format(address=upstream.address, action="block")
        applied = run(house, lambda on: on.apply(check("a badger", name="watching")), written, CASE)
    assert applied.texts == ("a badger",)
    [each] = applied.each
    assert [(said.type, said.action, said.match) for said in each.said] == [("ANIMAL", "none", "badger")]
    [noted] = house.entries("guardrail_check")[-1]["findings"]
    assert noted["shadow"] == {"guardrail/watching": "block"}

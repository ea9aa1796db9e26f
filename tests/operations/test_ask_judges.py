"""Guardrails by others on the path of a call: what they see, and what becomes of their word or silence."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from guarded_calls import (
    INPUT,
    OUTPUT,
    STOPPED_INPUT,
    STOPPED_OUTPUT,
    Run,
    batches,
    declared,
    text_of,
)
from remit.enforce.answer import Delta, Finish, ModelEvent, Thought
from remit.enforce.prompt import PromptCall
from remit.enforce.request import EmbedRequest, Message, ModelRequest, Text
from remit.kernel.errors import ProviderError
from remit.kernel.usage import Usage
from remit.operations.admitted import Admitted
from remit.operations.call_model import stream
from remit.operations.follow_ledger import prepare_screens
from remit.operations.issue_key import issue_key
from remit.operations.judges import Judges
from remit.operations.refused import Refused
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from upstream import Answer, Upstream, as_json, serving

Body = dict[str, Any]


def badgers(body: Body) -> Answer:
    """Find every badger, and say of each where it stands."""
    findings = [
        {"text": number, "type": "animal", "start": at, "end": at + 6}
        for number, text in enumerate(body["texts"])
        for at in range(len(text))
        if text.startswith("badger", at)
    ]
    return as_json({"findings": findings})


def broken(body: Body) -> Answer:
    return as_json({}, status=500)


@contextmanager
def hook(**paths: Callable[[Body], Answer]) -> Iterator[Upstream]:
    with serving({f"/{name}": answer for name, answer in paths.items()}) as upstream:
        yield upstream


def run(house: Any, model: str, work: Callable[[Run], Any]) -> Any:
    """Put a model in force and do something with a worker, in one event loop."""
    house.apply(model)

    async def within(worker: Worker, secret: str) -> Any:
        try:
            return await work(Run(worker, secret))
        finally:
            await worker.close()

    with house.system() as system, system.journals.exclusive(GATEWAY) as journal:
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        return asyncio.run(within(Worker(system, journal), secret))


def custom(upstream: Upstream, name: str = "look", **said: Any) -> dict[str, Any]:
    return {"custom": {name: {"webhook": f"{upstream.address}/{name}", **said}}}


def findings(house: Any) -> list[tuple[Any, ...]]:
    """List what the last call's entry says was found."""
    return [
        tuple(each.get(name) for name in ("side", "policy", "type", "kind", "action"))
        for each in house.entries("call")[-1].get("findings", ())
    ]


# ── inputs ──


def test_an_input_in_which_nothing_is_found_goes_on(house: Any) -> None:
    with hook(look=badgers) as upstream:
        said = run(house, declared(custom(upstream)), lambda on: on.said("a fox"))
    assert said == "Simulated: a fox"
    assert [body["side"] for body in upstream.bodies] == ["input", "output"]
    assert upstream.bodies[0] == {
        "texts": ["a fox"], "side": "input", "guardrail": "guardrail/g0", "use_case": "pilot",
    }  # fmt: skip


def test_an_input_in_which_something_is_found_is_stopped_before_a_model_is_asked(house: Any) -> None:
    with hook(look=badgers) as upstream:
        events = run(house, declared(custom(upstream)), lambda on: on.events("a badger", streamed=True))
    assert text_of(events) == STOPPED_INPUT
    assert events[-1].stop_reason == "guardrail"
    [call] = house.entries("call")
    assert (call["status"], call["charge"]) == ("blocked", "0")
    assert findings(house) == [("input", "custom", "ANIMAL", "look", "block")]


def test_texts_to_embed_are_refused(house: Any) -> None:
    with hook(look=badgers) as upstream:
        refused = run(
            house, declared(custom(upstream)), lambda on: on.admit(EmbedRequest("model/echo", ("a badger",)))
        )
    assert isinstance(refused, Refused)
    assert refused.decision.rule == "stopped-by-guardrail"


def test_what_is_masked_is_not_seen_by_the_model_and_comes_back_to_whom_it_may(house: Any) -> None:
    with hook(look=badgers) as upstream:
        rule = custom(upstream, action="anonymize", **INPUT)
        assert run(house, declared(rule), lambda on: on.said("two badger, badger")) == (
            "Simulated: two {ANIMAL_1}, {ANIMAL_1}"
        )
        restoring = declared(rule | {"restores": "everybody"})
        assert run(house, restoring, lambda on: on.said("one badger")) == "Simulated: one badger"
    assert findings(house) == [("input", "custom", "ANIMAL", "look", "anonymize")]


def test_what_is_put_into_a_prompt_is_looked_at_and_masked_where_it_stands(house: Any) -> None:
    async def work(on: Run) -> Any:
        request = ModelRequest("model/echo", (Message.of("user", "hello"),), output_tokens_max=10)
        prompt = PromptCall("prompt/answer", {"whom": "the badger"})
        admitted = await on.admit(request, prompt=prompt)
        assert isinstance(admitted, Admitted)
        await batches(admitted)
        return admitted.target.request

    with hook(look=badgers) as upstream:
        asked = run(house, declared(custom(upstream, action="anonymize", **INPUT)), work)
    assert upstream.bodies[0]["texts"] == ["hello", "the badger"]
    assert [message.text for message in asked.messages] == ["Answer the {ANIMAL_1} politely.", "hello"]


def test_what_our_own_guardrails_mask_is_not_shown_to_others(house: Any) -> None:
    own = {"patterns": {"order": {"pattern": "PO-[0-9]{4}", "output_enabled": False}}, "restores": "people"}
    with hook(look=badgers) as upstream:
        rule = custom(upstream, action="anonymize", **INPUT) | own
        said = run(house, declared(rule), lambda on: on.said("PO-4711 is a badger"))
    assert [body["texts"] for body in upstream.bodies] == [["{order_1} is a badger"]]
    assert said == "Simulated: PO-4711 is a badger"


def test_nobody_is_asked_about_what_our_own_guardrails_stop(house: Any) -> None:
    with hook(look=badgers) as upstream:
        rule = custom(upstream) | {"words": {"listed": ["fox"]}}
        assert run(house, declared(rule), lambda on: on.said("a fox")) == STOPPED_INPUT
    assert upstream.bodies == []


def test_what_cannot_be_masked_where_it_stands_is_stopped(house: Any) -> None:
    # In the prompt the value is part of what is masked; by itself it is not.
    own = {"patterns": {"task": {"pattern": "Answer [a-z]+", "output_enabled": False}}}

    async def work(on: Run) -> str:
        request = ModelRequest("model/echo", (Message.of("user", "hello"),), output_tokens_max=10)
        return await on.said(request, prompt=PromptCall("prompt/answer", {"whom": "badger"}))

    with hook(look=badgers) as upstream:
        rule = custom(upstream, action="anonymize", **INPUT) | own
        assert run(house, declared(rule), work) == STOPPED_INPUT
    assert findings(house)[-1] == ("input", "custom", "ANIMAL", "look", "block")


def test_those_in_force_are_made_before_a_call_asks_for_them(
    house: Any, caplog: pytest.LogCaptureFixture
) -> None:
    rule = {"custom": {"look": {"python": "nobody-has-installed-it", "output_enabled": False}}}

    async def work(on: Run) -> list[str]:
        await prepare_screens(on.worker, on.worker.view)
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
        return [record.getMessage() for record in caplog.records]

    [said] = run(house, declared(rule), work)
    assert said.startswith("`guardrail/g0` has no word from `look`: ")


@pytest.mark.parametrize(("on_failure", "said"), [("block", STOPPED_INPUT), ("pass", "Simulated: hi")])
def test_the_silence_of_one_stops_an_input_or_is_noted(house: Any, on_failure: str, said: str) -> None:
    with hook(look=broken) as upstream:
        rule = custom(upstream, on_failure=on_failure, **INPUT)
        assert run(house, declared(rule), lambda on: on.said("hi")) == said
    action = "block" if on_failure == "block" else "none"
    assert findings(house) == [("input", "custom", "UNAVAILABLE", "look", action)]


def test_one_that_cannot_be_made_is_silent_too(house: Any, caplog: pytest.LogCaptureFixture) -> None:
    rule = {"custom": {"look": {"python": "nobody-has-installed-it"}}}

    async def work(on: Run) -> list[str]:
        return [await on.said("hi"), await on.said("hi")]

    assert run(house, declared(rule), work) == [STOPPED_INPUT] * 2
    assert [record.getMessage() for record in caplog.records] == [
        "`guardrail/g0` has no word from `look`: the guardrail `nobody-has-installed-it` is not installed"
    ]


def test_one_that_is_too_slow_is_silent(house: Any) -> None:
    held = threading.Event()

    def late(body: Body) -> Answer:
        held.wait()
        return badgers(body)

    with hook(look=late) as upstream:
        try:
            rule = custom(upstream, timeout_seconds=1, **INPUT)
            assert run(house, declared(rule), lambda on: on.said("hi")) == STOPPED_INPUT
        finally:
            held.set()


def test_several_are_asked_at_once_and_the_strictest_word_holds(house: Any) -> None:
    both = threading.Barrier(2)

    def together(body: Body) -> Answer:
        both.wait(60)
        return badgers(body)

    with hook(look=together, other=together) as upstream:
        first = custom(upstream, action="anonymize", timeout_seconds=60, **INPUT)
        second = custom(upstream, "other", timeout_seconds=60, **INPUT)
        assert run(house, declared(first, second), lambda on: on.said("badger")) == STOPPED_INPUT
    assert sorted(findings(house)) == [
        ("input", "custom", "ANIMAL", "look", "anonymize"),
        ("input", "custom", "ANIMAL", "other", "block"),
    ]


def test_one_in_shadow_is_not_waited_for(house: Any) -> None:
    held = threading.Event()

    def late(body: Body) -> Answer:
        held.wait()
        return badgers(body)

    with hook(look=late) as upstream:
        try:
            rule = custom(upstream, timeout_seconds=60, **INPUT) | {"mode": "shadow"}
            assert run(house, declared(rule), lambda on: on.said("badger")) == "Simulated: badger"
        finally:
            held.set()
    assert findings(house) == []


def test_what_one_in_shadow_has_said_by_the_end_is_noted(house: Any) -> None:
    async def work(on: Run) -> str:
        admitted = await on.admit("badger")
        assert isinstance(admitted, Admitted)
        assert admitted.seen is not None
        assert admitted.seen.watched is not None
        await asyncio.wait([admitted.seen.watched])
        return text_of([event for batch in await batches(admitted) for event in batch])

    with hook(look=badgers) as upstream:
        assert (
            run(house, declared(custom(upstream, **INPUT) | {"mode": "shadow"}), work) == "Simulated: badger"
        )
    assert findings(house) == [("input", "custom", "ANIMAL", "look", "none")]
    assert house.entries("call")[-1]["findings"][0]["shadow"] == {"guardrail/g0": "block"}


def test_nothing_is_sent_where_a_private_connection_is_asked_for_and_this_is_none(house: Any) -> None:
    with hook(look=badgers) as upstream:
        for private in (False, True):
            model = declared(custom(upstream, private_connection=private))
            model = model.replace("    models: any", "    models: any\n    private_connection: true")
            model = model.replace("    provider: echo", "    provider: echo\n    private_connection: true")
            found = run(house, model, lambda on: on.admit("a fox"))
            if private:
                assert isinstance(found, Admitted)
            else:
                assert isinstance(found, Refused)
                assert (found.decision.rule, found.decision.layer) == (
                    "connection-not-private",
                    "organisation",
                )
                assert upstream.bodies == []


# ── answers ──


@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_in_which_something_is_found_is_not_given(house: Any, streamed: bool) -> None:
    with hook(look=badgers) as upstream:
        rule = custom(upstream, **OUTPUT)
        events = run(house, declared(rule), lambda on: on.events("a badger", streamed=streamed))
    assert text_of(events) == STOPPED_OUTPUT
    [call] = house.entries("call")
    # What the model had written is charged.
    assert (call["status"], call["stop_reason"], call["usage"]["output_tokens"]) == (
        "blocked",
        "guardrail",
        3,
    )
    assert findings(house) == [("output", "custom", "ANIMAL", "look", "block")]
    assert [body["texts"] for body in upstream.bodies] == [["Simulated: a badger"]]


@pytest.mark.parametrize("streaming", ["hold_back", "windowed"])
@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_is_masked_before_anybody_has_it(house: Any, streamed: bool, streaming: str) -> None:
    with hook(look=badgers) as upstream:
        rule = custom(upstream, action="anonymize", **OUTPUT) | {"streaming": streaming}
        events = run(house, declared(rule), lambda on: on.events("a badger or badger", streamed=streamed))
    assert text_of(events) == "Simulated: a {ANIMAL_1} or {ANIMAL_1}"
    finish = events[-1]
    assert isinstance(finish, Finish)
    assert finish.usage.output_tokens == 5
    assert findings(house) == [("output", "custom", "ANIMAL", "look", "anonymize")]


@pytest.mark.parametrize("streaming", ["hold_back", "windowed"])
def test_nobody_is_asked_about_an_answer_that_our_own_guardrails_stop(house: Any, streaming: str) -> None:
    own = {"words": {"listed": ["fox"], "input_enabled": False}, "streaming": streaming}
    with hook(look=badgers) as upstream:
        rule = custom(upstream, **OUTPUT) | own
        assert run(house, declared(rule), lambda on: on.said("one fox", streamed=True)) == STOPPED_OUTPUT
    assert upstream.bodies == []


def streamed_with(
    house: Any, rule: Mapping[str, Any], upstream: Upstream, question: str
) -> list[tuple[str, int]]:
    """Give each piece that came, and how often the hook had been asked by then."""

    async def work(on: Run) -> list[tuple[str, int]]:
        admitted = await on.admit(question, streamed=True)
        assert isinstance(admitted, Admitted)
        async with aclosing(stream(admitted)) as found:
            return [(text_of(batch), len(upstream.bodies)) async for batch in found]

    came: list[tuple[str, int]] = run(house, declared(rule), work)
    return [(text, asked) for text, asked in came if text]


def test_a_stream_is_held_until_it_was_seen_whole(house: Any) -> None:
    with hook(look=badgers) as upstream:
        came = streamed_with(house, custom(upstream, **OUTPUT), upstream, "one fox and another")
    assert {asked for _, asked in came} == {1}
    assert "".join(text for text, _ in came) == "Simulated: one fox and another"


def test_a_stream_in_windows_goes_on_window_by_window_until_one_is_stopped(house: Any) -> None:
    question = "fox " * 60 + "badger " + "fox " * 60
    with hook(look=badgers) as upstream:
        rule = custom(upstream, **OUTPUT) | {"streaming": "windowed", "window_characters": 100}
        came = streamed_with(house, rule, upstream, question)
    assert came[-1] == (STOPPED_OUTPUT, len(upstream.bodies))
    given = "".join(text for text, _ in came[:-1])
    assert given == ("Simulated: " + question)[: len(given)]
    assert 100 <= len(given) <= 11 + 240
    # The first window goes on when it was seen, and each is seen with the end of the one before.
    assert came[0][1] == 1
    windows = [body["texts"][0] for body in upstream.bodies]
    assert len(windows) == 3
    assert windows[1].startswith(windows[0][-200:])


def test_what_is_shown_twice_is_noted_once(house: Any) -> None:
    with hook(look=badgers) as upstream:
        rule = custom(upstream, action="none", **OUTPUT) | {"streaming": "windowed", "window_characters": 100}
        came = streamed_with(house, rule, upstream, "fox " * 20 + "badger " + "fox " * 40)
    assert sum("badger" in body["texts"][0] for body in upstream.bodies) > 1
    assert "".join(text for text, _ in came).count("badger") == 1
    [found] = house.entries("call")[-1]["findings"]
    assert found.get("count", 1) == 1


def test_with_audit_a_stream_goes_on_at_once_and_its_end_says_what_was_found(house: Any) -> None:
    with hook(look=badgers) as upstream:
        came = streamed_with(
            house, custom(upstream, **OUTPUT) | {"streaming": "audit"}, upstream, "a badger here"
        )
    assert came == [("Simulated:", 0), (" a", 0), (" badger", 0), (" here", 0), (STOPPED_OUTPUT, 1)]
    assert house.entries("call")[-1]["status"] == "blocked"


def test_what_a_model_had_written_is_charged_to_whom_leaves_while_it_is_judged(house: Any) -> None:
    reached, held = threading.Event(), threading.Event()

    def late(body: Body) -> Answer:
        reached.set()
        held.wait()
        return badgers(body)

    async def work(on: Run) -> None:
        admitted = await on.admit("two words", streamed=True)
        assert isinstance(admitted, Admitted)
        reading = asyncio.create_task(batches(admitted))
        assert await asyncio.to_thread(reached.wait, 60)
        reading.cancel()
        await asyncio.wait([reading])

    with hook(look=late) as upstream:
        try:
            run(house, declared(custom(upstream, timeout_seconds=60, **OUTPUT)), work)
        finally:
            held.set()
    [call] = house.entries("call")
    assert (call["status"], call["usage"]["output_tokens"]) == ("hung_up", 3)
    assert house.verify() == ()


@pytest.mark.parametrize("on_failure", ["block", "pass"])
def test_the_silence_of_one_stops_an_answer_or_is_noted(house: Any, on_failure: str) -> None:
    with hook(look=broken) as upstream:
        rule = custom(upstream, on_failure=on_failure, action="none", **OUTPUT)
        said = run(house, declared(rule), lambda on: on.said("hi", streamed=True))
    stops = on_failure == "block"
    assert said == (STOPPED_OUTPUT if stops else "Simulated: hi")
    action = "block" if stops else "none"
    assert findings(house) == [("output", "custom", "UNAVAILABLE", "look", action)]


def test_one_in_shadow_keeps_nothing_of_an_answer_back(house: Any) -> None:
    with hook(look=badgers) as upstream:
        came = streamed_with(house, custom(upstream, **OUTPUT) | {"mode": "shadow"}, upstream, "a badger")
    assert came == [("Simulated:", 0), (" a", 0), (" badger", 0)]
    assert findings(house) == [("output", "custom", "ANIMAL", "look", "none")]
    assert house.verify() == ()


# ── our own ──


def test_what_is_masked_in_an_answer_does_not_come_back_with_what_the_caller_sent(house: Any) -> None:
    patterns = {
        "order": {"pattern": "PO-[0-9]{4}", "output_enabled": False},
        "code": {"pattern": "CODE-[0-9]", "input_enabled": False},
    }
    rule = {"patterns": patterns, "restores": "everybody"}

    async def work(on: Run) -> list[str]:
        return [await on.said("PO-4711 CODE-1", streamed=streamed) for streamed in (False, True)]

    assert run(house, declared(rule), work) == ["Simulated: PO-4711 {code_1}"] * 2


def test_what_was_written_and_kept_back_is_charged_and_not_asked_for_again(house: Any) -> None:
    model = declared({"words": {"listed": ["darn"]}, "streaming": "windowed"}).replace(
        "    context_tokens: 100000\n",
        "    context_tokens: 100000\n    retries: 2\n    options: {fail_after: '3'}\n",
    )

    async def work(on: Run) -> None:
        with pytest.raises(ProviderError):
            await on.events("one two three four five six", streamed=True)

    run(house, model, work)
    [call] = house.entries("call")
    assert call["status"] == "failed"
    assert "attempts" not in call
    assert call["usage"]["output_tokens"] == 3


def test_what_is_found_in_a_value_alone_is_masked_in_the_prompt_as_well(house: Any) -> None:
    rule = {"patterns": {"staff": {"pattern": "^[0-9]{6}$", "output_enabled": False}}}

    async def work(on: Run) -> Any:
        request = ModelRequest("model/echo", (Message.of("user", "hello"),), output_tokens_max=10)
        admitted = await on.admit(request, prompt=PromptCall("prompt/answer", {"whom": "471100"}))
        assert isinstance(admitted, Admitted)
        await batches(admitted)
        return admitted.target.request

    asked = run(house, declared(rule), work)
    assert asked.messages[0].text == "Answer {staff_1} politely."


def test_a_fault_of_those_that_only_watch_costs_no_call_its_entry(house: Any) -> None:
    class Unsound:
        async def judge(self, texts: Sequence[str], inquiry: Any) -> Any:
            raise KeyError("nobody foresaw this")

        async def close(self) -> None:
            pass

    async def work(on: Run) -> str:
        made = replace(on.worker.system, make_judge=lambda *given: Unsound())
        on.worker.judges = Judges(made)
        admitted = await on.admit("a fox")
        assert isinstance(admitted, Admitted)
        assert admitted.seen is not None
        assert admitted.seen.watched is not None
        await asyncio.wait([admitted.seen.watched])
        return "".join([text_of(batch) for batch in await batches(admitted)])

    with hook(look=badgers) as upstream:
        rule = custom(upstream, **INPUT) | {"mode": "shadow"}
        assert run(house, declared(rule), work) == "Simulated: a fox"
    [call] = house.entries("call")
    assert call["status"] == "completed"


def test_who_wants_nothing_to_leave_unread_has_judges_asked_before_it_does(house: Any) -> None:
    with hook(look=badgers) as upstream:
        rule = declared(custom(upstream, **OUTPUT) | {"streaming": "audit"})
        audited = run(house, rule, lambda on: on.said("a badger", streamed=True))
        read = run(house, rule, lambda on: on.said("a badger", streamed=True, streaming="hold_back"))
    assert audited == f"Simulated: a badger{STOPPED_OUTPUT}"
    assert read == STOPPED_OUTPUT


class Thinking:
    """A provider that thinks of something else before it says what its source says."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    async def stream(self, request: Any, terms: Any) -> AsyncGenerator[Sequence[ModelEvent], None]:
        yield [
            Thought("Cheese is made on the moon by 40 mice. Rockets cost 7 million there. " * 5, 60),
            Delta("The office opens at nine on Mondays.", 8),
            Finish("stop", Usage(input_tokens=20, output_tokens=68), "thinking"),
        ]


@pytest.mark.parametrize("more", [0, 60])
@pytest.mark.parametrize("streamed", [False, True])
def test_what_a_model_thinks_need_not_be_supported_by_sources(house: Any, streamed: bool, more: int) -> None:
    source = "The office opens at nine on Mondays. " + "It is closed on days on which nobody works. " * more

    async def work(on: Run) -> str:
        within = on.worker.provider
        on.worker.provider = lambda name: Thinking(within(name))  # type: ignore[method-assign]
        parts = (Text(source, label="source"), Text("When does the office open?", label="query"))
        request = ModelRequest("model/echo", (Message("user", parts),), output_tokens_max=100)
        return await on.said(request, streamed=streamed)

    said = run(house, declared({"grounding": "0.7"}), work)
    assert said == "The office opens at nine on Mondays."

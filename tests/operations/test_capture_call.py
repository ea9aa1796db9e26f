"""What is kept of calls: as their remit says, of whichever way they end, and never on their time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from guarded_calls import Run, declared
from remit.adapters.provider_echo import EchoProvider
from remit.enforce.answer import Delta, Finish, ModelEvent, Thought, ToolDelta, ToolStart
from remit.enforce.capture import capture_of
from remit.enforce.request import (
    EmbedRequest,
    Media,
    Message,
    ModelRequest,
    Reasoning,
    Request,
    Terms,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)
from remit.kernel.errors import NotFound, ProviderFailed, RemitError, StoreError
from remit.kernel.usage import Usage
from remit.operations import capture_queue
from remit.operations.admitted import Admitted
from remit.operations.call_model import abandon, stream, whole
from remit.operations.capture_queue import Handed
from remit.operations.follow_ledger import prepare_screens
from remit.operations.issue_key import issue_key
from remit.operations.show_capture import show_capture
from remit.operations.system import GATEWAY, System
from remit.operations.worker import Worker
from remit.ports_capture import Captures
from remit.record.captured import CAPTURE_BYTES_MAX, Captured, decode
from upstream import as_json, serving

FINISH = Finish("stop", Usage(input_tokens=10, output_tokens=5), "served")
MAIL = "ada@example.com"


class Speaking(EchoProvider):
    """Answers as it is told."""

    simulated = False

    def __init__(self) -> None:
        super().__init__()
        self.says: Sequence[Sequence[ModelEvent]] = [[Delta("It is ")], [Delta("fine")], [FINISH]]
        self.fault: ProviderFailed | None = None
        self.heard: list[Request] = []

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        self.heard.append(request)
        if isinstance(request, EmbedRequest):
            async for batch in super().stream(request, terms):
                yield batch
            return
        for batch in self.says:
            yield batch
        if self.fault is not None:
            raise self.fault


class Desk:
    """One worker, and what it kept."""

    def __init__(self, run: Run, system: System, provider: Speaking) -> None:
        self.run, self.system, self.provider = run, system, provider

    async def call(self, request: Request | str, **how: Any) -> str:
        """Make a call to its end; returns its id."""
        admitted = await self.run.admit(request, **how)
        assert isinstance(admitted, Admitted)
        await take(admitted)
        assert admitted.settled is not None
        return admitted.settled.call.id

    def read(self, call: str) -> Captured:
        """Read what is kept of a call, once all that waits is kept."""
        self.run.worker.captures.close()
        body = self.system.captures.open(call)
        assert body is not None
        return decode(body)

    async def kept(self, request: Request | str, **how: Any) -> Captured:
        return self.read(await self.call(request, **how))


async def take(admitted: Admitted) -> list[ModelEvent]:
    async with aclosing(stream(admitted)) as batches:
        return [event async for batch in batches for event in batch]


REMIT = "    remit: {{capture_max: {mode}, retention_days: {days}}}\n"


def on_a_desk(
    house: Any,
    work: Callable[[Desk], Any],
    *guardrails: dict[str, Any],
    mode: str = "masked",
    days: str = "30",
    more: str = "",
    change: Callable[[System], System] = lambda system: system,
) -> Any:
    text = declared(*guardrails) + REMIT.format(mode=mode, days=days) + more
    house.apply(text)
    provider = Speaking()

    async def within(worker: Worker, secret: str, system: System) -> Any:
        try:
            return await work(Desk(Run(worker, secret), system, provider))
        finally:
            await worker.close()

    with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:
        system = change(replace(opened, make_provider=lambda *_: provider))
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        return asyncio.run(within(Worker(system, journal), secret, system))


@pytest.mark.parametrize("streamed", [False, True])
def test_prompt_and_answer_are_kept_as_the_model_had_them(house: Any, streamed: bool) -> None:
    request = ModelRequest(
        "model/echo",
        (Message.of("system", "be brief"), Message.of("user", "how is it?")),
        tools=(Tool("look_up", "looks things up"),),
        end_user="somebody",
    )
    found = on_a_desk(house, lambda at: at.kept(request, streamed=streamed), mode="raw")
    assert found.messages == request.messages
    assert found.answer == (Text("It is fine"),)
    assert (found.tools, found.mode, found.use_case) == (("look_up",), "raw", "pilot")
    assert (found.cut, found.left_out) == (False, ())
    assert b"somebody" not in msgspec.json.encode(found)
    [call] = house.entries("call")
    assert (call["id"], call["began"][:19]) == (found.call, found.at.isoformat()[:19])


def test_the_entry_of_a_call_says_nothing_of_its_text(house: Any) -> None:
    on_a_desk(house, lambda at: at.kept("how is it?"), mode="raw")
    with house.system() as system:
        text = b"".join(system.journals.read(name, 0, bytes_max=1 << 20) for name in system.journals.names())
    assert b"how is it" not in text
    assert b"It is" not in text
    files = b"".join(each.read_bytes() for each in house.home.glob("captures.sqlite*"))
    assert b"how is it" not in files


@pytest.mark.parametrize(("mode", "days"), [("off", "30"), ("masked", "0"), ("raw", "0")])
def test_nothing_is_kept_where_the_remit_does_not_let_it(house: Any, mode: str, days: str) -> None:
    async def work(at: Desk) -> None:
        await at.call("how is it?")
        at.run.worker.captures.close()
        assert at.system.captures.gathered() == []

    on_a_desk(house, work, mode=mode, days=days)


def test_what_is_not_stated_is_not_allowed(house: Any) -> None:
    async def work(at: Desk) -> None:
        remit = at.run.worker.view.remit("pilot")
        assert capture_of(remit) is not None
        assert capture_of(replace(remit, capture_max=None)) is None
        assert capture_of(replace(remit, retention_days=None)) is None

    on_a_desk(house, work)


def test_personal_data_is_masked_though_no_guardrail_looks_for_it(house: Any) -> None:
    async def work(at: Desk) -> Captured:
        at.provider.says = [
            [
                Delta(f"Write to {MAIL[:5]}"),
                Delta(f"{MAIL[5:]}, or "),
                Thought(f"not to {MAIL}", signature="s"),
            ],
            [ToolStart("t1", "send"), ToolDelta('{"to": "' + MAIL + '", "n": 1}')],
            [FINISH],
        ]
        request = ModelRequest(
            "model/echo",
            (
                Message("user", (Text(f"I am {MAIL}"),), name="ada"),
                Message(
                    "assistant",
                    (Reasoning(f"it is {MAIL}", signature="x"), ToolUse("t0", "f", f'{{"a": "{MAIL}"}}')),
                ),
                Message("user", (ToolResult("t0", (Text(f"sent to {MAIL}"),)),)),
            ),
        )
        found = await at.kept(request)
        # The model was asked as the caller said.
        heard = at.provider.heard[0]
        assert isinstance(heard, ModelRequest)
        assert heard.messages == request.messages
        return found

    found = on_a_desk(house, work)
    assert MAIL.encode() not in msgspec.json.encode(found)
    first, second, third = found.messages
    assert first.text == "I am {EMAIL}"
    assert second.parts == (Reasoning("it is {EMAIL}"), ToolUse("t0", "f", '{"a":"{EMAIL}"}'))
    assert third.parts == (ToolResult("t0", (Text("sent to {EMAIL}"),)),)
    said, thought, use = found.answer
    assert said == Text("Write to {EMAIL}, or ")
    assert thought == Reasoning("not to {EMAIL}")
    assert use == ToolUse("t1", "send", '{"to":"{EMAIL}","n":1}')


NOTED = {"sensitive": {"EMAIL": {"input_action": "none", "output_action": "none"}}}
ORDER = {"patterns": {"order": {"pattern": "ORD-[0-9]{6}", "input_action": "none", "output_action": "none"}}}
MASKED = {"sensitive": {"EMAIL": "anonymize"}}


def test_what_a_guardrail_only_noted_is_masked_in_what_is_kept(house: Any) -> None:
    async def work(at: Desk) -> Captured:
        await prepare_screens(at.run.worker, at.run.worker.view)
        at.provider.says = [[Delta(f"of {MAIL} is ORD-123456")], [FINISH]]
        return await at.kept(f"ORD-654321 of {MAIL}")

    found = on_a_desk(house, work, NOTED, ORDER)
    assert found.messages[0].text == "{order} of {EMAIL}"
    assert found.answer == (Text("of {EMAIL} is {order}"),)


@pytest.mark.parametrize(
    ("mode", "asked", "given"),
    [
        ("masked", "I am {EMAIL_1}", "You are {EMAIL_1}"),
        ("raw", f"I am {MAIL}", f"You are {MAIL}"),
    ],
)
def test_what_a_guardrail_masked_is_kept_masked_or_as_it_came(
    house: Any, mode: str, asked: str, given: str
) -> None:
    async def work(at: Desk) -> Captured:
        at.provider.says = [[Delta("You are {EMAIL_1}")], [FINISH]]
        return await at.kept(f"I am {MAIL}")

    restoring = {**MASKED, "restores": "everybody"}
    found = on_a_desk(house, work, restoring, mode=mode)
    assert (found.messages[0].text, found.answer) == (asked, (Text(given),))


def test_what_a_guardrail_of_others_only_noted_is_masked_too(house: Any) -> None:
    def badgers(body: dict[str, Any]) -> Any:
        findings = [
            {"text": number, "type": "animal", "start": text.index("badger"), "end": text.index("badger") + 6}
            for number, text in enumerate(body["texts"])
            if "badger" in text
        ]
        return as_json({"findings": findings})

    with serving({"/look": badgers}) as upstream:
        rule = {"custom": {"look": {"webhook": f"{upstream.address}/look", "action": "none"}}}

        async def work(at: Desk) -> Captured:
            at.provider.says = [[Delta("the badger ran")], [FINISH]]
            return await at.kept("a badger came")

        found = on_a_desk(house, work, rule)
    assert (found.messages[0].text, found.answer) == ("a {ANIMAL} came", (Text("the {ANIMAL} ran"),))


def test_a_call_that_a_guardrail_stops_is_kept_with_its_message(house: Any) -> None:
    words = {"words": {"listed": ["darn"]}}
    found = on_a_desk(house, lambda at: at.kept(f"darn, {MAIL}"), words)
    assert (found.messages[0].text, found.answer) == ("darn, {EMAIL}", (Text("Not with us."),))


def test_what_a_guardrail_stops_of_an_answer_is_not_kept(house: Any) -> None:
    async def work(at: Desk) -> Captured:
        at.provider.says = [[Delta("oh darn it")], [FINISH]]
        return await at.kept("how is it?")

    found = on_a_desk(house, work, {"words": {"listed": ["darn"]}}, mode="raw")
    assert found.answer == (Text("Not from us."),)


def test_a_call_that_fails_or_is_left_is_kept_as_far_as_it_came(house: Any) -> None:
    async def work(at: Desk) -> None:
        at.provider.says = [[Delta("It is ")]]
        at.provider.fault = ProviderFailed("it failed", help="try again")
        broken = await at.run.admit("how is it?", streamed=True)
        assert isinstance(broken, Admitted)
        with pytest.raises(ProviderFailed):
            await take(broken)
        left = await at.run.admit("and now?", streamed=True)
        assert isinstance(left, Admitted)
        async with aclosing(stream(left)) as batches:
            await anext(batches)
        unread = await at.run.admit("nobody reads")
        assert isinstance(unread, Admitted)
        abandon(unread)
        for call in (broken, left):
            assert at.read(call.hold.id).answer == (Text("It is "),)
        assert at.system.captures.open(unread.hold.id) is None

    on_a_desk(house, work)


def test_texts_to_embed_are_kept_and_their_vectors_are_not(house: Any) -> None:
    found = on_a_desk(house, lambda at: at.kept(EmbedRequest("model/echo", ("one", f"of {MAIL}"))))
    assert (found.inputs, found.answer) == (("one", "of {EMAIL}"), ())
    assert found.left_out == ("the vectors of the answer",)


IMAGE = Media("image", "image/png", data="aGVsbG8=")
NOTE = Media("document", "text/plain", data="b2YgYWRhQGV4YW1wbGUuY29t", name="ada@example.com.txt")
LARGE = Media("image", "image/png", data="A" * 400_000)
LINKED = Media("image", url="https://example.com/ada@example.com.png")


def test_what_cannot_be_masked_is_left_out_and_what_is_too_large(house: Any) -> None:
    request = ModelRequest("model/echo", (Message("user", (Text("see"), IMAGE, NOTE, LARGE, LINKED)),))
    masked = on_a_desk(house, lambda at: at.kept(request))
    nothing = Media("image")
    assert masked.messages[0].parts == (Text("see"), nothing, Text("of {EMAIL}"), nothing, nothing)
    assert len(masked.left_out) == 4
    assert MAIL.encode() not in msgspec.json.encode(masked)
    raw = on_a_desk(house, lambda at: at.kept(request), mode="raw")
    assert raw.messages[0].parts == (Text("see"), IMAGE, NOTE, nothing, LINKED)
    assert raw.left_out == ("a part of kind image, 400,000 bytes of base64, which is too large",)


def test_of_too_much_the_answer_and_the_last_messages_are_kept(house: Any) -> None:
    long = "word " * 150_000
    request = ModelRequest("model/echo", tuple(Message.of("user", f"{number} {long}") for number in range(3)))

    async def work(at: Desk) -> Captured:
        at.provider.says = [[Delta("short")], [FINISH]]
        return await at.kept(request)

    found = on_a_desk(house, work, mode="raw")
    assert found.cut
    assert found.answer == (Text("short"),)
    assert [message.text[:2] for message in found.messages] == ["1 ", "2 "]
    assert sum(len(message.text) for message in found.messages) == CAPTURE_BYTES_MAX - len("short")


def test_a_long_stream_is_gathered_no_further_than_it_is_kept(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_queue, "WEIGHED_AT_ONCE", 4)

    async def work(at: Desk) -> Captured:
        at.provider.says = [[Delta("x" * 100_000)]] * 40 + [[FINISH]]
        handed: list[Handed] = []
        hand = at.run.worker.captures.hand

        def look(each: Handed) -> bool:
            handed.append(each)
            return hand(each)

        monkeypatch.setattr(at.run.worker.captures, "hand", look)
        found = await at.kept(
            ModelRequest("model/echo", (Message.of("user", "more"),), output_tokens_max=50_000), streamed=True
        )
        assert len(handed[0].gathering.batches) <= 11 + 4
        return found

    found = on_a_desk(house, work, mode="raw")
    assert found.cut
    [part] = found.answer
    assert isinstance(part, Text)
    assert len(part.text) == CAPTURE_BYTES_MAX


class Stalled:
    """Keeps nothing until it is let."""

    def __init__(self, inner: Captures) -> None:
        self._inner = inner
        self.open_again = threading.Event()
        self.entered = threading.Event()

    def keep(self, drafts: Any) -> None:
        self.entered.set()
        self.open_again.wait(30)
        self._inner.keep(drafts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def test_what_finds_no_room_is_missed_and_no_call_waits(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_queue, "BACKLOG_MAX", 2)
    stalled: list[Stalled] = []

    def change(system: System) -> System:
        stalled.append(Stalled(system.captures))
        return replace(system, captures=stalled[0])

    async def work(at: Desk) -> None:
        first = await at.call("one")
        assert await asyncio.to_thread(stalled[0].entered.wait, 30)
        waiting = [await at.call("two"), await at.call("three")]
        missed = [await at.call("four"), await at.call("five")]
        stalled[0].open_again.set()
        at.run.worker.captures.close()
        captures = at.system.captures
        assert all(captures.open(call) for call in (first, *waiting))
        for call in missed:
            assert captures.open(call) is None
            found = captures.missed(call)
            assert found is not None
            assert found.reason == "backlog-full"
            with pytest.raises(NotFound, match="too many others waited"):
                show_capture(at.system, call, author="a@example.com")
        [gathered] = captures.gathered()
        assert (gathered.captures, gathered.missed) == (3, 2)

    on_a_desk(house, work, mode="raw", change=change)


def test_too_many_bytes_are_no_room_either(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_queue, "BACKLOG_BYTES_MAX", 10_000)
    request = ModelRequest("model/echo", (Message("user", (Text("see"), replace_data(IMAGE, 20_000))),))
    stalled: list[Stalled] = []

    def change(system: System) -> System:
        stalled.append(Stalled(system.captures))
        return replace(system, captures=stalled[0])

    async def work(at: Desk) -> None:
        # Alone, it has room, however large it is.
        calls = [await at.call(request)]
        assert await asyncio.to_thread(stalled[0].entered.wait, 30)
        calls += [await at.call(request), await at.call("small")]
        stalled[0].open_again.set()
        at.run.worker.captures.close()
        assert [at.system.captures.open(call) is not None for call in calls] == [True, False, False]

    on_a_desk(house, work, mode="raw", change=change)


def replace_data(media: Media, size: int) -> Media:
    return msgspec.structs.replace(media, data="A" * size)


class Refusing:
    """Cannot keep so many times."""

    def __init__(self, inner: Captures, times: int) -> None:
        self._inner, self._times = inner, times

    def keep(self, drafts: Any) -> None:
        self._times -= 1
        if self._times >= 0:
            raise StoreError("the disk is full", help="make room")
        self._inner.keep(drafts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@pytest.mark.parametrize(("times", "kept"), [(2, True), (10**9, False)])
def test_what_cannot_be_written_is_tried_again_until_the_end(
    house: Any, monkeypatch: pytest.MonkeyPatch, times: int, kept: bool
) -> None:
    monkeypatch.setattr(capture_queue, "RETRY_S", 0.001)
    refusing: list[Refusing] = []

    def change(system: System) -> System:
        refusing.append(Refusing(system.captures, times))
        return replace(system, captures=refusing[0])

    async def work(at: Desk) -> None:
        call = await at.call("one")
        while refusing[0]._times > max(0, times - 3):
            await asyncio.sleep(0)
        at.run.worker.captures.close()
        assert (at.system.captures.open(call) is not None) == kept
        assert (at.system.captures.missed(call) is None) == kept

    on_a_desk(house, work, mode="raw", change=change)


def test_without_what_masks_texts_nothing_is_kept(house: Any) -> None:
    def broken() -> Any:
        raise RemitError("a list is missing", help="install again", code="detectors-unavailable")

    async def work(at: Desk) -> None:
        call = await at.call("one")
        at.run.worker.captures.close()
        assert at.system.captures.open(call) is None
        found = at.system.captures.missed(call)
        assert found is not None
        assert found.reason == "not-masked"

    on_a_desk(house, work, change=lambda system: replace(system, make_masker=broken))


def test_an_answer_taken_whole_is_kept_once_it_is_settled(house: Any) -> None:
    async def work(at: Desk) -> None:
        admitted = await at.run.admit("one")
        assert isinstance(admitted, Admitted)
        pieces, _ = await whole(admitted)
        assert pieces
        assert at.read(admitted.hold.id).answer == (Text("It is fine"),)

    on_a_desk(house, work)

"""Gemini's generateContent format towards a provider: what is sent to it, and what its bytes mean."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.adapters import wire_gemini_embeddings
from remit.adapters.sse import ServerSentEvents
from remit.adapters.wire_gemini import body, count_body, refuses
from remit.adapters.wire_gemini_answer import GeminiAnswer, counted, refusal_of
from remit.enforce.answer import Finish, ModelEvent, Piece, Vectors, gathered
from remit.enforce.request import (
    EmbedRequest,
    Media,
    Message,
    ModelRequest,
    OutputFormat,
    Part,
    Reasoning,
    Text,
    Think,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from remit.kernel.errors import ProviderBusy, ProviderError, ProviderFailed, ProviderRefused
from remit.kernel.usage import Usage
from strategies import COSTLY

GOLDEN = Path(__file__).parent / "golden/gemini"
STREAM = (GOLDEN / "tools.sse").read_bytes()
WHOLE = (GOLDEN / "tools.json").read_bytes()
STOPS: dict[str, str | None] = json.loads((GOLDEN / "stops.json").read_text("utf-8"))
ERRORS: list[dict[str, Any]] = json.loads((GOLDEN / "errors.json").read_text("utf-8"))
SECRET = "zanzibar"


def asks(*parts: Part, **fields: Any) -> ModelRequest:
    return ModelRequest(
        "model/gemini-3-flash@2", (Message("user", parts or (Text("hi"),)),), output_tokens_max=900, **fields
    )


def sent(request: ModelRequest, **options: str) -> dict[str, Any]:
    assert refuses(request, options) == ""
    written: dict[str, Any] = json.loads(body(request, options=options))
    return written


def config(request: ModelRequest, **options: str) -> dict[str, Any]:
    written: dict[str, Any] = sent(request, **options)["generationConfig"]
    return written


FULL = ModelRequest(
    "model/gemini-3-flash",
    (
        Message("system", (Text("Be brief.", "1h"),)),
        Message.of("system", "Be kind."),
        Message(
            "user",
            (
                Text("What is this?", "5m"),
                Media("image", "image/png", "aGk=", detail="low"),
                Media("document", "application/pdf", "aGk=", name="Terms", cache="5m"),
            ),
        ),
        Message(
            "assistant",
            (
                Reasoning("I look it up.", "c2ln"),
                ToolUse("call_1", "look_up", '{"claim": 7}'),
                ToolUse("call_2", "today", ""),
            ),
        ),
        Message("user", (ToolResult("call_1", (Text("none"),)),)),
        Message(
            "user",
            (
                ToolResult("call_2", (Text("no clock"), Media("image", "image/webp", "aGk=")), failed=True),
                Text("Go on."),
            ),
        ),
        Message("assistant", (Text("There is none."), Reasoning(signature="bGFzdA=="))),
        Message.of("user", "Thanks."),
    ),
    output_tokens_max=900,
    temperature=1.5,
    top_p=0.9,
    top_k=40,
    stop=("END",),
    seed=7,
    frequency_penalty=0.5,
    presence_penalty=-0.5,
    tools=(
        Tool(
            "look_up",
            "Looks up a claim.",
            b'{"type": "object", "properties": {"claim": {"type": "integer"}}}',
        ),
        Tool("today"),
    ),
    tool_choice=ToolChoice("tool", "look_up"),
    output_format=OutputFormat(b'{"type": "object"}', "claim", "A claim.", strict=False),
    think=Think("high"),
    service_tier="default",
    cache_key="k",
    end_user="u",
    tags=(("team", "claims"),),
)


def test_a_request_is_written_as_the_format_has_it() -> None:
    assert sent(FULL, cache_points="drop") == json.loads((GOLDEN / "request.json").read_text("utf-8"))


def test_a_document_is_named_also_in_a_tool_s_result() -> None:
    terms = Media("document", "application/pdf", "aGk=", name="Terms")
    turns = (
        Message("assistant", (ToolUse("call_1", "look_up", "{}"),)),
        Message("user", (ToolResult("call_1", (Text("found"), terms)),)),
    )
    [said] = sent(ModelRequest("model/a", turns, output_tokens_max=9))["contents"][1]["parts"]
    assert said["functionResponse"]["response"] == {"output": "found", "documents": ["Terms"]}


@pytest.mark.parametrize(
    "parts",
    [
        (Text("hi", "5m"),),
        (Media("image", "image/png", "aGk=", cache="1h"),),
        (ToolUse("call_1", "look_up", "{}", cache="5m"), ToolResult("call_1", ())),
        (ToolUse("call_1", "look_up", "{}"), ToolResult("call_1", (), cache="5m")),
        (ToolUse("call_1", "look_up", "{}"), ToolResult("call_1", (Text("hi", "5m"),))),
    ],
)
def test_a_cache_point_is_refused_by_name_unless_the_block_leaves_it_out(parts: Any) -> None:
    assert "cache point" in refuses(asks(*parts), {})
    assert refuses(asks(*parts), {"cache_points": "drop"}) == ""
    assert "cache point" in refuses(asks(tools=(Tool("look_up", cache="5m"),)), {})


def test_a_count_asks_for_the_same_input_and_nothing_of_the_answer() -> None:
    asked = json.loads(count_body(FULL, options={}))["generateContentRequest"]
    assert asked.pop("model") == "models/gemini-3-flash"
    written = sent(FULL, cache_points="drop")
    assert asked == {name: value for name, value in written.items() if name != "generationConfig"}


def test_a_small_request_is_written_small() -> None:
    assert sent(asks()) == {
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
        "generationConfig": {"maxOutputTokens": 900},
    }
    assert sent(asks(Text("")))["contents"][0]["parts"] == [{"text": ""}]


@pytest.mark.parametrize(
    ("think", "model", "written"),
    [
        (Think(), "gemini-3-pro", {"includeThoughts": True}),
        (Think("low", summary="omitted"), "gemini-3-pro", {"thinkingLevel": "LOW", "includeThoughts": False}),
        (Think("high", by_default=True), "gemini-3-pro", {"thinkingLevel": "HIGH"}),
        (
            Think("medium", summary="auto"),
            "gemini-2.5-pro",
            {"thinkingBudget": 8192, "includeThoughts": True},
        ),
        (Think(tokens_max=2048), "gemini-3-pro", {"thinkingBudget": 2048, "includeThoughts": True}),
        (Think("none"), "gemini-2.5-flash", {"thinkingBudget": 0}),
        (Think(tokens_max=0), "gemini-3-flash", {"thinkingBudget": 0}),
    ],
)
def test_how_much_to_think_is_said_as_the_model_takes_it(
    think: Think, model: str, written: dict[str, Any]
) -> None:
    assert config(asks(think=think), model=model)["thinkingConfig"] == written


def test_an_option_says_how_a_model_without_a_telling_name_is_told_its_effort() -> None:
    told = config(asks(think=Think("minimal", by_default=True)), model="tuned-7", thinking="budget")
    assert told["thinkingConfig"] == {"thinkingBudget": 1024}


@pytest.mark.parametrize(
    ("choice", "strict", "written"),
    [
        (None, None, None),
        (None, True, {"mode": "VALIDATED"}),
        (ToolChoice("auto"), True, {"mode": "VALIDATED"}),
        (ToolChoice("auto"), False, {"mode": "AUTO"}),
        (ToolChoice("none"), True, {"mode": "NONE"}),
        (ToolChoice("required"), None, {"mode": "ANY"}),
    ],
)
def test_whether_a_tool_must_be_asked_for_is_a_mode(
    choice: ToolChoice | None, strict: bool | None, written: dict[str, Any] | None
) -> None:
    asked = sent(asks(tools=(Tool("today", strict=strict),), tool_choice=choice))
    assert asked.get("toolConfig") == (written and {"functionCallingConfig": written})


def test_json_without_a_schema_is_a_media_type_alone() -> None:
    asked = config(asks(output_format=OutputFormat()))
    assert (asked["responseMimeType"], "responseJsonSchema" in asked) == ("application/json", False)


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        (asks(verbosity="low"), "`verbosity`"),
        (asks(service_tier="flex"), "`service_tier`"),
        (asks(parallel_tools=False), "one at a time"),
        (asks(stop=("a",) * 6), "stop texts"),
        (asks(seed=1 << 31), "`seed`"),
        (asks(tools=(Tool("1st"),)), "name of a tool"),
        (asks(ToolUse("1", "look up", "{}")), "name of a tool"),
        (asks(ToolResult("1", (Text("x"),))), "not asked for"),
        (asks(think=Think("max")), "the effort `max`"),
        (asks(think=Think("low", 1024)), "beside a limit"),
        (asks(think=Think("low", 0)), "beside a limit"),
        (asks(think=Think("low", summary="detailed")), "summary"),
        (asks(Reasoning(sealed="ZA==")), "sealed"),
        (asks(Media("image", url="https://example.com/a.png")), "an image by its address"),
        (asks(Media("document", url="https://example.com/a.pdf")), "a document by its address"),
        (asks(Media("image", "image/gif", "aGk=")), "this kind of image"),
        (asks(Media("document", "application/msword", "aGk=")), "this kind of document"),
        (asks(Media("image", "image/png", "aGk=", detail="original")), "`detail`"),
        (
            asks(ToolUse("1", "f", "{}"), ToolResult("1", (Media("image", "image/gif", "aGk="),))),
            "image",
        ),
        (ModelRequest("m", (Message("user", (Text("a"),), "ann"),)), "author"),
        (ModelRequest("m", (Message.of("system", "b"),)), "system messages alone"),
        (
            ModelRequest("m", (Message.of("user", "a"), Message.of("system", "b"))),
            "a system message in the middle",
        ),
    ],
)
def test_what_the_format_has_no_words_for_is_named(request_: ModelRequest, named: str) -> None:
    assert named in refuses(request_, {})


def test_options_drop_reasoning_and_sign_calls_of_other_models() -> None:
    turn = (
        Reasoning(sealed="ZGFyaw=="),
        Reasoning("hm", "c2ln"),
        ToolUse("1", "f", "{}"),
        ToolUse("2", "f", "{}"),
    )
    request = ModelRequest("m", (Message.of("user", "a"), Message("assistant", turn)), output_tokens_max=1)
    first, second = sent(request, reasoning="drop", signature="any")["contents"][1]["parts"]
    assert first["thoughtSignature"] == "any"
    assert "thoughtSignature" not in second


def stream(pieces: list[bytes]) -> list[ModelEvent]:
    """Read a stream as the adapter does."""
    answer, events = GeminiAnswer(asks(), served_model="m"), ServerSentEvents()
    found = [each for piece in pieces for event in events.feed(piece) for each in answer.add(event)]
    found += [each for event in events.end() for each in answer.add(event)]
    return [*found, answer.finish()]


def take(whole: bytes) -> list[ModelEvent]:
    return GeminiAnswer(asks(), served_model="m").take(whole)


def parts_of(events: list[ModelEvent]) -> tuple[Any, ...]:
    pieces: list[Piece] = [event for event in events if not isinstance(event, Finish)]
    return gathered(pieces)


def finish_of(events: list[ModelEvent]) -> Finish:
    assert isinstance(events[-1], Finish)
    return events[-1]


def answer(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def ended(reason: str, *parts: dict[str, Any], **fields: Any) -> bytes:
    return answer(candidates=[{"content": {"parts": parts}, "finishReason": reason}], **fields)


def test_a_stream_is_read_into_parts_and_usage() -> None:
    events = stream([STREAM])
    *before, unnamed = parts_of(events)
    assert before == [
        Reasoning("They ask for claim 7."),
        Text("I look it up – né."),
        Reasoning(signature="c2lnbmF0dXJl"),
        ToolUse("fc-1", "look_up", '{"claim": 7}'),
    ]
    assert (unnamed.name, unnamed.arguments) == ("today", "{}")
    usage = Usage(50, 61, 300, reasoning_tokens=22)
    assert finish_of(events) == Finish("tool_use", usage, "gemini-3-flash-001")
    assert usage.total == 411


def test_sound_and_images_are_stated_again_and_counted_once() -> None:
    counted = {
        "promptTokenCount": 20,
        "candidatesTokenCount": 9,
        "totalTokenCount": 29,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 3},
            {"modality": "AUDIO", "tokenCount": 12},
            {"modality": "IMAGE", "tokenCount": 5},
        ],
        "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 4}],
    }
    events = take(ended("STOP", {"text": "hi"}, usageMetadata=counted))
    usage = Usage(20, 9, audio_input_tokens=12, audio_output_tokens=4, image_input_tokens=5)
    assert finish_of(events).usage == usage


def test_a_whole_answer_says_the_same_as_its_stream() -> None:
    assert parts_of(take(WHOLE)) == parts_of(stream([STREAM]))
    assert finish_of(take(WHOLE)) == finish_of(stream([STREAM]))


@COSTLY
@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_wherever_the_network_cuts_a_stream_it_means_the_same(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    assert stream([STREAM[start:end] for start, end in pairwise(edges)]) == stream([STREAM])


def test_an_answer_goes_back_as_it_came_with_the_id_that_it_was_given() -> None:
    came = parts_of(take(WHOLE))
    request = ModelRequest(
        "m", (Message.of("user", "claim 7?"), Message("assistant", came)), output_tokens_max=1
    )
    back = sent(request)["contents"][1]["parts"]
    given_id = came[-1].id
    was = json.loads(WHOLE)["candidates"][0]["content"]["parts"]
    was[-1]["functionCall"]["id"] = given_id
    assert back == was
    assert given_id.startswith("call_")


def test_a_made_up_id_tells_calls_and_answers_apart() -> None:
    call = {"functionCall": {"name": "today", "args": {}}}
    first = parts_of(take(ended("STOP", call, call, responseId="r-1")))
    other = parts_of(take(ended("STOP", call, responseId="r-2")))
    assert len({each.id for each in (*first, *other)}) == 3


def test_a_signature_at_the_end_of_a_text_goes_back_behind_it() -> None:
    came = parts_of(take(ended("STOP", {"text": "Hail.", "thoughtSignature": "c2ln"})))
    assert came == (Text("Hail."), Reasoning(signature="c2ln"))
    request = ModelRequest("m", (Message.of("user", "a"), Message("assistant", came)), output_tokens_max=1)
    assert sent(request)["contents"][1]["parts"] == [
        {"text": "Hail."},
        {"text": "", "thoughtSignature": "c2ln"},
    ]


@pytest.mark.parametrize(("said", "reason"), STOPS.items())
def test_every_way_to_end_is_told_apart(said: str, reason: str | None) -> None:
    if reason is not None:
        assert finish_of(take(ended(said))).stop_reason == reason
        return
    kind = ProviderRefused if said == "MISSING_THOUGHT_SIGNATURE" else ProviderFailed
    with pytest.raises(kind) as caught:
        take(ended(said))
    assert said in caught.value.summary


def test_a_prompt_that_is_blocked_was_stopped_by_the_providers_filter() -> None:
    with pytest.raises(ProviderRefused) as caught:
        take(answer(promptFeedback={"blockReason": "SAFETY"}, usageMetadata={"promptTokenCount": 4}))
    assert caught.value.code == "provider-filtered"


@pytest.mark.parametrize(
    ("usage", "read"),
    [
        ({"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5}, Usage(3, 2)),
        ({"promptTokenCount": 3, "totalTokenCount": 3}, Usage(3, 0)),
        (
            {"promptTokenCount": 9, "cachedContentTokenCount": 12, "candidatesTokenCount": 1},
            Usage(0, 1, 9),
        ),
        (
            {"promptTokenCount": 9, "toolUsePromptTokenCount": 4, "candidatesTokenCount": 1},
            Usage(13, 1),
        ),
        # A server that counts thoughts in its total alone.
        ({"promptTokenCount": 9, "candidatesTokenCount": 1, "totalTokenCount": 30}, Usage(9, 21)),
    ],
)
def test_kinds_of_tokens_add_up_to_the_servers_total(usage: dict[str, int], read: Usage) -> None:
    finish = finish_of(take(ended("STOP", usageMetadata=usage)))
    assert finish.usage == read
    assert finish.usage.total >= usage.get("totalTokenCount", 0)


def test_an_answer_that_nobody_counted_is_estimated() -> None:
    usage = finish_of(take(ended("STOP", {"text": "A few words."}))).usage
    assert usage == Usage(asks().input_tokens_estimate, 4)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"candidates": 7}',
        ended("STOP", usageMetadata={"promptTokenCount": -1}),
        ended("STOP", usageMetadata={"candidatesTokenCount": 10**30}),
        ended("STOP", {"inlineData": {"mimeType": "image/png", "data": "aGk="}}),
        ended("STOP", {"executableCode": {"code": SECRET}}),
        b'{"candidates": [{"content": {"parts": [{"text": "\xff"}]}}]}',
        answer(candidates=[{"content": {"parts": [{"text": SECRET}]}}]),
    ],
)
def test_an_answer_that_cannot_be_read_is_a_fault_that_quotes_nothing(data: bytes) -> None:
    with pytest.raises(ProviderFailed) as caught:
        take(data)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_told_apart_and_quotes_nothing(error: dict[str, Any]) -> None:
    fault = refusal_of(error["status"], {}, json.dumps(error["body"]).encode())
    assert fault.code == error["code"]
    assert SECRET not in fault.summary + fault.help
    if isinstance(fault, ProviderBusy):
        assert fault.retry_after_s == error["wait"]


def test_an_error_in_the_middle_of_a_stream_is_what_it_would_have_been_before() -> None:
    error = {"error": {"code": 429, "message": SECRET, "status": "RESOURCE_EXHAUSTED"}}
    with pytest.raises(ProviderError) as caught:
        GeminiAnswer(asks(), served_model="m").add(json.dumps(error).encode())
    assert caught.value.code == "provider-busy"


def test_a_count_is_read() -> None:
    assert counted(b'{"totalTokens": 7}') == 7
    for data in (b"", b"{}", b'{"totalTokens": -1}'):
        with pytest.raises(ProviderFailed):
            counted(data)


def test_texts_are_embedded_in_one_request() -> None:
    request = EmbedRequest("model/words", ("hail", "storm"), dimensions=2)
    assert json.loads(wire_gemini_embeddings.body(request, model="e-1")) == {
        "requests": [
            {"model": "models/e-1", "content": {"parts": [{"text": text}]}, "outputDimensionality": 2}
            for text in ("hail", "storm")
        ]
    }
    found = answer(embeddings=[{"values": [0.5, 1.0]}, {"values": [0.0, 1.0]}])
    vectors, finish = wire_gemini_embeddings.answer(found, request, model="e-1")
    assert vectors == Vectors(((0.5, 1.0), (0.0, 1.0)))
    assert finish.usage == Usage(request.input_tokens_estimate)
    told = answer(embeddings=[{"values": [1]}] * 2, usageMetadata={"promptTokenCount": 3})
    assert wire_gemini_embeddings.answer(told, request, model="e-1")[1].usage == Usage(3)


@pytest.mark.parametrize("data", [b"", b'{"embeddings": [{"values": ["a"]}]}', b'{"embeddings": []}'])
def test_vectors_that_cannot_be_read_are_a_fault(data: bytes) -> None:
    with pytest.raises(ProviderFailed):
        wire_gemini_embeddings.answer(data, EmbedRequest("m", ("a",)), model="m")

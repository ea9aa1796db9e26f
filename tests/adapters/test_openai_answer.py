"""However a network cuts a provider's bytes, they are the same events; streamed and whole say the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.adapters.sse import ServerSentEvents
from remit.adapters.wire_openai_answer import OpenAIAnswer
from remit.enforce.answer import Finish, ModelEvent, gathered
from remit.enforce.request import Message, ModelRequest
from strategies import COSTLY
from upstream_openai import USAGE, answer_to, whole_of

REQUEST = ModelRequest("model/any", (Message.of("user", "Hello"),), output_tokens_max=1000)
TOOL = {"function": {"name": "weather"}}
MORE: tuple[dict[str, Any], ...] = ({}, {"tools": [TOOL]}, {"response_format": {}})
ASKED: list[dict[str, Any]] = [
    {"model": model, "messages": [{"role": "user", "content": "é 片仮名"}], **more}
    for model in ("plain", "thinker", "refuser", "filter")
    for more in MORE
]


def stream(body: dict[str, Any]) -> bytes:
    pieces, reason = answer_to(body)
    chunks: list[dict[str, Any]] = [{"choices": [{"delta": piece}], "model": "served-1"} for piece in pieces]
    chunks.append({"choices": [{"delta": {}, "finish_reason": reason}]})
    chunks.append({"choices": [], "usage": USAGE})
    lines = [b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n" for chunk in chunks]
    return b"".join(lines) + b"data: [DONE]\n\n"


def read(pieces: list[bytes]) -> list[ModelEvent]:
    events, answer = ServerSentEvents(), OpenAIAnswer(REQUEST, served_model="any")
    found = [each for piece in pieces for event in events.feed(piece) for each in answer.add(event)]
    found += [each for event in events.end() for each in answer.add(event)]
    return [*found, answer.finish()]


@COSTLY
@given(st.sampled_from(ASKED), st.data())
def test_any_cut_of_the_bytes_gives_the_same_events(body: dict[str, Any], data: st.DataObject) -> None:
    sent = stream(body)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(sent)), max_size=20)))
    pieces = [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    assert read(pieces) == read([sent])


@pytest.mark.parametrize("body", ASKED)
def test_an_answer_that_comes_whole_says_what_the_stream_says(body: dict[str, Any]) -> None:
    pieces, reason = answer_to(body)
    choice = {"message": whole_of(pieces), "finish_reason": reason}
    sent = json.dumps({"choices": [choice], "usage": USAGE, "model": "served-1"}).encode()
    *said, finish = OpenAIAnswer(REQUEST, served_model="any").take(sent)
    *streamed, last = read([stream(body)])
    assert finish == last
    assert isinstance(last, Finish)
    assert gathered(each for each in said if not isinstance(each, Finish)) == gathered(
        each for each in streamed if not isinstance(each, Finish)
    )

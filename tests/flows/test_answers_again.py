"""The answer cache through a real gateway, with the real clients, over a server that counts its questions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import anthropic
import openai
import pytest
from openai import OpenAI

from conftest import BASE, CASE, House
from served_here import gateway
from upstream_openai import Upstream, upstream

DECLARED = """
providers:
  hosted: {{technology: openai, base_url: "{base_url}"}}
blocks:
{models}
"""
BLOCK = """
  model/{name}:
    name: {name}
    provider: hosted
    context_tokens: 100000
    output_tokens_max: 5000
    data_class_max: confidential
    prices: [{{starts: 2020-01-01, input: 1.00, output: 2.00, cache_read: 0.50}}]
"""
CACHED = CASE.rstrip() + "\n    remit: {cache_minutes: 60}\n"
OTHER = CACHED.replace("pilot:", "other:")
QUESTION: Any = [{"role": "user", "content": "two words"}]
TOOLS: Any = [
    {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
]
# 12 tokens at 1.00, 8 from a cache at 0.50 and 9 at 2.00 EUR for a million.
COST = "0.000034"


@dataclass
class Clock:
    """The time of day, as a test sets it."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at


@dataclass
class Door:
    house: House
    upstream: Upstream
    clock: Clock
    address: str
    key: str
    client: OpenAI

    @property
    def asked(self) -> int:
        return len(self.upstream.bodies)

    def ask(self, **changed: Any) -> tuple[Any, Any]:
        body = {"model": "plain", "messages": QUESTION} | changed
        raw = self.client.chat.completions.with_raw_response.create(**body)
        return raw.parse(), raw.headers


@pytest.fixture
def door(house: House) -> Iterator[Door]:
    with upstream() as server:
        models = "".join(BLOCK.format(name=name) for name in ("plain", "breaks"))
        declared = DECLARED.format(base_url=server.base_url, models=models)
        house.apply(BASE, CACHED, OTHER, declared)
        clock = Clock()
        key = house.key()
        with (
            gateway(house, clock) as address,
            OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0) as client,
        ):
            yield Door(house, server, clock, address, key, client)


def test_the_same_question_is_asked_of_the_provider_once_in_every_way_of_asking(door: Door) -> None:
    first, headers = door.ask()
    assert headers["x-remit-cost"] == COST
    assert "x-remit-cached" not in headers
    again, headers = door.ask(user="somebody")
    assert door.asked == 1
    assert headers["x-remit-cached"] == first.id.removeprefix("chatcmpl-")
    assert headers["x-remit-cost"] == "0"
    assert again.choices == first.choices
    assert again.usage == first.usage
    assert again.id != first.id
    assert again.remit["cached"] == first.id.removeprefix("chatcmpl-")
    with door.client.chat.completions.with_streaming_response.create(
        model="plain", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    ) as raw:
        assert raw.headers["x-remit-cached"] == first.id.removeprefix("chatcmpl-")
        assert raw.headers["x-remit-cost"] == "0"
        chunks = list(raw.parse())
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == first.choices[0].message.content
    assert chunks[-1].usage == first.usage
    answered = door.client.responses.create(model="plain", input="two words")
    assert answered.output_text == text
    assert door.asked == 1
    paid, *free = door.house.entries("call")
    assert paid["charge"] == COST
    assert "saved" not in paid
    assert len(free) == 3
    for entry in free:
        assert (entry["charge"], entry["held"], entry["settlement"]) == ("0", "0", "void")
        assert (entry["cached"], entry["saved"]) == (paid["id"], COST)
        assert "words" not in json.dumps(entry)
    assert door.house.verify() == ()


def test_a_stream_that_came_first_is_given_whole_and_one_that_was_left_is_not_kept(door: Door) -> None:
    stream = door.client.chat.completions.create(model="plain", messages=QUESTION, stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    again, headers = door.ask()
    assert "x-remit-cached" in headers
    assert again.choices[0].message.content == text
    with pytest.raises(openai.APIError):
        list(door.client.chat.completions.create(model="breaks", messages=QUESTION, stream=True))
    asked = door.asked
    with pytest.raises(openai.APIError):
        list(door.client.chat.completions.create(model="breaks", messages=QUESTION, stream=True))
    assert door.asked > asked


def test_an_answer_ends_with_its_minutes_and_is_asked_for_anew(door: Door) -> None:
    door.ask()
    door.clock.at += timedelta(minutes=59, seconds=59)
    again, _ = door.ask()
    assert again.remit["cached"]
    door.clock.at += timedelta(seconds=1)
    anew, headers = door.ask()
    assert "x-remit-cached" not in headers
    assert door.asked == 2
    assert door.ask()[0].remit["cached"] == anew.id.removeprefix("chatcmpl-")


def test_another_use_case_never_sees_it(door: Door) -> None:
    door.ask()
    with OpenAI(base_url=f"{door.address}/v1", api_key=door.house.key("other"), max_retries=0) as other:
        raw = other.chat.completions.with_raw_response.create(model="plain", messages=QUESTION)
    assert "x-remit-cached" not in raw.headers
    assert door.asked == 2


def test_tools_are_asked_for_again_and_their_results_are_part_of_the_question(door: Door) -> None:
    first, _ = door.ask(tools=TOOLS)
    again, headers = door.ask(tools=TOOLS)
    assert "x-remit-cached" in headers
    assert again.choices == first.choices
    assert again.choices[0].finish_reason == "tool_calls"
    calls = first.choices[0].message
    for told, hit in (("cold", False), ("cold", True), ("warm", False)):
        results = [{"role": "tool", "tool_call_id": call.id, "content": told} for call in calls.tool_calls]
        answer, headers = door.ask(messages=[*QUESTION, calls.model_dump(exclude_none=True), *results])
        assert ("x-remit-cached" in headers) is hit
        assert told in answer.choices[0].message.content
    _, headers = door.ask(tools=TOOLS, tool_choice="required")
    assert "x-remit-cached" not in headers


def test_one_format_is_answered_with_what_another_was_given(door: Door) -> None:
    first, _ = door.ask(max_tokens=50)
    with anthropic.Anthropic(base_url=door.address, api_key=door.key, max_retries=0) as client:
        answer = client.messages.create(model="plain", max_tokens=50, messages=QUESTION)
    assert answer.content[0].text == first.choices[0].message.content  # type: ignore[union-attr]
    assert door.asked == 1


def test_a_use_case_that_may_not_call_any_more_is_refused_whatever_is_kept(door: Door) -> None:
    door.ask()
    limited = CASE.rstrip() + "\n    remit: {cache_minutes: 60, models: [model/echo]}\n"
    models = "".join(BLOCK.format(name=name) for name in ("plain", "breaks"))
    declared = DECLARED.format(base_url=door.upstream.base_url, models=models)
    door.house.apply(BASE, limited, OTHER, declared)

    # What was decided is in force within a moment; until then each call is still answered.
    def ask_on() -> None:
        for _ in range(2000):
            door.ask()

    with pytest.raises(openai.PermissionDeniedError) as refused:
        ask_on()
    assert refused.value.code == "model-outside-remit"
    assert door.asked == 1

"""Servers that speak the OpenAI chat format, each a little differently: here all of them mean the same."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from remit.adapters.provider_openai import OpenAIProvider
from remit.adapters.remote import refusal
from remit.adapters.wire_openai import body, refuses
from remit.adapters.wire_openai_answer import OpenAIAnswer
from remit.adapters.wire_openai_error import refusal_of
from remit.enforce.answer import Finish, ModelEvent, gathered
from remit.enforce.request import Message, ModelRequest, Reasoning, Terms, Text, ToolUse
from remit.kernel.errors import ProviderBusy, ProviderError, ProviderRefused
from remit.kernel.usage import Usage
from upstream import Answer, Upstream, as_json, serving

GOLDEN = Path(__file__).parent / "golden/openai"
SERVERS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(GOLDEN.glob("*.json"))
}
REQUEST = ModelRequest(
    "model/any",
    (Message.of("user", "Why?"), Message("assistant", (Reasoning("Hm."), Text("So.")))),
    output_tokens_max=100,
)
SECRET = "zanzibar"


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(case, id=f"{name}-{place}-{case['code']}")
        for name, server in SERVERS.items()
        for place, case in enumerate(server[kind])
    ]


def asked(server: dict[str, Any], *, whole: bool) -> tuple[list[ModelEvent], Upstream]:
    """Ask a server through the adapter, at the address that follows from how it is declared."""
    lines = "".join(f"{line}\n\n" for line in server["stream"]).encode()
    sent = as_json(server["whole"]) if whole else Answer(lines, headers={"Content-Type": "text/event-stream"})

    async def ask(provider: OpenAIProvider) -> list[ModelEvent]:
        terms = Terms(options=server["options"], whole=whole, total_s=10)
        async with aclosing(provider.stream(REQUEST, terms)) as batches:
            events = [event async for batch in batches for event in batch]
        await provider.close()
        return events

    with serving({server["address"]: lambda _: sent}) as upstream:
        base_url = upstream.address + urlsplit(server["base_url"]).path
        return asyncio.run(ask(OpenAIProvider(base_url, "k-1"))), upstream


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "streamed"])
@pytest.mark.parametrize("name", SERVERS)
def test_an_answer_means_the_same_whichever_server_wrote_it(name: str, whole: bool) -> None:
    server, reads = SERVERS[name], SERVERS[name]["reads"]
    (*pieces, finish), upstream = asked(server, whole=whole)
    assert isinstance(finish, Finish)
    parts = gathered(pieces)  # type: ignore[arg-type] # only the last event is a finish
    said = {Text: "text", Reasoning: "reasoning", ToolUse: "tool_use"}
    assert [
        [said[type(part)], part.arguments if isinstance(part, ToolUse) else part.text] for part in parts
    ] == reads["parts"]
    assert finish == Finish(
        reads["stop"],
        Usage(**reads["usage"]),
        reads["served"],
        reads.get("stop_sequence", ""),
        tier=reads.get("tier_whole", "") if whole else "",
    )
    header, value = server["key"]
    assert upstream.headers[-1][header.lower()] == value


@pytest.mark.parametrize("name", SERVERS)
def test_options_say_what_only_this_server_knows(name: str) -> None:
    options = SERVERS[name]["options"]
    written = json.loads(body(REQUEST, model="m", limit_field="max_tokens", options=options, whole=True))
    more = json.loads(options.get("fields", "{}"))
    assert {field: written[field] for field in more} == more
    field = options.get("reasoning")
    assert ("reasoning" in refuses(REQUEST, options)) == (field is None)
    if field is not None:
        assert written["messages"][1] == {"role": "assistant", "content": "So.", field: "Hm."}


@pytest.mark.parametrize("fields", ["{", "[]", '{"n": 2}', '{"service_tier": "flex"}', '{"": 1}'])
def test_fields_that_a_caller_or_the_gateway_sends_are_no_option(fields: str) -> None:
    with pytest.raises(ProviderRefused) as caught:
        body(REQUEST, model="m", limit_field="max_tokens", options={"fields": fields}, whole=True)
    assert "`fields`" in caught.value.summary


def held(fault: ProviderError, case: dict[str, Any]) -> None:
    assert fault.code == case["code"]
    assert SECRET not in fault.summary + fault.help
    if isinstance(fault, ProviderBusy) and "wait" in case:
        assert fault.retry_after_s == case["wait"]


@pytest.mark.parametrize("case", cases("errors"))
def test_a_refusal_is_told_apart_and_quotes_nothing(case: dict[str, Any]) -> None:
    held(refusal_of(case["status"], case.get("headers", {}), json.dumps(case["body"]).encode()), case)


@pytest.mark.parametrize("case", cases("midway"))
def test_an_error_in_the_place_of_an_answer_is_told_apart_and_quotes_nothing(case: dict[str, Any]) -> None:
    data = json.dumps(case["body"]).encode()
    with pytest.raises(ProviderError) as caught:
        OpenAIAnswer(REQUEST, served_model="m").add(data)
    held(caught.value, case)
    if "message" not in case["body"].get("error", {}) or "choices" in case["body"]:
        return
    with pytest.raises(ProviderError) as caught:
        OpenAIAnswer(REQUEST, served_model="m").take(data)
    held(caught.value, case)


def test_an_account_without_money_is_not_a_queue_that_moves_on() -> None:
    error = {"error": {"message": SECRET, "type": "insufficient_quota", "code": "insufficient_quota"}}
    fault = refusal_of(429, {"retry-after": "5"}, json.dumps(error).encode())
    assert fault.code == "provider-key-refused"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, 10),
        ({"retry-after": "17"}, 17),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "999999"}, 3600),
        ({"retry-after": "-5"}, 10),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 10),
        ({"retry-after": "9" * 40}, 10),
        ({"retry-after-ms": "1200", "retry-after": "90"}, 2),
        ({"retry-after-ms": "soon", "retry-after": "90"}, 90),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"}, 1),
        (
            {
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-reset-tokens": "6m0s",
                "x-ratelimit-remaining-tokens": "0",
            },
            360,
        ),
        ({"x-ratelimit-reset-tokens": "250ms"}, 1),
        ({"x-ratelimit-reset": "1767225600"}, 10),
        ({"x-ratelimit-reset-tokens": "1h2"}, 10),
    ],
)
def test_when_to_come_back_is_read_from_whichever_header_says_it(headers: dict[str, str], wait: int) -> None:
    fault = refusal(429, headers, ())
    assert isinstance(fault, ProviderBusy)
    assert fault.retry_after_s == wait

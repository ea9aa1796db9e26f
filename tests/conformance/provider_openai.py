"""OpenAI chat completions, as a provider's server answers in it: built from the published shape."""

from __future__ import annotations

import json
from typing import Any

from conformance.provider import Provider, Script, halves, lacks, sse

_CHAT = {"stop": "stop", "length": "length", "tool_use": "tool_calls", "content_filter": "content_filter",
         "refusal": "stop"}  # fmt: skip


def _chat_usage(script: Script) -> dict[str, Any]:
    read = script.input + script.cached + script.written
    return {
        "prompt_tokens": read,
        "completion_tokens": script.output,
        "total_tokens": read + script.output,
        "prompt_tokens_details": {"cached_tokens": script.cached, "cache_write_tokens": script.written},
        "completion_tokens_details": {"reasoning_tokens": script.reasoning},
    }


def _chat_reason(script: Script) -> str:
    # Which stop text it was is not said in the published format, nor are thoughts signed.
    lacks(script.signature, script.reason not in _CHAT, script.reason == "refusal" and not script.refused)
    return _CHAT[script.reason]


def _chat_calls(script: Script) -> list[dict[str, Any]]:
    return [
        {"id": id, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for id, name, arguments in script.tools
    ]


def _chat_whole(script: Script) -> Any:
    message: dict[str, Any] = {"role": "assistant", "content": script.text or None}
    for name, said in (("refusal", script.refused), ("reasoning_content", script.thoughts)):
        message |= {name: said} if said else {}
    message |= {"tool_calls": calls} if (calls := _chat_calls(script)) else {}
    choice = {"index": 0, "message": message, "finish_reason": _chat_reason(script)}
    return {"id": "c", "object": "chat.completion", "model": "served", "choices": [choice],
            "usage": _chat_usage(script)}  # fmt: skip


def _chat_stream(script: Script) -> list[bytes]:
    deltas: list[dict[str, Any]] = [{"role": "assistant"}]
    deltas += [{"reasoning_content": each} for each in halves(script.thoughts)]
    deltas += [{"content": each} for each in halves(script.text)]
    deltas += [{"refusal": each} for each in halves(script.refused)]
    for index, call in enumerate(_chat_calls(script)):
        arguments = call["function"]["arguments"]
        start = {"name": call["function"]["name"], "arguments": ""}
        deltas.append({"tool_calls": [{"index": index, **call, "function": start}]})
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": each}}]} for each in halves(arguments)
        ]
    chunks: list[dict[str, Any]] = [
        {"model": "served", "choices": [{"index": 0, "delta": delta}]} for delta in deltas
    ]
    last: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": _chat_reason(script)}
    chunks += [{"choices": [last]}, {"choices": [], "usage": _chat_usage(script)}]
    return [*sse(chunks), b"data: [DONE]\n\n"]


OPENAI = Provider(
    "openai",
    _chat_whole,
    _chat_stream,
    lambda status: {"error": {"message": "words", "type": "error", "code": "a_code"}},
    b'data: {"error": {"message": "words", "code": "server_error"}}\n\n',
)

"""Bedrock's Converse, as a provider's server answers in it: built from the published shape."""

from __future__ import annotations

import json
from typing import Any

from bedrock_bodies import streamed as framed
from conformance.provider import Provider, Script, halves, lacks
from remit.gateway.aws_event_stream import exception

_CONVERSE = {"stop": "end_turn", "length": "max_tokens", "tool_use": "tool_use",
             "content_filter": "content_filtered", "stop_sequence": "stop_sequence"}  # fmt: skip


def _converse_usage(script: Script) -> dict[str, Any]:
    # How many tokens were thought is not said in this format.
    lacks(script.reasoning)
    return {
        "inputTokens": script.input,
        "outputTokens": script.output,
        "totalTokens": script.input + script.cached + script.written + script.output,
        "cacheReadInputTokens": script.cached,
        "cacheWriteInputTokens": script.written,
    }


def _converse_reason(script: Script) -> str:
    lacks(script.reason not in _CONVERSE, script.refused)
    return _CONVERSE[script.reason]


def _converse_more(script: Script) -> dict[str, Any]:
    more = {"stop_sequence": script.stop_sequence or None}
    return {"additionalModelResponseFields": more} if script.stop_sequence else {}


def _converse_whole(script: Script) -> Any:
    content: list[dict[str, Any]] = []
    if script.thoughts:
        thought = {"text": script.thoughts, "signature": script.signature}
        content.append({"reasoningContent": {"reasoningText": thought}})
    content += [{"text": script.text}] if script.text else []
    content += [{"toolUse": {"toolUseId": id, "name": n, "input": args}} for id, n, args in script.tools]
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": _converse_reason(script),
        "usage": _converse_usage(script),
        "metrics": {"latencyMs": 1},
        **_converse_more(script),
    }


def _converse_stream(script: Script) -> list[bytes]:
    events: list[tuple[str, Any]] = [("messageStart", {"role": "assistant"})]
    at = 0

    def block(deltas: list[dict[str, Any]], start: dict[str, Any] | None = None) -> None:
        nonlocal at
        if start:
            events.append(("contentBlockStart", {"start": start, "contentBlockIndex": at}))
        events.extend(("contentBlockDelta", {"delta": each, "contentBlockIndex": at}) for each in deltas)
        events.append(("contentBlockStop", {"contentBlockIndex": at}))
        at += 1

    if script.thoughts:
        thoughts = [{"reasoningContent": {"text": each}} for each in halves(script.thoughts)]
        block([*thoughts, {"reasoningContent": {"signature": script.signature}}])
    if script.text:
        block([{"text": each} for each in halves(script.text)])
    for id, name, arguments in script.tools:
        pieces = [{"toolUse": {"input": each}} for each in halves(json.dumps(arguments))]
        block(pieces, {"toolUse": {"toolUseId": id, "name": name}})
    events.append(("messageStop", {"stopReason": _converse_reason(script), **_converse_more(script)}))
    events.append(("metadata", {"usage": _converse_usage(script), "metrics": {"latencyMs": 1}}))
    return [framed([event]) for event in events]


BEDROCK = Provider(
    "bedrock",
    _converse_whole,
    _converse_stream,
    lambda status: {"message": "words"},
    exception("modelStreamErrorException", b'{"message":"words"}'),
    stream_type="application/vnd.amazon.eventstream",
)

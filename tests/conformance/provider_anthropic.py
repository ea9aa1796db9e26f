"""Anthropic Messages, as a provider's server answers in it: built from the published shape."""

from __future__ import annotations

import json
from typing import Any

from conformance.provider import Provider, Script, halves, lacks, sse

_MESSAGES = {"stop": "end_turn", "length": "max_tokens", "tool_use": "tool_use", "refusal": "refusal",
             "stop_sequence": "stop_sequence"}  # fmt: skip


def _messages_usage(script: Script) -> dict[str, Any]:
    return {
        "input_tokens": script.input,
        "cache_read_input_tokens": script.cached,
        "cache_creation_input_tokens": script.written,
        "cache_creation": {"ephemeral_5m_input_tokens": script.written, "ephemeral_1h_input_tokens": 0},
        "output_tokens": script.output,
        "output_tokens_details": {"thinking_tokens": script.reasoning},
    }


def _messages_reason(script: Script) -> str:
    lacks(script.reason not in _MESSAGES, script.refused)
    return _MESSAGES[script.reason]


def _messages_blocks(script: Script) -> list[dict[str, Any]]:
    thought = {"type": "thinking", "thinking": script.thoughts, "signature": script.signature}
    blocks: list[dict[str, Any]] = [thought] if script.thoughts else []
    blocks += [{"type": "text", "text": script.text}] if script.text else []
    for id, name, arguments in script.tools:
        blocks.append({"type": "tool_use", "id": id, "name": name, "input": arguments})
    return blocks


def _messages_whole(script: Script) -> Any:
    ends = {"stop_reason": _messages_reason(script), "stop_sequence": script.stop_sequence or None}
    head = {"id": "m", "type": "message", "role": "assistant", "model": "served"}
    return {**head, "content": _messages_blocks(script), **ends, "usage": _messages_usage(script)}


def _messages_stream(script: Script) -> list[bytes]:
    usage = _messages_usage(script) | {"output_tokens": 1}
    head = {"id": "m", "type": "message", "role": "assistant", "model": "served", "content": []}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": {**head, "usage": usage}}]
    for index, block in enumerate(_messages_blocks(script)):
        empty = {name: value if name in ("type", "id", "name") else "" for name, value in block.items()}
        empty |= {"input": {}} if "input" in block else {}
        events.append({"type": "content_block_start", "index": index, "content_block": empty})
        deltas = [{"type": "text_delta", "text": each} for each in halves(block.get("text", ""))]
        deltas += [{"type": "thinking_delta", "thinking": e} for e in halves(block.get("thinking", ""))]
        if block.get("signature"):
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        if "input" in block:
            arguments = json.dumps(block["input"])
            deltas += [{"type": "input_json_delta", "partial_json": each} for each in halves(arguments)]
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    ends = {"stop_reason": _messages_reason(script), "stop_sequence": script.stop_sequence or None}
    events.append({"type": "message_delta", "delta": ends, "usage": _messages_usage(script)})
    return sse([*events, {"type": "message_stop"}], named=True)


ANTHROPIC = Provider(
    "anthropic",
    _messages_whole,
    _messages_stream,
    lambda status: {"type": "error", "error": {"type": "an_error", "message": "words"}},
    b'event: error\ndata: {"type": "error", "error": {"type": "api_error", "message": "words"}}\n\n',
)

"""Anthropic Messages, as callers write and read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from conformance.caller import Caller, Got, NotInFormat, events, lacks
from remit.enforce.request import ModelRequest, Reasoning, Text, ToolResult, ToolUse


def _ephemeral(cache: str | None) -> dict[str, Any]:
    if cache is None:
        return {}
    return {"cache_control": {"type": "ephemeral"} | ({"ttl": "1h"} if cache == "1h" else {})}


def _block(part: Any) -> dict[str, Any]:
    if isinstance(part, Text):
        lacks(part.refusal, part.label)
        return {"type": "text", "text": part.text, **_ephemeral(part.cache)}
    if isinstance(part, Reasoning):
        lacks(not part.signature)
        return {"type": "thinking", "thinking": part.text, "signature": part.signature}
    if isinstance(part, ToolUse):
        use = {"type": "tool_use", "id": part.id, "name": part.name, "input": json.loads(part.arguments)}
        return use | _ephemeral(part.cache)
    if isinstance(part, ToolResult):
        result = {"type": "tool_result", "tool_use_id": part.id, "content": [_block(p) for p in part.parts]}
        return result | ({"is_error": True} if part.failed else {}) | _ephemeral(part.cache)
    lacks(part.detail)
    source = {"type": "base64", "media_type": part.media_type, "data": part.data}
    if part.url:
        source = {"type": "url", "url": part.url}
    name = {"title": part.name} if part.name else {}
    return {"type": part.what, "source": source, **name, **_ephemeral(part.cache)}


def messages_body(asked: ModelRequest, model: str, streamed: bool) -> dict[str, Any]:
    think, wanted, choice = asked.think, asked.output_format, asked.tool_choice
    lacks(asked.seed is not None, asked.frequency_penalty, asked.presence_penalty, asked.verbosity)
    lacks(asked.cache_key, asked.tags, wanted and not wanted.schema, *(turn.name for turn in asked.messages))
    fields: dict[str, Any] = {"model": model, "max_tokens": asked.output_tokens_max or 500}
    turns = list(asked.messages)
    if turns[0].role == "system":
        fields["system"] = [_block(part) for part in turns.pop(0).parts]
    fields["messages"] = [{"role": t.role, "content": [_block(part) for part in t.parts]} for t in turns]
    for name, value in (
        ("temperature", asked.temperature),
        ("top_p", asked.top_p),
        ("top_k", asked.top_k),
        ("stop_sequences", list(asked.stop) or None),
        ("metadata", {"user_id": asked.end_user} if asked.end_user else None),
        ("stream", streamed or None),
    ):
        if value is not None:
            fields[name] = value
    if asked.tools:
        fields["tools"] = [_own_tool(tool) for tool in asked.tools]
    if choice or asked.parallel_tools is False:
        mode = choice.mode if choice else "auto"
        fields["tool_choice"] = {"type": "any" if mode == "required" else mode}
        if choice and choice.name:
            fields["tool_choice"]["name"] = choice.name
        if asked.parallel_tools is False:
            fields["tool_choice"]["disable_parallel_tool_use"] = True
    config: dict[str, Any] = {}
    if wanted:
        config["format"] = {"type": "json_schema", "schema": json.loads(wanted.schema)}
    if think:
        if think.effort:
            config["effort"] = think.effort
        if told := thinking_of(think):
            fields["thinking"] = told
    return fields | ({"output_config": config} if config else {})


def thinking_of(think: Any) -> dict[str, Any]:
    if think.summary in ("concise", "detailed"):
        raise NotInFormat
    told: dict[str, Any] = {}
    if think.tokens_max is not None:
        told = {"type": "enabled", "budget_tokens": think.tokens_max}
    elif think.summary or not think.effort:
        told = {"type": "adaptive"}
    return told | ({"display": "summarized"} if think.summary else {})


def _own_tool(tool: Any) -> dict[str, Any]:
    fields = {"name": tool.name, "description": tool.description, "input_schema": json.loads(tool.parameters)}
    return fields | ({} if tool.strict is None else {"strict": tool.strict}) | _ephemeral(tool.cache)


def _anthropic_usage(usage: Any) -> dict[str, int]:
    return {
        "input": usage["input_tokens"],
        "cached": usage["cache_read_input_tokens"],
        "written": usage["cache_creation_input_tokens"],
        "output": usage["output_tokens"],
        "reasoning": usage["output_tokens_details"]["thinking_tokens"],
    }


def messages_whole(body: Any) -> Got:
    got = Got(reason=body["stop_reason"], usage=_anthropic_usage(body["usage"]))
    got.stop_sequence = body["stop_sequence"] or ""
    for block in body["content"]:
        got.text += block.get("text", "")
        got.thoughts += block.get("thinking", "")
        got.signature += block.get("signature", "")
        if block["type"] == "tool_use":
            got.tools.append((block["id"], block["name"], block["input"]))
    return got


def messages_events(events: Iterator[Any]) -> Got:
    got, blocks = Got(), dict[int, dict[str, Any]]()
    for event in events:
        kind = event["type"]
        if kind == "error":
            got.fault = event["error"]["details"]["error_code"]
        elif kind == "content_block_start":
            blocks[event["index"]] = event["content_block"] | {"json": ""}
        elif kind == "content_block_delta":
            block, delta = blocks[event["index"]], event["delta"]
            for name in ("text", "thinking", "signature"):
                block[name] = block.get(name, "") + delta.get(name, "")
            block["json"] += delta.get("partial_json", "")
        elif kind == "message_delta":
            got.reason, got.usage = event["delta"]["stop_reason"], _anthropic_usage(event["usage"])
            got.stop_sequence = event["delta"]["stop_sequence"] or ""
    for block in blocks.values():
        got.text += block.get("text", "")
        got.thoughts += block.get("thinking", "")
        got.signature += block.get("signature", "")
        if block["type"] == "tool_use":
            got.tools.append((block["id"], block["name"], json.loads(block["json"] or "{}")))
    return got


MESSAGES_REASONS = {
    "stop": "end_turn", "length": "max_tokens", "tool_use": "tool_use", "content_filter": "refusal",
    "refusal": "refusal", "stop_sequence": "stop_sequence",
}  # fmt: skip

MESSAGES = Caller(
    "Anthropic Messages",
    lambda model, streamed: "/v1/messages",
    messages_body,
    messages_whole,
    lambda data: messages_events(events(data)),
    lambda body: str(body["error"]["details"]["error_code"]),
    MESSAGES_REASONS,
)

"""OpenAI chat completions, as callers write and read them."""

from __future__ import annotations

import json
from typing import Any

from conformance.caller import Caller, Got, events, lacks
from conformance.caller_openai import fields_of, function_of, lasting, usage_of
from remit.enforce.request import Media, Message, ModelRequest, Reasoning, Text, ToolResult, ToolUse


def _chat_part(part: Text | Media) -> dict[str, Any]:
    if isinstance(part, Text):
        lacks(part.label)
        return {"type": "text", "text": part.text, **lasting(part.cache)}
    source = part.url or f"data:{part.media_type};base64,{part.data}"
    if part.what == "image":
        shown = {"url": source} | ({"detail": part.detail} if part.detail else {})
        return {"type": "image_url", "image_url": shown, **lasting(part.cache)}
    lacks(part.url)
    name = {"filename": part.name} if part.name else {}
    return {"type": "file", "file": {"file_data": source, **name}, **lasting(part.cache)}


def _chat_turn(turn: Message) -> list[dict[str, Any]]:
    results = [part for part in turn.parts if isinstance(part, ToolResult)]
    if results:
        lacks(*(part.failed or part.cache for part in results))
        return [
            {"role": "tool", "tool_call_id": part.id, "content": [_chat_part(each) for each in part.parts]}
            for part in results
        ]
    written: dict[str, Any] = {"role": turn.role}
    if turn.name:
        written["name"] = turn.name
    for part in turn.parts:
        if isinstance(part, Reasoning):
            lacks(part.signature, part.sealed)
            written["reasoning_content"] = part.text
        elif isinstance(part, ToolUse):
            lacks(part.cache)
            function = {"name": part.name, "arguments": part.arguments}
            call = {"id": part.id, "type": "function", "function": function}
            written.setdefault("tool_calls", []).append(call)
        elif isinstance(part, Text) and part.refusal:
            written["refusal"] = part.text
        else:
            assert isinstance(part, Text | Media)
            written.setdefault("content", []).append(_chat_part(part))
    return [written]


def _chat_body(asked: ModelRequest, model: str, streamed: bool) -> dict[str, Any]:
    think = asked.think
    lacks(asked.top_k is not None, asked.tags, *(tool.cache for tool in asked.tools))
    lacks(think and (think.tokens_max is not None or think.summary or think.effort is None))
    fields = fields_of(asked) | {
        "model": model,
        "messages": [each for turn in asked.messages for each in _chat_turn(turn)],
        "max_completion_tokens": asked.output_tokens_max,
    }
    for name, value in (
        ("seed", asked.seed),
        ("frequency_penalty", asked.frequency_penalty),
        ("presence_penalty", asked.presence_penalty),
        ("verbosity", asked.verbosity),
        ("reasoning_effort", think and think.effort),
        ("stop", list(asked.stop) or None),
    ):
        if value is not None:
            fields[name] = value
    if asked.tools:
        functions = [function_of(tool) for tool in asked.tools]
        fields["tools"] = [{"type": "function", "function": each} for each in functions]
    if choice := asked.tool_choice:
        named = {"type": "function", "function": {"name": choice.name}}
        fields["tool_choice"] = named if choice.name else choice.mode
    if wanted := asked.output_format:
        kind = "json_schema" if wanted.schema else "json_object"
        fields["response_format"] = {"type": kind}
        if wanted.schema:
            schema = {"name": wanted.name, "schema": json.loads(wanted.schema), "strict": True}
            fields["response_format"]["json_schema"] = schema
    if streamed:
        fields |= {"stream": True, "stream_options": {"include_usage": True}}
    return fields


def _chat_whole(body: Any) -> Got:
    choice = body["choices"][0]
    said = choice["message"]
    return Got(
        text=said["content"] or "",
        refused=said.get("refusal") or "",
        thoughts=said.get("reasoning_content") or "",
        tools=[
            (call["id"], call["function"]["name"], json.loads(call["function"]["arguments"]))
            for call in said.get("tool_calls") or ()
        ],
        reason=choice["finish_reason"],
        usage=usage_of(body["usage"], "prompt_tokens", "completion_tokens"),
    )


def _chat_stream(data: bytes) -> Got:
    said: dict[str, str] = {"content": "", "refusal": "", "reasoning_content": ""}
    calls: dict[int, dict[str, str]] = {}
    got = Got()
    for event in events(data):
        if "error" in event:
            got.fault = event["error"]["code"]
            continue
        if event.get("usage"):
            got.usage = usage_of(event["usage"], "prompt_tokens", "completion_tokens")
        for choice in event["choices"]:
            got.reason = choice["finish_reason"] or got.reason
            for name in said:
                said[name] += choice["delta"].get(name) or ""
            for call in choice["delta"].get("tool_calls") or ():
                known = calls.setdefault(call["index"], {"id": "", "name": "", "arguments": ""})
                known["id"] += call.get("id") or ""
                known["name"] += call["function"].get("name") or ""
                known["arguments"] += call["function"].get("arguments") or ""
    got.text, got.refused, got.thoughts = said.values()
    got.tools = [(call["id"], call["name"], json.loads(call["arguments"])) for call in calls.values()]
    return got


CHAT = Caller(
    "OpenAI chat completions",
    lambda model, streamed: "/v1/chat/completions",
    _chat_body,
    _chat_whole,
    _chat_stream,
    lambda body: str(body["error"]["code"]),
    {"stop": "stop", "length": "length", "tool_use": "tool_calls", "content_filter": "content_filter",
     "refusal": "stop", "stop_sequence": "stop"},
)  # fmt: skip

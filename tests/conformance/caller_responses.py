"""OpenAI Responses, as callers write and read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from conformance.caller import Caller, Got, events, lacks
from conformance.caller_openai import fields_of, function_of, lasting, usage_of
from remit.enforce.request import Media, Message, ModelRequest, Reasoning, Text, ToolResult, ToolUse

_SIGNED = "signature:"


def _item_part(part: Text | Media, *, said: bool = False) -> dict[str, Any]:
    if isinstance(part, Text):
        lacks(part.label)
        return {"type": "output_text" if said else "input_text", "text": part.text, **lasting(part.cache)}
    data = f"data:{part.media_type};base64,{part.data}"
    if part.what == "image":
        detail = {"detail": part.detail} if part.detail else {}
        return {"type": "input_image", "image_url": part.url or data, **detail, **lasting(part.cache)}
    shown = {"file_url": part.url} if part.url else {"file_data": data}
    name = {"filename": part.name} if part.name else {}
    return {"type": "input_file", **shown, **name, **lasting(part.cache)}


def _items(turn: Message) -> Iterator[dict[str, Any]]:
    lacks(turn.name)
    for part in turn.parts:
        if isinstance(part, Reasoning):
            item = {"type": "reasoning", "summary": [{"type": "summary_text", "text": part.text}]}
            yield item | {"id": "rs_1", "encrypted_content": _SIGNED + part.signature}
        elif isinstance(part, ToolUse):
            lacks(part.cache)
            yield {"type": "function_call", "call_id": part.id, "name": part.name,
                   "arguments": part.arguments}  # fmt: skip
        elif isinstance(part, ToolResult):
            lacks(part.failed, part.cache)
            output = [_item_part(each) for each in part.parts]
            yield {"type": "function_call_output", "call_id": part.id, "output": output}
    shown = [part for part in turn.parts if isinstance(part, Text | Media)]
    if shown:
        content = [_item_part(part, said=turn.role == "assistant") for part in shown]
        yield {"role": turn.role, "content": content}


def _responses_body(asked: ModelRequest, model: str, streamed: bool) -> dict[str, Any]:
    think, wanted = asked.think, asked.output_format
    lacks(asked.top_k is not None, asked.seed is not None, asked.frequency_penalty, asked.presence_penalty)
    lacks(
        asked.stop, asked.tags, think and think.tokens_max is not None, *(tool.cache for tool in asked.tools)
    )
    lacks(think and think.effort is None and think.summary is None)
    fields = fields_of(asked) | {
        "model": model,
        "input": [item for turn in asked.messages for item in _items(turn)],
        "max_output_tokens": asked.output_tokens_max,
    }
    text: dict[str, Any] = {}
    if asked.verbosity:
        text["verbosity"] = asked.verbosity
    if wanted:
        text["format"] = {"type": "json_schema" if wanted.schema else "json_object"}
        if wanted.schema:
            text["format"] |= {"name": wanted.name, "schema": json.loads(wanted.schema), "strict": True}
    if text:
        fields["text"] = text
    if think:
        told = {"effort": think.effort, "summary": think.summary}
        fields["reasoning"] = {name: value for name, value in told.items() if value}
    if asked.tools:
        fields["tools"] = [{"type": "function", **function_of(tool)} for tool in asked.tools]
    if choice := asked.tool_choice:
        fields["tool_choice"] = {"type": "function", "name": choice.name} if choice.name else choice.mode
    return fields | ({"stream": True} if streamed else {}) | {"include": ["reasoning.encrypted_content"]}


def _responses_whole(body: Any) -> Got:
    got = Got(usage=usage_of(body["usage"], "input_tokens", "output_tokens"))
    got.reason = (body.get("incomplete_details") or {}).get("reason") or body["status"]
    for item in body["output"]:
        if item["type"] == "reasoning":
            got.thoughts += "".join(each["text"] for each in item.get("content") or item["summary"])
            sealed = item.get("encrypted_content") or ""
            got.signature += sealed.removeprefix(_SIGNED) if sealed.startswith(_SIGNED) else ""
        elif item["type"] == "function_call":
            got.tools.append((item["call_id"], item["name"], json.loads(item["arguments"])))
        else:
            for part in item["content"]:
                got.text += part.get("text", "")
                got.refused += part.get("refusal", "")
    return got


def _responses_stream(data: bytes) -> Got:
    pieces: dict[str, str] = {}
    got = Got()
    for event in events(data):
        kind = event["type"]
        if kind.endswith(".delta"):
            pieces[kind] = pieces.get(kind, "") + event["delta"]
        elif kind == "error":
            got.fault = event["code"]
        elif kind in ("response.completed", "response.incomplete"):
            got = _responses_whole(event["response"])
    if not got.fault:
        assert pieces.get("response.output_text.delta", "") == got.text, "pieces are what they add up to"
        assert pieces.get("response.refusal.delta", "") == got.refused
    return got


RESPONSES = Caller(
    "OpenAI Responses",
    lambda model, streamed: "/v1/responses",
    _responses_body,
    _responses_whole,
    _responses_stream,
    lambda body: str(body["error"]["code"]),
    {"stop": "completed", "length": "max_output_tokens", "tool_use": "completed",
     "content_filter": "content_filter", "refusal": "completed", "stop_sequence": "completed"},
)  # fmt: skip

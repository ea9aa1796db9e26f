"""Amazon Bedrock's Converse and invoke, as callers write and read them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from botocore.eventstream import EventStreamBuffer  # type: ignore[import-untyped]  # it states no types

from conformance.caller import Caller, Got, lacks
from conformance.caller_anthropic import (
    MESSAGES_REASONS,
    messages_body,
    messages_events,
    messages_whole,
    thinking_of,
)
from remit.enforce.request import ModelRequest, Reasoning, Text, ToolResult, ToolUse


def _frames(data: bytes) -> Iterator[tuple[str, Any]]:
    """Read an AWS event stream: the kind of each event, and what it says."""
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    for event in buffer:
        headers = event.headers
        yield headers.get(":event-type") or headers[":exception-type"], json.loads(event.payload or b"{}")


def _invoke_body(asked: ModelRequest, model: str, streamed: bool) -> dict[str, Any]:
    fields = messages_body(asked, model, streamed=False)
    del fields["model"]
    return fields | {"anthropic_version": "bedrock-2023-05-31"}


def _invoke_stream(data: bytes) -> Got:
    frames = list(_frames(data))
    got = messages_events(
        json.loads(base64.b64decode(said["bytes"])) for kind, said in frames if kind == "chunk"
    )
    got.fault = next((said["remit"]["code"] for kind, said in frames if kind.endswith("Exception")), "")
    return got


INVOKE = Caller(
    "Bedrock invoke (Anthropic's bodies)",
    lambda model, streamed: f"/model/{model}/invoke{'-with-response-stream' if streamed else ''}",
    _invoke_body,
    messages_whole,
    _invoke_stream,
    lambda body: str(body["remit"]["code"]),
    MESSAGES_REASONS,
)

_KINDS = {"image/png": "png", "application/pdf": "pdf"}


def _converse_blocks(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, Text):
        lacks(part.refusal)
        marks = {"source": ["grounding_source"], "query": ["query"]}.get(part.label)
        guarded = {"text": {"text": part.text, "qualifiers": marks}}
        yield {"guardContent": guarded} if marks else {"text": part.text}
    elif isinstance(part, Reasoning):
        lacks(not part.signature)
        thought = {"text": part.text, "signature": part.signature}
        yield {"reasoningContent": {"reasoningText": thought}}
    elif isinstance(part, ToolUse):
        yield {"toolUse": {"toolUseId": part.id, "name": part.name, "input": json.loads(part.arguments)}}
    elif isinstance(part, ToolResult):
        content = [block for each in part.parts for block in _converse_blocks(each)]
        status = {"status": "error"} if part.failed else {}
        yield {"toolResult": {"toolUseId": part.id, "content": content, **status}}
    else:
        lacks(part.url, part.detail)
        shown = {"format": _KINDS[part.media_type], "source": {"bytes": part.data}}
        yield {part.what: shown | ({"name": part.name or "document"} if part.what == "document" else {})}
    if getattr(part, "cache", None):
        yield _cache_point(part.cache)


def _cache_point(cache: str) -> dict[str, Any]:
    return {"cachePoint": {"type": "default"} | ({"ttl": "1h"} if cache == "1h" else {})}


def _converse_body(asked: ModelRequest, model: str, streamed: bool) -> dict[str, Any]:
    think, wanted, choice = asked.think, asked.output_format, asked.tool_choice
    lacks(asked.seed is not None, asked.frequency_penalty, asked.presence_penalty, asked.verbosity)
    lacks(asked.cache_key, asked.end_user, asked.parallel_tools is False, choice and choice.mode == "none")
    lacks(wanted and not wanted.schema, think and think.summary, *(turn.name for turn in asked.messages))
    turns = list(asked.messages)
    config = {
        "maxTokens": asked.output_tokens_max,
        "temperature": asked.temperature,
        "topP": asked.top_p,
        "stopSequences": list(asked.stop) or None,
    }
    fields: dict[str, Any] = {
        "inferenceConfig": {name: value for name, value in config.items() if value is not None},
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
    }
    if turns[0].role == "system":
        fields["system"] = [block for part in turns.pop(0).parts for block in _converse_blocks(part)]
    fields["messages"] = [
        {"role": t.role, "content": [block for part in t.parts for block in _converse_blocks(part)]}
        for t in turns
    ]
    if asked.tools:
        tools: list[dict[str, Any]] = []
        for tool in asked.tools:
            spec: dict[str, Any] = {"name": tool.name, "description": tool.description}
            spec |= {} if tool.strict is None else {"strict": tool.strict}
            tools.append({"toolSpec": {**spec, "inputSchema": {"json": json.loads(tool.parameters)}}})
            tools += [_cache_point(tool.cache)] if tool.cache else []
        fields["toolConfig"] = {"tools": tools}
        if choice:
            kind = {"auto": "auto", "required": "any", "tool": "tool"}[choice.mode]
            fields["toolConfig"]["toolChoice"] = {kind: {"name": choice.name} if choice.name else {}}
    more: dict[str, Any] = {} if asked.top_k is None else {"top_k": asked.top_k}
    output: dict[str, Any] = {}
    if wanted:
        schema = {"schema": wanted.schema.decode(), "name": wanted.name}
        output["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": schema}}
    if think:
        output |= {"effort": think.effort} if think.effort else {}
        more |= {"thinking": told} if (told := thinking_of(think)) else {}
    fields |= {"additionalModelRequestFields": more} if more else {}
    fields |= {"outputConfig": output} if output else {}
    return fields | ({"requestMetadata": dict(asked.tags)} if asked.tags else {})


def _converse_usage(usage: Any) -> dict[str, int]:
    return {
        "input": usage["inputTokens"],
        "cached": usage["cacheReadInputTokens"],
        "written": usage["cacheWriteInputTokens"],
        "output": usage["outputTokens"],
    }


def _converse_whole(body: Any) -> Got:
    got = Got(reason=body["stopReason"], usage=_converse_usage(body["usage"]))
    got.stop_sequence = body["additionalModelResponseFields"]["stop_sequence"] or ""
    for block in body["output"]["message"]["content"]:
        got.text += block.get("text", "")
        thought = block.get("reasoningContent", {}).get("reasoningText", {})
        got.thoughts += thought.get("text", "")
        got.signature += thought.get("signature", "")
        if use := block.get("toolUse"):
            got.tools.append((use["toolUseId"], use["name"], use["input"]))
    return got


def _converse_stream(data: bytes) -> Got:
    got, tools = Got(), dict[int, dict[str, str]]()
    for kind, said in _frames(data):
        if kind.endswith("Exception"):
            got.fault = said["remit"]["code"]
        elif kind == "contentBlockStart":
            tools[said["contentBlockIndex"]] = said["start"]["toolUse"] | {"input": ""}
        elif kind == "contentBlockDelta":
            delta = said["delta"]
            got.text += delta.get("text", "")
            got.thoughts += delta.get("reasoningContent", {}).get("text", "")
            got.signature += delta.get("reasoningContent", {}).get("signature", "")
            if use := delta.get("toolUse"):
                tools[said["contentBlockIndex"]]["input"] += use["input"]
        elif kind == "messageStop":
            got.reason = said["stopReason"]
            got.stop_sequence = said["additionalModelResponseFields"]["stop_sequence"] or ""
        elif kind == "metadata":
            got.usage = _converse_usage(said["usage"])
    got.tools = [
        (tool["toolUseId"], tool["name"], json.loads(tool["input"] or "{}")) for tool in tools.values()
    ]
    return got


CONVERSE = Caller(
    "Bedrock Converse",
    lambda model, streamed: f"/model/{model}/converse{'-stream' if streamed else ''}",
    _converse_body,
    _converse_whole,
    _converse_stream,
    lambda body: str(body["remit"]["code"]),
    {"stop": "end_turn", "length": "max_tokens", "tool_use": "tool_use", "content_filter": "content_filtered",
     "refusal": "content_filtered", "stop_sequence": "stop_sequence"},
)  # fmt: skip

"""The OpenAI chat format as providers speak it: from the canonical request to bytes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from remit.enforce.request import (
    Media,
    Message,
    ModelRequest,
    Part,
    Reasoning,
    Text,
    Think,
    ToolResult,
    ToolUse,
)
from remit.kernel.errors import ProviderRefused

_NOT_MORE = frozenset(
    "model models messages n best_of stream stream_options max_tokens max_completion_tokens temperature"
    " top_p seed frequency_penalty presence_penalty stop tools tool_choice parallel_tool_calls"
    " response_format verbosity service_tier prompt_cache_key reasoning_effort user metadata store".split()
)
"""Fields that the gateway writes, and those that would change what an answer costs or who gives it."""


@cache
def _more(text: str) -> Mapping[str, msgspec.Raw]:
    """Read the fields that a model block adds to every request."""
    try:
        found = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        found = {"": msgspec.Raw()}
    if "" in found or not _NOT_MORE.isdisjoint(found):
        raise ProviderRefused(
            "the provider's option `fields` is not a JSON object of fields that it may add",
            help="write it as `'{\"name\": …}'` in the model block, without fields that callers send",
        )
    return found


_MAY_DROP = "(the block's option `cache_points` may leave it out)"
_BREAKPOINT = {"prompt_cache_breakpoint": {"mode": "explicit"}}


def refuses(request: ModelRequest, options: Mapping[str, str]) -> str:
    """Name what of a request the format cannot say; empty if it can say all."""
    if request.top_k is not None:
        return "`top_k`"
    if any(tool.cache for tool in request.tools) and options.get("cache_points") != "drop":
        return f"a cache point after a tool {_MAY_DROP}"
    if refused := _refuses_think(request.think, options):
        return refused
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, Text) and part.cache is None:
                continue
            if isinstance(part, Reasoning) and "reasoning" not in options:
                return "reasoning that goes back to the model (the block's option `reasoning` may allow it)"
            if isinstance(part, ToolResult) and any(isinstance(each, Media) for each in part.parts):
                return "an image or a document in a tool's result"
            if isinstance(part, Media) and part.what == "document" and part.url:
                return "a document by its address"
            if refused := _refuses_cache(part, options):
                return refused
    return ""


def _refuses_think(think: Think | None, options: Mapping[str, str]) -> str:
    """Say what of thinking has no words here: an effort has, and nothing else.

    Whoever sets the option `reasoning` knows what the server does with reasoning, and that it may show some.
    """
    if think is None:
        return ""
    if think.tokens_max is not None:
        return "a limit on the tokens of reasoning"
    if think.summary in ("concise", "detailed"):
        return "how long a summary of reasoning shall be"
    if "reasoning" in options:
        return ""
    if think.summary is not None:
        return "whether reasoning shall be shown (the block's option `reasoning` may allow it)"
    if think.effort is None:
        return "reasoning without an effort (the block's option `reasoning` may allow it)"
    return ""


def _refuses_cache(part: Part, options: Mapping[str, str]) -> str:
    """Say which cache point cannot be said: the format has them after texts, images and documents alone."""
    within = part.parts if isinstance(part, ToolResult) else ()
    points = [each.cache for each in (part, *within) if not isinstance(each, Reasoning) and each.cache]
    if not points or options.get("cache_points") == "drop":
        return ""
    if options.get("cache_points") != "send":
        return f"a cache point {_MAY_DROP}"
    if "1h" in points:
        return f"a cache point for an hour {_MAY_DROP}"
    return (
        "" if isinstance(part, Text | Media) else f"a cache point after a tool's call or result {_MAY_DROP}"
    )


def body(
    request: ModelRequest, *, model: str, limit_field: str, options: Mapping[str, str], whole: bool
) -> bytes:
    """Write a request. Cache points are written where the block's option `cache_points` is `send`."""
    fields: dict[str, Any] = {
        "model": model,
        "messages": [each for message in request.messages for each in _messages(message, options)],
        limit_field: request.output_tokens_max,
    }
    if whole:
        fields["stream"] = False
    else:
        fields["stream"] = True
        fields["stream_options"] = {"include_usage": True}
    for name, value in (
        ("temperature", request.temperature),
        ("top_p", request.top_p),
        ("seed", request.seed),
        ("frequency_penalty", request.frequency_penalty),
        ("presence_penalty", request.presence_penalty),
        ("verbosity", request.verbosity),
        # A block that names a tier has that tier's price, whatever a caller would like.
        ("service_tier", options.get("service_tier", request.service_tier)),
        ("prompt_cache_key", request.cache_key),
        ("parallel_tool_calls", request.parallel_tools),
    ):
        if value is not None:
            fields[name] = value
    if request.stop:
        fields["stop"] = request.stop
    if request.think is not None and request.think.effort is not None:
        fields["reasoning_effort"] = request.think.effort
    if request.tools:
        fields["tools"] = [_tool(tool) for tool in request.tools]
    if request.tool_choice is not None:
        choice = request.tool_choice
        fields["tool_choice"] = (
            {"type": "function", "function": {"name": choice.name}} if choice.mode == "tool" else choice.mode
        )
    if request.output_format is not None:
        fields["response_format"] = _format(request)
    if "fields" in options:
        fields |= _more(options["fields"])
    return msgspec.json.encode(fields)


def _tool(tool: Any) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name, "parameters": msgspec.Raw(tool.parameters)}
    if tool.description:
        function["description"] = tool.description
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def _format(request: ModelRequest) -> dict[str, Any]:
    wanted = request.output_format
    assert wanted is not None
    if not wanted.schema:
        return {"type": "json_object"}
    schema: dict[str, Any] = {"name": wanted.name or "answer", "schema": msgspec.Raw(wanted.schema)}
    if wanted.description:
        schema["description"] = wanted.description
    if wanted.strict is not None:
        schema["strict"] = wanted.strict
    return {"type": "json_schema", "json_schema": schema}


def _messages(message: Message, options: Mapping[str, str]) -> list[dict[str, Any]]:
    """Write one turn: results of tools are messages of their own here, before what else is in the turn."""
    first = message.parts[0] if len(message.parts) == 1 else None
    if isinstance(first, Text) and not (message.name or first.cache):
        return [{"role": message.role, "content": first.text}]
    written: list[dict[str, Any]] = [
        {"role": "tool", "tool_call_id": part.id, "content": _result(part)}
        for part in message.parts
        if isinstance(part, ToolResult)
    ]
    rest = [part for part in message.parts if not isinstance(part, ToolResult)]
    if not rest and written:
        return written
    turn: dict[str, Any] = {"role": message.role, "content": _content(rest, options)}
    if message.name:
        turn["name"] = message.name
    calls = [_call(part) for part in rest if isinstance(part, ToolUse)]
    if calls:
        turn["tool_calls"] = calls
        turn["content"] = turn["content"] or None
    thoughts = "".join(part.text for part in rest if isinstance(part, Reasoning))
    if thoughts and options.get("reasoning", "drop") != "drop":
        turn[options["reasoning"]] = thoughts
    return [*written, turn]


def _call(part: ToolUse) -> dict[str, Any]:
    return {
        "id": part.id,
        "type": "function",
        "function": {"name": part.name, "arguments": part.arguments or "{}"},
    }


def _result(part: ToolResult) -> str:
    """Write what a tool gave back; that it failed has no field here, so the words say it."""
    said = "".join(each.text for each in part.parts if isinstance(each, Text))
    return f"Error: {said}" if part.failed else said


def _content(parts: list[Any], options: Mapping[str, str]) -> str | list[dict[str, Any]]:
    shown = [part for part in parts if isinstance(part, Text | Media)]
    pointed = options.get("cache_points") == "send" and any(part.cache for part in shown)
    if len(shown) == 1 and isinstance(shown[0], Text) and not pointed:
        return shown[0].text
    if not shown:
        return ""
    return [_shown(part) | (_BREAKPOINT if pointed and part.cache else {}) for part in shown]


def _shown(part: Text | Media) -> dict[str, Any]:
    return {"type": "text", "text": part.text} if isinstance(part, Text) else _media(part)


def _media(part: Media) -> dict[str, Any]:
    source = part.url or f"data:{part.media_type};base64,{part.data}"
    if part.what == "document":
        return {"type": "file", "file": {"filename": part.name or "document", "file_data": source}}
    return {"type": "image_url", "image_url": {"url": source, "detail": part.detail or "auto"}}

"""Anthropic's Messages format as its servers speak it: from the canonical request to bytes."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from remit.enforce.request import (
    CacheTtl,
    Media,
    Message,
    ModelRequest,
    Part,
    Reasoning,
    Text,
    Think,
    Tool,
    ToolResult,
    ToolUse,
)

_IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_TIERS = {"auto": "auto", "default": "standard_only"}
_CHOICES = {"auto": "auto", "none": "none", "required": "any"}

_UNSAID: tuple[tuple[str, Callable[[ModelRequest], bool]], ...] = (
    ("`seed`", lambda asked: asked.seed is not None),
    ("`frequency_penalty`", lambda asked: bool(asked.frequency_penalty)),
    ("`presence_penalty`", lambda asked: bool(asked.presence_penalty)),
    ("`verbosity`", lambda asked: asked.verbosity is not None),
    ("a `temperature` above 1", lambda asked: (asked.temperature or 0) > 1),
    ("this `service_tier`", lambda asked: asked.service_tier not in (None, *_TIERS)),
    (
        "JSON without a schema",
        lambda asked: asked.output_format is not None and not asked.output_format.schema,
    ),
    ("`minimal` effort", lambda asked: asked.think is not None and asked.think.effort == "minimal"),
    (
        "how long a summary of reasoning shall be",
        lambda asked: asked.think is not None and asked.think.summary in ("concise", "detailed"),
    ),
)
"""What of a request the format has no words for; a penalty of zero says nothing."""


def refuses(request: ModelRequest, options: Mapping[str, str]) -> str:
    """Name what of a request the format cannot say; empty if it can say all."""
    for name, is_asked in _UNSAID:
        if is_asked(request):
            return name
    if options.get("system") != "anywhere" and any(
        message.role == "system" for message in request.messages[_leading(request) :]
    ):
        return "a system message in the middle (the block's option `system: anywhere` may allow it)"
    if any(message.name for message in request.messages):
        return "the name of a message's author"
    unsaid = (_unsaid(part, options) for message in request.messages for part in message.parts)
    return next(filter(None, unsaid), "")


def _unsaid(part: Part, options: Mapping[str, str]) -> str:
    if isinstance(part, Reasoning):
        if part.signature or part.sealed or options.get("reasoning") == "drop":
            return ""
        return "reasoning without its signature (the block's option `reasoning: drop` leaves it out)"
    if isinstance(part, ToolResult):
        return next(filter(None, (_unsaid(each, options) for each in part.parts)), "")
    if not isinstance(part, Media):
        return ""
    if part.detail in ("", "auto"):
        return "" if part.url or _source(part) else f"this kind of {part.what}"
    return "the `detail` of an image"


def _leading(request: ModelRequest) -> int:
    """Count the system messages before anything else is said."""
    roles = [message.role for message in request.messages]
    return next((place for place, role in enumerate(roles) if role != "system"), len(roles))


def body(request: ModelRequest, *, model: str, options: Mapping[str, str], whole: bool) -> bytes:
    """Write a request.

    An end user's reference is kept from the provider. A cache key is left out: it says where a server of
    another kind may look for what it keeps, and here cache points say that.
    """
    fields = _input(request, model, options)
    fields["max_tokens"] = request.output_tokens_max
    fields["stream"] = not whole
    for name, value in (
        ("temperature", request.temperature),
        ("top_p", request.top_p),
        ("top_k", request.top_k),
        ("service_tier", _TIERS.get(request.service_tier or "")),
    ):
        if value is not None:
            fields[name] = value
    if request.stop:
        fields["stop_sequences"] = request.stop
    return msgspec.json.encode(fields)


def count_body(request: ModelRequest, *, model: str, options: Mapping[str, str]) -> bytes:
    """Write what is to be counted."""
    return msgspec.json.encode(_input(request, model, options))


def _input(request: ModelRequest, model: str, options: Mapping[str, str]) -> dict[str, Any]:
    """Write what the model reads."""
    leading = _leading(request)
    fields: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": message.role, "content": _content(message, options)}
            for message in request.messages[leading:]
        ],
    }
    system = [block for message in request.messages[:leading] for block in _blocks(message, options)]
    if system:
        fields["system"] = _shortest(system)
    if request.tools:
        fields["tools"] = [_tool(tool) for tool in request.tools]
    choice = _choice(request)
    if choice:
        fields["tool_choice"] = choice
    told = thinking(request.think)
    if told:
        fields["thinking"] = told
    output = _output(request)
    if output:
        fields["output_config"] = output
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": tool.name, "input_schema": msgspec.Raw(tool.parameters)}
    if tool.description:
        fields["description"] = tool.description
    if tool.strict is not None:
        fields["strict"] = tool.strict
    return fields | _cache(tool.cache)


def _choice(request: ModelRequest) -> dict[str, Any]:
    """Write which tool to use; that only one may be asked for at a time stands there too."""
    choice, alone = request.tool_choice, request.parallel_tools is False and bool(request.tools)
    if choice is None and not alone:
        return {}
    mode = "auto" if choice is None else choice.mode
    fields: dict[str, Any] = {"type": _CHOICES.get(mode, "tool")}
    if choice is not None and mode == "tool":
        fields["name"] = choice.name
    if alone and mode != "none":
        fields["disable_parallel_tool_use"] = True
    return fields


def thinking(think: Think | None) -> dict[str, Any]:
    """Write whether to think; nothing where that is left as the model has it."""
    if think is None or think.by_default:
        return {}
    if think.effort == "none" or think.tokens_max == 0:
        return {"type": "disabled"}
    fields: dict[str, Any] = {"type": "adaptive"}
    if think.tokens_max is not None:
        fields = {"type": "enabled", "budget_tokens": think.tokens_max}
    if think.summary is not None:
        fields["display"] = "omitted" if think.summary == "omitted" else "summarized"
    return fields


def _output(request: ModelRequest) -> dict[str, Any]:
    """Write the effort and the schema of an answer. Here a schema has no name, and is always held to."""
    fields: dict[str, Any] = {}
    if request.think is not None and request.think.effort not in (None, "none"):
        fields["effort"] = request.think.effort
    wanted = request.output_format
    if wanted is not None and wanted.schema:
        schema = msgspec.json.decode(wanted.schema, type=dict[str, msgspec.Raw])
        if wanted.description and "description" not in schema:
            schema["description"] = msgspec.Raw(msgspec.json.encode(wanted.description))
        fields["format"] = {"type": "json_schema", "schema": schema}
    return fields


def _content(message: Message, options: Mapping[str, str]) -> str | list[dict[str, Any]]:
    return _shortest(list(_blocks(message, options)))


def _shortest(blocks: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    if len(blocks) == 1 and blocks[0].keys() == {"type", "text"}:
        text: str = blocks[0]["text"]
        return text
    return blocks


def _blocks(message: Message, options: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Write what stands in a turn. Empty texts are left out beside others: servers refuse them."""
    for part in message.parts:
        if isinstance(part, Text) and not part.text and len(message.parts) > 1:
            continue
        if isinstance(part, Reasoning) and not (part.signature or part.sealed):
            assert options.get("reasoning") == "drop", "what cannot be said is refused before"
            continue
        yield _block(part)


def _block(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text} | _cache(part.cache)
    if isinstance(part, Reasoning):
        # As it came: the server checks its own seal on it.
        if part.sealed:
            return {"type": "redacted_thinking", "data": part.sealed}
        return {"type": "thinking", "thinking": part.text, "signature": part.signature}
    if isinstance(part, ToolUse):
        use = {"type": "tool_use", "id": part.id, "name": part.name, "input": part.input}
        return use | _cache(part.cache)
    if isinstance(part, ToolResult):
        content = _shortest([_block(each) for each in part.parts])
        result: dict[str, Any] = {"type": "tool_result", "tool_use_id": part.id, "content": content}
        if part.failed:
            result["is_error"] = True
        return result | _cache(part.cache)
    shown: dict[str, Any] = {"type": part.what, "source": _source(part)}
    if part.what == "document" and part.name:
        shown["title"] = part.name
    return shown | _cache(part.cache)


def _source(part: Media) -> dict[str, Any] | None:
    """Write where an image or a document is; None for a kind that the format does not have."""
    if part.url:
        return {"type": "url", "url": part.url}
    if part.what == "document" and part.media_type == "text/plain":
        try:
            data = b64decode(part.data, validate=True).decode()
        except (NotBase64, UnicodeDecodeError):
            return None
        return {"type": "text", "media_type": part.media_type, "data": data}
    if part.media_type not in (_IMAGES if part.what == "image" else {"application/pdf"}):
        return None
    return {"type": "base64", "media_type": part.media_type, "data": part.data}


def _cache(ttl: CacheTtl | None) -> dict[str, Any]:
    if ttl is None:
        return {}
    return {"cache_control": {"type": "ephemeral"} if ttl == "5m" else {"type": "ephemeral", "ttl": ttl}}

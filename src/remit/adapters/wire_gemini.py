"""Gemini's generateContent format as its servers speak it: from the canonical request to bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

import msgspec

from remit.adapters.remote import model_of
from remit.enforce.request import (
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

_MEDIA = {
    "image": frozenset({"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"}),
    "document": frozenset(
        {
            "application/pdf",
            "text/plain",
            "text/html",
            "text/css",
            "text/csv",
            "text/xml",
            "text/markdown",
        }
    ),
}
_DETAILS = {"low": "MEDIA_RESOLUTION_LOW", "high": "MEDIA_RESOLUTION_HIGH"}
_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY", "tool": "ANY"}
_TOOL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")
_STOPS_MAX = 5
_SEEDS = range(-(1 << 31), 1 << 31)

_LEVELS = {"minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH", "xhigh": "XHIGH"}
# What Google makes of the same words at its own OpenAI-compatible address, for models without levels.
_BUDGETS = {"minimal": 1_024, "low": 1_024, "medium": 8_192, "high": 24_576}

_UNSAID: tuple[tuple[str, Callable[[ModelRequest], bool]], ...] = (
    ("`verbosity`", lambda asked: asked.verbosity is not None),
    ("this `service_tier`", lambda asked: asked.service_tier not in (None, "auto", "default")),
    ("that tools are asked for one at a time", lambda asked: asked.parallel_tools is False),
    ("more than five stop texts", lambda asked: len(asked.stop) > _STOPS_MAX),
    ("a `seed` beyond 32 bits", lambda asked: asked.seed is not None and asked.seed not in _SEEDS),
    ("the name of a message's author", lambda asked: any(turn.name for turn in asked.messages)),
    ("the name of a tool", lambda asked: not all(_TOOL_NAME.fullmatch(tool.name) for tool in asked.tools)),
    ("system messages alone", lambda asked: _leading(asked) == len(asked.messages)),
    (
        "a system message in the middle",
        lambda asked: any(turn.role == "system" for turn in asked.messages[_leading(asked) :]),
    ),
)
"""What of a request the format has no words for."""


def refuses(request: ModelRequest, options: Mapping[str, str]) -> str:
    """Name what of a request the format cannot say; empty if it can say all."""
    if options.get("cache_points") != "drop" and _has_cache_points(request):
        return "a cache point (the block's option `cache_points: drop` leaves it out)"
    for name, is_asked in _UNSAID:
        if is_asked(request):
            return name
    return _refuses_think(request.think, _efforts(request, options)) or _refuses_parts(request, options)


def _has_cache_points(request: ModelRequest) -> bool:
    return any(tool.cache for tool in request.tools) or any(
        _is_cache_point(part) for message in request.messages for part in message.parts
    )


def _is_cache_point(part: Part) -> bool:
    if isinstance(part, Reasoning):
        return False
    within = isinstance(part, ToolResult) and any(each.cache for each in part.parts)
    return within or part.cache is not None


def _efforts(request: ModelRequest, options: Mapping[str, str]) -> Mapping[str, Any]:
    """Find how a model is told its effort: by a level, or by tokens where it comes from before Gemini 3."""
    older = model_of(request.model, options).startswith("gemini-2")
    return _BUDGETS if options.get("thinking", "budget" if older else "level") == "budget" else _LEVELS


def _refuses_think(think: Think | None, efforts: Mapping[str, Any]) -> str:
    if think is None:
        return ""
    if think.effort not in (None, "none", *efforts):
        return f"the effort `{think.effort}`"
    if think.effort not in (None, "none") and think.tokens_max is not None:
        return "an effort beside a limit on the tokens of reasoning"
    if think.summary in ("concise", "detailed"):
        return "how long a summary of reasoning shall be"
    return ""


def _refuses_parts(request: ModelRequest, options: Mapping[str, str]) -> str:
    asked_for: set[str] = set()
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, ToolUse):
                asked_for.add(part.id)
            if isinstance(part, ToolResult) and part.id not in asked_for:
                return "the result of a tool that was not asked for before"
            refused = _refuses_part(part, options)
            if refused:
                return refused
    return ""


def _refuses_part(part: Part, options: Mapping[str, str]) -> str:
    if isinstance(part, Reasoning):
        if _drops(options) or not part.sealed:
            return ""
        return "sealed reasoning (the block's option `reasoning: drop` leaves it out)"
    if isinstance(part, ToolUse):
        return "" if _TOOL_NAME.fullmatch(part.name) else "the name of a tool"
    if isinstance(part, ToolResult):
        return next((refused for each in part.parts if (refused := _refuses_part(each, options))), "")
    if isinstance(part, Text):
        return ""
    if part.url:
        return f"{'an image' if part.what == 'image' else 'a document'} by its address"
    if part.detail not in ("", "auto", *_DETAILS):
        return "the `detail` of an image"
    return "" if part.media_type in _MEDIA[part.what] else f"this kind of {part.what}"


def _drops(options: Mapping[str, str]) -> bool:
    return options.get("reasoning") == "drop"


def _leading(request: ModelRequest) -> int:
    """Count the system messages before anything else is said."""
    roles = [message.role for message in request.messages]
    return next((place for place, role in enumerate(roles) if role != "system"), len(roles))


def body(request: ModelRequest, *, options: Mapping[str, str]) -> bytes:
    """Write a request; whole and streamed answers are asked for alike, at paths of their own.

    Left out is what changes nothing about the answer and has no place here: who the end user is, and by which
    key a server of another kind finds what it keeps. The name of a document stands before it as a text.
    """
    return msgspec.json.encode(_input(request, options) | {"generationConfig": _config(request, options)})


def count_body(request: ModelRequest, *, options: Mapping[str, str]) -> bytes:
    """Write what is to be counted."""
    asked = {"model": f"models/{model_of(request.model, options)}"} | _input(request, options)
    return msgspec.json.encode({"generateContentRequest": asked})


def _input(request: ModelRequest, options: Mapping[str, str]) -> dict[str, Any]:
    """Write what the model reads."""
    leading = _leading(request)
    fields: dict[str, Any] = {"contents": list(_contents(request.messages[leading:], options))}
    system = [{"text": message.text} for message in request.messages[:leading] if message.text]
    if system:
        fields["systemInstruction"] = {"parts": system}
    if request.tools:
        fields["tools"] = [{"functionDeclarations": [_tool(tool) for tool in request.tools]}]
    calling = _calling(request)
    if calling:
        fields["toolConfig"] = {"functionCallingConfig": calling}
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": tool.name, "description": tool.description}
    if tool.parameters != b"{}":
        fields["parametersJsonSchema"] = msgspec.Raw(tool.parameters)
    return fields


def _calling(request: ModelRequest) -> dict[str, Any]:
    """Write whether a tool must be asked for. One tool that is strict makes all of them so."""
    choice, strict = request.tool_choice, any(tool.strict for tool in request.tools)
    if choice is None:
        return {"mode": "VALIDATED"} if strict else {}
    if choice.mode == "auto" and strict:
        return {"mode": "VALIDATED"}
    fields: dict[str, Any] = {"mode": _MODES[choice.mode]}
    if choice.mode == "tool":
        fields["allowedFunctionNames"] = [choice.name]
    return fields


def _config(request: ModelRequest, options: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {"maxOutputTokens": request.output_tokens_max}
    for name, value in (
        ("temperature", request.temperature),
        ("topP", request.top_p),
        ("topK", request.top_k),
        ("seed", request.seed),
        ("frequencyPenalty", request.frequency_penalty),
        ("presencePenalty", request.presence_penalty),
        ("thinkingConfig", _thinking(request.think, _efforts(request, options)) or None),
    ):
        if value is not None:
            fields[name] = value
    if request.stop:
        fields["stopSequences"] = request.stop
    wanted = request.output_format
    if wanted is not None:
        fields["responseMimeType"] = "application/json"
        if wanted.schema:
            schema = msgspec.json.decode(wanted.schema, type=dict[str, msgspec.Raw])
            if wanted.description and "description" not in schema:
                schema["description"] = msgspec.Raw(msgspec.json.encode(wanted.description))
            fields["responseJsonSchema"] = schema
    return fields


def _thinking(think: Think | None, efforts: Mapping[str, Any]) -> dict[str, Any]:
    """Write how much to think. What is thought is shown where thinking is asked for, unless it shall not."""
    if think is None:
        return {}
    if think.effort == "none" or think.tokens_max == 0:
        return {"thinkingBudget": 0}
    fields: dict[str, Any] = {}
    if think.tokens_max is not None:
        fields["thinkingBudget"] = think.tokens_max
    elif think.effort is not None:
        name = "thinkingBudget" if efforts is _BUDGETS else "thinkingLevel"
        fields[name] = efforts[think.effort]
    if think.summary is not None or not think.by_default:
        fields["includeThoughts"] = think.summary != "omitted"
    return fields


def _contents(messages: tuple[Message, ...], options: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Write the turns; those of one role that follow each other are one, as results must stand together."""
    names: dict[str, str] = {}
    for role, turns in groupby(messages, lambda message: message.role):
        parts = [part for turn in turns for part in turn.parts]
        names |= {part.id: part.name for part in parts if isinstance(part, ToolUse)}
        written = list(_parts(parts, names, options))
        yield {"role": "model" if role == "assistant" else "user", "parts": written or [{"text": ""}]}


def _parts(
    parts: list[Part], names: Mapping[str, str], options: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Write what stands in a turn.

    A signature belongs to the call of a tool that it stands before; else it has a part of its own, as it has
    at the end of a stream. The first call of a turn that has none gets the option's, if there is one.
    """
    signature, stand_in = "", options.get("signature", "")
    for part in parts:
        if isinstance(part, ToolUse):
            signed = signature or stand_in
            yield _call(part) | ({"thoughtSignature": signed} if signed else {})
            signature = stand_in = ""
            continue
        if signature:
            yield {"text": "", "thoughtSignature": signature}
            signature = ""
        if isinstance(part, Reasoning):
            if not _drops(options):
                signature = part.signature
                yield from [{"text": part.text, "thought": True}] if part.text else []
        elif isinstance(part, ToolResult):
            yield _result(part, names[part.id])
        elif isinstance(part, Media):
            yield from [{"text": part.name}] if part.name else []
            yield _media(part)
        elif part.text:
            yield {"text": part.text}
    if signature:
        yield {"text": "", "thoughtSignature": signature}


def _call(part: ToolUse) -> dict[str, Any]:
    return {"functionCall": {"id": part.id, "name": part.name, "args": part.input}}


def _result(part: ToolResult, name: str) -> dict[str, Any]:
    """Write what a tool gave back, under the words that the format has for an output and for a failure."""
    said = "".join(each.text for each in part.parts if isinstance(each, Text))
    names = [each.name for each in part.parts if isinstance(each, Media) and each.name]
    response: dict[str, Any] = {
        "id": part.id,
        "name": name,
        "response": {"error" if part.failed else "output": said} | ({"documents": names} if names else {}),
    }
    shown = [_media(each) for each in part.parts if isinstance(each, Media)]
    if shown:
        response["parts"] = shown
    return {"functionResponse": response}


def _media(part: Media) -> dict[str, Any]:
    shown: dict[str, Any] = {"inlineData": {"mimeType": part.media_type, "data": part.data}}
    if part.detail in _DETAILS:
        shown["mediaResolution"] = {"level": _DETAILS[part.detail]}
    return shown

"""The Bedrock Converse format as the provider speaks it: from the canonical request to bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from remit.adapters.remote import model_of
from remit.adapters.wire_anthropic import thinking
from remit.enforce.request import (
    CacheTtl,
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

_IMAGES = {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
_DOCUMENTS = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}
_TIERS = (None, "auto", "default", "flex", "priority")
_TOOL_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# What a document's name may hold, see `DocumentBlock` in AWS's reference.
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9()\[\]-]+")

# How each family of models is told how much to think, by the words of the canonical request.
_EFFORTS: dict[str, frozenset[str]] = {
    "anthropic": frozenset({"none", "low", "medium", "high", "xhigh", "max"}),
    "nova": frozenset({"none", "low", "medium", "high"}),
    "openai": frozenset({"low", "medium", "high"}),
}


def _family(request: ModelRequest, options: Mapping[str, str]) -> str:
    """Say whose words a model takes; an application inference profile does not show it, an option may."""
    model = model_of(request.model, options)
    marks = {"anthropic.": "anthropic", "amazon.nova": "nova", "openai.": "openai"}
    return options.get("family") or next((name for mark, name in marks.items() if mark in model), "")


def refuses(request: ModelRequest, options: Mapping[str, str]) -> str:
    """Name what of a request the format cannot say; empty if it can say all."""
    family = _family(request, options)
    for stands, name in (
        (request.seed is not None, "`seed`"),
        (bool(request.frequency_penalty), "`frequency_penalty`"),
        (bool(request.presence_penalty), "`presence_penalty`"),
        (request.verbosity is not None, "`verbosity`"),
        (request.parallel_tools is False, "that tools are asked for one at a time"),
        (request.temperature is not None and request.temperature > 1, "a temperature above 1"),
        (request.top_k is not None and family not in ("anthropic", "nova"), "`top_k`"),
        (request.service_tier not in _TIERS, "this `service_tier`"),
        (request.output_format is not None and not request.output_format.schema, "JSON without a schema"),
        (_forbids_tools_in_use(request), "that no tool is asked for, after some were"),
        (any(not _TOOL_NAME.fullmatch(tool.name) for tool in request.tools), "the name of a tool"),
    ):
        if stands:
            return name
    return _refuses_think(request.think, family) or _refuses_messages(request, options, family)


def _forbids_tools_in_use(request: ModelRequest) -> bool:
    """Say whether tools are forbidden where the conversation holds some: the format wants them declared."""
    if request.tool_choice is None or request.tool_choice.mode != "none":
        return False
    return any(isinstance(part, ToolUse | ToolResult) for turn in request.messages for part in turn.parts)


def _refuses_think(think: Think | None, family: str) -> str:
    if think is None:
        return ""
    if family not in _EFFORTS:
        return "how much to think (the block's option `family` says how its model is told)"
    if think.effort is not None and think.effort not in _EFFORTS[family]:
        return f"the effort `{think.effort}`"
    if family == "anthropic":
        return "how long a summary of reasoning shall be" if think.summary in ("concise", "detailed") else ""
    if think.tokens_max is not None:
        return "a limit on the tokens of reasoning"
    if think.effort is None:
        return "reasoning without an effort"
    if think.by_default and family == "nova":
        return "an effort without saying that it shall think"
    return "" if think.summary is None else "a summary of the reasoning"


def _refuses_messages(request: ModelRequest, options: Mapping[str, str], family: str) -> str:
    for place, message in enumerate(request.messages):
        if message.name:
            return "the name of who speaks"
        if not any(_is_said(part, options) for part in message.parts):
            return "an empty message"
        if message.role == "system" and place >= len(_leading(request.messages)) and not _anywhere(options):
            return "a system message in the middle (the block's option `system: anywhere` may allow it)"
        for part in message.parts:
            refused = _refuses_reasoning(part, options, family) or _refuses_part(part)
            if refused:
                return refused
    return ""


def _anywhere(options: Mapping[str, str]) -> bool:
    return options.get("system") == "anywhere"


def _drops(part: Part, options: Mapping[str, str]) -> bool:
    """Say whether a part is left out as the block has it: reasoning that its model did not sign."""
    unsigned = isinstance(part, Reasoning) and not (part.signature or part.sealed)
    return unsigned and options.get("reasoning") == "drop"


def _refuses_reasoning(part: Part, options: Mapping[str, str], family: str) -> str:
    if not isinstance(part, Reasoning) or _drops(part, options):
        return ""
    if part.id:
        return "the reasoning of another provider"
    if not (part.text or part.sealed):
        return "reasoning without words"
    if part.sealed:
        return ""
    if family == "anthropic" and not part.signature:
        return "reasoning without its signature (the block's option `reasoning: drop` leaves it out)"
    return ""


def _is_said(part: Part, options: Mapping[str, str]) -> bool:
    """Say whether a part says anything: the format takes no empty text."""
    return not _drops(part, options) and (not isinstance(part, Text) or bool(part.text))


def _refuses_part(part: Part) -> str:
    if isinstance(part, Media):
        return _refuses_media(part)
    if isinstance(part, ToolUse | ToolResult) and not _TOOL_ID.fullmatch(part.id):
        return "the id of a tool's call"
    if isinstance(part, ToolUse):
        return "" if _TOOL_NAME.fullmatch(part.name) else "the name of a tool"
    if isinstance(part, ToolResult):
        return next((refused for each in part.parts if (refused := _refuses_part(each))), "")
    return ""


def _refuses_media(part: Media) -> str:
    if part.url:
        return f"{'an image' if part.what == 'image' else 'a document'} by its address"
    if part.detail not in ("", "auto"):
        return "the detail in which an image is read"
    known = _IMAGES if part.what == "image" else _DOCUMENTS
    return "" if part.media_type in known else f"{part.what}s of this type"


def body(request: ModelRequest, *, options: Mapping[str, str]) -> bytes:
    """Write a request; whole and streamed answers are asked for alike, at paths of their own."""
    fields = _input(request, options) | {"inferenceConfig": _inference(request)}
    output = _output(request, options)
    if output:
        fields["outputConfig"] = output
    if request.service_tier not in (None, "auto"):
        fields["serviceTier"] = {"type": request.service_tier}
    if request.tags:
        fields["requestMetadata"] = dict(request.tags)
    if "latency" in options:
        fields["performanceConfig"] = {"latency": options["latency"]}
    # The stop text itself is said only if it is asked for.
    fields["additionalModelResponseFieldPaths"] = ["/stop_sequence"]
    return msgspec.json.encode(fields)


def count_body(request: ModelRequest, *, options: Mapping[str, str]) -> bytes:
    """Write what is to be counted."""
    return msgspec.json.encode({"input": {"converse": _input(request, options)}})


def _input(request: ModelRequest, options: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {"messages": _turns(request.messages, options)}
    system = _leading(request.messages)
    if system:
        fields["system"] = [block for message in system for block in _blocks(message.parts, options)]
    tools, more = _tools(request), _model_fields(request, _family(request, options))
    if tools:
        fields["toolConfig"] = tools
    if more:
        fields["additionalModelRequestFields"] = more
    return fields


def _inference(request: ModelRequest) -> dict[str, Any]:
    fields: dict[str, Any] = {"maxTokens": request.output_tokens_max}
    if request.temperature is not None:
        fields["temperature"] = request.temperature
    if request.top_p is not None:
        fields["topP"] = request.top_p
    if request.stop:
        fields["stopSequences"] = request.stop
    return fields


def _model_fields(request: ModelRequest, family: str) -> dict[str, Any]:
    """Write what each family of models has words of its own for."""
    fields: dict[str, Any] = {}
    if request.top_k is not None:
        fields |= (
            {"top_k": request.top_k}
            if family == "anthropic"
            else {"inferenceConfig": {"topK": request.top_k}}
        )
    think = request.think
    if think is None:
        return fields
    if family == "anthropic":
        told = thinking(think)
        if told:
            fields["thinking"] = told
    elif family == "nova":
        off, effort = think.effort == "none", think.effort
        fields["reasoningConfig"] = (
            {"type": "disabled"} if off else {"type": "enabled", "maxReasoningEffort": effort}
        )
    elif family == "openai":
        fields["reasoning_effort"] = think.effort
    return fields


def _output(request: ModelRequest, options: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    wanted, think = request.output_format, request.think
    if wanted is not None:
        schema = {"schema": wanted.schema.decode(), "name": wanted.name or "answer"}
        if wanted.description:
            schema["description"] = wanted.description
        fields["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": schema}}
    if think is not None and _family(request, options) == "anthropic" and think.effort not in (None, "none"):
        fields["effort"] = think.effort
    return fields


def _tools(request: ModelRequest) -> dict[str, Any]:
    choice = request.tool_choice
    if not request.tools or (choice is not None and choice.mode == "none"):
        return {}
    tools: list[dict[str, Any]] = []
    for tool in request.tools:
        spec: dict[str, Any] = {
            "name": tool.name,
            "inputSchema": {"json": msgspec.Raw(tool.parameters)},
        }
        if tool.description:
            spec["description"] = tool.description
        if tool.strict is not None:
            spec["strict"] = tool.strict
        tools.append({"toolSpec": spec})
        tools += _cache_point(tool.cache)
    fields: dict[str, Any] = {"tools": tools}
    if choice is not None:
        words: dict[str, Any] = {"auto": {"auto": {}}, "required": {"any": {}}}
        fields["toolChoice"] = words.get(choice.mode, {"tool": {"name": choice.name}})
    return fields


def _leading(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    count = next((at for at, message in enumerate(messages) if message.role != "system"), len(messages))
    return messages[:count]


def _turns(messages: tuple[Message, ...], options: Mapping[str, str]) -> list[dict[str, Any]]:
    """Write the turns; those of one role that follow each other are one, because the roles must alternate."""
    turns: list[dict[str, Any]] = []
    for message in messages[len(_leading(messages)) :]:
        blocks = _blocks(message.parts, options)
        if turns and turns[-1]["role"] == message.role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": message.role, "content": blocks})
    return turns


def _blocks(parts: tuple[Part, ...], options: Mapping[str, str]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    for part in parts:
        if not _is_said(part, options):
            continue
        if isinstance(part, Reasoning):
            blocks += _reasoning(part)
        else:
            blocks.append(_block(part))
            blocks += _cache_point(part.cache)
    return blocks


def _block(part: Text | Media | ToolUse | ToolResult) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"text": part.text}
    if isinstance(part, Media):
        return _media(part)
    if isinstance(part, ToolUse):
        return {"toolUse": {"toolUseId": part.id, "name": part.name, "input": part.input}}
    result: dict[str, Any] = {"toolUseId": part.id, "content": _blocks(part.parts, {})}
    if part.failed:
        result["status"] = "error"
    return {"toolResult": result}


def _reasoning(part: Reasoning) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if part.text or part.signature:
        thought = {"text": part.text} | ({"signature": part.signature} if part.signature else {})
        blocks.append({"reasoningContent": {"reasoningText": thought}})
    if part.sealed:
        blocks.append({"reasoningContent": {"redactedContent": part.sealed}})
    return blocks


def _media(part: Media) -> dict[str, Any]:
    if part.what == "image":
        return {"image": {"format": _IMAGES[part.media_type], "source": {"bytes": part.data}}}
    name = _NOT_IN_NAME.sub(" ", part.name.rpartition(".")[0] or part.name).strip()[:200]
    document = {"format": _DOCUMENTS[part.media_type], "name": name or "document"}
    return {"document": {**document, "source": {"bytes": part.data}}}


def _cache_point(ttl: CacheTtl | None) -> list[dict[str, Any]]:
    """Ask to keep what stands before; minutes are what the format means without a word."""
    if ttl is None:
        return []
    return [{"cachePoint": {"type": "default", **({"ttl": ttl} if ttl != "5m" else {})}}]

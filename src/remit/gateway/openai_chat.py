"""The OpenAI chat completions format: from its bytes to the canonical request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from remit.enforce.request import (
    Effort,
    Media,
    Message,
    ModelRequest,
    OutputFormat,
    Part,
    Reasoning,
    Role,
    Text,
    Think,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from remit.gateway.openai_chat_writer import ChatWriter, Wanted
from remit.gateway.openai_error import error
from remit.gateway.openai_parts import (
    NO_PARAMETERS,
    NOTHING,
    Breakpoint,
    NotWritten,
    cache_of,
    model_address,
    schema,
    schema_format,
    source,
)
from remit.gateway.reading import (
    MESSAGES_MAX,
    TOKENS_MAX,
    TOOLS_MAX,
    invalid,
    out_of_range,
    read_object,
    unsupported,
    within,
)
from remit.gateway.wire import Ask, Failure, Format
from remit.kernel.suggest import did_you_mean

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "user",
}

# What the format knows and the canonical request does not hold. Naming them apart from unknown fields tells
# a caller whether to mend a typo or to change the call.
NOT_SERVED = frozenset(
    "audio function_call functions logit_bias logprobs modalities moderation prediction"
    " prompt_cache_retention top_logprobs web_search_options".split()
)


class _ImageUrl(msgspec.Struct, forbid_unknown_fields=True):
    url: str
    detail: Literal["auto", "low", "high", "original"] = "auto"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    file_data: str
    filename: str = ""


class _Part(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["text", "image_url", "file", "refusal"]
    text: str = ""
    refusal: str = ""
    image_url: _ImageUrl | None = None
    file: _File | None = None
    prompt_cache_breakpoint: Breakpoint | None = None


class _Function(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    arguments: str
    # This and the like below is what clients send back of answers they were given, though it says nothing.
    parsed_arguments: Any = None


class _Call(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    function: _Function
    type: Literal["function"] = "function"
    index: int | None = None


class _Message(msgspec.Struct, forbid_unknown_fields=True):
    role: str
    content: str | list[_Part] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None
    tool_call_id: str | None = None
    reasoning_content: str | None = None
    annotations: list[Any] | None = None
    parsed: Any = None
    audio: None = None
    function_call: None = None


class _Declared(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    description: str | None = None
    parameters: msgspec.Raw = NOTHING
    strict: bool | None = None


class _Tool(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["function"]
    function: _Declared


class _Name(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class _Choice(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["function"]
    function: _Name


class _Schema(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    schema: msgspec.Raw = NOTHING
    description: str | None = None
    strict: bool | None = None


class _Format(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _Schema | None = None


class _StreamOptions(msgspec.Struct, forbid_unknown_fields=True):
    include_usage: bool = False
    include_obfuscation: bool = False


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    model: str
    messages: list[_Message]
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    n: int | None = None
    user: str | None = None
    safety_identifier: str | None = None
    tools: list[_Tool] | None = None
    tool_choice: Literal["none", "auto", "required"] | _Choice | None = None
    parallel_tool_calls: bool | None = None
    response_format: _Format | None = None
    reasoning_effort: Effort | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    # Whether the provider keeps the call for its own pages; nothing of the kind is ever asked of it.
    store: bool | None = None
    metadata: dict[str, str] | None = None


SERVED = frozenset(_Body.__struct_fields__)
_BODY = msgspec.json.Decoder(_Body)


def decode(body: bytes, target: str = "") -> Ask | Failure:
    """Read a body; what cannot be served is refused by name, never dropped."""
    given = read_object(body, _BODY, served=SERVED, not_served=NOT_SERVED)
    return given if isinstance(given, Failure) else _request(given)


def _request(given: _Body) -> Ask | Failure:
    wrong = _checked(given)
    if wrong is not None:
        return wrong
    messages = _messages(given.messages)
    if isinstance(messages, Failure):
        return messages
    tools = _tools(given.tools or ())
    if isinstance(tools, Failure):
        return tools
    output_format = _format(given.response_format)
    if isinstance(output_format, Failure):
        return output_format
    limit = given.max_tokens if given.max_completion_tokens is None else given.max_completion_tokens
    request = ModelRequest(
        model=model_address(given.model),
        messages=messages,
        output_tokens_max=limit,
        temperature=given.temperature,
        top_p=given.top_p,
        stop=(given.stop,) if isinstance(given.stop, str) else tuple(given.stop or ()),
        seed=given.seed,
        frequency_penalty=given.frequency_penalty,
        presence_penalty=given.presence_penalty,
        tools=tools,
        tool_choice=_choice(given.tool_choice),
        parallel_tools=given.parallel_tool_calls,
        output_format=output_format,
        think=Think(effort=given.reasoning_effort) if given.reasoning_effort else None,
        verbosity=given.verbosity,
        service_tier=given.service_tier,
        cache_key=given.prompt_cache_key,
        end_user=given.safety_identifier or given.user,
    )
    options = given.stream_options or _StreamOptions()
    return Ask(request, bool(given.stream), Wanted(options.include_usage))


def _checked(given: _Body) -> Failure | None:
    """Hold the numbers and lengths of a body against their bounds."""
    if given.n not in (None, 1):
        return unsupported("n", "`n` must be 1", "ask once for each answer")
    if given.store:
        return unsupported("store", "`store` must be false", "leave it out; the ledger keeps the record")
    if given.metadata:
        return unsupported("metadata", "`metadata` is kept with stored answers alone", "leave it out")
    if len(given.messages) > MESSAGES_MAX:
        summary = f"`messages` has {len(given.messages)} items; at most {MESSAGES_MAX} are taken"
        return invalid("messages", summary, "send fewer")
    limit = given.max_tokens if given.max_completion_tokens is None else given.max_completion_tokens
    if limit is not None and not 1 <= limit <= TOKENS_MAX:
        summary = f"`max_tokens` is {limit if abs(limit) <= TOKENS_MAX else 'out of range'}"
        return invalid("max_tokens", summary, f"send 1 to {TOKENS_MAX:,}, or leave it out")
    for name, least, most in (
        ("temperature", 0, 2),
        ("top_p", 0, 1),
        ("frequency_penalty", -2, 2),
        ("presence_penalty", -2, 2),
    ):
        if not within(getattr(given, name), least, most):
            return out_of_range(name, least, most)
    if isinstance(given.stop, list) and len(given.stop) > 4:
        return invalid("stop", "`stop` has more than 4 texts", "send at most 4")
    if given.tools is not None and len(given.tools) > TOOLS_MAX:
        return invalid("tools", f"`tools` has more than {TOOLS_MAX} items", f"send at most {TOOLS_MAX}")
    return None


def _messages(given: list[_Message]) -> tuple[Message, ...] | Failure:
    """Read the turns; results of tools that follow each other become one turn, as other formats have it."""
    turns: list[Message] = []
    results: list[Part] = []
    for index, message in enumerate(given):
        role = _ROLES.get(message.role)
        if role is None:
            param = f"messages[{index}].role"
            help = did_you_mean(message.role, _ROLES, otherwise=f"use one of {', '.join(_ROLES)}")
            return unsupported(param, f"`{param}` is not a role that is served", help)
        parts = _parts(message, index)
        if isinstance(parts, Failure):
            return parts
        if message.role == "tool":
            results += parts
            continue
        if results:
            turns.append(Message("user", tuple(results)))
            results = []
        turns.append(Message(role, parts, (message.name or "")[:200]))
    if results:
        turns.append(Message("user", tuple(results)))
    return tuple(turns)


def _parts(message: _Message, index: int) -> tuple[Part, ...] | Failure:
    """Read what stands in one message."""
    content = message.content
    if isinstance(content, str):
        shown: list[Text | Media] = [Text(content)]
    else:
        shown = []
        for place, part in enumerate(content or ()):
            try:
                shown.append(_part(part))
            except NotWritten as wrong:
                param = f"messages[{index}].content[{place}]"
                return invalid(param, f"`{param}` cannot be read", str(wrong))
    if message.role == "tool":
        if not message.tool_call_id:
            return invalid(f"messages[{index}]", "a tool's message names no `tool_call_id`", "add it")
        return (ToolResult(message.tool_call_id[:256], tuple(shown)),)
    if message.role in ("system", "developer") and any(isinstance(each, Media) for each in shown):
        return unsupported(f"messages[{index}]", "a system message holds text alone", "move it to the user's")
    parts: list[Part] = []
    if message.reasoning_content:
        parts.append(Reasoning(message.reasoning_content))
    parts += shown
    if message.refusal:
        parts.append(Text(message.refusal, refusal=True))
    parts += [
        ToolUse(call.id[:256], call.function.name[:256], call.function.arguments)
        for call in message.tool_calls or ()
    ]
    if not parts:
        return invalid(f"messages[{index}]", "the message has no content", "send a text")
    return tuple(parts)


def _part(part: _Part) -> Text | Media:
    cache = cache_of(part.prompt_cache_breakpoint)
    if part.type == "text":
        return Text(part.text, cache=cache)
    if part.type == "refusal":
        return Text(part.refusal, cache=cache, refusal=True)
    if part.type == "image_url" and part.image_url is not None:
        image = part.image_url
        return source(image.url, Media("image", detail=image.detail, cache=cache))
    if part.type == "file" and part.file is not None:
        return source(part.file.file_data, Media("document", name=part.file.filename[:200], cache=cache))
    raise NotWritten(f"a part of type `{part.type}` has a field `{part.type}`")


def _tools(given: Sequence[_Tool]) -> tuple[Tool, ...] | Failure:
    tools = []
    for index, tool in enumerate(given):
        function = tool.function
        try:
            parameters = schema(function.parameters, otherwise=NO_PARAMETERS)
        except NotWritten as wrong:
            param = f"tools[{index}].function.parameters"
            return invalid(param, f"`{param}` is not a schema", str(wrong))
        tools.append(Tool(function.name[:256], function.description or "", parameters, function.strict))
    return tuple(tools)


def _choice(given: str | _Choice | None) -> ToolChoice | None:
    if given is None:
        return None
    if isinstance(given, _Choice):
        return ToolChoice("tool", given.function.name[:256])
    return ToolChoice(given)  # type: ignore[arg-type]  # the words are the same


def _format(given: _Format | None) -> OutputFormat | Failure | None:
    if given is None or given.type == "text":
        return None
    if given.type == "json_object":
        return OutputFormat()
    wanted = given.json_schema
    if wanted is None:
        return invalid("response_format", "`response_format` has no `json_schema`", "add it")
    try:
        return schema_format(
            wanted.schema, name=wanted.name, description=wanted.description, strict=wanted.strict
        )
    except NotWritten as wrong:
        param = "response_format.json_schema.schema"
        return invalid(param, f"`{param}` is not a schema", str(wrong))


FORMAT = Format("openai-chat", decode, ChatWriter, error)

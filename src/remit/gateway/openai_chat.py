"""The OpenAI chat completions format: from its bytes to the canonical request."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from remit.enforce.request import (
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
from remit.gateway.openai_chat_body import (
    AnswerFormat,
    Body,
    ChatMessage,
    ChatTool,
    Choice,
    MessagePart,
)
from remit.gateway.openai_chat_writer import ChatWriter, Wanted
from remit.gateway.openai_error import error
from remit.gateway.openai_parts import (
    NO_PARAMETERS,
    NotWritten,
    cache_of,
    schema,
    schema_format,
    source,
)
from remit.gateway.reading import (
    MESSAGES_MAX,
    TOKENS_MAX,
    TOOLS_MAX,
    invalid,
    model_address,
    out_of_range,
    read_object,
    unsupported,
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

_RANGES = (
    ("temperature", 0, 2),
    ("top_p", 0, 1),
    ("frequency_penalty", -2, 2),
    ("presence_penalty", -2, 2),
)

SERVED = frozenset(Body.__struct_fields__)
_BODY = msgspec.json.Decoder(Body)
_WITHOUT_USAGE, _WITH_USAGE = Wanted(), Wanted(include_usage=True)


def decode(body: bytes, target: str = "") -> Ask | Failure:
    """Read a body; what cannot be served is refused by name, never dropped."""
    given = read_object(body, _BODY, served=SERVED, not_served=NOT_SERVED)
    return given if isinstance(given, Failure) else _request(given)


def _request(given: Body) -> Ask | Failure:
    wrong = _checked(given)
    if wrong is not None:
        return wrong
    messages = _messages(given.messages)
    if isinstance(messages, Failure):
        return messages
    tools = _tools(given.tools) if given.tools else ()
    if isinstance(tools, Failure):
        return tools
    output_format = _format(given.response_format)
    if isinstance(output_format, Failure):
        return output_format
    limit = given.max_tokens if given.max_completion_tokens is None else given.max_completion_tokens
    # In the order of the fields, without their names: twenty names take six times as long to match.
    request = ModelRequest(
        model_address(given.model),
        messages,
        limit,
        given.temperature,
        given.top_p,
        None,  # top_k, which the format has not
        (given.stop,) if isinstance(given.stop, str) else tuple(given.stop or ()),
        given.seed,
        given.frequency_penalty,
        given.presence_penalty,
        tools,
        _choice(given.tool_choice),
        given.parallel_tool_calls,
        output_format,
        Think(effort=given.reasoning_effort) if given.reasoning_effort else None,
        given.verbosity,
        given.service_tier,
        given.prompt_cache_key,
        given.safety_identifier or given.user,
    )
    return Ask(request, bool(given.stream), _WITH_USAGE if _wants_usage(given) else _WITHOUT_USAGE)


def _wants_usage(given: Body) -> bool:
    return given.stream_options is not None and given.stream_options.include_usage


def _checked(given: Body) -> Failure | None:
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
    for name, least, most in _RANGES:
        value = getattr(given, name)
        if value is not None and not least <= value <= most:
            return out_of_range(name, least, most)
    if isinstance(given.stop, list) and len(given.stop) > 4:
        return invalid("stop", "`stop` has more than 4 texts", "send at most 4")
    if given.tools is not None and len(given.tools) > TOOLS_MAX:
        return invalid("tools", f"`tools` has more than {TOOLS_MAX} items", f"send at most {TOOLS_MAX}")
    return None


def _messages(given: list[ChatMessage]) -> tuple[Message, ...] | Failure:
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


def _parts(message: ChatMessage, index: int) -> tuple[Part, ...] | Failure:
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
    parts: list[Part] = [*shown]
    if message.reasoning_content:
        parts.insert(0, Reasoning(message.reasoning_content))
    if message.refusal:
        parts.append(Text(message.refusal, refusal=True))
    if message.tool_calls:
        parts += [
            ToolUse(call.id[:256], call.function.name[:256], call.function.arguments)
            for call in message.tool_calls
        ]
    if not parts:
        return invalid(f"messages[{index}]", "the message has no content", "send a text")
    return tuple(parts)


def _part(part: MessagePart) -> Text | Media:
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


def _tools(given: Sequence[ChatTool]) -> tuple[Tool, ...] | Failure:
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


def _choice(given: str | Choice | None) -> ToolChoice | None:
    if given is None:
        return None
    if isinstance(given, Choice):
        return ToolChoice("tool", given.function.name[:256])
    return ToolChoice(given)  # type: ignore[arg-type]  # the words are the same


def _format(given: AnswerFormat | None) -> OutputFormat | Failure | None:
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

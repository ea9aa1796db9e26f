"""Anthropic's Messages format: from its bytes to the canonical request."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal

import msgspec

from remit.enforce.request import (
    CacheTtl,
    Message,
    ModelRequest,
    OutputFormat,
    Part,
    Reasoning,
    Text,
    Think,
    Tool,
    ToolChoice,
)
from remit.gateway.anthropic_answer import AnthropicWriter, counted
from remit.gateway.anthropic_content import parts_of, ttl_of
from remit.gateway.anthropic_error import error, error_headers
from remit.gateway.anthropic_shapes import (
    KINDS_NOT_SERVED,
    NOT_SERVED,
    Adaptive,
    AnyTool,
    Body,
    CustomTool,
    Disabled,
    Enabled,
    Named,
    NoTool,
    OneTool,
    TextBlock,
    Turn,
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
    within,
)
from remit.gateway.wire import Ask, Failure, Format

STOPS_MAX = 64
SERVED = frozenset(Body.__struct_fields__)

_BODY = msgspec.json.Decoder(Body)
_TOOL = msgspec.json.Decoder(CustomTool)
_NAMED = msgspec.json.Decoder(Named)
_WORD = re.compile(r"invalid value '([a-z_]{1,60})'")


def decode(body: bytes, target: str = "") -> Ask | Failure:
    """Read a body; what cannot be served is refused by name, never dropped."""
    given = _read(body)
    if isinstance(given, Failure):
        return given
    if given.max_tokens is None:
        return invalid("max_tokens", "`max_tokens` is missing", "say how many tokens the answer may have")
    return _request(given)


def decode_count(body: bytes, target: str = "") -> Ask | Failure:
    """Read the body of a count: that of a call, in which nothing need be said of the answer."""
    given = _read(body)
    return given if isinstance(given, Failure) else _request(given)


def _read(body: bytes) -> Body | Failure:
    given = read_object(body, _BODY, served=SERVED, not_served=NOT_SERVED)
    return _named(given) if isinstance(given, Failure) else given


def _named(fault: Failure) -> Failure:
    """Say of a kind that the format has and that is not served which one it is."""
    found = _WORD.search(fault.summary)
    if not (found and fault.param and fault.param.endswith("type")):
        return fault
    help = "leave it out; the conformance table in the docs shows what is served"
    if found[1] in KINDS_NOT_SERVED:
        return unsupported(fault.param, f"`{fault.param}`: `{found[1]}` is not served by this gateway", help)
    return replace(fault, summary=f"`{fault.param}` is not a kind that this gateway knows")


def _request(given: Body) -> Ask | Failure:
    wrong = _checked(given)
    if wrong is not None:
        return wrong
    messages = _messages(given)
    if isinstance(messages, Failure):
        return messages
    tools = _tools(given.tools or [])
    if isinstance(tools, Failure):
        return tools
    choice = given.tool_choice
    alone = choice is not None and not isinstance(choice, NoTool) and choice.disable_parallel_tool_use
    request = ModelRequest(
        model=model_address(given.model),
        messages=messages,
        output_tokens_max=given.max_tokens,
        temperature=given.temperature,
        top_p=given.top_p,
        top_k=given.top_k,
        stop=tuple(given.stop_sequences or ()),
        tools=tools,
        tool_choice=None if choice is None else _choice(choice),
        parallel_tools=False if alone else None,
        output_format=_format(given),
        think=_think(given),
        service_tier="default" if given.service_tier == "standard_only" else given.service_tier,
        end_user=given.metadata.user_id if given.metadata else None,
    )
    return Ask(request, bool(given.stream))


def _checked(given: Body) -> Failure | None:
    """Hold the numbers and lengths of a body against their bounds."""
    if len(given.messages) > MESSAGES_MAX:
        summary = f"`messages` has {len(given.messages)} items; at most {MESSAGES_MAX} are taken"
        return invalid("messages", summary, "send fewer")
    for name, least, most in (
        ("max_tokens", 1, TOKENS_MAX),
        ("temperature", 0, 1),
        ("top_p", 0, 1),
        ("top_k", 0, TOKENS_MAX),
    ):
        if not within(getattr(given, name), least, most):
            return out_of_range(name, least, most)
    if isinstance(given.thinking, Enabled) and not 1 <= given.thinking.budget_tokens <= TOKENS_MAX:
        return out_of_range("thinking.budget_tokens", 1, TOKENS_MAX)
    for name, count, most in (
        ("stop_sequences", len(given.stop_sequences or ()), STOPS_MAX),
        ("tools", len(given.tools or ()), TOOLS_MAX),
    ):
        if count > most:
            return invalid(name, f"`{name}` has more than {most} items", f"send at most {most}")
    return None


def _messages(given: Body) -> tuple[Message, ...] | Failure:
    turns: list[Message] = []
    if given.system:
        blocks = [TextBlock(given.system)] if isinstance(given.system, str) else given.system
        parts = parts_of(blocks, "system", "system")
        if isinstance(parts, Failure):
            return parts
        turns.append(Message("system", parts))
    for index, turn in enumerate(given.messages):
        parts = _turn(turn, f"messages[{index}].content")
        if isinstance(parts, Failure):
            return parts
        turns.append(Message(turn.role, parts))
    if given.cache_control is not None:
        _cache_last(turns, given.cache_control.ttl)
    return tuple(turns)


def _turn(turn: Turn, param: str) -> tuple[Part, ...] | Failure:
    if isinstance(turn.content, str):
        return (Text(turn.content),)
    if not turn.content:
        return invalid(param, f"`{param}` is empty", "send at least one block")
    return parts_of(turn.content, turn.role, param)


def _cache_last(turns: list[Message], ttl: CacheTtl) -> None:
    """Put a cache point where the format puts one for a whole request: after its last part that can have one.

    One that stands there already is the caller's own, and stays.
    """
    for at in reversed(range(len(turns))):
        parts = turns[at].parts
        for place in reversed(range(len(parts))):
            part = parts[place]
            if isinstance(part, Reasoning) or (isinstance(part, Text) and not part.text):
                continue
            marked = part if part.cache else msgspec.structs.replace(part, cache=ttl)
            turns[at] = Message(turns[at].role, (*parts[:place], marked, *parts[place + 1 :]))
            return


def _tools(given: list[msgspec.Raw]) -> tuple[Tool, ...] | Failure:
    tools: list[Tool] = []
    for place, raw in enumerate(given):
        param = f"tools[{place}]"
        try:
            tool = _TOOL.decode(raw)
        except msgspec.ValidationError as fault:
            return _wrong_tool(raw, param, fault)
        for name in ("defer_loading", "input_examples", "eager_input_streaming"):
            if getattr(tool, name):
                where = f"{param}.{name}"
                return unsupported(where, f"`{where}` is not served by this gateway", "leave it out")
        if bytes(tool.input_schema)[:1] != b"{":
            return invalid(
                f"{param}.input_schema", f"`{param}.input_schema` is not an object", "send a schema"
            )
        tools.append(
            Tool(
                tool.name[:256],
                tool.description or "",
                bytes(tool.input_schema),
                tool.strict,
                ttl_of(tool.cache_control),
            )
        )
    return tuple(tools)


def _wrong_tool(raw: msgspec.Raw, param: str, fault: msgspec.ValidationError) -> Failure:
    """Name a tool that the provider would run itself; else say what is wrong with the caller's own."""
    try:
        kind = _NAMED.decode(raw).type
    except msgspec.ValidationError:
        kind = None
    if kind not in (None, "custom"):
        shown = kind if re.fullmatch(r"[a-z_]{1,40}_[0-9]{8}", kind) else "a tool of this type"
        summary = f"`{param}`: `{shown}` is run by the provider, which this gateway does not serve"
        return unsupported(param, summary, "offer a tool of your own, with an `input_schema`")
    what, _, path = str(fault).partition(" - at `$")
    where = param + path.rstrip("`")
    return invalid(where, f"`{where}`: {what[:1].lower()}{what[1:200]}", "correct this field")


def _choice(choice: Any) -> ToolChoice:
    if isinstance(choice, OneTool):
        return ToolChoice("tool", choice.name[:256])
    if isinstance(choice, AnyTool):
        return ToolChoice("required")
    return ToolChoice("none" if isinstance(choice, NoTool) else "auto")


def _format(given: Body) -> OutputFormat | None:
    wanted = (given.output_config.format if given.output_config else None) or given.output_format
    return OutputFormat(bytes(wanted.schema), strict=True) if wanted else None


_SUMMARIES: dict[str | None, Literal["auto", "omitted"] | None] = {
    None: None,
    "summarized": "auto",
    "omitted": "omitted",
}


def _think(given: Body) -> Think | None:
    """Read what the format says apart: whether to think, and how much effort the whole answer takes."""
    effort = given.output_config.effort if given.output_config else None
    asked = given.thinking
    if asked is None:
        return Think(effort, by_default=True) if effort else None
    if isinstance(asked, Disabled):
        return Think(effort, tokens_max=0) if effort else Think("none")
    if isinstance(asked, Adaptive):
        return Think(effort, summary=_SUMMARIES[asked.display])
    return Think(effort, asked.budget_tokens, _SUMMARIES[asked.display])


FORMAT = Format("anthropic-messages", decode, AnthropicWriter, error, error_headers=error_headers)
COUNT = Format(
    "anthropic-count-tokens",
    decode_count,
    AnthropicWriter,
    error,
    error_headers=error_headers,
    counted=counted,
)

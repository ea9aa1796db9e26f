"""The OpenAI Responses format: from its bytes to the canonical request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from remit.enforce.prompt import PromptCall
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
from remit.gateway.openai_error import error
from remit.gateway.openai_parts import (
    NO_PARAMETERS,
    NOTHING,
    NotWritten,
    cache_of,
    schema,
    schema_format,
    source,
)
from remit.gateway.openai_responses_body import (
    Body,
    DeclaredTool,
    Item,
    ItemPart,
    NamedFunction,
    NamedPrompt,
    ReasoningSettings,
    TextFormat,
    TextSettings,
)
from remit.gateway.openai_responses_writer import SIGNATURE, ResponsesWriter, Wanted
from remit.gateway.prompt_call import prompt_call
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

NOT_SERVED = frozenset(
    "access_programs background_options context_management image max_tool_calls moderation"
    " prompt_cache_options prompt_cache_retention top_logprobs".split()
)
_STATELESS = "nothing of a call is kept here that could be gone back to"
REFUSED = {
    "background": (_STATELESS, "leave it out, and wait for the answer"),
    "conversation": (_STATELESS, "send the whole conversation as `input`"),
    "metadata": (_STATELESS, "leave it out; the header `x-remit-reference` is kept with the record"),
    "previous_response_id": (_STATELESS, "send the whole conversation as `input`"),
    "store": (_STATELESS, "leave it out; the ledger keeps the record, without words"),
}
"""Fields that are fine where they say nothing, and why they are refused where they say something."""

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_ITEMS = ("message", "reasoning", "function_call", "function_call_output")


SERVED = frozenset(Body.__struct_fields__)
_BODY = msgspec.json.Decoder(Body)


def decode(body: bytes, target: str = "") -> Ask | Failure:
    """Read a body; what cannot be served is refused by name, never dropped."""
    given = read_object(body, _BODY, served=SERVED, not_served=NOT_SERVED)
    if isinstance(given, Failure):
        return (given.code == "invalid-field" and _not_served_in(body)) or given
    try:
        return _checked(given) or _ask(given)
    except _Wrong as wrong:
        return wrong.failure


class _Wrong(Exception):
    """That a part of a body cannot be read."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure


def _not_served_in(body: bytes) -> Failure | None:
    """Name the tool or item that is the provider's own, which is clearer than its fields that are unknown."""
    fields = msgspec.json.decode(body)
    for index, tool in enumerate(_listed(fields, "tools")):
        if tool.get("type") not in (None, "function"):
            param = f"tools[{index}].type"
            help = (
                "declare a function and carry it out yourself; a tool that the provider runs is not governed"
            )
            return unsupported(param, f"`{param}` is not `function`, the one kind that is served", help)
    for index, item in enumerate(_listed(fields, "input")):
        if item.get("type", "message") not in _ITEMS:
            param = f"input[{index}].type"
            return unsupported(param, f"`{param}` is not served", f"send items of {', '.join(_ITEMS)}")
    choice = fields.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") != "function":
        help = "send `none`, `auto`, `required`, or a function's name"
        return unsupported("tool_choice", "`tool_choice` is of a kind that is not served", help)
    return None


def _listed(fields: Any, name: str) -> list[dict[str, Any]]:
    found = fields.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _checked(given: Body) -> Failure | None:
    """Hold what a body says against what can be kept, and its numbers against their bounds."""
    for name, (why, help) in REFUSED.items():
        if getattr(given, name):
            return unsupported(name, f"`{name}` is not served: {why}", help)
    limit = given.max_output_tokens
    if limit is not None and not 1 <= limit <= TOKENS_MAX:
        return out_of_range("max_output_tokens", 1, TOKENS_MAX)
    for name, most in (("temperature", 2), ("top_p", 1)):
        if not within(getattr(given, name), 0, most):
            return out_of_range(name, 0, most)
    for name, count, at_most in (("input", given.input, MESSAGES_MAX), ("tools", given.tools, TOOLS_MAX)):
        if isinstance(count, list) and len(count) > at_most:
            return invalid(name, f"`{name}` has more than {at_most:,} items", f"send at most {at_most:,}")
    return None


def _ask(given: Body) -> Ask | Failure:
    messages = _messages(given.input or ())
    if given.instructions:
        messages = (Message.of("system", given.instructions), *messages)
    reasoning, text = given.reasoning, given.text or TextSettings()
    named = _prompt(given.prompt)
    request = ModelRequest(
        model=model_address(given.model),
        messages=messages,
        output_tokens_max=given.max_output_tokens,
        temperature=given.temperature,
        top_p=given.top_p,
        tools=tuple(_tool(tool, index) for index, tool in enumerate(given.tools or ())),
        tool_choice=_choice(given.tool_choice),
        parallel_tools=given.parallel_tool_calls,
        output_format=_format(text.format),
        think=_think(reasoning),
        verbosity=text.verbosity,
        service_tier=given.service_tier,
        cache_key=given.prompt_cache_key,
        end_user=given.safety_identifier or given.user,
    )
    prompt = given.prompt
    shown = None if prompt is None else {"id": prompt.id, "version": prompt.version, "variables": None}
    wanted = Wanted(given.instructions, shown, bool(given.include))
    return Ask(request, bool(given.stream), wanted, named)


def _think(given: ReasoningSettings | None) -> Think | None:
    if given is None or (given.effort is None and given.summary is None):
        return None
    return Think(effort=given.effort, summary=given.summary)


def _prompt(given: NamedPrompt | None) -> PromptCall | None:
    if given is None:
        return None
    variables = {
        name: value if isinstance(value, str) else value.text
        for name, value in (given.variables or {}).items()
    }
    named = given.id if given.version is None else f"{given.id}@{given.version}"
    found = prompt_call(named, variables, field="prompt")
    if isinstance(found, Failure):
        raise _Wrong(found)
    return found


def _messages(given: str | Sequence[Item]) -> tuple[Message, ...]:
    """Read the items. What a model said and asked for in a row is one turn, and so are results of tools."""
    if isinstance(given, str):
        return (Message.of("user", given),)
    turns: list[tuple[Role, bool, list[Part]]] = []
    for index, item in enumerate(given):
        role, parts = _item(item, f"input[{index}]")
        joins = role == "assistant" or item.type == "function_call_output"
        if joins and turns and turns[-1][:2] == (role, True):
            turns[-1][2].extend(parts)
        else:
            turns.append((role, joins, parts))
    return tuple(Message(role, tuple(parts)) for role, _, parts in turns)


def _item(item: Item, at: str) -> tuple[Role, list[Part]]:
    if item.type == "function_call":
        if not item.call_id or not item.name or item.arguments is None:
            raise _missing(at, "`call_id`, `name` and `arguments`")
        return "assistant", [ToolUse(item.call_id[:256], item.name[:256], item.arguments)]
    if item.type == "function_call_output":
        if not item.call_id or item.output is None:
            raise _missing(at, "`call_id` and `output`")
        return "user", [ToolResult(item.call_id[:256], tuple(_shown(item.output, f"{at}.output")))]
    if item.type == "reasoning":
        return "assistant", [_reasoning(item)]
    if item.type != "message":
        help = f"send items of {', '.join(_ITEMS)}"
        raise _Wrong(unsupported(f"{at}.type", f"`{at}.type` is not served", help))
    role = _ROLES.get(item.role)
    if role is None:
        help = f"use one of {', '.join(_ROLES)}"
        raise _Wrong(unsupported(f"{at}.role", f"`{at}.role` is not a role that is served", help))
    if not item.content and item.content != "":
        raise _missing(at, "`content`")
    shown = _shown(item.content, f"{at}.content")
    if role == "system" and any(isinstance(each, Media) for each in shown):
        raise _Wrong(unsupported(at, "a system message holds text alone", "move it to the user's"))
    return role, list(shown)


def _missing(at: str, what: str) -> _Wrong:
    return _Wrong(invalid(at, f"`{at}` lacks {what}", "send what this kind of item has"))


def _reasoning(item: Item) -> Reasoning:
    """Read what a model thought; what it gave to be handed back goes back as it came."""
    content = item.content if isinstance(item.content, list) else []
    text = "".join(part.text for part in (*item.summary, *content))
    sealed = item.encrypted_content or ""
    if sealed.startswith(SIGNATURE):
        return Reasoning(text, signature=sealed.removeprefix(SIGNATURE), id=item.id or "")
    return Reasoning(text, sealed=sealed, id=item.id or "")


def _shown(content: str | list[ItemPart], at: str) -> list[Text | Media]:
    if isinstance(content, str):
        return [Text(content)]
    shown = []
    for index, part in enumerate(content):
        try:
            shown.append(_part(part))
        except NotWritten as wrong:
            param = f"{at}[{index}]"
            raise _Wrong(invalid(param, f"`{param}` cannot be read", str(wrong))) from None
    return shown


def _part(part: ItemPart) -> Text | Media:
    cache = cache_of(part.prompt_cache_breakpoint)
    if part.file_id is not None:
        raise NotWritten("send the file itself; files by id are not served")
    if part.type == "refusal":
        return Text(part.refusal, cache=cache, refusal=True)
    if part.type == "input_image":
        return source(part.image_url or "", Media("image", detail=part.detail or "auto", cache=cache))
    if part.type == "input_file":
        if part.detail is not None:
            raise NotWritten("leave `detail` out of a file")
        media = Media("document", name=(part.filename or "")[:200], cache=cache)
        return source(part.file_data or part.file_url or "", media)
    return Text(part.text, cache=cache)


def _tool(tool: DeclaredTool, index: int) -> Tool:
    try:
        parameters = schema(tool.parameters, otherwise=NO_PARAMETERS)
    except NotWritten as wrong:
        param = f"tools[{index}].parameters"
        raise _Wrong(invalid(param, f"`{param}` is not a schema", str(wrong))) from None
    return Tool(tool.name[:256], tool.description or "", parameters, tool.strict)


def _choice(given: str | NamedFunction | None) -> ToolChoice | None:
    if given is None:
        return None
    if isinstance(given, NamedFunction):
        return ToolChoice("tool", given.name[:256])
    return ToolChoice(given)  # type: ignore[arg-type]  # the words are the same


def _format(given: TextFormat | None) -> OutputFormat | None:
    if given is None or given.type == "text":
        return None
    if given.type == "json_object":
        return OutputFormat()
    if not given.name or given.schema == NOTHING:
        raise _missing("text.format", "`name` and `schema`")
    try:
        return schema_format(
            given.schema, name=given.name, description=given.description, strict=given.strict
        )
    except NotWritten as wrong:
        summary = "`text.format.schema` is not a schema"
        raise _Wrong(invalid("text.format.schema", summary, str(wrong))) from None


FORMAT = Format("openai-responses", decode, ResponsesWriter, error)

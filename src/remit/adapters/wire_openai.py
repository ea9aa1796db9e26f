"""The OpenAI chat format as providers speak it: from the canonical request to bytes, and back to events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from remit.adapters.remote import OutputEstimate, broken, words_of
from remit.enforce.answer import Delta, Finish, ModelEvent, StopReason, Thought, ToolDelta, ToolStart
from remit.enforce.request import Media, Message, ModelRequest, Reasoning, Text, ToolResult, ToolUse
from remit.kernel.usage import Usage

# A count outside these bounds is none: a negative one would give money back, a vast one fits no column.
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]

_STOP: dict[str, StopReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "content_filter",
}


def refuses(request: ModelRequest, options: Mapping[str, str]) -> str:
    """Name what of a request the format cannot say; empty if it can say all."""
    if request.top_k is not None:
        return "`top_k`"
    if request.think is not None and request.think.tokens_max is not None:
        return "a limit on the tokens of reasoning"
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, Reasoning) and "reasoning" not in options:
                return "reasoning that goes back to the model (the block's option `reasoning` may allow it)"
            if isinstance(part, ToolResult) and any(isinstance(each, Media) for each in part.parts):
                return "an image or a document in a tool's result"
            if isinstance(part, Media) and part.what == "document" and part.url:
                return "a document by its address"
    return ""


def body(
    request: ModelRequest, *, model: str, limit_field: str, options: Mapping[str, str], whole: bool
) -> bytes:
    """Write a request. Cache points are left out: servers of this format cache by themselves."""
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
    written: list[dict[str, Any]] = [
        {"role": "tool", "tool_call_id": part.id, "content": _result(part)}
        for part in message.parts
        if isinstance(part, ToolResult)
    ]
    rest = [part for part in message.parts if not isinstance(part, ToolResult)]
    if not rest and written:
        return written
    turn: dict[str, Any] = {"role": message.role, "content": _content(rest)}
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


def _content(parts: list[Any]) -> str | list[dict[str, Any]]:
    shown = [part for part in parts if isinstance(part, Text | Media)]
    if len(shown) == 1 and isinstance(shown[0], Text):
        return shown[0].text
    if not shown:
        return ""
    return [{"type": "text", "text": part.text} if isinstance(part, Text) else _media(part) for part in shown]


def _media(part: Media) -> dict[str, Any]:
    source = part.url or f"data:{part.media_type};base64,{part.data}"
    if part.what == "document":
        return {"type": "file", "file": {"filename": part.name or "document", "file_data": source}}
    return {"type": "image_url", "image_url": {"url": source, "detail": part.detail or "auto"}}


class _Function(msgspec.Struct, frozen=True):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(msgspec.Struct, frozen=True):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Said(msgspec.Struct, frozen=True):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: Any = None  # a text where it is one; some servers send an object
    refusal: str | None = None
    tool_calls: tuple[_ToolCall, ...] | None = None


class _Choice(msgspec.Struct, frozen=True):
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None


class _InputDetails(msgspec.Struct, frozen=True):
    cached_tokens: Count | None = None


class _OutputDetails(msgspec.Struct, frozen=True):
    reasoning_tokens: Count | None = None


class _Tokens(msgspec.Struct, frozen=True):
    prompt_tokens: Count
    completion_tokens: Count = 0
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None


class _Chunk(msgspec.Struct, frozen=True):
    choices: tuple[_Choice, ...] | None = None
    usage: _Tokens | None = None
    model: str | None = None
    error: Any = None  # its shape differs from server to server


_CHUNKS = msgspec.json.Decoder(_Chunk)


class OpenAIAnswer:
    """What the chunks of one answer add up to."""

    def __init__(self, request: ModelRequest, *, served_model: str) -> None:
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        self._request = request
        self._served_model = served_model
        self._estimate = OutputEstimate(request.output_tokens_max)
        self._count = self._estimate.add
        self._finished: str | None = None
        self._refused = False
        self._tokens: _Tokens | None = None
        self._tool: int | None = None
        self._tools = 0
        self.done = False

    def add(self, event: bytes) -> list[ModelEvent]:
        """Read one event of a stream."""
        if event.strip() == b"[DONE]":
            self.done = True
            return []
        return self._read(event, whole=False)

    def take(self, body: bytes) -> list[ModelEvent]:
        """Read an answer that came whole, and finish."""
        pieces = self._read(body, whole=True)
        self.done = True
        return [*pieces, self.finish()]

    def _read(self, data: bytes, *, whole: bool) -> list[ModelEvent]:
        try:
            chunk = _CHUNKS.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise broken("sent an answer that cannot be read") from None
        if chunk.error is not None:
            words = words_of(chunk.error)
            raise broken(f"broke off with an error{f' (`{words[0]}`)' if words else ''}")
        self._tokens = chunk.usage or self._tokens
        self._served_model = chunk.model or self._served_model
        pieces: list[ModelEvent] = []
        for choice in chunk.choices or ():
            self._finished = choice.finish_reason or self._finished
            said = choice.message if whole else choice.delta
            if said is not None:
                self._say(said, pieces)
        return pieces

    def _say(self, said: _Said, pieces: list[ModelEvent]) -> None:
        thought = said.reasoning_content or (said.reasoning if isinstance(said.reasoning, str) else "")
        if thought:
            pieces.append(Thought(thought, tokens=self._count(thought)))
        if said.content:
            pieces.append(Delta(said.content, tokens=self._count(said.content)))
        if said.refusal:
            self._refused = True
            pieces.append(Delta(said.refusal, tokens=self._count(said.refusal), refusal=True))
        for place, call in enumerate(said.tool_calls or ()):
            self._call(call, place if call.index is None else call.index, pieces)

    def _call(self, call: _ToolCall, index: int, pieces: list[ModelEvent]) -> None:
        function = call.function or _Function()
        if index != self._tool:
            if not call.id or not function.name:
                raise broken("mixed the pieces of two tool calls")
            self._tool = index
            self._tools += 1
            pieces.append(ToolStart(call.id[:256], function.name[:256], tokens=self._count(function.name)))
        if function.arguments:
            pieces.append(ToolDelta(function.arguments, tokens=self._count(function.arguments)))

    def finish(self) -> Finish:
        if self._finished is None or not (self.done or self._tokens):
            raise broken("ended the answer before its last event")
        reason = _STOP.get(self._finished, "stop")
        if self._refused:
            reason = "refusal"
        elif reason == "stop" and self._tools:
            reason = "tool_use"
        return Finish(reason, usage=self._usage(), served_model=self._served_model[:200])

    def _usage(self) -> Usage:
        tokens = self._tokens
        if tokens is None:
            return Usage(
                input_tokens=self._request.input_tokens_estimate, output_tokens=self._estimate.tokens
            )
        return usage_of(tokens)


def usage_of(tokens: Any) -> Usage:
    """Take cached tokens out of the input total, in which this format counts them as well."""
    inputs = tokens.prompt_tokens_details or _InputDetails()
    outputs = tokens.completion_tokens_details or _OutputDetails()
    cached = min(inputs.cached_tokens or 0, tokens.prompt_tokens)
    return Usage(
        input_tokens=tokens.prompt_tokens - cached,
        output_tokens=tokens.completion_tokens,
        cache_read_tokens=cached,
        reasoning_tokens=min(outputs.reasoning_tokens or 0, tokens.completion_tokens),
    )

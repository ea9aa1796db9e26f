"""Spans: the texts of a request, each with who speaks in it, and the request with others in their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from remit.enforce.guardrail.trust import Span, Trust
from remit.enforce.request import EmbedRequest, Message, Part, Request, Text, ToolResult, ToolUse

_LABELLED: dict[str, Trust] = {"source": "retrieved", "query": "query"}
_SPOKEN: dict[str, Trust] = {"system": "system", "user": "person", "assistant": "assistant"}


def spans_of(request: Request) -> list[Span]:
    """List the texts of a request in its order; what a model thought is signed and goes back as it came."""
    if isinstance(request, EmbedRequest):
        return [Span(text, "retrieved") for text in request.inputs]
    return [
        span
        for message in request.messages
        for part in message.parts
        for span in _of_part(part, message.role)
    ]


def with_texts(request: Request, texts: Sequence[str]) -> Request:
    """Put other texts in the places of a request's, in the order of `spans_of`."""
    left = iter(texts)
    if isinstance(request, EmbedRequest):
        return msgspec.structs.replace(request, inputs=tuple(left))
    messages = tuple(_message_with(message, left) for message in request.messages)
    return msgspec.structs.replace(request, messages=messages)


def grounding_of(request: Request) -> tuple[tuple[str, ...], str]:
    """Name the sources that an answer has to rest on, and the question that it has to answer.

    Where no source is marked as one, what tools gave back is; where no question is, what a person said last.
    """
    if isinstance(request, EmbedRequest):
        return (), ""
    spans = spans_of(request)
    sources = tuple(span.text for span in spans if span.trust == "retrieved")
    if not sources:
        sources = tuple(span.text for span in spans if span.trust == "tool")
    queries = [span.text for span in spans if span.trust == "query"]
    last = next((span.text for span in reversed(spans) if span.trust == "person"), "")
    return sources, "\n".join(queries) if queries else last


def strings_of(value: object) -> Iterator[str]:
    """List the texts within a JSON value, the names of fields apart, in its order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings_of(each)


def with_strings(value: object, replace: Callable[[str], str]) -> object:
    """Put other texts in the places of those within a JSON value."""
    if isinstance(value, str):
        return replace(value)
    if isinstance(value, dict):
        return {name: with_strings(each, replace) for name, each in value.items()}
    if isinstance(value, list):
        return [with_strings(each, replace) for each in value]
    return value


def arguments_of(arguments: str) -> object:
    """Read a tool's arguments; what is no JSON object is one text."""
    try:
        value = msgspec.json.decode(arguments or "{}")
    except (msgspec.DecodeError, RecursionError):
        return arguments
    return value if isinstance(value, dict) else arguments


def written(value: object) -> str:
    """Write a tool's arguments; what was no JSON object stays the text that it was."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _of_part(part: Part, role: str) -> Iterator[Span]:
    if isinstance(part, Text):
        yield Span(part.text, _LABELLED.get(part.label, _SPOKEN[role]))
    elif isinstance(part, ToolResult):
        yield from (Span(each.text, "tool") for each in part.parts if isinstance(each, Text))
    elif isinstance(part, ToolUse):
        yield from (Span(text, "assistant") for text in strings_of(arguments_of(part.arguments)))


def _message_with(message: Message, texts: Iterator[str]) -> Message:
    parts = tuple(_part_with(part, texts) for part in message.parts)
    return msgspec.structs.replace(message, parts=parts) if parts != message.parts else message


def _part_with(part: Part, texts: Iterator[str]) -> Part:
    if isinstance(part, Text):
        text = next(texts)
        return part if text == part.text else msgspec.structs.replace(part, text=text)
    if isinstance(part, ToolResult):
        return msgspec.structs.replace(part, parts=tuple(_part_with(each, texts) for each in part.parts))
    if isinstance(part, ToolUse):
        value = arguments_of(part.arguments)
        other = with_strings(value, lambda _: next(texts))
        return part if other == value else msgspec.structs.replace(part, arguments=written(other))
    return part

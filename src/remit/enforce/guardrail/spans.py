"""Spans: the texts of a request, each with who speaks in it, and the request with others in their places."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence

import msgspec

from remit.enforce.guardrail.trust import Span, Trust
from remit.enforce.request import (
    EmbedRequest,
    Media,
    Message,
    ModelRequest,
    OutputFormat,
    Part,
    Reasoning,
    Request,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)

_LABELLED: dict[str, Trust] = {"source": "retrieved", "query": "query"}
_SPOKEN: dict[str, Trust] = {"system": "system", "user": "person", "assistant": "assistant"}

_PLAIN_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]{0,23}")
"""A field's name in which nothing but a name can be."""

_NUMBER_LEAST = 1_000_000
"""From here on a number has as many digits as a telephone has."""

_SCHEMA_TYPES = frozenset(("object", "string", "number", "integer", "boolean", "array", "null"))
"""Most texts of a JSON Schema, in which nothing can be."""

DEPTH_MAX = 100
"""How deep values may lie within a tool's arguments; deeper ones are read as the text that they are."""


def spans_of(request: Request) -> list[Span]:
    """List the texts of a request in its order, then those of its tools and of its answer's format.

    What a model thought and its provider signed goes back as it came.
    """
    if isinstance(request, EmbedRequest):
        return [Span(text, "retrieved") for text in request.inputs]
    spans = [span for message in request.messages for span in _of_message(message)]
    return [*spans, *(Span(text, "system") for text in _beside(request))]


def with_texts(request: Request, texts: Sequence[str]) -> Request:
    """Put other texts in the places of a request's, in the order of `spans_of`."""
    left = iter(texts)
    if isinstance(request, EmbedRequest):
        return msgspec.structs.replace(request, inputs=tuple(left))
    messages = tuple(_message_with(message, left) for message in request.messages)
    tools = tuple(_tool_with(tool, left) for tool in request.tools)
    format = None if request.output_format is None else _format_with(request.output_format, left)
    return msgspec.structs.replace(request, messages=messages, tools=tools, output_format=format)


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
    return sources, "\n".join(queries) if queries else _said_last(request)


def _said_last(request: ModelRequest) -> str:
    """Give what a person said last; a document is no question."""
    said = (part for message in reversed(request.messages) for part in _said_by_people(message))
    return next(said, "")


def _said_by_people(message: Message) -> Iterator[str]:
    if message.role == "user":
        yield from (
            part.text for part in reversed(message.parts) if isinstance(part, Text) and not part.label
        )


def strings_of(value: object) -> Iterator[str]:
    """List the texts within a JSON value in its order, long numbers and unusual names of fields with them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int) and abs(value) >= _NUMBER_LEAST:
        yield str(value)
    elif isinstance(value, dict):
        for name, each in value.items():
            if _PLAIN_NAME.fullmatch(name) is None:
                yield name
            yield from strings_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings_of(each)


def with_strings(value: object, replace: Callable[[str], str]) -> object:
    """Put other texts in the places of those within a JSON value."""
    if isinstance(value, str):
        return replace(value)
    if isinstance(value, int) and abs(value) >= _NUMBER_LEAST:
        text = replace(str(value))
        return value if text == str(value) else text
    if isinstance(value, dict):
        return {
            name if _PLAIN_NAME.fullmatch(name) else replace(name): with_strings(each, replace)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [with_strings(each, replace) for each in value]
    return value


def arguments_of(arguments: str) -> object:
    """Read a tool's arguments; what is no JSON object, or has one field twice, is one text."""
    try:
        value = msgspec.json.decode(arguments or "{}")
        json.loads(arguments or "{}", object_pairs_hook=_unrepeated)
    except (ValueError, RecursionError):
        return arguments
    return value if isinstance(value, dict) and not _is_deep(value) else arguments


def _unrepeated(fields: Sequence[tuple[str, object]]) -> None:
    if len({name for name, _ in fields}) < len(fields):
        raise ValueError


def written(value: object) -> str:
    """Write a tool's arguments; what was no JSON object stays the text that it was."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEPTH_MAX):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def document_text(media: Media) -> str | None:
    """Read a document that is text, whatever it is said to be; None for what only its provider can read."""
    if media.what != "document" or not media.data:
        return None
    try:
        data = b64decode(media.data + "==")
    except ValueError:
        return media.data
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1") if media.media_type.startswith("text/") else None


def _of_message(message: Message) -> Iterator[Span]:
    if message.name:
        yield Span(message.name, _SPOKEN[message.role])
    for part in message.parts:
        yield from _of_part(part, _SPOKEN[message.role])


def _of_part(part: Part, speaker: Trust) -> Iterator[Span]:
    if isinstance(part, Text):
        yield Span(part.text, _LABELLED.get(part.label, speaker))
    elif isinstance(part, Media):
        yield from (Span(text, speaker) for text in (part.name, document_text(part)) if text is not None)
    elif isinstance(part, ToolResult):
        for each in part.parts:
            yield from _of_part(each, "tool") if isinstance(each, Media) else (Span(each.text, "tool"),)
    elif isinstance(part, ToolUse):
        yield from (Span(text, "assistant") for text in strings_of(arguments_of(part.arguments)))
    elif not part.signature:
        yield Span(part.text, "assistant")


def _beside(request: ModelRequest) -> Iterator[str]:
    for tool in request.tools:
        yield tool.description
        yield from _schema_texts(tool.parameters)
    if request.output_format is not None:
        yield request.output_format.description
        yield from _schema_texts(request.output_format.schema)


def _schema_texts(schema: bytes) -> list[str]:
    return [text for text in strings_of(_schema(schema)) if text not in _SCHEMA_TYPES]


def _schema(schema: bytes) -> object:
    return arguments_of(schema.decode("utf-8", "surrogateescape"))


def _schema_with(schema: bytes, texts: Iterator[str]) -> bytes:
    value = _schema(schema)
    other = with_strings(value, lambda text: text if text in _SCHEMA_TYPES else next(texts))
    return schema if other == value else written(other).encode("utf-8", "surrogateescape")


def _tool_with(tool: Tool, texts: Iterator[str]) -> Tool:
    description = next(texts)
    parameters = _schema_with(tool.parameters, texts)
    if (description, parameters) == (tool.description, tool.parameters):
        return tool
    return msgspec.structs.replace(tool, description=description, parameters=parameters)


def _format_with(format: OutputFormat, texts: Iterator[str]) -> OutputFormat:
    description = next(texts)
    return msgspec.structs.replace(format, description=description, schema=_schema_with(format.schema, texts))


def _message_with(message: Message, texts: Iterator[str]) -> Message:
    name = next(texts) if message.name else ""
    parts = tuple(_part_with(part, texts) for part in message.parts)
    if (name, parts) == (message.name, message.parts):
        return message
    return msgspec.structs.replace(message, name=name, parts=parts)


def _media_with(media: Media, texts: Iterator[str]) -> Media:
    name, text = next(texts), document_text(media)
    other = text if text is None else next(texts)
    data = media.data
    if other is not None and other != text:
        data = b64encode(other.encode("utf-8", "surrogatepass")).decode()
    return msgspec.structs.replace(media, name=name, data=data)


def _part_with(part: Part, texts: Iterator[str]) -> Part:
    if isinstance(part, Text):
        text = next(texts)
        return part if text == part.text else msgspec.structs.replace(part, text=text)
    if isinstance(part, Media):
        return _media_with(part, texts)
    if isinstance(part, Reasoning) and not part.signature:
        return msgspec.structs.replace(part, text=next(texts))
    if isinstance(part, ToolResult):
        return msgspec.structs.replace(part, parts=tuple(_part_with(each, texts) for each in part.parts))
    if isinstance(part, ToolUse):
        value = arguments_of(part.arguments)
        other = with_strings(value, lambda _: next(texts))
        return part if other == value else msgspec.structs.replace(part, arguments=written(other))
    return part

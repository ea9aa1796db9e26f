"""What stands in a turn of Anthropic's Messages format, read as parts of the canonical request."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

import msgspec

from remit.enforce.request import CacheTtl, Media, Part, Reasoning, Role, Text, ToolResult, ToolUse
from remit.gateway.anthropic_shapes import (
    Address,
    Base64,
    Block,
    Cache,
    DocumentBlock,
    ImageBlock,
    Plain,
    RedactedBlock,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from remit.gateway.reading import invalid, unsupported
from remit.gateway.wire import Failure

_STANDS_IN: dict[Role, tuple[type, ...]] = {
    "user": (Text, Media, ToolResult),
    "assistant": (Text, ToolUse, Reasoning),
    "system": (Text,),
}
"""What may stand in whose turn."""


def parts_of(blocks: list[Block] | list[TextBlock], role: Role, param: str) -> tuple[Part, ...] | Failure:
    parts: list[Part] = []
    for place, block in enumerate(blocks):
        part = _part(block)
        if isinstance(part, Failure):
            where = f"{param}[{place}].{part.param}"
            return replace(part, param=where, summary=f"`{where}` {part.summary}")
        if not isinstance(part, _STANDS_IN[role]):
            where = f"{param}[{place}]"
            summary = f"`{where}` is of a kind that does not stand in a turn of the {role}'s"
            return invalid(where, summary, "move it to the turn that it belongs to")
        parts.append(part)
    return tuple(parts)


def _part(block: Any) -> Part | Failure:
    if isinstance(block, ToolUseBlock):
        return _tool_use(block)
    if isinstance(block, ToolResultBlock):
        return _tool_result(block)
    if isinstance(block, ThinkingBlock):
        return Reasoning(block.thinking, block.signature)
    if isinstance(block, RedactedBlock):
        return Reasoning(sealed=block.data)
    return _shown(block)


def _shown(block: TextBlock | ImageBlock | DocumentBlock) -> Text | Media | Failure:
    if isinstance(block, TextBlock):
        if block.citations:
            return unsupported("citations", "is not served by this gateway", "send the text without them")
        return Text(block.text, ttl_of(block.cache_control))
    if isinstance(block, ImageBlock):
        return _source(block.source, Media("image", cache=ttl_of(block.cache_control)))
    if block.context:
        return unsupported("context", "is not served by this gateway", "say it in a text before the document")
    if block.citations is not None and block.citations.enabled:
        return unsupported("citations", "is not served by this gateway", "leave it out, or disable them")
    media = Media("document", name=block.title or "", cache=ttl_of(block.cache_control))
    return _source(block.source, media)


def _source(source: Base64 | Plain | Address, media: Media) -> Media | Failure:
    if isinstance(source, Plain):
        data = b64encode(source.data.encode()).decode()
        return msgspec.structs.replace(media, media_type=source.media_type, data=data)
    if isinstance(source, Base64):
        return msgspec.structs.replace(media, media_type=source.media_type[:100], data=source.data)
    if not source.url.startswith(("https://", "http://")):
        return invalid("source.url", "is not a web address", "write `https://…`, or send the data")
    return msgspec.structs.replace(media, url=source.url)


def _tool_use(block: ToolUseBlock) -> ToolUse | Failure:
    arguments = bytes(block.input)
    if arguments[:1] != b"{":
        return invalid("input", "is not an object", "send the input as the model wrote it")
    return ToolUse(block.id[:256], block.name[:256], arguments.decode(), ttl_of(block.cache_control))


def _tool_result(block: ToolResultBlock) -> ToolResult | Failure:
    content = [TextBlock(block.content)] if isinstance(block.content, str) else block.content or []
    parts: list[Text | Media] = []
    for place, each in enumerate(content):
        part = _shown(each)
        if isinstance(part, Failure):
            return replace(part, param=f"content[{place}].{part.param}")
        parts.append(part)
    return ToolResult(
        block.tool_use_id[:256], tuple(parts), bool(block.is_error), ttl_of(block.cache_control)
    )


def ttl_of(cache: Cache | None) -> CacheTtl | None:
    return None if cache is None else cache.ttl

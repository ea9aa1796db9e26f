"""What stands in a message of Bedrock's Converse format, read as parts of the canonical request."""

from __future__ import annotations

from base64 import b64encode

import msgspec

from remit.enforce.request import Label, Media, Part, Reasoning, Text, ToolResult, ToolUse
from remit.gateway.bedrock_answer import is_object
from remit.gateway.bedrock_shapes import (
    Block,
    DocumentBlock,
    GuardBlock,
    ImageBlock,
    ReasoningBlock,
    ResultBlock,
    ShownBlock,
    UseBlock,
)
from remit.gateway.reading import invalid, unsupported
from remit.gateway.wire import Failure

_IMAGES = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
_LABELS: dict[str, Label] = {"grounding_source": "source", "query": "query"}
_DOCUMENTS = {
    "pdf": "application/pdf",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "txt": "text/plain",
    "md": "text/markdown",
}


def parts_of(blocks: list[Block], where: str) -> tuple[Part, ...] | Failure:
    """Read what stands in one message; a cache point belongs to what it follows."""
    parts: list[Part] = []
    for place, block in enumerate(blocks):
        if block.text is not None:
            parts.append(Text(block.text))
            continue
        if block.cache_point is not None:
            if not parts or isinstance(parts[-1], Reasoning):
                return misplaced(f"{where}[{place}]")
            parts[-1] = msgspec.structs.replace(parts[-1], cache=block.cache_point.ttl)
            continue
        read = _part(block)
        if isinstance(read, str):
            spot = f"{where}[{place}]"
            return unsupported(spot, f"`{spot}`: {read}", "leave it out, or send it as text")
        parts.append(read)
    return tuple(parts)


def misplaced(where: str) -> Failure:
    summary = f"`{where}`: a cache point follows nothing that can be kept"
    return invalid(where, summary, "place it after a text, an image, a tool or a tool's result")


def _part(block: Block) -> Part | str:
    """Read one block, or say what of it is not served."""
    if block.tool_use is not None:
        return _use(block.tool_use)
    if block.tool_result is not None:
        return _result(block.tool_result)
    if block.image is not None:
        return _image(block.image)
    if block.document is not None:
        return _document(block.document)
    if block.reasoning_content is not None:
        return _reasoning(block.reasoning_content)
    if block.guard_content is not None:
        return _guarded(block.guard_content)
    return not_served(block)


def not_served(block: msgspec.Struct) -> str:
    for each in msgspec.structs.fields(type(block)):
        if getattr(block, each.name) not in (None, each.default):
            return f"`{each.encode_name}` is not served by this gateway"
    return "the block is empty"


def _use(given: UseBlock) -> ToolUse | str:
    if given.type is not None:
        return "`type` of a tool's use is not served"
    text = bytes(given.input)
    if not is_object(text):
        return "`input` of a tool's use is not an object"
    return ToolUse(given.tool_use_id[:256], given.name[:256], text.decode())


def _result(given: ResultBlock) -> ToolResult | str:
    if given.type is not None:
        return "`type` of a tool's result is not served"
    shown: list[Text | Media] = []
    for each in given.content:
        read = _shown(each)
        if isinstance(read, str):
            return read
        shown.append(read)
    return ToolResult(given.tool_use_id[:256], tuple(shown), failed=given.status == "error")


def _shown(given: ShownBlock) -> Text | Media | str:
    """Read a piece of a tool's result; JSON is the text that it is."""
    if given.text is not None:
        return Text(given.text)
    if bytes(given.json):
        return Text(bytes(given.json).decode())
    if given.image is not None:
        return _image(given.image)
    if given.document is not None:
        return _document(given.document)
    return not_served(given)


def _image(given: ImageBlock) -> Media | str:
    # What lies in a bucket cannot be looked at here, so it is not asked for in the caller's name.
    if given.source.bytes is None or given.error is not None:
        return "an image is served by its `bytes` alone"
    return Media("image", media_type=_IMAGES[given.format], data=given.source.bytes)


def _document(given: DocumentBlock) -> Media | str:
    media_type = _DOCUMENTS.get(given.format)
    if media_type is None:
        return "`format` of a document is none that is known"
    if given.context is not None:
        return "`context` of a document is not served"
    if given.citations is not None and given.citations.enabled:
        return "`citations` of a document are not served"
    source = given.source
    if source.text is not None:
        data = b64encode(source.text.encode()).decode()
    elif source.bytes is not None:
        data = source.bytes
    else:
        return "a document is served by its `bytes` or `text` alone"
    return Media("document", media_type=media_type, data=data, name=given.name[:200])


def _reasoning(given: ReasoningBlock) -> Reasoning | str:
    if given.reasoning_text is not None:
        return Reasoning(given.reasoning_text.text, given.reasoning_text.signature)
    if given.redacted_content is not None:
        return Reasoning(sealed=given.redacted_content)
    return "the reasoning is empty"


def _guarded(given: GuardBlock) -> Text | Media | str:
    """Read what is marked for a guardrail with what it is marked as; guardrails see all of a request."""
    if given.text is not None:
        marked = given.text.qualifiers
        labels = [label for qualifier, label in _LABELS.items() if qualifier in marked]
        return Text(given.text.text, label=labels[0] if labels else "")
    return _image(given.image) if given.image is not None else "the block is empty"

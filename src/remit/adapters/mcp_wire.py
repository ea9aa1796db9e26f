"""The Model Context Protocol as a client speaks it: messages, what a server says of its tools, its answers.

It speaks the revisions that begin with a handshake. Nothing is offered to a server but to be asked: no
sampling, no roots, nothing a person would be asked through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from remit import __version__
from remit.adapters.tool_target import (
    DESCRIPTION_MAX,
    SCHEMA_BYTES_MAX,
    not_reached,
    unclear,
)
from remit.ports_tools import ToolAnswer, ToolAsk, ToolText

VERSION = "2025-11-25"
VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
CLAIM = "remit/claim"
CHANGED = "notifications/tools/list_changed"

_NOT_DONE = frozenset({-32700, -32600, -32601, -32602})
"""Faults of JSON-RPC by which a server says that it has not begun."""

_SAID_MAX = 2_000

Message = dict[str, Any]


class Line(Protocol):
    """A way to one server, over which one conversation goes."""

    is_open: bool

    async def ask(self, message: Message, *, timeout_s: float) -> Message:
        """Send a request and wait for the answer that belongs to it; raises ToolNotReached or ToolUnclear."""
        ...

    async def tell(self, message: Message) -> None:
        """Send what wants no answer."""
        ...

    async def close(self) -> None: ...


def request(id: int, method: str, params: Mapping[str, Any]) -> Message:
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def notice(method: str, params: Mapping[str, Any] | None = None) -> Message:
    return {"jsonrpc": "2.0", "method": method, **({"params": params} if params else {})}


def handshake() -> Mapping[str, Any]:
    client = {"name": "remit", "version": __version__}
    return {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": client}


def reply_to(message: Message) -> Message | None:
    """Answer what a server asks of its client, which is nothing but whether it is there; None if nothing."""
    if "method" not in message or message.get("id") is None:
        return None
    if message["method"] == "ping":
        return {"jsonrpc": "2.0", "id": message["id"], "result": {}}
    fault = {"code": -32601, "message": "this client is only asked whether it is there"}
    return {"jsonrpc": "2.0", "id": message["id"], "error": fault}


def call_params(ask: ToolAsk) -> Mapping[str, Any]:
    return {"name": ask.name, "arguments": ask.arguments, "_meta": {CLAIM: ask.claim}}


def texts_in(result: Any) -> tuple[list[ToolText], str]:
    """Read a page of a server's tools and where the next one begins."""
    if not isinstance(result, dict) or not isinstance(result.get("tools"), list):
        raise not_reached("does not say which tools it has")
    found = [_text(each) for each in result["tools"]]
    after = result.get("nextCursor")
    return found, after if isinstance(after, str) else ""


def _text(said: Any) -> ToolText:
    if not isinstance(said, dict) or not isinstance(said.get("name"), str):
        raise not_reached("does not say which tools it has")
    description, schema = said.get("description") or "", said.get("inputSchema") or {}
    if not isinstance(description, str) or not isinstance(schema, dict):
        raise not_reached("does not say which tools it has")
    if len(description) > DESCRIPTION_MAX or len(msgspec.json.encode(schema)) > SCHEMA_BYTES_MAX:
        raise not_reached("says more of a tool than anybody could look at")
    return ToolText(said["name"], description, schema)


def answer_in(message: Message) -> ToolAnswer:
    """Read the answer to a call; raises ToolUnclear."""
    fault = message.get("error")
    if isinstance(fault, dict):
        if fault.get("code") in _NOT_DONE:
            return ToolAnswer(str(fault.get("message", ""))[:_SAID_MAX], is_error=True)
        raise unclear("answered with a fault of its own")
    result = message.get("result")
    if not isinstance(result, dict) or not isinstance(result.get("content", []), list):
        raise unclear("sent what cannot be read")
    text = "\n".join(_said(each) for each in result.get("content", []))
    fields = result.get("structuredContent")
    if fields is None:
        fields = _fields_of(text)
    return ToolAnswer(text, fields, is_error=result.get("isError") is True)


def _said(content: Any) -> str:
    """Read one piece of an answer; what is no text is named, and not handed on."""
    if not isinstance(content, dict):
        raise unclear("sent what cannot be read")
    if content.get("type") == "text" and isinstance(content.get("text"), str):
        return str(content["text"])
    inner = content.get("resource")
    if content.get("type") == "resource" and isinstance(inner, dict) and isinstance(inner.get("text"), str):
        return str(inner["text"])
    if content.get("type") == "resource_link" and isinstance(content.get("uri"), str):
        return str(content["uri"])
    return f"[{content.get('type') if isinstance(content.get('type'), str) else 'unknown'}]"[:40]


def _fields_of(text: str) -> Any:
    """Read an answer that is JSON as its fields: most servers write it as text alone."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None

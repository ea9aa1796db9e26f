"""The features of the matrix: what is asked or answered, and how it is told that nothing of it was lost.

A question holds words that stand nowhere else (`zq…`), or figures; each provider's body is looked through for
them at the place where its format has them. An answer is what the caller read of it.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.caller import Caller, Got
from conformance.provider import Script
from remit.enforce.request import (
    Media,
    Message,
    ModelRequest,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)

Look = Callable[[Any], bool]


ANSWERED = Script(text="zq-answer")


@dataclass(frozen=True)
class Feature:
    """One row. `look` finds what was asked in what a provider is; for others, all `words` must stand there.

    `read` compares what the caller read with what the model said; None where its format has no such thing.
    """

    name: str
    asked: ModelRequest
    words: tuple[str, ...] = ()
    look: Mapping[str, Look] = field(default_factory=dict)
    script: Script = ANSWERED
    read: Callable[[Got, Script, Caller], bool | None] = lambda got, script, caller: got.text == script.text
    left_out: frozenset[str] = frozenset()
    """The providers that are not told it, on purpose: it changes nothing about the answer or its price."""
    code: str = ""
    """The code with which a fault of the provider reaches the caller; there is no answer to it."""


def ask(*parts: Any, **more: Any) -> ModelRequest:
    turn = Message("user", tuple(Text(part) if isinstance(part, str) else part for part in parts))
    return ModelRequest("", (turn,), **{"output_tokens_max": 500, **more})


def talk(*turns: tuple[Any, Any], **more: Any) -> ModelRequest:
    messages = tuple(
        Message(role, parts if isinstance(parts, tuple) else (Text(parts),)) for role, parts in turns
    )
    return ModelRequest("", messages, **{"output_tokens_max": 500, **more})


SCHEMA = (
    b'{"type":"object","properties":{"zqfield":{"type":"string"}},"required":["zqfield"],'
    b'"additionalProperties":false}'
)
TOOL = Tool("zq_tool", "zq-what-it-does", SCHEMA)
OTHER = Tool("zq_other", "zq-other", SCHEMA)
CALL = ToolUse("zq_call", "zq_tool", '{"zqfield":"zq-argument"}')
IMAGE_DATA, PDF_DATA = b64encode(b"zq an image").decode(), b64encode(b"%PDF zq").decode()
IMAGE = Media("image", "image/png", IMAGE_DATA)
PDF = Media("document", "application/pdf", PDF_DATA)


def used(result: ToolResult, **more: Any) -> ModelRequest:
    return talk(("user", "Look."), ("assistant", (CALL,)), ("user", (result,)), tools=(TOOL,), **more)


_NOTHING = object()


def _below(body: Any, path: Sequence[Any]) -> Any:
    for step in path:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return _NOTHING
    return body


def at(*path: Any, equals: Any) -> Look:
    """Look for a value at a place."""
    return lambda body: bool(_below(body, path) == equals)


def holds(*path: Any, word: str) -> Look:
    """Look for a word anywhere below a place."""

    def look(body: Any) -> bool:
        found = _below(body, path)
        return found is not _NOTHING and word in json.dumps(found, ensure_ascii=False)

    return look


def roles(body: Any) -> list[tuple[str, str]]:
    """Read the turns of any provider's body as who says which word."""
    turns = body.get("messages") or body.get("contents")
    said = [(turn["role"], json.dumps(turn)) for turn in turns]
    return [
        ("assistant" if role == "model" else role, next(w for w in ("zq1", "zq2", "zq3") if w in text))
        for role, text in said
    ]


def in_turns(body: Any) -> bool:
    return roles(body) == [("user", "zq1"), ("assistant", "zq2"), ("user", "zq3")]


def figure(openai: Any, anthropic: Any, gemini: Any, bedrock: Any, value: Any) -> dict[str, Look]:
    """Look for one figure at each provider's place for it; None where it has none and so must refuse."""
    paths = {"openai": openai, "anthropic": anthropic, "gemini": gemini, "bedrock": bedrock}
    return {name: at(*path, equals=value) if path else lambda body: False for name, path in paths.items()}

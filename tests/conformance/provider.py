"""Scripted servers, each in the published shape of one provider's format: what they answer, and were asked.

All are built from the published shapes; no vendor was called.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


class NotInFormat(Exception):
    """That a provider's format has no words for such an answer."""


@dataclass(frozen=True)
class Script:
    """What the model says, in the words of no format: the answer, why it ends, and what was counted."""

    text: str = ""
    refused: str = ""
    thoughts: str = ""
    signature: str = ""
    tools: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    reason: str = "stop"
    stop_sequence: str = ""
    input: int = 20
    cached: int = 0
    written: int = 0
    output: int = 9
    reasoning: int = 0
    status: int = 200
    vectors: tuple[tuple[float, ...], ...] = ()
    breaks: bool = False
    """After half of the answer a fault comes, or, to one that is asked for whole, in its place."""
    waits: bool = False
    """The end of the answer waits until the test lets it go."""


def lacks(*said: object) -> None:
    if any(said):
        raise NotInFormat


@dataclass(frozen=True)
class Provider:
    """One provider's format. `stream` gives the pieces of a streamed answer, as bytes."""

    name: str
    whole: Callable[[Script], Any]
    stream: Callable[[Script], list[bytes]]
    fault: Callable[[int], Any]
    broken: bytes
    stream_type: str = "text/event-stream"


def sse(events: Sequence[Any], *, named: bool = False) -> list[bytes]:
    return [
        (f"event: {event['type']}\n" if named else "").encode()
        + b"data: "
        + json.dumps(event).encode()
        + b"\n\n"
        for event in events
    ]


def halves(text: str) -> list[str]:
    return [text[: len(text) // 2], text[len(text) // 2 :]] if text else []

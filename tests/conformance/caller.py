"""What callers send in each wire format, and what they read of the answers; nothing here is the product's.

Every format writes the same questions. Where it has no words for one, it says so with `NotInFormat`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from remit.enforce.request import ModelRequest


class NotInFormat(Exception):
    """That a format has no words for what is asked."""


@dataclass
class Got:
    """What a caller read, in the words of no format. `None` is what the format does not say."""

    text: str = ""
    refused: str = ""
    thoughts: str = ""
    signature: str = ""
    tools: list[tuple[str, str, Any]] = field(default_factory=list)
    reason: str = ""
    stop_sequence: str | None = None
    usage: dict[str, int] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class Caller:
    """One format: where it asks, how it writes a question, how it reads answers and refusals.

    `reasons` are its words for why an answer ended.
    """

    name: str
    path: Callable[[str, bool], str]
    body: Callable[[ModelRequest, str, bool], dict[str, Any]]
    whole: Callable[[Any], Got]
    stream: Callable[[bytes], Got]
    code: Callable[[Any], str]
    reasons: dict[str, str]


def lacks(*said: object) -> None:
    if any(said):
        raise NotInFormat


def events(data: bytes) -> Iterator[Any]:
    for block in data.decode().split("\n\n"):
        line = block.rpartition("data: ")[2].strip()
        if line and line != "[DONE]":
            yield json.loads(line)

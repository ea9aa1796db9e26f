"""Texts to embed: the rows of the one format that has them."""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import dataclass
from typing import Any

from conformance.outcome import CARRIED, LOST

EMBEDDED = "OpenAI embeddings"


@dataclass(frozen=True)
class Embedding:
    """One row: what is to be embedded and how, and the vectors that come back, in the order of the texts."""

    name: str
    texts: tuple[str, ...] = ("zq-one",)
    vectors: tuple[tuple[float, ...], ...] = ((0.5, 0.25),)
    dimensions: int = 0
    encoding: str = "float"

    def outcome(self, body: Any, asked: Any) -> str:
        """Compare what the provider was asked and what the caller read with what was meant."""
        text = json.dumps(asked)
        if not all(each in text for each in self.texts):
            return f"{LOST}: what was asked"
        if self.dimensions and f": {self.dimensions}" not in text:
            return f"{LOST}: the dimensions"
        found = tuple(_numbers(each["embedding"]) for each in body["data"])
        counted = body["usage"]["prompt_tokens"] == 20
        return CARRIED if found == self.vectors and counted else f"{LOST}: what was answered"


def _numbers(given: Any) -> tuple[float, ...]:
    if isinstance(given, str):
        data = base64.b64decode(given)
        return struct.unpack(f"<{len(data) // 4}f", data)
    return tuple(given)


EMBEDDINGS = (
    Embedding("one text"),
    Embedding("several texts, in their order", ("zq-one", "zq-two"), ((0.5, 0.25), (0.125, 1.0))),
    Embedding("number of dimensions", vectors=((0.5, 0.25, 1.0),), dimensions=3),
    Embedding("numbers in base64", encoding="base64"),
)

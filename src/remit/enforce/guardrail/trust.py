"""Trust labels: where a text comes from, and what is sought in it therefore."""

from __future__ import annotations

from typing import Literal

import msgspec

Side = Literal["input", "output"]

Trust = Literal["system", "person", "assistant", "tool", "retrieved", "query", "answer", "arguments"]
"""Who speaks: whoever built the application, a person, the model in an earlier turn, a tool, a source that
was looked up, a person's question about it; the model's answer, or what it writes to a tool."""

Policy = Literal["content", "topic", "word", "sensitive", "pattern", "grounding", "custom"]

_MASKED: frozenset[Policy] = frozenset(("sensitive", "pattern"))
_SAID: frozenset[Policy] = _MASKED | {"word", "content", "custom"}

LOOKED_FOR: dict[Trust, frozenset[Policy]] = {
    # Whoever writes it may name what is not to be talked about, and tells the model what to do.
    "system": _MASKED,
    "person": _SAID | {"topic"},
    "query": _SAID | {"topic"},
    # It was looked at when it was an answer, and personal data must not leave in it either.
    "assistant": _MASKED,
    "tool": _SAID,
    "retrieved": _SAID,
    "answer": _SAID | {"topic", "grounding"},
    "arguments": _SAID,
}
"""Which policies look at which text."""

UNTRUSTED: frozenset[Trust] = frozenset(("tool", "retrieved"))
"""Texts in which nobody has to say what to do, so that whatever does is an attack."""

ATTACKED: frozenset[Trust] = frozenset(("person", "query", "tool", "retrieved"))
"""Texts in which attacks on the model are sought."""


class Span(msgspec.Struct, frozen=True):
    """A text of a request or an answer, and who speaks in it."""

    text: str
    trust: Trust

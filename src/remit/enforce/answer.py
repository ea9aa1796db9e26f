"""The events that answer a request, whatever the provider and the wire format, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from remit.enforce.request import Reasoning, Text, ToolUse
from remit.kernel.usage import Usage

StopReason = Literal[
    "stop",
    "length",
    "stop_sequence",
    "tool_use",
    "content_filter",
    "guardrail",
    "refusal",
    "context_full",
    "pause",
]
"""Why an answer ended: by itself, at its limit, at a stop text, for a tool, filtered by its provider, stopped
by a guardrail, refused, because the model's context was full, or to be gone on with when it is sent back."""


class Delta(msgspec.Struct, frozen=True, tag="delta"):
    """A piece of the answer. `tokens` is how many output tokens it stands for, exact or estimated.

    With `refusal`, the provider marked the words as the model's refusal to answer.
    """

    text: str
    tokens: int = 1
    refusal: bool = False


class Thought(msgspec.Struct, frozen=True, tag="thought"):
    """A piece of reasoning. `signature` and `sealed` come whole, after the text that they belong to."""

    text: str = ""
    tokens: int = 0
    signature: str = ""
    sealed: str = ""
    id: str = ""


class ToolStart(msgspec.Struct, frozen=True, tag="tool_start"):
    """That the model begins to ask for a tool; the arguments follow until another event than `ToolDelta`."""

    id: str
    name: str
    tokens: int = 0


class ToolDelta(msgspec.Struct, frozen=True, tag="tool_delta"):
    """A piece of the arguments of the tool that was begun last."""

    arguments: str
    tokens: int = 1


class Vectors(msgspec.Struct, frozen=True, tag="vectors"):
    """What embedded texts mean, in the order of the inputs.

    A vector is any sequence of numbers; an `array("f")` holds them in a sixth of the room of a tuple.
    """

    vectors: tuple[Sequence[float], ...]
    tokens: int = 0


class Finish(msgspec.Struct, frozen=True, tag="finish"):
    """The last event of every answer that was not cut off; `estimated` is usage that nobody counted.

    `tier` is the service tier in which the provider says that it served.
    """

    stop_reason: StopReason
    usage: Usage
    served_model: str
    stop_sequence: str = ""
    estimated: bool = False
    tier: str = ""


Piece = Delta | Thought | ToolStart | ToolDelta | Vectors
ModelEvent = Piece | Finish


def gathered(pieces: Iterable[Piece]) -> tuple[Text | Reasoning | ToolUse, ...]:
    """Add up the pieces of one answer to its parts, in the order in which they came.

    >>> said, use = gathered([Delta("a "), Delta("b"), ToolStart("1", "look_up"), ToolDelta("{}")])
    >>> said.text, use.name, use.arguments
    ('a b', 'look_up', '{}')
    """
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and _continues(runs[-1], piece):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return tuple(part for part in map(_part_of, runs) if part is not None)


def _continues(run: list[Piece], piece: Piece) -> bool:
    """Say whether a piece goes on with the part that a run of pieces began."""
    first, last = run[0], run[-1]
    if isinstance(piece, Delta):
        return isinstance(first, Delta) and (first.refusal == piece.refusal or not piece.text)
    if isinstance(piece, Thought):
        return isinstance(last, Thought) and not (last.signature or last.sealed)
    return isinstance(piece, ToolDelta) and isinstance(first, ToolStart)


def _part_of(run: list[Piece]) -> Text | Reasoning | ToolUse | None:
    first = run[0]
    if isinstance(first, Delta):
        text = "".join([piece.text for piece in run if isinstance(piece, Delta)])
        return Text(text, refusal=first.refusal) if text else None
    if isinstance(first, ToolStart):
        arguments = "".join([piece.arguments for piece in run if isinstance(piece, ToolDelta)])
        return ToolUse(first.id, first.name, arguments)
    thoughts = [piece for piece in run if isinstance(piece, Thought)]
    return _thought(thoughts) if thoughts else None


def _thought(pieces: list[Thought]) -> Reasoning:
    return Reasoning(
        text="".join(piece.text for piece in pieces),
        signature="".join(piece.signature for piece in pieces),
        sealed="".join(piece.sealed for piece in pieces),
        id=next((piece.id for piece in pieces if piece.id), ""),
    )

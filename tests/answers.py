"""Random answers of models and what the gateway's writers make of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from remit.enforce.answer import Delta, Finish, Piece, StopReason, Thought, ToolDelta, ToolStart
from remit.gateway.wire import Account, Ask, Failure, Format, Head, Writer
from strategies import usages

ACCOUNT = Account(call="01J", cost="0.01", currency="EUR", budget_left="3")
HEAD = Head("01J", "small", 1_760_000_000)

words = st.text(max_size=12)
deltas = st.builds(Delta, words, refusal=st.booleans())
thoughts = st.builds(Thought, words, signature=st.sampled_from(("", "sig==")), id=st.just(""))
sealed = st.builds(Thought, sealed=st.just("sealed=="))
reasons: Sequence[StopReason] = ("stop", "length", "stop_sequence", "tool_use", "content_filter", "refusal")
finishes = st.builds(Finish, st.sampled_from(reasons), usages, st.just("served"))


@st.composite
def _tools(draw: st.DrawFn) -> list[Piece]:
    number = draw(st.integers(0, 10**9))
    start = ToolStart(f"call_{number}", draw(st.sampled_from(("look_up", "weather"))))
    return [start, *(ToolDelta(text) for text in draw(st.lists(words, max_size=3)))]


def _flat(runs: Iterable[Iterable[Piece]]) -> list[Piece]:
    return [piece for run in runs for piece in run]


def _distinct(pieces: list[Piece]) -> bool:
    ids = [piece.id for piece in pieces if isinstance(piece, ToolStart)]
    return len(set(ids)) == len(ids)


_alone: st.SearchStrategy[list[Piece]] = st.one_of(deltas, thoughts, sealed).map(lambda piece: [piece])
pieces: st.SearchStrategy[list[Piece]] = (
    st.lists(st.one_of(_alone, _tools()), max_size=8).map(_flat).filter(_distinct)
)


@st.composite
def batches(draw: st.DrawFn) -> list[list[Piece]]:
    """Draw an answer in the batches in which it came."""
    whole = draw(pieces)
    cuts = sorted(draw(st.sets(st.integers(0, len(whole)))))
    return [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True) if whole[a:b]]


def read(format: Format, body: Any) -> Ask:
    """Read a body that is sound."""
    found = format.decode(body if isinstance(body, bytes) else json.dumps(body).encode(), "")
    assert isinstance(found, Ask), found
    return found


def refused(format: Format, body: Any) -> Failure:
    found = format.decode(body if isinstance(body, bytes) else json.dumps(body).encode(), "")
    assert isinstance(found, Failure), found
    return found


def streamed(writer: Writer, answer: Sequence[Sequence[Piece]], finish: Finish) -> bytes:
    """Write an answer as the gateway does, batch by batch."""
    data = writer.opening()
    for batch in answer:
        data += writer.pieces(batch)
    return data + writer.closing(finish, ACCOUNT)


def events(data: bytes) -> Iterator[dict[str, Any]]:
    """Read server-sent events, each with a name that is its type where it has one."""
    for block in data.decode().split("\n\n")[:-1]:
        lines = block.split("\n")
        name, line = (lines[0].removeprefix("event: "), lines[1]) if len(lines) == 2 else ("", lines[0])
        assert line.startswith("data: ")
        if line == "data: [DONE]":
            return
        event = json.loads(line.removeprefix("data: "))
        assert event.get("type", "") == name
        yield event

"""Runs: an answer's pieces put together to the texts that they are, and taken apart again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from remit.enforce.answer import Delta, Piece, Thought, ToolDelta, ToolStart
from remit.enforce.guardrail.spans import arguments_of, strings_of, with_strings, written
from remit.enforce.guardrail.trust import Span


class Run(msgspec.Struct, frozen=True):
    """Pieces that belong together, and the texts in them: said in one go, or written to one tool."""

    pieces: tuple[Piece, ...]
    spans: tuple[Span, ...] = ()


def runs_of(pieces: Iterable[Piece]) -> list[Run]:
    """Put pieces together, in their order; what is no text is a run without any."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        if groups and _goes_on(groups[-1][0], piece):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return [Run(tuple(group), tuple(_spans(group))) for group in groups]


def rewritten(run: Run, texts: Sequence[str]) -> list[Piece]:
    """Give a run's pieces with other texts in the places of its own."""
    if all(text == span.text for text, span in zip(texts, run.spans, strict=True)):
        return list(run.pieces)
    first, tokens = run.pieces[0], sum(getattr(piece, "tokens", 0) for piece in run.pieces)
    if isinstance(first, Delta):
        return [Delta(texts[0], tokens, first.refusal)]
    if isinstance(first, Thought):
        rest = [
            msgspec.structs.replace(piece, text="", tokens=0)
            for piece in run.pieces
            if isinstance(piece, Thought) and (piece.signature or piece.sealed)
        ]
        return [Thought(texts[0], tokens, id=first.id), *rest]
    assert isinstance(first, ToolStart), "nothing else has texts in it"
    left = iter(texts)
    arguments = written(with_strings(_arguments(run.pieces), lambda _: next(left)))
    return [first, ToolDelta(arguments, tokens - first.tokens)]


def _goes_on(first: Piece, piece: Piece) -> bool:
    if isinstance(first, Delta):
        return isinstance(piece, Delta) and piece.refusal == first.refusal
    if isinstance(first, Thought):
        return isinstance(piece, Thought) and piece.id == first.id
    return isinstance(first, ToolStart) and isinstance(piece, ToolDelta)


def _arguments(pieces: Sequence[Piece]) -> object:
    return arguments_of("".join(piece.arguments for piece in pieces if isinstance(piece, ToolDelta)))


def _spans(pieces: Sequence[Piece]) -> list[Span]:
    if isinstance(pieces[0], ToolStart):
        return [Span(text, "arguments") for text in strings_of(_arguments(pieces))]
    text = "".join(piece.text for piece in pieces if isinstance(piece, Delta | Thought))
    return [Span(text, "answer")] if text else []

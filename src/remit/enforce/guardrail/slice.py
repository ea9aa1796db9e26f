"""Slice an answer that comes in one long piece, so that whoever reads it can let others go first between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from remit.enforce.answer import Delta, Piece, Thought

SLICE_CHARACTERS = 2_000
"""How much of an answer is read at once: some milliseconds with every policy."""


def slices(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Give the same pieces in lots of at most so many characters; a longer text is cut.

    >>> [[len(piece.text) for piece in lot] for lot in slices([Delta("a"), Delta("b" * 4500, 9)])]
    [[1], [2000], [2000], [500]]
    """
    lot, size = list[Piece](), 0
    for piece in pieces:
        for part in _parts(piece):
            length = len(part.text) if isinstance(part, Delta | Thought) else 0
            if lot and size + length > SLICE_CHARACTERS:
                yield lot
                lot, size = [], 0
            lot.append(part)
            size += length
    yield lot


def _parts(piece: Piece) -> Iterator[Piece]:
    """Cut a long text; what it counts as goes with its first part, what signs it after the last."""
    if not isinstance(piece, Delta | Thought) or len(piece.text) <= SLICE_CHARACTERS:
        yield piece
        return
    if isinstance(piece, Thought) and (piece.signature or piece.sealed):
        yield from _parts(msgspec.structs.replace(piece, signature="", sealed=""))
        yield msgspec.structs.replace(piece, text="", tokens=0)
        return
    yield msgspec.structs.replace(piece, text=piece.text[:SLICE_CHARACTERS])
    for at in range(SLICE_CHARACTERS, len(piece.text), SLICE_CHARACTERS):
        yield msgspec.structs.replace(piece, text=piece.text[at : at + SLICE_CHARACTERS], tokens=0)

"""An answer that comes in one long piece is read in slices, and nothing of it is lost or counted twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.answer import Delta, Piece, Thought, ToolDelta, gathered
from remit.enforce.guardrail.slice import SLICE_CHARACTERS, slices

LENGTHS = st.integers(0, 3 * SLICE_CHARACTERS)
PIECES = st.lists(
    st.one_of(
        st.builds(lambda length, tokens: Delta("a" * length, tokens), LENGTHS, st.integers(0, 9)),
        st.builds(lambda length: Thought("b" * length, 3, id="t"), LENGTHS),
        st.just(ToolDelta("{}", 2)),
    ),
    max_size=6,
)


def size(lot: list[Piece]) -> int:
    return sum(len(piece.text) for piece in lot if isinstance(piece, Delta | Thought))


@given(PIECES)
def test_slices_are_short_and_add_up_to_the_answer(pieces: list[Piece]) -> None:
    lots = list(slices(pieces))
    assert all(size(lot) <= SLICE_CHARACTERS for lot in lots)
    cut = [piece for lot in lots for piece in lot]
    assert gathered(cut) == gathered(pieces)
    assert sum(piece.tokens for piece in cut) == sum(piece.tokens for piece in pieces)


def test_short_pieces_go_together() -> None:
    pieces: list[Piece] = [Delta("a few words"), Delta(" more")]
    assert list(slices(pieces)) == [pieces]

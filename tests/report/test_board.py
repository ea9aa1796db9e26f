"""The board report says what is shown, sets apart what is claimed, and takes no word for markup."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from remit.decide.worth.span import Span
from remit.report.board import Board, Cell, Headline, Point, Sheet, Table, amount, between, table, text
from remit.report.board_html import board_html
from remit.report.board_markdown import board_markdown

HOSTILE = "<script>alert(1)</script> | `#x` [a](b) *b* $x$ #panic() @ref \\ \u202eevil\x00"


def board(words: str, *, simulated: str = "") -> Board:
    hostile = text(words)
    sheet = Sheet(
        id="answer",
        name=hostile.text,
        title=hostile.text,
        made_by="remit value show",
        headline=Headline(hostile.text, hostile.text, hostile.text, "remit value show", firm=False),
        says=(Point(hostile.text, "remit value show"),),
        tables=(
            Table(
                hostile.text,
                ("name", ">value"),
                ((hostile, Cell("34,244", "claimed")),),
                "remit risks",
                more=2,
            ),
            Table("Empty", ("name",), (), "remit risks", empty="nothing"),
        ),
    )
    return Board(hostile.text, "2026-Q4", "", datetime(2026, 12, 1, tzinfo=UTC), 3, simulated, (sheet,))


def test_hostile_words_are_text_in_html() -> None:
    made = board_html(board(HOSTILE), [""])
    assert "<script" not in made
    assert "\u202e" not in made
    assert "&lt;script&gt;alert(1)" in made


def test_hostile_words_are_text_in_markdown() -> None:
    made = board_markdown(board(HOSTILE))
    assert not re.search(r"(?<!\\)(<script|\[a|`#)", made)
    assert "\u202e" not in made
    row = next(line for line in made.splitlines() if "34,244" in line)
    assert len(re.findall(r"(?<!\\)\|", row)) == 3


def test_ten_thousand_characters_are_cut() -> None:
    assert len(text("x" * 10_000).text) == 160
    assert len(board_markdown(board("x" * 10_000))) < 4_000


def test_what_is_claimed_says_so_everywhere() -> None:
    assert "claimed 34,244" in board_markdown(board("a"))
    assert '<td class="claimed right"><span>34,244' in board_html(board("a"), [""])


def test_a_record_that_is_partly_simulated_is_stamped_on_every_rendering() -> None:
    stamped = board("a", simulated="12 calls are simulated")
    assert "Simulated: 12 calls" in board_markdown(stamped)
    assert "Simulated: 12 calls" in board_html(stamped, [""])


def test_rows_that_are_left_out_are_counted() -> None:
    made = table(
        "t", ("a",), [(text(str(each)),) for each in range(20)], made_by="remit risks", empty="", most=5
    )
    assert (len(made.rows), made.more) == (5, 15)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (Span(Decimal(5)), "no bounds"),
        (Span(Decimal(5), None, Decimal(9)), "open to 9.00"),
        (Span(Decimal(5), Decimal(1), Decimal(9), None, "cases"), "1.00 to 9.00, declared cases"),
    ],
)
def test_bounds_say_what_they_are(value: Span, says: str) -> None:
    assert between(value) == says


def test_amounts_below_zero_are_written_like_others() -> None:
    assert amount(Decimal("-2500000")) == "-2.50 M"

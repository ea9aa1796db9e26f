"""The printed board report is the same bytes for the same report, and sets hostile words as text."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

from remit.adapters.press_typst import TypstPress
from remit.report.board import Board, Cell, Headline, Point, Sheet, Table, text

HOSTILE = '#panic("x") <b> $x$ *b* _i_ `c` @ref // /* \\ ] } \u202eevil'


def board(words: str) -> Board:
    said = text(words)
    rows = tuple((said, Cell("1", "claimed"), Cell("2", "act")) for _ in range(60))
    sheet = Sheet(
        id="answer",
        name=said.text,
        title=said.text,
        made_by="remit value show",
        headline=Headline("1", said.text, said.text, "remit value show"),
        says=(Point(said.text, "remit value show"),) * 3,
        tables=(Table(said.text, ("name", ">claimed", ">act"), rows, "remit risks"),),
        chart_about=said.text,
    )
    return Board(said.text, "2026-Q4", "", datetime(2026, 12, 1, tzinfo=UTC), 3, said.text, (sheet, sheet))


def pages(pdf: bytes) -> int:
    return pdf.count(b"/Type /Page\n") or pdf.count(b"/Type/Page/")


def test_the_same_report_is_the_same_bytes_and_another_time_is_not() -> None:
    found = board("Claims")
    made = TypstPress().pdf(found, ["", ""])
    assert made == TypstPress().pdf(found, ["", ""])
    later = dataclasses.replace(found, as_of=datetime(2026, 12, 2, tzinfo=UTC))
    assert made != TypstPress().pdf(later, ["", ""])


def test_hostile_words_and_too_many_rows_stay_on_their_page() -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9"/></svg>'
    made = TypstPress().pdf(board(HOSTILE + "x" * 10_000), [drawing, ""])
    assert made.startswith(b"%PDF")
    assert pages(made) == 2

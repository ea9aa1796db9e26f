"""Exactly what leaders are shown of a ledger with something of everything; `make golden` rewrites it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import msgspec
import pytest

from conftest import living_in
from forked_command import Forks
from leaders_house import told_house
from remit.adapters.press_typst import TypstPress
from remit.cli.context import plain
from remit.cli.leaders_answers import WIDTH
from remit.cli.leaders_text import LINES_SHOWN, case_text, leaders_text, report_notes
from remit.cli.main import remit
from remit.operations.read_board import quarter, read_board
from remit.operations.read_leaders_report import read_case_report, read_leaders_report
from remit.operations.reconcile_bill import month_of
from remit.operations.system import System
from remit.report.board_markdown import board_markdown

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, commands: Forks) -> Iterator[System]:
    with living_in(tmp_path_factory.mktemp("leaders"), commands) as house, told_house(house) as system:
        yield system


def test_leaders_are_shown_exactly_this(told: System) -> None:
    report = read_leaders_report(told)
    text = leaders_text(report)
    case = case_text(read_case_report(told, "letters"))
    line = "\n" + "─" * 40 + "\n"
    shown = line.join([text, "\n".join(report_notes(report)), case]) + "\n"
    expected, page = HERE / "leaders.txt", DOCS / "concepts" / "leaders.md"
    if os.environ.get("REMIT_GOLDEN") == "write":
        expected.write_text(shown)
        before, _, rest = page.read_text().partition("```text\n")
        page.write_text(f"{before}```text\n{text}\n```{rest.partition('```')[2]}")
    assert shown == expected.read_text()
    assert f"```text\n{text}\n```" in page.read_text()
    assert max(len(each) for each in (*text.splitlines(), *case.splitlines())) <= WIDTH


def test_a_month_that_is_over_and_a_unit_are_shown_by_themselves(told: System) -> None:
    october = read_leaders_report(told, month_of(2026, 10))
    assert (october.forecast, october.goes_on, october.before_period) == (None, False, "2026-09")
    assert {each.name for each in october.spending.stages} == {"experiment", "launch", "scale"}
    assert october.title == read_leaders_report(told).title
    service = read_leaders_report(told, unit="service")
    assert [each.name for each in service.spending.use_cases if each.kind == "use_case"] == ["letters"]
    assert {name for each in service.proposed.top for name in each.use_cases} == {"letters"}
    assert not service.unlaunched
    assert not service.governance.amount
    assert msgspec.json.encode(plain(service))


def test_the_dearest_are_listed_and_the_rest_is_counted(told: System) -> None:
    report = read_leaders_report(told)
    [dearest, *_] = report.spending.use_cases
    many = replace(report.spending, use_cases=(dearest,) * 20)
    text = leaders_text(replace(report, spending=many))
    assert "  12 others" in text
    assert text.count(" triage  ") == LINES_SHOWN["use_case"]


def test_a_board_is_told_exactly_this(told: System) -> None:
    shown = board_markdown(read_board(told, quarter(2026, 4), period="2026-Q4"))
    expected = HERE / "board.md"
    if os.environ.get("REMIT_GOLDEN") == "write":
        expected.write_text(shown)
    assert shown == expected.read_text()


def test_a_board_and_leaders_read_the_same_figures(told: System) -> None:
    month = month_of(2026, 11)
    leaders, board = read_leaders_report(told, month), read_board(told, month, period="2026-11")
    assert board.sheets[-2].title == leaders.title
    assert f"{leaders.spending.total:,.0f} EUR" in board.sheets[3].title


def test_the_board_report_is_the_same_bytes_for_the_same_ledger_and_instant(told: System) -> None:
    charts = told.make_charts()
    made = []
    for _ in range(2):
        found = read_board(told, quarter(2026, 4), period="2026-Q4")
        drawings = [charts.svg(each.chart) if each.chart else "" for each in found.sheets]
        made.append(TypstPress().pdf(found, drawings))
    assert made[0] == made[1]


def test_every_figure_of_the_board_names_a_command_that_there_is(told: System) -> None:
    board = read_board(told, quarter(2026, 4), period="2026-Q4")
    commands = {command for sheet in board.sheets for command in sheet.figures}
    assert len(commands) >= 8
    for command in commands:
        name, *words = command.split()
        group: click.Command = remit
        while isinstance(group, click.Group):
            found = group.get_command(click.Context(group), words.pop(0))
            assert found is not None, command
            group = found
        group.make_context(name, words)

"""Maturity as it is shown: marks for items, shades for cells, commands for moves, no figure for the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from remit.cli.context import plain
from remit.cli.maturity import render, render_history
from remit.decide.maturity import Cell, NextMove, Profile, UnitProfile
from remit.decide.maturity_answer import Answer
from remit.decide.maturity_catalogue import LEVELS, PILLARS, Move
from remit.operations.maturity_catalogue import maturity_catalogue
from remit.report.maturity import (
    MaturityHistory,
    MonthView,
    mark_of,
    maturity_report,
    source_view,
    unit_view,
)
from strategies import MOMENT

CATALOGUE = maturity_catalogue()
TODAY = MOMENT.date()
YES, PARTLY, NO = Answer("yes", "so", 1, 1, TODAY), Answer("partly", "some", 1, 2, TODAY), Answer("no", "not")


def cells(**answers: Answer) -> tuple[Cell, ...]:
    """Make every cell of the catalogue; what is not named is not shown."""
    return tuple(
        Cell(
            pillar,
            level,
            tuple(
                (item, answers.get(item.id.replace("-", "_"), NO))
                for item in CATALOGUE.items
                if (item.pillar, item.level) == (pillar, level)
            ),
        )
        for pillar in PILLARS
        for level in LEVELS
    )


def move(*ids: str, by: str = "centre", command: str | None = None, waiting: int = 0) -> NextMove:
    items = tuple(item for item in CATALOGUE.items if item.id in ids)
    return NextMove(
        "m", Move(title="Do it", by=by, command=command), "envision", items, ("a", "b"), waiting, ""
    )


def found(*moves: NextMove, units: tuple[str, ...] = (), unit: str = "", **answers: Answer) -> Any:
    asked = UnitProfile(unit, "House", cells(**answers))
    below = tuple(UnitProfile(name, name.title(), cells()) for name in units)
    return maturity_report(CATALOGUE, Profile(asked, below, moves, TODAY), 3, ("a note",))


@pytest.mark.parametrize(
    ("answer", "mark"),
    [
        (YES, "■"),
        (PARTLY, "◧"),
        (NO, "□"),
        (Answer("unknown", ""), "·"),
        (replace(YES, simulated=True), "s"),
        (replace(PARTLY, simulated=True), "s"),
        (replace(NO, simulated=True), "□"),
    ],
)
def test_each_answer_has_its_mark(answer: Answer, mark: str) -> None:
    assert mark_of(answer) == mark


def test_a_cell_has_a_mark_for_each_item_and_one_shade() -> None:
    view = unit_view(
        UnitProfile(
            "",
            "House",
            cells(s2_access=YES, s2_personal_data=YES, s1_data=PARTLY, s3_guardrails=YES, s4_controls=YES),
        )
    )
    security = next(each for each in view.pillars if each.pillar == "security")
    assert [(each.marks, each.shade, each.shown, each.partly, each.of) for each in security.cells] == [
        ("◧□□", "░", 0, 1, 3),
        ("■■", "█", 2, 0, 2),
        ("□□□■□", "░", 1, 0, 5),
        ("■□", "▓", 1, 0, 2),
    ]
    assert security.coexisting == LEVELS
    assert security.cells[3].open == ("s4-verified",)
    assert {each.cells[0].shade for each in view.pillars if each.pillar != "security"} == {"·"}
    assert (
        unit_view(UnitProfile("", "House", (Cell("security", "scale", ()),))).pillars[4].cells[0].shade == "·"
    )


def test_a_move_is_a_command_or_the_attestation_of_all_that_is_open() -> None:
    commands = [
        found(move("l1-c1", "l1-c4", command="remit apply DIR")).moves[0].command,
        found(move("l1-c1", command="remit apply DIR")).moves[0].command,
        found(move("l1-c1", "p1-training")).moves[0].command,
        found(move("l1-c3", by="unit-lead")).moves[0].command,
        found(move("l1-c1"), unit="desk").moves[0].command,
        found(move("p3-users")).moves[0].command,
    ]
    assert commands == [
        "remit apply DIR",
        "remit attest maturity/l1-c1 --organisation --statement WORDS",
        "remit attest maturity/l1-c1 maturity/p1-training --organisation --statement WORDS",
        "remit attest maturity/l1-c3 --unit UNIT --statement WORDS",
        "remit attest maturity/l1-c1 --unit desk --statement WORDS",
        "remit gate show USE_CASE",
    ]


def test_there_is_no_figure_for_the_whole_in_what_is_printed() -> None:
    written = plain(found(move("l1-c1"), units=("desk",)))
    numbers = {name for name, value in written.items() if isinstance(value, int | float)}
    assert numbers == {"model_version"}
    for unit in (written["profile"], *written["units"]):
        assert set(unit) == {"unit", "name", "pillars"}
        assert all(set(each) == {"pillar", "coexisting", "cells"} for each in unit["pillars"])
    said = render(found(units=("desk",)), items=False, everything=False)
    assert not any(character.isdigit() for character in said.replace(str(TODAY), ""))


def test_many_units_that_stand_alike_share_a_line() -> None:
    many = tuple(f"unit-{number}" for number in range(13))
    short = render(found(units=many), items=False, everything=False)
    assert "13 units: unit-0, unit-1" in short
    whole = render(found(units=many), items=False, everything=True)
    assert "\nunit-12  " in whole
    assert "\ndesk  " in render(found(units=("desk",)), items=False, everything=False)
    other = Profile(
        UnitProfile("", "House", cells()),
        (*(UnitProfile(name, name, cells()) for name in many), UnitProfile("other", "O", cells(s1_data=YES))),
        (),
        TODAY,
    )
    assert "  other\n" in render(maturity_report(CATALOGUE, other, 1, ()), items=False, everything=False)


def test_a_move_says_who_makes_it_and_how_it_is_weighed() -> None:
    said = render(
        found(move("l1-c1", waiting=1), *[move("l1-c3", by="unit-lead")] * 9), items=False, everything=False
    )
    assert (
        "  1. Do it: the centre\n     l1-c1 at envision in 2 units; 1 use case waits for the same = 4\n"
        in said
    )
    assert "  2. Do it: each unit's lead\n     l1-c3 at envision in 2 units = 2\n" in said
    assert said.endswith("... and 2 more moves; `--all` shows them")
    assert render(found(), items=False, everything=False).endswith("\n\nnothing is open")


def test_every_item_says_what_its_answer_rests_on() -> None:
    simulated = replace(YES, simulated=True, inherited=True)
    said = render(
        found(l1_c4=simulated, l1_c2=replace(PARTLY, inherited=True), unit="desk"),
        items=True,
        everything=False,
    )
    assert said.startswith(f"unit desk (House) on {TODAY}\n")
    assert (
        "  ◧ l1-c2  It is written down what others in the same trade do with it\n"
        "      some; 2026-11-23; from above\n"
        "      Write two pages on ten uses elsewhere, with what came of each.\n"
        "  s l1-c4  First use cases and their benefits are being looked at\n"
        "      so; 2026-11-23; simulated; the organisation's\n"
        "  □ b1-problem"
    ) in said


def test_a_history_is_a_line_for_each_month() -> None:
    pillars = unit_view(UnitProfile("desk", "Desk", cells(s1_data=YES))).pillars
    months = (MonthView("2026-10", TODAY, 1, pillars), MonthView("2026-11", TODAY, 2, pillars))
    said = render_history(MaturityHistory("desk", "Desk", months, (), source_view(CATALOGUE)))
    assert said.splitlines()[0] == "unit desk (Desk), at the end of each month"
    assert [line.split()[:3] for line in said.splitlines()[3:5]] == [
        ["2026-10", "1", "····"],
        ["2026-11", "2", "····"],
    ]
    assert "░···" in said


def test_what_rests_on_simulated_calls_alone_is_named_beside_the_shades() -> None:
    simulated = replace(YES, simulated=True)
    pillars = unit_view(UnitProfile("", "House", cells(l2_c1=simulated, l4_c1=simulated))).pillars
    months = (MonthView("2026-11", TODAY, 1, pillars),)
    said = render_history(MaturityHistory("", "House", months, (), source_view(CATALOGUE))).splitlines()
    assert said[2].endswith("operations  simulated alone")
    assert said[3].endswith("····        l2-c1, l4-c1")

"""The first page of executives, read from a ledger with something of everything: as good as its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from conftest import living_in
from forked_command import Forks
from gated_house import SetClock
from leaders_house import APPLIED, CENTRE, NOW, called, found, model
from remit.operations.apply_model import apply_model
from remit.operations.evaluation_run import run_of
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_executive import read_executive
from remit.operations.read_leaders_report import read_leaders_report
from remit.operations.read_portfolio_flow import read_portfolio_flow
from remit.operations.read_portfolio_table import read_portfolio_table
from remit.operations.read_value import read_portfolio_value
from remit.operations.system import CONTROL, GATEWAY, System
from remit.portal.app import PAGES
from remit.portal.page import amount, render
from remit.report.executive import Executive, quarter_of
from remit.report.portfolio_table import Case


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, commands: Forks) -> Iterator[System]:
    with living_in(tmp_path_factory.mktemp("executive"), commands) as house, house.system() as opened:
        clock = SetClock(APPLIED)
        system = replace(opened, clock=clock)
        apply_model(system, model(), author=CENTRE, reason="")
        with system.journals.exclusive(GATEWAY) as journal:
            journal.append(sorted(called(run_of(system, "triage", "e1")), key=lambda each: each.at))
        with system.journals.exclusive(CONTROL) as journal:
            journal.append([*found()])
        fold_ledger(system)
        clock.at = NOW
        yield system


@pytest.fixture(scope="module")
def seen(told: System) -> Executive:
    return read_executive(told)


@pytest.fixture(scope="module")
def rows(told: System) -> dict[str, Case]:
    return {each.id: each for each in read_portfolio_table(told, read_portfolio_flow(told))}


def test_the_quarter_is_what_the_leaders_report_says_of_the_same_days(told: System, seen: Executive) -> None:
    report = read_leaders_report(told, quarter_of(date(2026, 11, 24)))
    assert (seen.now.label, seen.now.since, seen.now.until) == (
        "2026-Q4",
        date(2026, 10, 1),
        date(2026, 11, 24),
    )
    assert seen.now.cost == report.spending.total > 0
    assert [each.value for each in seen.now.by_grade] == [each.value for each in report.spending.value]
    assert seen.title == report.title


def test_the_headline_is_of_what_studies_support_and_no_stronger_than_the_weakest(seen: Executive) -> None:
    assert [each.grade for each in seen.now.evidenced] == ["experiment", "before_after"]
    value = seen.now.value
    assert value is not None
    assert value.low is not None
    assert value.high is not None
    assert value.low < value.point < value.high
    assert (seen.now.weakest, seen.now.goes_on) == ("before_after", True)
    assert seen.now.times == (value.point / seen.now.cost).quantize(Decimal("0.01"))


def test_a_quarter_in_which_no_study_had_found_anything_has_no_evidenced_value(seen: Executive) -> None:
    assert (seen.before.label, seen.before.goes_on) == ("2026-Q3", False)
    assert (seen.before.value, seen.before.weakest, seen.before.times) == (None, None, None)
    assert seen.before.cost > 0


def test_the_page_shows_the_headline_with_its_interval_its_grade_and_the_quarter_before(
    seen: Executive,
) -> None:
    assert PAGES[0].label == "Overview"
    text = bytes(render("overview.html", found=seen, periods=()).body).decode()
    assert seen.now.value is not None
    assert f"{amount(seen.now.value.point)} EUR" in text
    assert "% sure" in text
    assert "times its cost; 2026-Q3: nothing evidenced against" in text
    assert '<span class="grade before-after">' in text
    assert "40 simulated calls, in no figure here" in text


def test_what_is_simulated_is_in_no_figure(seen: Executive) -> None:
    assert seen.simulated_calls == 40


def test_budgets_show_what_they_come_to(seen: Executive) -> None:
    tight = next(each for each in seen.budgets if each.name == "Draft letters")
    assert (tight.limit, tight.per) == (Decimal(90), "month")
    assert tight.forecast.expected is not None
    assert tight.exceeds == (tight.forecast.expected > 90)


def test_decisions_name_whose_they_are_and_lead_somewhere(seen: Executive) -> None:
    assert seen.waiting
    assert all(each.link.startswith("/") and each.says for each in seen.waiting)
    assert any(each.money.endswith("EUR") for each in seen.waiting)
    assert [each.pillar for each in seen.maturity][:2] == ["business", "people"]
    assert seen.standing[0].what == "Controls"


def test_a_row_of_the_portfolio_says_what_value_and_cost_say_elsewhere(
    told: System, rows: dict[str, Case]
) -> None:
    elsewhere = {each.use_case: each for each in read_portfolio_value(told).lines}
    for name, row in rows.items():
        assert row.cost == elsewhere[name].year
        assert row.worth == next(iter(elsewhere[name].by_grade), None)
    assert (rows["triage"].grade, rows["letters"].grade) == ("experiment", "before_after")


def test_a_row_counts_twelve_weeks_of_calls_and_marks_those_that_are_all_simulated(
    rows: dict[str, Case],
) -> None:
    assert sum(rows["triage"].weeks.calls) == 70 * 6
    assert rows["triage"].weeks.calls[0] == 0
    assert (sum(rows["photos"].weeks.calls), rows["photos"].weeks.simulated) == (40, True)
    assert rows["photos"].weeks.charged == 0

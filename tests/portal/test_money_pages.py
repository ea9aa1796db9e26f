"""Spend and value in pages: the figures of the commands, of a ledger with something of everything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import living_in
from forked_command import Forks
from leaders_house import told_house
from remit.operations.advise_finops import advise
from remit.operations.read_showback import read_showback
from remit.operations.read_spend import read_budget_forecasts
from remit.operations.read_value import read_portfolio_value, read_value
from remit.operations.system import System
from remit.portal.app import PAGES
from remit.report.board import amount
from remit.report.written import short, signed
from shown_page import Shelf, words


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, commands: Forks) -> Iterator[System]:
    with living_in(tmp_path_factory.mktemp("money"), commands) as house, told_house(house) as found:
        yield found


@pytest.fixture(scope="module")
def shelf(system: System) -> Shelf:
    return Shelf(system)


def test_every_page_of_the_bar_can_be_shown_of_a_full_ledger(shelf: Shelf) -> None:
    for page in PAGES:
        if page.label:
            assert "<h1>" in shelf.page(page.path), page.path


def test_spend_is_what_was_charged_whatever_it_is_asked_by(shelf: Shelf) -> None:
    totals = set()
    for by in ("unit", "use_case", "model"):
        page = words(shelf.page(f"/spend?show={by}&days=90"))
        totals.add(page.partition("All, without simulated")[2].split(" EUR")[0].strip())
    assert len(totals) == 1
    page = shelf.page("/spend?days=90")
    assert 'class="simulated"' in page
    assert "photos" in page


def test_budgets_stand_with_what_they_will_have_spent(system: System, shelf: Shelf) -> None:
    page = words(shelf.page("/spend/budgets"))
    for each in read_budget_forecasts(system):
        assert each.budget in page
        assert short(each.forecast.spent) in page
    assert "<svg" in shelf.page("/spend/budgets")


def test_advice_stands_with_its_money_and_what_it_would_declare(system: System, shelf: Shelf) -> None:
    page = words(shelf.page("/spend/advice?all=yes"))
    ranked = advise(system).ranking.ranked
    assert ranked
    for each in ranked:
        assert f"{signed(each.saving.a_month)} {each.saving.currency} a month" in page


def test_showback_shows_each_use_case_and_what_reaches_none(system: System, shelf: Shelf) -> None:
    page = words(shelf.page("/spend/showback"))
    found = read_showback(system).report
    assert f"cost {short(found.total)} EUR" in page
    for row in found.rows:
        assert short(row.amount) in page


def test_value_stands_by_grade_and_never_in_one_sum(system: System, shelf: Shelf) -> None:
    page = words(shelf.page("/value"))
    found = read_portfolio_value(system)
    assert len(found.by_grade) > 1
    for each in found.by_grade:
        assert amount(each.value.point) in page
    assert amount(sum((each.value.point for each in found.by_grade), 0 * found.year)) not in page


def test_a_use_cases_value_has_its_chain_its_figures_and_its_cost(system: System, shelf: Shelf) -> None:
    page = words(shelf.page("/value/use-cases/triage"))
    found = read_value(system, "triage")
    assert short(found.year) in page
    for each in found.figures:
        assert each.name in page

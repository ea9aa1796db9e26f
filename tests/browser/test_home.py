"""The overview on one screen, and intake while one types, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PARTS = ("plot", "funnel", "choose", "duplicates", "propose")


@pytest.fixture(scope="module")
def portal(shared_house: Any) -> tuple[Any, str]:
    shared_house.apply()
    return shared_house, shared_house.serve("portal").address


def test_the_overview_stands_on_one_screen_and_prints_on_one_page(
    portal: tuple[Any, str], visit: Callable[..., Page]
) -> None:
    page = visit(*portal, viewport={"width": 1440, "height": 900})
    expect(page.get_by_role("heading", name="Maturity")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollHeight") <= 900
    assert page.pdf(format="A4", landscape=True).count(b"/Type /Page\n") == 1


def test_what_is_typed_is_held_against_all_and_a_fault_keeps_it(
    portal: tuple[Any, str], visit: Callable[..., Page]
) -> None:
    page = visit(*portal, "engineer@example.com", viewport={"width": 1440, "height": 900})
    page.goto("/portfolio/propose")
    assert page.evaluate("document.documentElement.scrollHeight") <= 900
    page.locator("input[name=name]").fill("A pilot")
    expect(page.locator("#alike a").first).to_have_text("A pilot")
    page.locator("textarea[name=purpose]").fill("Answer letters.")
    page.get_by_role("button", name="Propose it").click()
    expect(page.locator("#unit-fault")).to_have_text("This is needed")
    expect(page.locator("textarea[name=purpose]")).to_have_value("Answer letters.")


def test_the_table_is_narrowed_while_one_types_and_sorted_by_its_heads(
    portal: tuple[Any, str], visit: Callable[..., Page]
) -> None:
    page = visit(*portal)
    page.goto("/portfolio")
    page.get_by_label("Find", exact=True).first.fill("nothing like it")
    expect(page.get_by_text("No use case fits.")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    page.get_by_role("link", name="Days there").click()
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Days there")


@pytest.mark.parametrize("part", PARTS)
def test_a_page_of_the_portfolio_has_nothing_serious_against_it(
    portal: tuple[Any, str], visit: Callable[..., Page], part: str
) -> None:
    page = visit(*portal, viewport={"width": 390, "height": 900})
    page.goto(f"/portfolio/{part}")
    found = Axe().run(page).response["violations"]
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    assert [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in serious] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

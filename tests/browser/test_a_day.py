"""A day with the portal, in a real browser: from a proposal to the printed report, by forms and keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gated_house import CENTRE, GATES, GROUND, OWNER, STAGES, case


@pytest.fixture
def served(house: Any) -> tuple[Any, str, Any]:
    house.apply(GROUND, STAGES, GATES, case(tier="low"))
    gateway = house.serve()
    return house, house.serve("portal").address, gateway


def test_a_day_from_a_proposal_to_the_printed_report(
    served: tuple[Any, str, Any], visit: Callable[..., Page]
) -> None:
    house, address, gateway = served
    page = visit(house, address, OWNER)

    page.goto("/portfolio/propose")
    page.locator("input[name=name]").fill("Sort letters")
    page.locator("textarea[name=purpose]").fill(
        "Sort what the post brings, so that the grave ones come first."
    )
    page.locator("select[name=unit]").select_option("desk")
    page.get_by_role("button", name="Propose it").click()
    expect(page.locator(".said")).to_contain_text("sort-letters is in Envision")

    page.keyboard.press("/")
    page.get_by_label("Find", exact=True).fill("pilot")
    expect(page.locator("#found a").first).to_have_text("A pilot")
    with page.expect_navigation(url="**/use-cases/pilot"):
        page.keyboard.press("Enter")
    passing = page.locator("form[action$='/review']")
    passing.get_by_label("Why now").fill("All that is asked is measured.")
    passing.get_by_role("button", name="Enter experiment").click()
    expect(page.locator(".asof").first).to_contain_text("at experiment")

    page.goto("/build?use_case=pilot")
    page.get_by_role("button", name="Get a key for pilot").click()
    shown = page.locator("#secret").inner_text()
    secret = shown.partition("REMIT_KEY=")[2].split()[0]
    page.locator("textarea[name=text]").fill("How do I begin?")
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.locator("[role=status] pre")).to_contain_text("How do I begin?")

    page.keyboard.press("g")
    with page.expect_navigation(url="**/calls"):
        page.keyboard.press("c")
    rows = page.locator("#calls tbody tr")
    expect(rows).to_have_count(1)
    asked = [{"role": "user", "content": "And then?"}]
    assert gateway.client(secret).chat.completions.create(model="echo", messages=asked).choices
    expect(rows).to_have_count(2)
    page.keyboard.press("j")
    with page.expect_navigation(url="**/calls/*"):
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Completed")

    page.goto("/build?use_case=pilot#more")
    page.get_by_label("A budget's new limit, EUR").fill("150.00")
    page.get_by_label("Why", exact=True).fill("More letters come in.")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".said")).to_contain_text("Asked as request")
    assert page.faults == []  # type: ignore[attr-defined]

    _approve_and_print(visit(house, address, CENTRE))
    assert [each["said"] for each in house.entries("approval")] == ["approved"]


def _approve_and_print(page: Page) -> None:
    """Approve what another asked for, by keys, and print the board report."""
    page.keyboard.press("g")
    with page.expect_navigation(url="**/inbox"):
        page.keyboard.press("i")
    expect(page.locator("h1")).to_contain_text("1 request waits for you")
    page.keyboard.press("j")
    expect(page.locator("#opened h3")).to_contain_text("100")
    with page.expect_navigation():
        page.keyboard.press("a")
    expect(page.locator(".said")).to_contain_text("Approved")

    page.keyboard.press("g")
    with page.expect_navigation(url="**/"):
        page.keyboard.press("o")
    for kind, begins in (("pdf", b"%PDF-"), ("html", b"<!doctype html>"), ("md", b"# ")):
        page.get_by_label("Kind of file").select_option(kind)
        with page.expect_download() as coming:
            page.get_by_role("button", name="Print").click()
        assert coming.value.suggested_filename.endswith(f".{kind}")
        assert coming.value.path().read_bytes().startswith(begins)
    assert page.faults == []  # type: ignore[attr-defined]

"""Risk and blocks by keys, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

MORE = """
use_cases:
  other:
    name: Quite another
    unit: desk
    owner: other-owner@example.com
    purpose: Stay at envision.
"""


@pytest.fixture(scope="module")
def portal(shared_house: Any) -> tuple[Any, str]:
    shared_house.apply(shared_house.base, shared_house.case, MORE)
    return shared_house, shared_house.serve("portal").address


def test_lists_follow_what_is_typed_and_rows_open_by_keys(
    portal: tuple[Any, str], visit: Callable[..., Page]
) -> None:
    page = visit(*portal)
    page.goto("/risk/use-cases")
    expect(page.locator("#cases tbody tr")).to_have_count(2)
    page.get_by_label("Text").fill("quite")
    expect(page.locator("#cases tbody tr")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    with page.expect_navigation(url="**/use-cases/other"):
        page.keyboard.press("Enter")
    page.goto("/risk")
    with page.expect_navigation(url="**/risk/law#d2027-12-02"):
        page.get_by_role("link", name="2027-12-02").first.focus()
        page.keyboard.press("Enter")


def test_a_block_is_found_and_asked_for_by_keys(portal: tuple[Any, str], visit: Callable[..., Page]) -> None:
    page = visit(*portal)
    page.keyboard.press("/")
    page.get_by_label("Find", exact=True).fill("model/echo")
    expect(page.locator("#found a").first).to_have_text("model/echo")
    with page.expect_navigation(url="**/blocks/model/echo"):
        page.keyboard.press("Enter")
    page.get_by_label("For the use case").select_option("other")
    page.get_by_label("Why").fill("It is at hand.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").or_(page.get_by_role("status")).first).to_be_visible()
    assert page.faults == []  # type: ignore[attr-defined]

"""Every page in a real browser: by keys alone, without faults, and fit for everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from remit.portal.app import PAGES

BAR = [page for page in PAGES if page.label]
TABS = ("", "/remit", "/value", "/evidence", "/controls", "/access", "/history")
OTHERS = [
    *(f"/use-cases/pilot{tab}" for tab in TABS),
    *("/risk/use-cases", "/risk/controls", "/risk/frameworks/eu-ai-act", "/risk/register", "/risk/law"),
    *("/risk/exceptions", "/risk/findings", "/maturity?pillar=security", "/blocks/model/echo"),
    *("/blocks/sprawl", "/settings/versions?from=1&to=1", "/api/docs"),
    *("/spend/budgets", "/spend/odd-days", "/spend/advice", "/spend/showback", "/spend/unit-cost"),
    *("/value/studies", "/value/blocks", "/value/use-cases/pilot", "/portfolio/plot", "/portfolio/funnel"),
    *("/agents/levels/pilot", "/agents/runs", "/agents/tools", "/agents/knowledge", "/agents/stops"),
    *("/portfolio/choose", "/portfolio/duplicates", "/portfolio/propose", "/month"),
]
"""Pages that the bar does not name."""


@pytest.fixture(scope="module")
def portal(shared_house: Any) -> tuple[Any, str]:
    shared_house.apply()
    server = shared_house.serve()
    client = server.client(shared_house.key())
    for _ in range(3):
        client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "x"}])
    shared_house.entries()
    return shared_house, shared_house.serve("portal").address


@pytest.mark.parametrize("path", [*(page.path for page in BAR), *OTHERS])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_has_nothing_serious_against_it(
    portal: tuple[Any, str], visit: Callable[..., Page], path: str, scheme: Any
) -> None:
    house, address = portal
    page = visit(house, address, color_scheme=scheme)
    page.goto(path)
    found = Axe().run(page).response["violations"]
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    assert [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in serious] == []
    assert page.faults == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_a_page_is_never_wider_than_the_window(
    portal: tuple[Any, str], visit: Callable[..., Page], width: int
) -> None:
    house, address = portal
    page = visit(house, address, viewport={"width": width, "height": 900})
    for path in [*(each.path for each in BAR), *OTHERS]:
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} wide"


def test_keys_alone_lead_everywhere(portal: tuple[Any, str], visit: Callable[..., Page]) -> None:
    page = visit(*portal)
    for each in BAR:
        if each.letter:
            page.keyboard.press("g")
            with page.expect_navigation(url=f"**{each.path}"):
                page.keyboard.press(each.letter)
    page.goto("/portfolio")
    page.keyboard.press("j")
    with page.expect_navigation(url="**/use-cases/pilot"):
        page.keyboard.press("Enter")
    page.keyboard.press("/")
    page.get_by_label("Find", exact=True).fill("pilot")
    expect(page.locator("#found a").first).to_have_text("A pilot")
    with page.expect_navigation(url="**/use-cases/pilot"):
        page.keyboard.press("Enter")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()

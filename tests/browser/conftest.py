"""A real browser: Debian's Chromium where it is installed, and elsewhere each test is skipped by name."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
"""No sandbox, because tests run as root in containers, and the pages are our own; no shared memory there."""

WAIT_MS = 90_000
"""How long a page may take: machines that test are shared, and nothing here is timed."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Open a browser for the tests of one module: what drives it keeps an event loop of its own running."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium is installed: `apt-get install chromium`")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield made
        made.close()


SignIn = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser) -> Iterator[SignIn]:
    """Open a page of a house's portal for a person who signs in with a token of theirs."""
    contexts = []

    def opened(house: Any, address: str, person: str = "administrator", **options: Any) -> Page:
        context = browser.new_context(base_url=address, **options)
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.faults = faults  # type: ignore[attr-defined]
        page.goto("/sign-in")
        page.get_by_label("token").fill(house.token(person))
        page.get_by_role("button", name="Sign in").click()
        # A role may have another first page.
        page.wait_for_url(lambda url: "/sign-in" not in url)
        # The script has run once it shows what it adds; keys that are pressed before are nobody's.
        page.locator("[data-palette]").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()

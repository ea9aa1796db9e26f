"""The inbox by keys alone: walk, open, approve, deny, and tick what is alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gated_house import CENTRE, GATES, GROUND, LEAD, OWNER, STAGES, case
from remit.cli.directory import load_directory
from remit.operations.apply_model import apply_model
from remit.operations.ask_approval import Asking, ask_approval

NAMES = ("one", "two", "three", "four", "five")


@pytest.fixture
def portal(house: Any) -> tuple[Any, str]:
    with house.system() as system:
        loaded = load_directory(house.declare(GROUND, STAGES, GATES, case(stage="experiment")))
        assert loaded.operating_model is not None, loaded.diagnostics
        apply_model(system, loaded.operating_model, author=OWNER, reason="A first one.")
        for name in NAMES:
            asking = Asking(
                about="tool",
                subject="tool/mail",
                body=name.encode(),
                summary=f"send letter {name}",
                tier="low",
                use_case="pilot",
                roles=("unit-lead",),
            )
            ask_approval(system, asking, author=CENTRE)
    return house, house.serve("portal").address


def test_walking_opens_and_keys_answer_just_what_is_open(
    portal: tuple[Any, str], visit: Callable[..., Page]
) -> None:
    house, _ = portal
    page = visit(*portal, LEAD)
    page.keyboard.press("g")
    with page.expect_navigation(url="**/inbox"):
        page.keyboard.press("i")
    opened = page.locator("#opened h3")
    expect(page.locator("h1")).to_contain_text("5 requests wait for you")
    expect(opened).to_have_text("send letter one")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(opened).to_have_text("send letter three")
    page.keyboard.press("k")
    expect(opened).to_have_text("send letter two")
    with page.expect_navigation():
        page.keyboard.press("a")
    expect(page.locator(".said")).to_contain_text("Approved: send letter two")
    expect(page.locator("nav b")).to_have_text("4")

    page.keyboard.press("d")
    page.keyboard.type("Not this one.")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("Denied: send letter one")

    for key in ("x", "j", "x"):
        page.keyboard.press(key)
    with page.expect_navigation(url="**request=*%2C*"):
        page.keyboard.press("t")
    expect(page.locator("#opened h2")).to_have_text("2 requests, answered together")
    with page.expect_navigation():
        page.keyboard.press("a")
    expect(page.locator("h1")).to_contain_text("1 request waits for you")
    said = [(each["said"], each["author"]) for each in house.entries("approval")]
    assert said == [("approved", LEAD), ("denied", LEAD), ("approved", LEAD), ("approved", LEAD)]
    assert page.faults == []  # type: ignore[attr-defined]

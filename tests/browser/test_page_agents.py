"""Agents in the browser: a run asks, a person answers, another is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from agents_house import AgentHouse, agent_forks, agent_house, asks, says
from conftest import House
from forked_command import Forks

ASKED = "please pay bob 20 EUR"


@pytest.fixture(scope="module")
def workers() -> Iterator[Forks]:
    with agent_forks() as found:
        yield found


def ended(agents: AgentHouse, run: str, status: str) -> None:
    agents.hear(run)
    assert agents.look(run)["status"] == status
    agents.house.entries()


def test_a_run_asks_a_person_answers_and_another_is_stopped(
    house: House, workers: Forks, visit: Callable[..., Page]
) -> None:
    pay = asks("pay", {"to": "bob", "amount": "20"})
    with agent_house(house, workers, pay, says("Bob has 20 EUR."), level="act_with_approval") as agents:
        address = house.serve("portal").address
        first, second = agents.begin(ASKED), agents.begin(ASKED)
        for run in (first, second):
            agents.hear(run, "waiting")
        house.entries()
        page = visit(house, address, "desk-lead@example.com")
        _answer(page, agents, first)
        _stop(visit(house, address), second)
        ended(agents, first, "completed")
        ended(agents, second, "stopped")
        assert agents.effects() == 1
        _is_said(page, first, second)
        assert page.faults == []  # type: ignore[attr-defined]


def _answer(page: Page, agents: AgentHouse, run: str) -> None:
    """Find what a run asks on the page of agents, see what is at stake, and agree."""
    page.goto("/agents")
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 calls wait for a person")
    expect(page.get_by_role("region", name="Live runs")).to_contain_text(run)
    page.goto(f"/agents/runs/{run}")
    expect(page.get_by_role("heading", level=1)).to_have_text("desk waits for a person")
    page.get_by_role("link", name="See what it asks").click()
    expect(page.get_by_role("region", name="What the call would be given")).to_contain_text("bob")
    if (why := page.get_by_label("Why, if you like")).count() == 0:
        why = page.get_by_label("Why", exact=True)
    why.fill("Bob is owed that.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").first).to_contain_text("Approved: an agent of pilot")


def _stop(page: Page, run: str) -> None:
    page.goto(f"/agents/runs/{run}")
    page.get_by_label("Why it is stopped").fill("It asks too much.")
    page.get_by_role("button", name="Stop this run").click()
    expect(page.get_by_role("status").first).to_contain_text(f"Run/{run} is stopped")


def _is_said(page: Page, first: str, second: str) -> None:
    page.goto(f"/agents/runs/{first}")
    steps: Any = page.get_by_role("region", name="Steps")
    expect(steps).to_contain_text("a person approved just this call")
    page.goto(f"/agents/runs/{second}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("ended: stopped")
    page.goto("/agents/levels/pilot")
    expect(page.get_by_role("region", name="Levels")).to_contain_text("act with approval")
    page.goto("/agents/tools")
    expect(page.get_by_role("region", name="Tools")).to_contain_text("tool/pay")

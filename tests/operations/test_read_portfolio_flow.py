"""The flow of a portfolio, read from a real store: who holds a pilot, and what is advised on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gated_house import GATES, GROUND, STAGES, SetClock, Way, case
from remit.decide.flow import Flow
from remit.operations.read_portfolio_flow import PortfolioFlow, read_portfolio_flow


def held(found: Flow) -> tuple[int, float | None, bool]:
    return found.waiting, found.congestion.blocked, found.congestion.at_least


def advised(found: PortfolioFlow) -> tuple[str, str]:
    advice = found.advice["pilot"]
    return advice.advised, advice.rule


def test_a_pilot_is_held_by_governance_until_somebody_gives_their_word_and_then_goes(house: Any) -> None:
    with house.system() as opened:
        clock = SetClock()
        way = Way(replace(opened, clock=clock), clock)
        way.apply(house.declare(GROUND, GATES, STAGES, case()))
        clock.on(days=30)
        before = read_portfolio_flow(way.system)
        assert (before.flow.in_work, before.flow.arrived, before.flow.departed) == (1, 1, 0)
        assert held(before.flow) == (1, 1.0, True)
        assert [(each.use_case, each.into) for each in before.funnel.waiting] == [("pilot", "experiment")]
        assert (before.facts["pilot"].age, advised(before)) == (30, ("go", "in-time"))
        way.attest("gate/experiment/data")
        after = read_portfolio_flow(way.system, unit="desk")
        assert held(after.flow) == (0, 0.0, True)
        assert advised(after) == ("go", "gate-met")
        [first] = after.next(3)
        assert (first.use_case, first.readiness, first.do) == ("pilot", 1.0, "remit gate request pilot")

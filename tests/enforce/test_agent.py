"""Bounds of agents: what is handed on is never wider, in whatever order agents stand."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.agent import Bounds, Spent, is_within, meet, reached

NAMES = st.frozensets(st.sampled_from(("tool/a", "tool/b@1", "tool/b@2", "tool/c", "tool/d")), max_size=4)
BOUNDS = st.builds(
    Bounds,
    tools=NAMES,
    knowledge=st.frozensets(st.sampled_from(("knowledge/x", "knowledge/y"))),
    memory=st.booleans(),
    turns=st.integers(1, 200),
    tool_calls=st.integers(1, 1000),
    tokens=st.integers(1, 10**6),
    seconds=st.floats(0, 1000),
    cost=st.none() | st.decimals(0, 10, places=2),
)


@given(BOUNDS, BOUNDS)
def test_what_is_handed_on_is_within_what_both_may_do(one: Bounds, other: Bounds) -> None:
    both = meet(one, other)
    assert is_within(both, one)
    assert is_within(both, other)
    assert both == meet(other, one)
    assert meet(one, one) == one


@given(st.lists(BOUNDS, min_size=1, max_size=5))
def test_a_longer_row_of_agents_never_widens_what_the_last_may_do(row: list[Bounds]) -> None:
    met = reduce(meet, row)
    assert all(is_within(met, each) for each in row)
    assert all(is_within(met, reduce(meet, row[:count])) for count in range(1, len(row)))


def test_a_run_has_no_room_at_its_limits() -> None:
    bounds = Bounds(frozenset(), frozenset(), memory=False, turns=2, tool_calls=3, tokens=100, seconds=5.0)
    assert reached(bounds, Spent()) is None
    turn = Spent().with_turn(tokens=10, seconds=1.0, cost=Decimal("0.01"))
    assert reached(bounds, turn) is None
    assert reached(bounds, turn.with_turn(tokens=10, seconds=1.0, cost=Decimal(0))) == "turns"
    assert reached(bounds, Spent(tool_calls=4)) == "tool_calls"
    assert reached(bounds, Spent(tokens=100)) == "tokens"
    assert reached(bounds, Spent().with_tool(seconds=5.0)) == "seconds"

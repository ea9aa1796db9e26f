"""What pages show is made once, and again when the ledger has moved on."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from remit.kernel.errors import NotFound
from remit.portal.kept import FRESH, VALUES_MAX, Kept

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


class World:
    """A system as far as it concerns what is kept: a time, and how much has been decided."""

    def __init__(self) -> None:
        self.at, self.decided = NOW, 0
        self.clock = self.journals = SimpleNamespace(now=lambda: self.at, size=lambda _: self.decided)

    def kept(self) -> Kept:
        return Kept(cast(Any, self))


def test_a_value_is_made_once_while_it_is_fresh() -> None:
    world, made = World(), iter(range(9))
    kept = world.kept()
    assert [kept.get("a", lambda: next(made)).value for _ in range(3)] == [0, 0, 0]
    assert kept.get("b", lambda: next(made)).value == 1


def test_after_a_decision_whoever_asks_sees_what_is_new() -> None:
    world, made = World(), iter(range(9))
    kept = world.kept()
    kept.get("a", lambda: next(made))
    world.decided += 1
    seen = kept.get("a", lambda: next(made), patience_s=60)
    assert (seen.value, seen.late) == (1, False)


def test_a_page_does_not_wait_for_what_takes_long_and_says_that_it_is_late() -> None:
    world, go = World(), threading.Event()
    kept = world.kept()
    kept.get("a", lambda: "before")
    world.decided += 1

    def slow() -> str:
        go.wait(60)
        return "after"

    seen = kept.get("a", slow, patience_s=0)
    assert (seen.value, seen.late, seen.as_of) == ("before", True, NOW)
    go.set()
    assert kept.get("a", slow, patience_s=60).value == "after"


def test_calls_that_came_since_are_looked_at_beside_the_page_that_asks() -> None:
    world, made = World(), iter(range(9))
    kept = world.kept()
    kept.get("a", lambda: next(made))
    world.at += FRESH
    assert kept.get("a", lambda: next(made)).value == 0
    kept.get("b", lambda: None)
    world.decided += 1
    assert kept.get("a", lambda: next(made), patience_s=60).value in (1, 2)


def test_a_fault_is_told_to_whoever_asks_and_is_not_kept() -> None:
    kept = World().kept()

    def fails() -> str:
        raise NotFound("nothing", help="none")

    for _ in range(2):
        with pytest.raises(NotFound):
            kept.get("a", fails)
    assert kept.get("a", lambda: "now").value == "now"


def test_no_more_values_are_held_than_there_is_room_for() -> None:
    world, made = World(), iter(range(9_999))
    kept = world.kept()
    for name in range(VALUES_MAX + 1):
        kept.get(name, lambda: next(made))
    assert kept.get(VALUES_MAX, lambda: -1).value == VALUES_MAX
    assert kept.get(0, lambda: -1).value == -1
    assert timedelta(0) <= kept.get(0, lambda: -2).took


def test_what_was_never_made_is_said_to_be_being_made_and_made_once() -> None:
    world, go, made = World(), threading.Event(), iter(range(9))
    kept = world.kept()

    def slow() -> int:
        go.wait(60)
        return next(made)

    assert kept.soon("a", slow, patience_s=0) is None
    assert kept.soon("a", slow, patience_s=0) is None
    go.set()
    first = kept.soon("a", slow, patience_s=60)
    assert first is not None
    assert first.value == 0
    again = kept.soon("a", slow)
    assert again is not None
    assert again.value == 0


def test_what_cannot_be_made_soon_is_told_as_it_is() -> None:
    def missing() -> int:
        raise NotFound("no such thing", help="look elsewhere")

    with pytest.raises(NotFound):
        World().kept().soon("a", missing, patience_s=60)

"""A simulated past: it goes through the doors, is labelled throughout, and comes before anything real."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from remit.adapters.clock_set import SetClock
from remit.bootstrap import open_past
from remit.cli.directory import load_directory
from remit.declare.history import read_past
from remit.kernel.errors import Conflict
from remit.operations.play_past import Played, play_past
from remit.operations.verify_ledger import verify_ledger
from remit.settings import read_settings

PAST = """
history:
  days: 8
  seed: a test
  author: simulation@example.com
  calls:
    pilot: {model: model/echo, from_a_day: 3, to_a_day: 6, asks: [Say something.]}
  events:
    - {ago: 4, does: stop, subject: use-case/pilot, by: [cro@example.com], reason: It went astray.}
    - {ago: 3, does: lift, subject: use-case/pilot, by: [cro@example.com], reason: It is repaired.}
"""
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def play(house: Any) -> Played:
    history, faults = read_past(PAST, "past.yaml")
    assert history is not None, faults
    model = load_directory(house.declare()).operating_model
    assert model is not None
    clock = SetClock(NOW)
    with open_past(read_settings(house.environment), clock) as system:
        return play_past(
            system, clock, model=model, history=history, now=NOW, data_sets={}, told=lambda played: None
        )


def test_a_simulated_past_is_labelled_ends_before_now_and_leaves_a_sound_ledger(
    house: Any,
) -> None:
    played = play(house)
    calls, refusals = house.entries("call"), house.entries("refusal")
    assert played.faults == []
    assert len(calls) + len(refusals) == played.calls
    assert all(each["simulated"] for each in calls)
    assert {each["reason"].split(":")[0] for each in house.entries("kill_switch")} == {"Simulated"}
    assert all(each["at"] < "2026-11-20T12" for each in calls)
    assert any(each["at"] > "2026-11-20" for each in calls), "today has begun"
    assert len(refusals) == played.refused > 0
    with house.system() as system:
        verify_ledger(system)


def test_a_simulated_past_is_not_played_twice(house: Any) -> None:
    play(house)
    with pytest.raises(Conflict, match="not empty"):
        play(house)

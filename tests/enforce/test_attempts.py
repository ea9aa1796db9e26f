"""Attempts that are refused: a few a minute from one address, and then it waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from remit.enforce.attempts import Attempts

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_an_address_waits_once_it_was_refused_too_often_and_others_do_not() -> None:
    attempts = Attempts(refused_max=3)
    assert [attempts.refuse("192.0.2.1", NOW + timedelta(seconds=each)) for each in range(5)] == [
        *(0, 0, 0, 57, 56)
    ]
    assert attempts.refuse("192.0.2.2", NOW) == 0
    assert attempts.refuse("192.0.2.1", NOW + timedelta(seconds=59.5)) == 1
    assert attempts.refuse("192.0.2.1", NOW + timedelta(minutes=1)) == 0


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    attempts = Attempts(refused_max=0)
    assert attempts.refuse("192.0.2.1", NOW) == 60
    assert attempts.refuse("192.0.2.1", NOW - timedelta(days=1)) == 60


def test_a_flood_of_addresses_takes_no_more_room_than_is_given() -> None:
    attempts = Attempts(refused_max=1, addresses_max=2)
    for address in ("a", "b", "c", "a"):
        assert attempts.refuse(address, NOW) == 0
    assert attempts.refuse("c", NOW) > 0

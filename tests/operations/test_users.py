"""Users of a month: who counts, what a new month does, and what bounds them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from remit.operations.users import KEPT_MAX, Users, month_of


def test_users_count_once_and_for_their_own_use_case() -> None:
    users = Users("2026-11", [("one", "a"), ("one", "a"), ("two", "b")])
    users.add("one", "a", "2026-11", limit=None)
    users.add("one", "c", "2026-11", limit=5)
    assert users.of("one", "2026-11") == {"a", "c"}
    assert users.of("two", "2026-11") == {"b"}
    assert users.of("three", "2026-11") == set()


def test_a_new_month_begins_with_nobody_and_a_clock_set_back_ends_none() -> None:
    users = Users("2026-11", [("one", "a")])
    assert users.of("one", "2026-10") == {"a"}
    users.add("one", "b", "2026-12", limit=None)
    assert users.of("one", "2026-12") == {"b"}
    assert users.of("one", "2026-11") == {"b"}


def test_the_month_is_that_of_the_zone() -> None:
    at = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert month_of(at, ZoneInfo("Europe/Amsterdam")) == "2026-11"
    assert month_of(at, ZoneInfo("UTC")) == "2026-10"


def test_users_that_no_limit_bounds_are_kept_up_to_one_of_ours() -> None:
    users = Users("2026-11", (("one", str(number)) for number in range(KEPT_MAX)))
    users.add("one", "more", "2026-11", limit=None)
    assert len(users.of("one", "2026-11")) == KEPT_MAX
    users.add("one", "more", "2026-11", limit=KEPT_MAX + 1)
    assert "more" in users.of("one", "2026-11")

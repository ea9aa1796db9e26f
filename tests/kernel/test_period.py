"""Windows of time: every instant lies in exactly one, whatever the zone does with its clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.period import Per, Window, window
from strategies import ZONES, instants, periods, utc

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
zones = st.sampled_from(ZONES).map(ZoneInfo)
months = st.integers(1, 12)


def bounds(found: Window) -> tuple[datetime, datetime]:
    return found.start.astimezone(UTC), found.end.astimezone(UTC)


def hours(day: datetime) -> float:
    start, end = bounds(window("day", at=day, zone=AMSTERDAM))
    return (end - start) / timedelta(hours=1)


@given(periods, instants, zones, months)
def test_an_instant_lies_in_its_window(per: Per, at: datetime, zone: ZoneInfo, year_starts: int) -> None:
    start, end = bounds(window(per, at=at, zone=zone, year_starts=year_starts))
    assert start <= at < end


@given(periods, instants, zones, months)
def test_windows_follow_each_other_without_gap_or_overlap(
    per: Per, at: datetime, zone: ZoneInfo, year_starts: int
) -> None:
    here = window(per, at=at, zone=zone, year_starts=year_starts)
    start, end = bounds(here)
    after = window(per, at=end, zone=zone, year_starts=year_starts)
    before = window(per, at=start - timedelta(microseconds=1), zone=zone, year_starts=year_starts)
    assert bounds(after)[0] == end
    assert bounds(before)[1] == start
    assert before.label < here.label < after.label


@given(periods, instants, instants, zones, months)
def test_two_instants_share_a_label_only_if_they_share_the_window(
    per: Per, one: datetime, other: datetime, zone: ZoneInfo, year_starts: int
) -> None:
    here, there = (window(per, at=at, zone=zone, year_starts=year_starts) for at in (one, other))
    assert (here.label == there.label) is (bounds(here) == bounds(there))


@given(instants, zones, zones)
def test_it_does_not_matter_in_which_zone_an_instant_is_given(
    at: datetime, zone: ZoneInfo, given_in: ZoneInfo
) -> None:
    assert window("day", at=at.astimezone(given_in), zone=zone) == window("day", at=at, zone=zone)


@given(instants, zones, months)
def test_a_day_lies_in_one_month_and_a_month_in_one_year(
    at: datetime, zone: ZoneInfo, year_starts: int
) -> None:
    day, month, year = (
        bounds(window(per, at=at, zone=zone, year_starts=year_starts)) for per in ("day", "month", "year")
    )
    assert year[0] <= month[0] <= day[0] < day[1] <= month[1] <= year[1]


def test_days_in_amsterdam_have_23_24_or_25_hours() -> None:
    assert hours(utc(2026, 3, 29, 12)) == 23
    assert hours(utc(2026, 10, 25, 12)) == 25
    assert hours(utc(2026, 11, 23, 12)) == 24


def test_the_hour_that_comes_twice_belongs_to_the_same_day_both_times() -> None:
    first, second = utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)
    assert first.astimezone(AMSTERDAM).hour == second.astimezone(AMSTERDAM).hour == 2
    assert window("day", at=first, zone=AMSTERDAM) == window("day", at=second, zone=AMSTERDAM)


@pytest.mark.parametrize(
    ("at", "label"),
    [
        (utc(2026, 1, 31, 22, 59), "2026-01-01"),
        (utc(2026, 1, 31, 23, 0), "2026-02-01"),
        (utc(2028, 2, 29, 22, 59), "2028-02-01"),
        (utc(2028, 2, 29, 23, 0), "2028-03-01"),
        (utc(2026, 12, 31, 23, 0), "2027-01-01"),
    ],
)
def test_months_end_at_local_midnight(at: datetime, label: str) -> None:
    assert window("month", at=at, zone=AMSTERDAM).label == label


@pytest.mark.parametrize(
    ("starts", "at", "label"),
    [
        (1, utc(2026, 12, 31, 22), "2026-01-01"),
        (4, utc(2026, 3, 31, 21, 59), "2025-04-01"),
        (4, utc(2026, 3, 31, 22), "2026-04-01"),
        (12, utc(2026, 11, 30), "2025-12-01"),
        (12, utc(2026, 12, 1), "2026-12-01"),
    ],
)
def test_a_fiscal_year_begins_in_its_month(starts: int, at: datetime, label: str) -> None:
    assert window("year", at=at, zone=AMSTERDAM, year_starts=starts).label == label


def test_an_instant_without_a_zone_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError, match="machine's own"):
        window("day", at=datetime(2026, 1, 1), zone=AMSTERDAM)  # noqa: DTZ001 - that is the point

"""Charts are values: what is uncertain looks different, text stays text, and colours come from one place."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from remit.report.chart.bars import Bar, grouped_bars, small_multiples, stacked_bars
from remit.report.chart.cumulative import Count, cumulative_flow
from remit.report.chart.forecast import Ahead, Point, forecast_line
from remit.report.chart.intervals import Effect, interval_plot
from remit.report.chart.scatter import Place, scatter
from remit.report.chart.theme import Frame, Ink, Spec, label
from remit.report.spark import spark

HOSTILE = "<script>x</script>\u202e\x00" + "y" * 10_000


def charts(ink: Ink, name: str = "Claims") -> dict[str, Spec]:
    frame = Frame("Title", "What it shows", ink=ink)
    bars = [Bar(name, "experiment", 3, tone="accent"), Bar(name, "claimed", 2, firm=False, says=name)]
    day = date(2026, 11, 1)
    return {
        "forecast": forecast_line(frame, [Point(day, 1)], [Ahead(date(2026, 11, 2), 2, 1, 3)], limit=4),
        "stacked": stacked_bars(frame, bars),
        "grouped": grouped_bars(frame, bars),
        "multiples": small_multiples(frame, bars),
        "intervals": interval_plot(frame, [Effect(name, 2, 1, 3, firm=False, says=name)]),
        "scatter": scatter(frame, [Place(name, 1, 2, marked=True)], x=name, y="value"),
        "cumulative": cumulative_flow(frame, [Count(day, "scale", 2)], stages=["launch", "scale"]),
    }


@pytest.mark.parametrize("kind", charts("page"))
def test_a_chart_for_a_page_names_no_colour_of_its_own(kind: str) -> None:
    assert '"#' not in json.dumps(charts("page")[kind])


@pytest.mark.parametrize("kind", charts("print"))
def test_a_chart_for_print_takes_no_colour_from_a_page(kind: str) -> None:
    text = json.dumps(charts("print")[kind])
    assert "var(" not in text
    assert "currentColor" not in text


@pytest.mark.parametrize("kind", charts("page"))
def test_hostile_names_are_short_and_of_what_can_be_seen(kind: str) -> None:
    text = json.dumps(charts("page", HOSTILE)[kind], ensure_ascii=False)
    assert "\u202e" not in text
    assert "\\u0000" not in text
    assert "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy" not in text


def test_what_is_claimed_is_outlined_and_what_is_shown_is_filled() -> None:
    values: list[dict[str, Any]] = charts("print")["stacked"]["data"]["values"]
    shown, claimed = values
    assert shown["fill"] == shown["stroke"]
    assert claimed["fill"] == "#ffffff" != claimed["stroke"]


def test_bounds_that_nobody_knows_leave_the_band_away() -> None:
    drawn = forecast_line(Frame("t", "a"), [Point(date(2026, 1, 1), 1)], [Ahead(date(2026, 1, 2), 2)])
    assert [layer["mark"]["type"] for layer in drawn["layer"]] == ["line", "line"]


def test_a_label_is_cut_where_it_is_too_long() -> None:
    assert len(label("x" * 100)) == 48


def test_sparklines_of_one_column_share_a_scale() -> None:
    assert spark([5], most=10, width=20, height=10) == "M0 5L20 5"
    assert spark([100], most=10, width=20, height=10) == "M0 0.5L20 0.5"
    assert spark([], most=10) == ""
    assert spark([1, 2], most=0) == ""

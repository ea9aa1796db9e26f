"""Charts are values that the engine takes, and pictures that no page has to allow anything for."""

from __future__ import annotations

import re

import pytest

from remit.adapters.charts_vegalite import VegaLiteCharts
from remit.report import chart
from remit.report.chart import PAGE, PRINT, Ink, Spec, spark

DAYS = [f"2026-11-{day:02}" for day in range(1, 9)]
HOSTILE = "</script><script>alert(1)</script> \u202e =1+1"


def specs(ink: Ink) -> dict[str, Spec]:
    course = [
        {
            "day": day,
            "value": at,
            "coming": at > 5,
            "low": at - 1 if at > 5 else None,
            "high": at + 1 if at > 5 else None,
            "limit": 9,
        }
        for at, day in enumerate(DAYS)
    ]
    named = [
        {"name": HOSTILE, "value": 3, "said": "3 EUR"},
        {"name": "b", "value": 5, "said": "", "claimed": True},
    ]
    effects = [{**row, "low": -1, "high": 7} for row in named]
    points = [{"name": HOSTILE, "x": 1, "y": 2, "said": HOSTILE}, {"name": "b", "x": 3, "y": 1}]
    multiples = [
        {"day": day, "value": at, "name": name} for at, day in enumerate(DAYS) for name in ("x", "y")
    ]
    return {
        "band": chart.band(course, about="spend", unit="EUR", ink=ink),
        "bars": chart.bars(named, about="value", unit="EUR", ink=ink),
        "intervals": chart.intervals(effects, about="effects", unit="minutes", ink=ink),
        "scatter": chart.scatter(points, about="cases", across="feasibility", upwards="value", ink=ink),
        "multiples": chart.layers_over_time(multiples, about="spend", unit="EUR", names=["x", "y"], ink=ink),
    }


@pytest.fixture(scope="module")
def charts() -> VegaLiteCharts:
    return VegaLiteCharts()


@pytest.mark.parametrize("name", list(specs(PAGE)))
def test_a_chart_is_drawn_without_a_style_or_a_script_of_its_own(charts: VegaLiteCharts, name: str) -> None:
    for ink in (PAGE, PRINT):
        svg = charts.svg(specs(ink)[name])
        assert svg.startswith("<svg")
        assert not re.search(r"<style|<script|<foreignObject|\sstyle=|\son\w+=|href=\"(?!#)", svg)
        assert ("var(--" in svg) == (ink is PAGE)


def test_the_same_chart_is_the_same_picture(charts: VegaLiteCharts) -> None:
    assert charts.svg(specs(PRINT)["band"]) == VegaLiteCharts().svg(specs(PRINT)["band"])


def test_no_data_draws_an_empty_chart(charts: VegaLiteCharts) -> None:
    assert charts.svg(chart.bars([], about="nothing", unit="EUR")).startswith("<svg")


def test_what_is_claimed_looks_different_from_what_is_known(charts: VegaLiteCharts) -> None:
    assert "stroke-dasharray" in charts.svg(specs(PRINT)["bars"])


def test_a_course_stays_within_its_bounds_and_says_nothing_without_one() -> None:
    assert spark([], 1) == spark([1], 1) == spark([1, 2], 0) == ""
    numbers = [float(each) for each in re.findall(r"[\d.]+", spark([0, 5, -3, 99], 10))]
    assert max(numbers[1::2]) <= chart.SPARK_HEIGHT
    assert min(numbers) >= 0

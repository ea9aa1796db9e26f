"""Charts are drawn as SVG that a strict page takes in, and the same one is drawn once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from xml.etree import ElementTree

import pytest

from remit.adapters.charts_vegalite import VegaLiteCharts
from remit.kernel.errors import RemitError
from remit.report.chart.bars import Bar, grouped_bars
from remit.report.chart.theme import Frame


@pytest.fixture(scope="module")
def charts() -> Iterator[VegaLiteCharts]:
    with closing(VegaLiteCharts()) as made:
        yield made


def test_a_drawing_says_what_it_shows_and_brings_neither_style_nor_script(charts: VegaLiteCharts) -> None:
    spec = grouped_bars(Frame("Value <b>", "By grade & more"), [Bar("<script>\u202e", "", 3, says="3 & 4")])
    drawn = charts.svg(spec)
    root = ElementTree.fromstring(drawn)
    assert [each.text for each in root[:2]] == ["Value <b>", "By grade & more"]
    assert root.attrib["role"] == "img"
    assert not re.search(r"<style|style=|<script|href=|\u202e", drawn)
    assert "&lt;script&gt;" in drawn
    assert charts.svg(spec) is drawn


def test_what_is_no_chart_is_refused_and_the_next_one_is_drawn(charts: VegaLiteCharts) -> None:
    with pytest.raises(RemitError, match="a chart cannot be drawn"):
        charts.svg({"mark": 7, "data": {"url": "http://example.com/a.json"}})
    assert charts.svg(grouped_bars(Frame("t", "a"), [Bar("x", "", 1)])).startswith("<svg")


def test_a_process_that_ended_is_started_again(charts: VegaLiteCharts) -> None:
    charts.close()
    assert charts.svg(grouped_bars(Frame("again", "a"), [Bar("x", "", 2)])).startswith("<svg")

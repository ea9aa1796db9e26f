"""Charts as values: Vega-Lite specifications, made of rows, in one look.

Grey is context and one accent leads; what is claimed or to come is dashed or hollow, so that nobody adds it
up by eye. A page's inks follow its light and dark, those of print are fixed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"


@dataclass(frozen=True, slots=True)
class Ink:
    """The colours of a chart."""

    text: str
    soft: str
    line: str
    context: str
    accent: str
    act: str


PAGE = Ink("currentColor", "var(--soft)", "var(--line)", "var(--context)", "var(--accent)", "var(--act)")
PRINT = Ink("#1b1f24", "#59626c", "#d9dee3", "#aab2ba", "#0b5cad", "#8a4b00")


def _chart(ink: Ink, rows: Rows, *, width: int, height: int, about: str, **body: Any) -> Spec:
    return {
        "$schema": SCHEMA,
        "description": about,
        "width": width,
        "height": height,
        "data": {"values": list(rows)},
        "config": _config(ink),
        **body,
    }


def _config(ink: Ink) -> Spec:
    axis = {
        "labelColor": ink.soft,
        "titleColor": ink.soft,
        "gridColor": ink.line,
        "domainColor": ink.line,
        "tickColor": ink.line,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "tickCount": 5,
        "labelLimit": 240,
    }
    return {
        "font": "sans-serif",
        "background": None,
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False},
        "header": {"labelColor": ink.text, "title": None, "labelFontSize": 11},
        "legend": {"labelColor": ink.soft, "title": None, "orient": "top", "labelFontSize": 11},
        "text": {"color": ink.text, "fontSize": 11},
    }


def band(rows: Rows, *, about: str, unit: str, ink: Ink = PAGE, width: int = 620, height: int = 150) -> Spec:
    """Draw a course over days, and what is to come dashed within its interval.

    Rows have `day`, `value` and `coming`; those to come have `low` and `high`. A `limit` is a line across.
    """
    x = {"field": "day", "type": "temporal", "title": None, "axis": {"format": "%d %b", "labelOverlap": True}}
    y = {"field": "value", "type": "quantitative", "title": unit}
    past, coming = {"filter": "!datum.coming"}, {"filter": "datum.coming"}
    layers: list[Spec] = [
        {
            "transform": [coming],
            "mark": {"type": "area", "color": ink.context, "opacity": 0.35},
            "encoding": {
                "x": x,
                "y": {"field": "low", "type": "quantitative", "title": unit},
                "y2": {"field": "high"},
            },
        },
        {
            "transform": [past],
            "mark": {"type": "line", "color": ink.accent, "strokeWidth": 1.6},
            "encoding": {"x": x, "y": y},
        },
        {
            "transform": [coming],
            "mark": {"type": "line", "color": ink.accent, "strokeDash": [4, 3], "strokeWidth": 1.4},
            "encoding": {"x": x, "y": y},
        },
    ]
    if any(row.get("limit") is not None for row in rows):
        layers.append(
            {
                "mark": {"type": "line", "color": ink.act, "strokeWidth": 1},
                "encoding": {"x": x, "y": {"field": "limit", "type": "quantitative"}},
            }
        )
    return _chart(ink, rows, width=width, height=height, about=about, layer=layers)


def bars(rows: Rows, *, about: str, unit: str, ink: Ink = PAGE, width: int = 420, step: int = 20) -> Spec:
    """Draw amounts side by side, as long as they are, with what they come to written beside.

    Rows have `name`, `value` and `said`; one with `claimed` is hollow.
    """
    y = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"domain": False, "ticks": False},
    }
    x = {"field": "value", "type": "quantitative", "title": unit, "axis": {"grid": True}}
    sure = {"transform": [{"filter": "!datum.claimed"}], "mark": {"type": "bar", "color": ink.context}}
    hollow = {
        "transform": [{"filter": "datum.claimed"}],
        "mark": {
            "type": "bar",
            "fillOpacity": 0,
            "stroke": ink.soft,
            "strokeDash": [3, 2],
            "strokeWidth": 1,
        },
    }
    label = {
        "mark": {"type": "text", "align": "left", "dx": 4},
        "encoding": {"x": x, "y": y, "text": {"field": "said"}},
    }
    layers = [{**each, "encoding": {"x": x, "y": y}} for each in (sure, hollow)]
    return _chart(
        ink, rows, width=width, height=step * max(1, len(rows)), about=about, layer=[*layers, label]
    )


def intervals(
    rows: Rows, *, about: str, unit: str, ink: Ink = PAGE, width: int = 420, step: int = 22
) -> Spec:
    """Draw effects with their intervals, a row each, and where none would be.

    Rows have `name`, `value`, `low` and `high`; one with `claimed` is hollow.
    """
    y = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"domain": False, "ticks": False},
    }
    x = {"type": "quantitative", "title": unit}
    layers: list[Spec] = [
        {
            "data": {"values": [{"none": 0}]},
            "mark": {"type": "rule", "color": ink.soft, "strokeDash": [2, 2]},
            "encoding": {"x": {"field": "none", "type": "quantitative"}},
        },
        {
            "mark": {"type": "rule", "color": ink.soft, "strokeWidth": 1.5},
            "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y},
        },
        {
            "transform": [{"filter": "!datum.claimed"}],
            "mark": {"type": "point", "filled": True, "color": ink.accent, "size": 45, "opacity": 1},
            "encoding": {"x": {**x, "field": "value"}, "y": y},
        },
        {
            "transform": [{"filter": "datum.claimed"}],
            "mark": {"type": "point", "filled": False, "color": ink.soft, "size": 45, "opacity": 1},
            "encoding": {"x": {**x, "field": "value"}, "y": y},
        },
    ]
    return _chart(ink, rows, width=width, height=step * max(1, len(rows)), about=about, layer=layers)


def scatter(
    rows: Rows,
    *,
    about: str,
    across: str,
    upwards: str,
    ink: Ink = PAGE,
    width: int = 720,
    height: int = 380,
) -> Spec:
    """Draw points by two measures; those with `said` are named beside. Rows have `x`, `y` and `name`."""
    x = {"field": "x", "type": "quantitative", "title": across, "scale": {"zero": False, "padding": 12}}
    y = {"field": "y", "type": "quantitative", "title": upwards, "scale": {"zero": False, "padding": 12}}
    tip = [
        {"field": "name", "title": "use case"},
        {"field": "x", "title": across},
        {"field": "y", "title": upwards},
    ]
    layers = [
        {
            "transform": [{"filter": "!datum.said"}],
            "mark": {"type": "point", "filled": True, "color": ink.context, "size": 26, "opacity": 0.8},
            "encoding": {"x": x, "y": y, "tooltip": tip},
        },
        {
            "transform": [{"filter": "datum.said"}],
            "mark": {"type": "point", "filled": True, "color": ink.accent, "size": 50, "opacity": 1},
            "encoding": {"x": x, "y": y, "tooltip": tip},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 7, "limit": 190},
            "encoding": {"x": x, "y": y, "text": {"field": "said"}},
        },
    ]
    return _chart(ink, rows, width=width, height=height, about=about, layer=layers)


def layers_over_time(
    rows: Rows, *, about: str, unit: str, names: Sequence[str], ink: Ink = PAGE, width: int = 620
) -> Spec:
    """Draw small multiples on the same axes, one for each name. Rows have `day`, `value` and `name`."""
    return _chart(
        ink,
        rows,
        width=width,
        height=44,
        about=about,
        mark={"type": "area", "color": ink.context, "line": {"color": ink.accent, "strokeWidth": 1.2}},
        encoding={
            "x": {
                "field": "day",
                "type": "temporal",
                "title": None,
                "axis": {"format": "%d %b", "labelOverlap": True},
            },
            "y": {"field": "value", "type": "quantitative", "title": None, "axis": {"tickCount": 2}},
            "row": {
                "field": "name",
                "type": "nominal",
                "sort": list(names),
                "header": {"labelAngle": 0, "labelAlign": "left", "labelPadding": 4, "title": unit},
                "spacing": 6,
            },
        },
    )


SPARK_WIDTH, SPARK_HEIGHT = 96, 18


def spark(values: Sequence[float], top: float) -> str:
    """Write a course as the path of an SVG of 96 by 18, on a scale that ends at `top`; nothing for no values.

    >>> spark([0, 2, 1], 2)
    'M0.0,17.0L48.0,1.0L96.0,9.0'
    """
    if len(values) < 2 or top <= 0:
        return ""
    step, room = SPARK_WIDTH / (len(values) - 1), SPARK_HEIGHT - 2
    points = (
        f"{place * step:.1f},{SPARK_HEIGHT - 1 - room * min(1.0, max(0.0, each / top)):.1f}"
        for place, each in enumerate(values)
    )
    return "M" + "L".join(points)

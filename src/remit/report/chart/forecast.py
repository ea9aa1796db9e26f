"""A line over time with what is expected after it, between bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from remit.report.chart.theme import AMOUNTS, Frame, Spec, drawn, framed, label, number, rows


@dataclass(frozen=True, slots=True)
class Point:
    """What was so on a day."""

    day: date
    value: Decimal | float


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is expected on a day that is still to come; bounds that are not known are left out."""

    day: date
    value: Decimal | float
    low: Decimal | float | None = None
    high: Decimal | float | None = None


def forecast_line(
    frame: Frame, past: Sequence[Point], ahead: Sequence[Ahead] = (), *, limit: Decimal | float | None = None
) -> Spec:
    """Draw what was so as a line, what is expected dashed within its band, and a limit across."""
    colours = frame.palette
    was = [{"day": each.day.isoformat(), "value": number(each.value)} for each in past]
    comes = was[-1:] + [{"day": each.day.isoformat(), "value": number(each.value)} for each in ahead]
    band = [
        {"day": each.day.isoformat(), "low": number(each.low), "high": number(each.high)}
        for each in ahead
        if each.low is not None and each.high is not None
    ]
    if band and was:
        band.insert(0, {"day": was[-1]["day"], "low": was[-1]["value"], "high": was[-1]["value"]})
    x = {"field": "day", "type": "temporal", "title": None, "axis": {"grid": False, "tickCount": 6}}
    y = {"field": "value", "type": "quantitative", "title": None, "axis": {"format": AMOUNTS, "tickCount": 4}}
    layers: list[dict[str, Any]] = []
    if band:
        layers.append(
            {
                "data": rows(band),
                "mark": {"type": "area", "color": colours.context, "opacity": 0.3},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
            }
        )
    layers.append(
        {
            "data": rows(was),
            "mark": {"type": "line", "color": colours.accent, "strokeWidth": 2},
            "encoding": {"x": x, "y": y},
        }
    )
    if ahead:
        line = {"type": "line", "color": colours.accent, "strokeWidth": 1.5, "strokeDash": [4, 3]}
        layers.append({"data": rows(comes), "mark": line, "encoding": {"x": x, "y": y}})
    if limit is not None:
        layers += _limit(frame, limit, first=(was or comes)[0]["day"])
    return framed(frame, {"layer": layers})


def _limit(frame: Frame, limit: Decimal | float, *, first: object) -> list[dict[str, Any]]:
    data = rows(
        [{"limit": number(limit), "day": first, "says": label("budget"), "stroke": frame.palette.act}]
    )
    y = {"field": "limit", "type": "quantitative"}
    said = {"type": "text", "align": "left", "baseline": "bottom", "dy": -3, "color": frame.palette.act}
    return [
        {"data": data, "mark": {"type": "rule"}, "encoding": {"y": y, "stroke": drawn("stroke")}},
        {
            "data": data,
            "mark": said,
            "encoding": {"x": {"field": "day", "type": "temporal"}, "y": y, "text": {"field": "says"}},
        },
    ]

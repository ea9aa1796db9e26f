"""Bars by group and part, stacked, or as small multiples on one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from remit.report.chart.theme import AMOUNTS, Frame, Palette, Spec, drawn, framed, label, number, rows


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, or a part of one. What is not `firm`, claimed or expected, is outlined and not filled.

    `tone` is `accent` for what the chart is about and `act` where somebody must act.
    """

    group: str
    part: str
    value: Decimal | float
    firm: bool = True
    tone: str = "context"
    says: str = ""


def stacked_bars(frame: Frame, bars: Sequence[Bar]) -> Spec:
    """Draw a horizontal bar for each group, its parts one after the other in the order that they come in."""
    groups, parts = _order(bars)
    data = [_datum(each, frame.palette, parts.index(label(each.part))) for each in bars]
    encoding = {
        **_across(groups),
        "order": {"field": "place", "type": "quantitative"},
        **_colours(),
    }
    return framed(frame, {"data": rows(data), "mark": _MARK, "encoding": encoding})


def grouped_bars(frame: Frame, bars: Sequence[Bar]) -> Spec:
    """Draw a bar for each group with its figure beside it."""
    groups, _ = _order(bars)
    data = rows([_datum(each, frame.palette, 1) for each in bars])
    across = _across(groups)
    layers = [
        {"mark": _MARK, "encoding": {**across, **_colours()}},
        {
            "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 5},
            "encoding": {**across, "text": {"field": "says"}},
        },
    ]
    return framed(frame, {"data": data, "layer": layers})


def small_multiples(frame: Frame, bars: Sequence[Bar]) -> Spec:
    """Draw the bars of each part in a plot of its own, all of them on the same axis."""
    groups, parts = _order(bars)
    data = [_datum(each, frame.palette, 1) for each in bars]
    width = max(60, frame.width // max(1, len(parts)) - 20)
    plot = {
        "width": width,
        "height": frame.height,
        "mark": _MARK,
        "encoding": {**_across(groups), **_colours()},
    }
    facet = {"column": {"field": "part", "type": "nominal", "sort": parts, "title": None}}
    return framed(frame, {"data": rows(data), "facet": facet, "spec": plot, "spacing": 20}, many=True)


_MARK = {"type": "bar", "strokeWidth": 1.2, "height": {"band": 0.62}}


def _order(bars: Sequence[Bar]) -> tuple[list[str], list[str]]:
    groups = dict.fromkeys(label(each.group) for each in bars)
    return [*groups], [*dict.fromkeys(label(each.part) for each in bars)]


def _across(groups: list[str]) -> dict[str, Any]:
    y = {"field": "group", "type": "nominal", "sort": groups, "title": None, "axis": {"grid": False}}
    axis = {"format": AMOUNTS, "tickCount": 4, "tickMinStep": 1}
    return {"y": y, "x": {"field": "value", "type": "quantitative", "title": None, "axis": axis}}


def _colours() -> dict[str, Any]:
    dash = {"condition": {"test": "!datum.firm", "value": [3, 2]}, "value": [1, 0]}
    return {"fill": drawn("fill"), "stroke": drawn("stroke"), "strokeDash": dash}


def _datum(bar: Bar, colours: Palette, place: int) -> Mapping[str, Any]:
    shade = colours.shades[place % len(colours.shades)]
    tones = {"accent": colours.accent, "act": colours.act, "context": shade}
    colour = tones[bar.tone]
    return {
        "group": label(bar.group),
        "part": label(bar.part),
        "value": number(bar.value),
        "firm": bar.firm,
        "place": place,
        "says": label(bar.says),
        "fill": colour if bar.firm else colours.paper,
        "stroke": colour,
    }

"""Effects with their intervals, one under the other, against nothing at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from remit.report.chart.theme import AMOUNTS, Frame, Palette, Spec, drawn, framed, label, number, rows


@dataclass(frozen=True, slots=True)
class Effect:
    """A figure and its bounds; `says` stands at its right end. What is not `firm` is hollow."""

    name: str
    point: Decimal | float
    low: Decimal | float | None = None
    high: Decimal | float | None = None
    firm: bool = True
    says: str = ""


def interval_plot(frame: Frame, effects: Sequence[Effect]) -> Spec:
    """Draw a point for each effect and a line from its low to its high bound; zero is a line of its own."""
    colours = frame.palette
    order = [label(each.name) for each in effects]
    y = {"field": "name", "type": "nominal", "sort": order, "title": None, "axis": {"grid": False}}
    x = {"type": "quantitative", "title": None, "axis": {"format": AMOUNTS, "tickCount": 5}}
    dash = {"condition": {"test": "!datum.firm", "value": [3, 2]}, "value": [1, 0]}
    layers: list[dict[str, Any]] = [
        {
            "data": rows([{"zero": 0}]),
            "mark": {"type": "rule", "color": colours.context},
            "encoding": {"x": {**x, "field": "zero"}},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {
                "x": {**x, "field": "low"},
                "x2": {"field": "high"},
                "y": y,
                "stroke": drawn("stroke"),
                "strokeDash": dash,
            },
        },
        {
            "mark": {"type": "point", "size": 55, "opacity": 1, "strokeWidth": 1.5},
            "encoding": {
                "x": {**x, "field": "point"},
                "y": y,
                "fill": drawn("fill"),
                "stroke": drawn("stroke"),
            },
        },
        {
            "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 8},
            "encoding": {"x": {**x, "field": "high"}, "y": y, "text": {"field": "says"}},
        },
    ]
    return framed(frame, {"data": rows(_data(effects, colours)), "layer": layers})


def _data(effects: Sequence[Effect], colours: Palette) -> list[dict[str, Any]]:
    data = []
    for each in effects:
        tone = colours.accent if each.firm else colours.soft
        low, high = (each.point if bound is None else bound for bound in (each.low, each.high))
        data.append(
            {
                "name": label(each.name),
                "point": number(each.point),
                "low": number(low),
                "high": number(high),
                "firm": each.firm,
                "says": label(each.says),
                "stroke": tone,
                "fill": tone if each.firm else colours.paper,
            }
        )
    return data

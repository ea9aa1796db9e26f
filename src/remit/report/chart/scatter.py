"""Points in two directions, such as value against feasibility, with names beside those that matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from remit.report.chart.theme import Frame, Spec, drawn, framed, label, number, rows


@dataclass(frozen=True, slots=True)
class Place:
    """One point; a `marked` one is drawn in the accent and named. What is not `firm` is hollow."""

    name: str
    x: Decimal | float
    y: Decimal | float
    marked: bool = False
    firm: bool = True


def scatter(frame: Frame, places: Sequence[Place], *, x: str, y: str) -> Spec:
    """Draw points on two axes with these names; marked ones last, so that nothing lies over them."""
    colours = frame.palette
    data = []
    for each in sorted(places, key=lambda each: each.marked):
        tone = colours.accent if each.marked else colours.context
        data.append(
            {
                "name": label(each.name, 32) if each.marked else "",
                "x": number(each.x),
                "y": number(each.y),
                "stroke": tone,
                "fill": tone if each.firm else colours.paper,
            }
        )
    axis = {"tickCount": 5}
    along: dict[str, Any] = {
        "x": {"field": "x", "type": "quantitative", "title": label(x), "axis": axis},
        "y": {"field": "y", "type": "quantitative", "title": label(y), "axis": axis},
    }
    layers = [
        {
            "mark": {"type": "point", "size": 42, "opacity": 0.9},
            "encoding": {**along, "fill": drawn("fill"), "stroke": drawn("stroke")},
        },
        {
            "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 7},
            "encoding": {**along, "text": {"field": "name"}},
        },
    ]
    return framed(frame, {"data": rows(data), "layer": layers})

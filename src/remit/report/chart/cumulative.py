"""Cumulative flow: how many use cases had come to each stage or beyond, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from remit.report.chart.theme import Frame, Spec, drawn, framed, label, rows


@dataclass(frozen=True, slots=True)
class Count:
    """How many were at a stage on a day."""

    day: date
    stage: str
    number: int


def cumulative_flow(frame: Frame, counts: Sequence[Count], *, stages: Sequence[str]) -> Spec:
    """Draw bands over time, the last stage at the bottom and each named at its end."""
    colours = frame.palette
    order = [*reversed(stages)]
    tones = {stage: colours.shades[at % len(colours.shades)] for at, stage in enumerate(order)}
    data = [
        {
            "day": each.day.isoformat(),
            "stage": label(each.stage),
            "number": each.number,
            "place": order.index(each.stage),
            "fill": tones[each.stage],
        }
        for each in counts
    ]
    last = max((each.day for each in counts), default=None)
    ends, below = [], 0
    for stage in order:
        at = sum(each.number for each in counts if each.day == last and each.stage == stage)
        if at and last:
            says = f"{label(stage)} {at:,}"
            ends.append({"day": last.isoformat(), "middle": below + at / 2, "says": says})
            below += at
    x = {"field": "day", "type": "temporal", "title": None, "axis": {"grid": False, "tickCount": 6}}
    area = {"type": "area", "interpolate": "step-after", "stroke": colours.paper, "strokeWidth": 0.8}
    said = {"type": "text", "align": "left", "baseline": "middle", "dx": 6}
    layers = [
        {
            "data": rows(data),
            "mark": area,
            "encoding": {
                "x": x,
                "y": {"field": "number", "type": "quantitative", "title": None, "stack": "zero"},
                "order": {"field": "place", "type": "quantitative"},
                "detail": {"field": "stage"},
                "fill": drawn("fill"),
            },
        },
        {
            "data": rows(ends),
            "mark": said,
            "encoding": {
                "x": {"field": "day", "type": "temporal"},
                "y": {"field": "middle", "type": "quantitative"},
                "text": {"field": "says"},
            },
        },
    ]
    return framed(frame, {"layer": layers})

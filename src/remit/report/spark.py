"""Sparklines: a small line as the path of an SVG, for a column of a table on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

POINTS_MAX = 400


def spark(
    values: Sequence[Decimal | float], *, most: Decimal | float, width: int = 80, height: int = 20
) -> str:
    """Write the path of a line from left to right, from 0 at the bottom to `most` at the top.

    Every row of a column has the same `most`. What lies outside is drawn at the edge. Nothing to draw is an
    empty path.

    >>> spark([0, 5, 10], most=10, width=20, height=10)
    'M0 9.5L10 5L20 0.5'
    """
    shown = values[-POINTS_MAX:]
    if not shown or most <= 0:
        return ""
    step = width / max(1, len(shown) - 1)
    inside = height - 1
    points = [
        f"{round(at * step, 1):g} {round(0.5 + inside * (1 - _share(value, most)), 1):g}"
        for at, value in enumerate(shown)
    ]
    if len(points) == 1:
        points.append(f"{width} {points[0].partition(' ')[2]}")
    return "M" + "L".join(points)


def _share(value: Decimal | float, most: Decimal | float) -> float:
    return min(1.0, max(0.0, float(value) / float(most)))

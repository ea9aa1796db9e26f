"""The one look of all charts: grey for context, one accent, and amber only where somebody must act."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Spec = dict[str, Any]
Ink = Literal["page", "print"]
"""Whose colours: those of the page that a chart stands in, light or dark, or those of paper."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
ROWS_MAX = 5_000
"""More than this many marks nobody tells apart, and they make a page heavy."""
LABEL_MAX = 48


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they say. `shades` are those of the context, the darkest first."""

    ink: str
    soft: str
    line: str
    paper: str
    context: str
    accent: str
    act: str
    font: str
    shades: tuple[str, ...]


PALETTES: Mapping[Ink, Palette] = {
    "page": Palette(
        ink="currentColor",
        soft="var(--soft)",
        line="var(--line)",
        paper="var(--paper)",
        context="var(--context)",
        accent="var(--accent)",
        act="var(--act)",
        font="system-ui",
        shades=("currentColor", "var(--soft)", "var(--context)", "var(--line)"),
    ),
    "print": Palette(
        ink="#1b1f24",
        soft="#59626c",
        line="#d9dee3",
        paper="#ffffff",
        context="#aab2ba",
        accent="#0b5cad",
        act="#8a4b00",
        font="Libertinus Serif",
        shades=("#3a424b", "#7d868f", "#b5bcc3", "#dfe3e7"),
    ),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What a chart says in words, how large it is in pixels, and in whose colours.

    `title` and `about` are read aloud where nobody sees the chart; neither is drawn.
    """

    title: str
    about: str
    width: int = 640
    height: int = 200
    ink: Ink = "page"

    @property
    def palette(self) -> Palette:
        return PALETTES[self.ink]


def framed(frame: Frame, body: Mapping[str, Any], *, many: bool = False) -> Spec:
    """Put a chart's body into its frame; of small multiples (`many`) each one has the frame's size itself."""
    colours = frame.palette
    size = {} if many else {"width": frame.width, "height": frame.height}
    return {
        "$schema": SCHEMA,
        "usermeta": {"title": label(frame.title, 200)},
        "description": label(frame.about, 1_000),
        "background": None,
        "autosize": {"type": "pad"} if many else {"type": "fit", "contains": "padding"},
        **size,
        **body,
        "config": {
            "aria": False,
            "font": colours.font,
            "view": {"stroke": None},
            "axis": {
                "labelColor": colours.soft,
                "labelFontSize": 11,
                "labelLimit": 260,
                "titleColor": colours.soft,
                "titleFontSize": 11,
                "titleFontWeight": "normal",
                "gridColor": colours.line,
                "gridOpacity": 0.7,
                "domain": False,
                "ticks": False,
                "labelPadding": 6,
            },
            "header": {
                "labelColor": colours.ink,
                "labelFontSize": 11,
                "labelAnchor": "start",
                "title": None,
            },
            "text": {"color": colours.ink, "fontSize": 11},
        },
    }


def label(text: str, most: int = LABEL_MAX) -> str:
    """Make text fit to be drawn: on one line, of what can be seen, and not too long.

    >>> label("a\\x00\\u202eb\\nc"), label("abcdef", 4)
    ('a  b c', 'abc…')
    """
    head = text[: most + 1]
    seen = "".join(" " if unicodedata.category(each) in _UNSEEN else each for each in head)
    return seen if len(seen) <= most else f"{seen[: most - 1].rstrip()}…"


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def number(value: Decimal | float) -> float:
    """Round to what can be drawn; exact amounts stand in the table beside the chart."""
    return float(value)


def rows(listed: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    assert len(listed) <= ROWS_MAX, "a chart is made of at most 5,000 marks"
    return {"values": [dict(each) for each in listed]}


def drawn(channel: str) -> dict[str, Any]:
    """Take a colour as it stands in the data."""
    return {"field": channel, "type": "nominal", "scale": None, "legend": None}


AMOUNTS = ",.2~s"
"""How amounts are written on an axis, such as `1.5M`."""

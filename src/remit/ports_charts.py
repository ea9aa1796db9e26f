"""What charts need of the outside world: something that draws a specification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Charts(Protocol):
    """Draws Vega-Lite specifications, which are plain values."""

    def svg(self, spec: Mapping[str, Any]) -> str:
        """Draw a specification as an SVG element, which loads nothing and has no style of its own."""
        ...

    def bundle(self) -> str:
        """Return the script that draws the same specifications in a browser, as `drawChart(place, spec)`."""
        ...

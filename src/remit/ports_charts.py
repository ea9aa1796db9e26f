"""Charts as a protocol: a specification in, a drawing out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Charts(Protocol):
    """Draws charts. A drawing takes some hundredths of a second, so an event loop asks in a thread."""

    def prepare(self) -> None:
        """Begin to load what draws, and do not wait for it."""
        ...

    def svg(self, spec: Mapping[str, Any]) -> str:
        """Draw a specification for Vega-Lite as an SVG; raises RemitError for what cannot be drawn.

        It has a title and a description, no style and no script, and asks for nothing from elsewhere.
        """
        ...

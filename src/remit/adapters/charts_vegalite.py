"""Charts by vl-convert: Vega-Lite's own code, which its wheel carries, run here without a browser."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import vl_convert

CHARTS_MAX = 256
_DRAW = """
window.drawChart = (place, spec) => window.vegaEmbed(place, spec, {
  ast: true, renderer: "svg", actions: false, defaultStyle: false, tooltip: {disableDefaultStyle: true},
});
"""
"""Expressions are interpreted and not compiled, since the pages' policy lets no text become a program."""


class VegaLiteCharts:
    """Draws each specification once; the engine draws one at a time."""

    def __init__(self) -> None:
        self._drawn: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()
        self._bundle = ""

    def svg(self, spec: Mapping[str, Any]) -> str:
        text = json.dumps(spec, sort_keys=True)
        name = hashlib.sha256(text.encode()).hexdigest()
        with self._lock:
            found = self._drawn.get(name)
            if found is None:
                found = vl_convert.vegalite_to_svg(text, allowed_base_urls=[])
                self._drawn[name] = found
                while len(self._drawn) > CHARTS_MAX:
                    self._drawn.popitem(last=False)
            else:
                self._drawn.move_to_end(name)
            return found

    def bundle(self) -> str:
        with self._lock:
            if not self._bundle:
                self._bundle = vl_convert.javascript_bundle(None) + _DRAW  # type: ignore[arg-type]  # its stub lacks the default
            return self._bundle

"""Drawn: the charts of pages, and the specifications of those that somebody looks into."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remit.ports_charts import Charts

SPECS_MAX = 256


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart: its picture, and the name under which its specification can be asked for."""

    svg: str
    digest: str


class Drawings:
    """Draws, and remembers what was drawn; `script` gives the file with what draws in a page."""

    def __init__(self, charts: Charts, script: Callable[[], Path]) -> None:
        self._charts, self.script = charts, script
        self._specs: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def draw(self, spec: Mapping[str, Any]) -> Drawn:
        text = json.dumps(spec, sort_keys=True)
        name = hashlib.sha256(text.encode()).hexdigest()[:32]
        with self._lock:
            self._specs[name] = text
            self._specs.move_to_end(name)
            while len(self._specs) > SPECS_MAX:
                self._specs.popitem(last=False)
        return Drawn(self._charts.svg(spec), name)

    def spec(self, name: str) -> str | None:
        with self._lock:
            return self._specs.get(name)

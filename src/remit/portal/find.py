"""Find: use cases, blocks and units by a part of their name, for the box that keys open."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import JSONResponse, Response

from remit.declare.operating_model import OperatingModel
from remit.operations.model_in_force import model_in_force
from remit.portal.asked import Asked, Page
from remit.portal.page import HEADERS, address

FOUND_MAX = 10


def find(asked: Asked) -> Response:
    """Answer with the places whose id or name has all the words; those that begin with them come first."""
    words = asked.text("text").lower().split()
    _, model = model_in_force(asked.system)
    found = [each for each in _places(model) if words and all(word in each[0] for word in words)]
    found.sort(key=lambda each: (not each[0].startswith(words[0]), len(each[0])))
    rows = [{"label": label, "kind": kind, "path": path} for _, label, kind, path in found[:FOUND_MAX]]
    return JSONResponse(rows, headers=HEADERS)


def _places(model: OperatingModel) -> Iterator[tuple[str, str, str, str]]:
    for name, case in model.use_cases.items():
        yield f"{name} {case.name}".lower(), case.name, "use case", f"/use-cases/{name}"
    for unit, declared in model.units.items():
        yield f"{unit} {declared.name}".lower(), declared.name, "unit", address("/portfolio", unit=unit)
    for block in model.blocks:
        yield block.lower(), block, "block", f"/blocks/{block}"


PAGES = (Page("/find", find),)

"""Maturity: six pillars at four levels, what is shown, what is open and what would be next; never a score."""

from __future__ import annotations

from starlette.responses import Response

from remit.decide.maturity_catalogue import LEVELS, PILLARS
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_maturity import read_maturity, read_maturity_history
from remit.operations.system import System
from remit.portal.asked import Asked, Page
from remit.report.maturity import Maturity, MaturityHistory, mark_of

MOVES = 8
UNITS = 50


def show(asked: Asked) -> Response:
    """Show the profile of a unit or of all, the next moves, and the last twelve months."""
    unit = asked.text("unit")
    seen = asked.kept.get(("maturity", unit), lambda: _read(asked.system, unit))
    found, past = seen.value
    pillar = asked.text("pillar") if asked.text("pillar") in PILLARS else ""
    everything = asked.text("all") == "1"
    return asked.page(
        "maturity.html",
        seen=seen,
        found=found,
        past=past,
        pillar=pillar,
        items=[each for each in found.items if each.pillar == pillar] if pillar else [],
        nexts={each.pillar: each for each in reversed(found.items) if each.status != "yes"},
        moves=found.moves if everything else found.moves[:MOVES],
        unit=unit,
        units=model_in_force(asked.system)[1].units,
        UNITS=UNITS,
        LEVELS=LEVELS,
        PILLARS=PILLARS,
        mark_of=mark_of,
    )


def _read(system: System, unit: str) -> tuple[Maturity, MaturityHistory]:
    fold_ledger(system)
    return read_maturity(system, unit=unit), read_maturity_history(system, unit=unit)


PAGES = (Page("/maturity", show),)

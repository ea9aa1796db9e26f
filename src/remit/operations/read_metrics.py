"""Read metrics: the counts that folding keeps, and how things stand now."""

from __future__ import annotations

from collections.abc import Mapping

from remit import __version__
from remit.operations.read_followers import read_followers
from remit.operations.system import System
from remit.record.chain import Position
from remit.report.exposition import exposition
from remit.report.metrics import Measured, families, held_of


def read_metrics(system: System, *, openmetrics: bool) -> str:
    """Write all metrics as they are read. Counters say what is folded, so whoever asks is told the same."""
    store, journals = system.store, system.journals
    sizes = {name: journals.size(name) for name in journals.names()}
    applied = store.applied()
    measured = Measured(
        version=__version__,
        model_version=applied.model_version if applied else 0,
        tally=store.tally(),
        refused=store.refused(),
        held=held_of((hold.purpose.use_case, hold.currency, hold.amount) for hold, _ in store.open_holds()),
        journals=sizes,
        unfolded=_beyond(sizes, store.positions()),
        unsealed=_beyond(sizes, store.sealed()),
        followers=read_followers(system),
        halted=store.halted() is not None,
    )
    return exposition(families(measured), openmetrics=openmetrics)


def _beyond(sizes: Mapping[str, int], positions: Mapping[str, Position]) -> dict[str, int]:
    """Say how much of each journal stands after a position."""
    return {
        name: max(0, size - (positions[name].offset if name in positions else 0))
        for name, size in sizes.items()
    }

"""Find sprawl: read providers' own logs, within bounds, for calls that belong to no declared use case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from remit.decide.sprawl import Sieve
from remit.operations.model_in_force import model_in_force
from remit.operations.read_export import Export, rows_of
from remit.operations.system import System
from remit.record.export_row import Unreadable
from remit.record.metered import metered
from remit.record.usage_format import UsageFormat
from remit.report.sprawl import RowFault, SprawlReport

FAULTS_KEPT = 1_000


def find_sprawl(system: System, exports: Iterable[Export], *, format: UsageFormat) -> SprawlReport:
    """Read every export row by row; a row that cannot be read is counted and said, and stops nothing."""
    _, model = model_in_force(system)
    sieve = Sieve(model, [key.id for key in system.store.keys().values()], format)
    rows = 0
    names: list[str] = []
    reasons: Counter[str] = Counter()
    faults: list[RowFault] = []
    for export in exports:
        names.append(export.name)
        for number, row in rows_of(export, layout=format.layout):
            rows += 1
            try:
                if isinstance(row, Unreadable):
                    raise row
                found = metered(row, format)
                if found is None:
                    raise Unreadable("another-kind")
                sieve.add(found)
            except Unreadable as fault:
                reasons[str(fault)] += 1
                if len(faults) < FAULTS_KEPT:
                    faults.append(RowFault(export.name, number, str(fault)))
    return SprawlReport(
        format.name, tuple(names), rows, sieve.result(), dict(sorted(reasons.items())), tuple(faults)
    )

"""Read how long governance makes people wait, from the entries of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from remit.decide.controls import assessed
from remit.decide.lead_time import Governed, LeadTime, controls_now, lead_time
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_controls import controls_of
from remit.operations.read_dossiers import read_dossiers
from remit.operations.system import System
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.decided import StageChange
from remit.record.dossier_entry import GateReview, Waiver
from remit.record.filed import FiledFilter
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter

_PAGE = 5_000
_F = TypeVar("_F", ApprovalRequest, Approval, GateReview, Waiver)


def read_flow(system: System, *, days: int) -> LeadTime:
    """Measure governance over the last days."""
    fold_ledger(system)
    _, model = model_in_force(system)
    now = system.clock.now()
    since = now - timedelta(days=days)
    entries = Governed(
        requests=_filed(system, ApprovalRequest),
        approvals=_filed(system, Approval),
        reviews=_filed(system, GateReview),
        waivers=_filed(system, Waiver),
        moves=tuple(reversed([*_moves(system, since)])),
    )
    return lead_time(
        entries,
        since=since,
        now=now,
        today=now.astimezone(model.organisation.zone).date(),
        controls=controls_now(assessed(model, read_dossiers(system, model).values()), controls_of(model)),
    )


def _filed(system: System, kind: type[_F]) -> tuple[_F, ...]:
    return tuple(each for each in system.store.filed(FiledFilter((kind,))) if isinstance(each, kind))


def _moves(system: System, since: datetime) -> Iterator[StageChange]:
    """Read stage changes page by page, the newest first; the lead time looks at no older ones."""
    before = ""
    while True:
        rows = system.store.entries(EntryFilter(kind="stage_change", before=before), limit=_PAGE)
        for row in rows:
            entry = decode(row.body)
            if isinstance(entry, StageChange):
                yield entry
        if len(rows) < _PAGE or rows[-1].at < since:
            return
        before = rows[-1].id

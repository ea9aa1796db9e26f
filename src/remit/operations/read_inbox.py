"""Read the inbox: requests as one reader sees them, what they ask for exactly, and how people answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

import msgspec

from remit.decide.approval import Standing, in_force, seen_code
from remit.decide.approval_measures import ApprovalMeasures, measure, reversals
from remit.decide.widening import Proposal
from remit.declare.operating_model import decode_model
from remit.declare.plan import plan
from remit.kernel.errors import NotFound
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.read_approvals import carried_out, delegations, distinct, find_request, standings
from remit.operations.read_history import versions
from remit.operations.system import System
from remit.record.apply_diff import every_change
from remit.record.approval_entry import Delegation
from remit.record.decided import Changed, StageChange
from remit.record.dossier_entry import GateReview, Waiver
from remit.record.filed import FiledFilter
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter
from remit.report.approvals import RequestView, request_view

_PAGE = 200


def read_inbox(
    system: System, *, reader: str, use_case: str | None = None, closed: bool = False
) -> list[RequestView]:
    """List requests, what is due first at the top; with `closed` those that are settled as well."""
    fold_ledger(system)
    model, now = model_in_force(system)[1], system.clock.now()
    if use_case is not None:
        require_use_case(model, use_case)
    active = delegations(system)
    views = [
        request_view(model, each, reader=reader, delegations=active, now=now)
        for each in standings(system, now, use_case=use_case)
        if closed or each.state == "open"
    ]
    return sorted(views, key=lambda view: (view.state != "open", view.deadline, view.id))


def read_requests(system: System, ids: Sequence[str], *, reader: str) -> tuple[list[RequestView], str]:
    """Show requests whole, with the code that an answer to just these must bring."""
    fold_ledger(system)
    model, now = model_in_force(system)[1], system.clock.now()
    active = delegations(system)
    found = [find_request(system, each, now) for each in distinct(ids)]
    views = [
        request_view(
            model, each, reader=reader, delegations=active, now=now, carried_out=_carried_out(system, each)
        )
        for each in found
    ]
    return views, seen_code(each.request for each in found)


def asked_changes(system: System, id: str) -> tuple[Changed, ...]:
    """Say what a request would change in the operating model's text; nothing where it is not about that."""
    request = find_request(system, id, system.clock.now()).request
    if request.about not in ("apply", "budget"):
        return ()
    try:
        asked = msgspec.json.decode(system.store.text(request.digest), type=Proposal)
        before = decode_model(system.store.text(asked.base_digest))
        return every_change(plan(before, decode_model(system.store.text(asked.model))))
    except NotFound:
        return ()


def _carried_out(system: System, found: Standing) -> bool | None:
    if found.state != "approved" or found.request.about in ("tool", "value"):
        return None
    return carried_out(system, found.request)


def read_delegations(system: System) -> list[Delegation]:
    """List the delegations that are in force now."""
    fold_ledger(system)
    return list(in_force(delegations(system), system.clock.now()))


def measure_approvals(system: System, *, days: int) -> ApprovalMeasures:
    """Sum up how the requests of the last days were answered, and which of them were taken back."""
    fold_ledger(system)
    now = system.clock.now()
    since = now - timedelta(days=days)
    found = [each for each in standings(system, now) if each.request.at >= since]
    filed = system.store.filed(FiledFilter(kinds=(GateReview, Waiver), since=since))
    taken = reversals(
        found,
        reviews=[each for each in filed if isinstance(each, GateReview)],
        waivers=[each for each in filed if isinstance(each, Waiver)],
        stages=_stage_changes(system, since),
        applies=[each for each in versions(system.store) if each.at >= since],
    )
    return measure(found, taken)


def _stage_changes(system: System, since: datetime) -> list[StageChange]:
    found: list[StageChange] = []
    before = ""
    while rows := system.store.entries(EntryFilter(kind="stage_change", before=before), limit=_PAGE):
        found += (cast(StageChange, decode(row.body)) for row in rows if row.at >= since)
        if rows[-1].at < since:
            break
        before = rows[-1].id
    return found

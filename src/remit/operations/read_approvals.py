"""Read approvals: requests with their answers, delegations, and whether what was agreed to was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast

from remit.decide.approval import Standing, standing
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.operations.read_history import versions
from remit.operations.system import System
from remit.record.approval_entry import Approval, ApprovalRequest, Delegation
from remit.record.dossier_entry import GateReview, Waiver
from remit.record.filed import FiledFilter

BATCH_MAX = 50
"""How many requests are shown or answered in one go."""


def distinct(ids: Sequence[str]) -> list[str]:
    """Leave out what is named twice; raises RemitError where they are too many to be looked at together."""
    found = list(dict.fromkeys(ids))
    if len(found) > BATCH_MAX:
        raise RemitError(
            f"these are {len(found):,} requests, and at most {BATCH_MAX} are answered in one go",
            help="take fewer at once",
            code="not-alike",
        )
    return found


def body_asked(system: System, request: ApprovalRequest) -> bytes:
    """Read exactly what was asked; raises Conflict where a store that was made anew has lost it."""
    try:
        return system.store.text(request.digest)
    except NotFound:
        raise Conflict(
            f"what request {request.id} asked for exactly is no longer stored",
            help="nobody can carry it out; ask for it again",
            code="request-spent",
        ) from None


def standings(system: System, now: datetime, *, use_case: str | None = None) -> Iterator[Standing]:
    """Say of every request how it stands at an instant, the oldest first."""
    wanted = FiledFilter(kinds=(ApprovalRequest, Approval), use_case=use_case)
    requests: list[ApprovalRequest] = []
    answers: dict[str, list[Approval]] = {}
    for entry in system.store.filed(wanted):
        if isinstance(entry, ApprovalRequest):
            requests.append(entry)
        elif isinstance(entry, Approval):
            answers.setdefault(entry.request, []).append(entry)
    for request in requests:
        yield standing(request, answers.get(request.id, ()), now)


def find_request(system: System, id: str, now: datetime) -> Standing:
    """Say how one request stands; raises NotFound."""
    for entry in system.store.filed(FiledFilter(kinds=(ApprovalRequest,))):
        if entry.id == id:
            return standing(cast(ApprovalRequest, entry), answers_to(system, id), now)
    raise NotFound(
        f"no approval was asked for as `{id[:40]}`", help="`remit approval list --all` shows every request"
    )


def answers_to(system: System, request: str) -> list[Approval]:
    """List the answers to a request, in their order."""
    return cast(list[Approval], system.store.filed(FiledFilter(kinds=(Approval,), request=request)))


def delegations(system: System) -> list[Delegation]:
    return cast(list[Delegation], system.store.filed(FiledFilter(kinds=(Delegation,), use_case="")))


def carried_out(system: System, request: ApprovalRequest) -> bool:
    """Say whether what was agreed to was done: a review, a waiver, or an apply that names the request.

    Of a tool the caller who waits reads the answer, so no entry names it.
    """
    if request.about in ("apply", "budget"):
        return any(each.request == request.id for each in versions(system.store) if each.at >= request.at)
    filed = system.store.filed(FiledFilter(kinds=(GateReview, Waiver), use_case=request.use_case))
    return any(cast(GateReview | Waiver, each).request == request.id for each in filed)

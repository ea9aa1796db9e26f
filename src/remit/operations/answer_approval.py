"""Answer approvals: consent, refuse, or take a request back; and carry out what was agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from remit.decide.approval import (
    Capacity,
    Standing,
    alike,
    capacities,
    may_answer,
    refusals,
    seen_code,
)
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import Conflict, RemitError
from remit.operations.conclude_approval import CONCLUDE
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import REASON_MAX, model_in_force
from remit.operations.read_approvals import delegations, distinct, find_request
from remit.operations.system import CONTROL, System
from remit.record.approval_entry import Approval, ApprovalRequest, Delegation
from remit.record.entry import Entry

NO_ROLE = Capacity("")
"""In which capacity somebody takes back what they asked."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How a request stands after an answer, and what came of it where that settled it.

    `fault` is why what was agreed to could not be carried out; the request stays approved.
    """

    standing: Standing
    done: str = ""
    fault: RemitError | None = None


def answer_approval(
    system: System,
    ids: Sequence[str],
    *,
    said: Literal["approved", "denied"],
    author: str,
    seen: str = "",
    reason: str = "",
) -> list[Answered]:
    """Answer requests in one go: all of them, or none where one cannot be answered by this person.

    `seen` is the code that showed with these requests together. Who has an answer to give in several roles
    gives it in all of them.
    """
    ids = distinct(ids)
    _require_reason(reason, needed=said == "denied")
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        model, now = model_in_force(system)[1], system.clock.now()
        active = delegations(system)
        found = [find_request(system, each, now) for each in ids]
        # Who is barred is never shown a code, and hears that first.
        for each in found:
            if each.state == "open" and author in each.request.barred:
                raise _not_theirs(model, each, author, delegations=active, now=now)
        _require_looked_at([each.request for each in found], seen=seen, said=said, reason=reason)
        batch = system.ids.new(now) if len(found) > 1 else ""
        given: list[Entry] = []
        for each in found:
            _require_open(each)
            listed = refusals if said == "denied" else capacities
            roles = listed(model, each, author, delegations=active, now=now)
            if not roles:
                raise _not_theirs(model, each, author, delegations=active, now=now)
            given += [
                _entry(system, each.request, said, author=author, capacity=role, batch=batch, reason=reason)
                for role in roles
            ]
        journal.append(given)
        fold_ledger(system)
        now = max(each.at for each in given)
        # Still alone: only the answer that settles a request sees it settled, and carries it out.
        after = [find_request(system, each, now) for each in ids]
    return [conclude(system, each) for each in after]


def withdraw_request(system: System, id: str, *, author: str, reason: str = "") -> Standing:
    """Take a request back; only who asked may."""
    _require_reason(reason, needed=False)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        now = system.clock.now()
        found = find_request(system, id, now)
        _require_open(found)
        if found.request.author != author:
            raise Conflict(
                f"request {id} was asked by {found.request.author}, and only they can take it back",
                help="deny it with a reason, if you may answer it",
                code="not-yours-to-answer",
            )
        entry = _entry(system, found.request, "withdrawn", author=author, reason=reason)
        journal.append([entry])
    fold_ledger(system)
    return find_request(system, id, entry.at)


def conclude(system: System, found: Standing) -> Answered:
    """Carry out what was agreed to. What has nobody to carry it out is read by whoever waits for it."""
    concluder = CONCLUDE.get(found.request.about)
    if found.state != "approved" or concluder is None:
        return Answered(found)
    try:
        return Answered(found, done=concluder(system, found.request, found))
    except RemitError as error:
        return Answered(found, fault=error)


def _entry(
    system: System,
    request: ApprovalRequest,
    said: Literal["approved", "denied", "withdrawn"],
    *,
    author: str,
    reason: str,
    capacity: Capacity = NO_ROLE,
    batch: str = "",
) -> Approval:
    now = system.clock.now()
    return Approval(
        id=system.ids.new(now),
        at=now,
        request=request.id,
        about=request.about,
        use_case=request.use_case,
        unit=request.unit,
        digest=request.digest,
        said=said,
        role=capacity.role,
        on_behalf_of=capacity.on_behalf_of,
        in_place_of=capacity.in_place_of,
        batch=batch,
        reason=reason,
        author=author,
    )


def _require_looked_at(requests: Sequence[ApprovalRequest], *, seen: str, said: str, reason: str) -> None:
    """See that somebody opened just what they consent to, and that it is alike where it is several."""
    if (why := alike(requests)) is not None:
        raise RemitError(
            f"these {len(requests)} requests are not answered in one go: {why}",
            help="answer each by itself",
            code="not-alike",
        )
    if said == "denied":
        return
    if any(each.tier == "high" for each in requests):
        _require_reason(reason, needed=True)
    if seen != seen_code(requests):
        what = requests[0].id if len(requests) == 1 else "these requests"
        raise RemitError(
            f"the code that shows with {what} was not given",
            help="run `remit approval show` with the same ids, and give the code at its end with `--seen`",
            code="not-seen",
        )


def _require_reason(reason: str, *, needed: bool) -> None:
    if len(reason) > REASON_MAX:
        raise RemitError(
            f"the reason has {len(reason):,} characters; at most {REASON_MAX:,} are kept",
            help="shorten it, or give a link to where it is written",
            code="value-too-long",
        )
    if needed and not reason.strip():
        raise RemitError(
            "a denial needs a reason, and so does consent to what is of high risk",
            help="say in one sentence what decided it, with `--reason`",
            code="reason-missing",
        )


def _require_open(found: Standing) -> None:
    if found.state != "open":
        raise Conflict(
            f"request {found.request.id} is {found.state} already",
            help="`remit approval show` tells who answered what; ask again if it is still wanted",
            code="request-closed",
        )


def _not_theirs(
    model: OperatingModel, found: Standing, person: str, *, delegations: Sequence[Delegation], now: datetime
) -> RemitError:
    """Say why somebody cannot answer, and who may."""
    request = found.request
    who = may_answer(model, found, delegations=delegations, now=now)
    people = ", ".join(f"{address} as `{role}`" for role, address in who)
    help = f"it waits for {people}" if people else "it waits for roles that nobody holds any more"
    if person in request.barred:
        why = "they asked for it" if person == request.author else "it is their own use case"
        return RemitError(
            f"{person[:200]} may not answer request {request.id}: {why}",
            help=help,
            code="barred-from-answering",
        )
    if any(person in (each.author, each.on_behalf_of) for each in found.consents):
        return RemitError(
            f"request {request.id} has the consent of {person[:200]} already",
            help=help,
            code="not-yours-to-answer",
        )
    return RemitError(
        f"{person[:200]} holds no role that request {request.id} waits for",
        help=help,
        code="not-yours-to-answer",
    )

"""The inbox of approvals: what waits for whom, what is at stake, and what happens if nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from remit.decide.approval import RequestState, Standing, capacities, may_answer
from remit.decide.roles import holder
from remit.declare.approval import Asked
from remit.declare.operating_model import OperatingModel
from remit.record.approval_entry import Approval, ApprovalRequest, Delegation

UNANSWERED: dict[Asked, str] = {
    "gate": "the use case stays at its stage",
    "waiver": "the criterion stays in the way",
    "apply": "nothing is applied",
    "budget": "the budget stays as it is",
    "tool": "the agent does not do it",
    "value": "the figure stays unconfirmed",
}
"""What comes of a request that nobody answers: never more than there was."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One role that is asked, who holds it, and who consented in it or in its place, if anybody did.

    `stand_in` is who answers from the beginning because the holder is barred; empty where they are not.
    """

    role: str
    holder: str
    consented: str = ""
    at: datetime | None = None
    on_behalf_of: str = ""
    in_place_of_holder: bool = False
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request as people see it. `mine` are the roles in which the reader may answer now.

    `silence` says what happens if nobody answers. `persons` is how many must consent, and `more` how many
    still must. `carried_out` is whether what was agreed to was done; None where that is not ours to do.
    """

    id: str
    about: Asked
    subject: str
    use_case: str
    unit: str
    stage: str
    tier: str
    state: RequestState
    escalated: bool
    summary: str
    stakes: tuple[str, ...]
    evidence: tuple[str, ...]
    asked_by: str
    asked_at: datetime
    said: str
    seats: tuple[Seat, ...]
    persons: int
    more: int
    may_answer: tuple[tuple[str, str], ...]
    mine: tuple[str, ...]
    deadline: datetime
    expires: datetime
    silence: str
    answers: tuple[Approval, ...]
    carried_out: bool | None = None

    @property
    def waits_for(self) -> tuple[Seat, ...]:
        return tuple(each for each in self.seats if not each.consented)


def request_view(
    model: OperatingModel,
    found: Standing,
    *,
    reader: str,
    delegations: Sequence[Delegation],
    now: datetime,
    carried_out: bool | None = None,
) -> RequestView:
    """Lay out how a request stands, for one reader at one instant."""
    request = found.request
    mine = capacities(model, found, reader, delegations=delegations, now=now)
    return RequestView(
        id=request.id,
        about=request.about,
        subject=request.subject,
        use_case=request.use_case,
        unit=request.unit,
        stage=request.stage,
        tier=request.tier,
        state=found.state,
        escalated=found.escalated,
        summary=request.summary,
        stakes=request.stakes,
        evidence=request.evidence,
        asked_by=request.author,
        asked_at=request.at,
        said=request.reason,
        seats=tuple(_seat(model, found, role) for role in request.roles),
        persons=request.people,
        more=found.people,
        may_answer=may_answer(model, found, delegations=delegations, now=now),
        mine=tuple(dict.fromkeys(each.in_place_of or each.role for each in mine)),
        deadline=request.deadline,
        expires=request.expires,
        silence=_silence(model, found),
        answers=found.answers,
        carried_out=carried_out,
    )


def _seat(model: OperatingModel, found: Standing, role: str) -> Seat:
    request = found.request
    held = holder(model, role, request.use_case, request.unit)
    for each in found.consents:
        if (each.in_place_of or each.role) == role:
            return Seat(role, held, each.author, each.at, each.on_behalf_of, bool(each.in_place_of))
    return Seat(role, held, stand_in=stand_in(model, request, role))


def stand_in(model: OperatingModel, request: ApprovalRequest, role: str) -> str:
    """Name who answers in a role whose holder may not; empty where the holder may."""
    if role not in request.stood_in:
        return ""
    return holder(model, request.escalates_to, request.use_case, request.unit)


def _silence(model: OperatingModel, found: Standing) -> str:
    request = found.request
    end = f"at {request.expires:%Y-%m-%d %H:%M} UTC it is over, and {UNANSWERED[request.about]}"
    if found.state != "open":
        return ""
    if not request.escalates_to:
        return end
    stand_in = holder(model, request.escalates_to, request.use_case, request.unit)
    who = f"`{request.escalates_to}` ({stand_in or 'nobody'})"
    if stand_in in request.barred:
        return end
    if found.escalated:
        return f"it was due, and {who} may answer as well; {end}"
    return f"at {request.deadline:%Y-%m-%d %H:%M} UTC {who} may answer as well; {end}"

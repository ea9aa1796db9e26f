"""Approvals: how a request stands, by what was answered to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from remit.record.approval_entry import Approval, ApprovalRequest

RequestState = Literal["open", "approved", "denied", "withdrawn", "expired"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands: `waits_for` are the roles that have not consented, and `people` how many more
    persons must."""

    request: ApprovalRequest
    state: RequestState
    answers: tuple[Approval, ...]
    waits_for: tuple[str, ...]
    people: int

    @property
    def consents(self) -> tuple[Approval, ...]:
        return tuple(each for each in self.answers if each.said == "approved")


def standing(request: ApprovalRequest, answers: Sequence[Approval], now: datetime) -> Standing:
    """Say how a request stands at an instant.

    One `denied` ends it, whoever consented. An answer to another digest than the request's counts for
    nothing, and so does one that came after it was over or from somebody who is barred.
    """
    counted = [each for each in answers if _counts(each, request)]
    consents = [each for each in counted if each.said == "approved"]
    waits_for = tuple(role for role in request.roles if role not in {each.role for each in consents})
    people = max(0, request.people - len({each.author for each in consents}))
    ended = next((each.said for each in counted if each.said != "approved"), None)
    state: RequestState
    if ended is not None:
        state = "denied" if ended == "denied" else "withdrawn"
    elif not waits_for and not people:
        state = "approved"
    else:
        state = "expired" if now >= request.expires else "open"
    return Standing(request, state, tuple(counted), waits_for, people)


def _counts(answer: Approval, request: ApprovalRequest) -> bool:
    if answer.request != request.id or answer.at >= request.expires:
        return False
    if answer.said == "withdrawn":
        return answer.author == request.author
    return answer.digest == request.digest and answer.author not in request.barred

"""Approvals: how a request stands by what was answered to it, and who may answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from remit.decide.roles import holder
from remit.declare.operating_model import OperatingModel
from remit.record.approval_entry import Approval, ApprovalRequest, Delegation

RequestState = Literal["open", "approved", "denied", "withdrawn", "expired"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands: `waits_for` are the roles that have not consented, and `people` how many more
    persons must. It is `escalated` while it is open after its deadline."""

    request: ApprovalRequest
    state: RequestState
    answers: tuple[Approval, ...]
    waits_for: tuple[str, ...]
    people: int
    escalated: bool = False

    @property
    def consents(self) -> tuple[Approval, ...]:
        return tuple(each for each in self.answers if each.said == "approved")


@dataclass(frozen=True, slots=True)
class Capacity:
    """In which role somebody may answer: their own, somebody's who delegated it, or in place of another."""

    role: str
    on_behalf_of: str = ""
    in_place_of: str = ""


def standing(request: ApprovalRequest, answers: Sequence[Approval], now: datetime) -> Standing:
    """Say how a request stands at an instant.

    The answers count in their order, up to the one that settles it: a `denied` ends it, whoever consented
    before. An answer to another digest than the request's counts for nothing, and so does one that came after
    it was over, or from somebody who is barred or for them.

    INVARIANT: who answers and whom they answer for are one person, so that nobody is two by delegation.
    """
    counted: list[Approval] = []
    state: RequestState = "open"
    waits_for, people = request.roles, request.people
    for answer in answers:
        if answer.at > now or not _counts(answer, request):
            continue
        counted.append(answer)
        if answer.said != "approved":
            state = answer.said
            break
        consents = [each for each in counted if each.said == "approved"]
        given = {each.in_place_of or each.role for each in consents}
        waits_for = tuple(role for role in request.roles if role not in given)
        people = max(0, request.people - persons(consents))
        if not waits_for and not people:
            state = "approved"
            break
    if state == "open" and now >= request.expires:
        state = "expired"
    escalated = state == "open" and bool(request.escalates_to) and now >= request.deadline
    return Standing(request, state, tuple(counted), waits_for, people, escalated)


def _counts(answer: Approval, request: ApprovalRequest) -> bool:
    if answer.request != request.id or answer.at >= request.expires:
        return False
    if answer.said == "withdrawn":
        return answer.author == request.author
    if answer.digest != request.digest or not {answer.author, answer.on_behalf_of}.isdisjoint(request.barred):
        return False
    if answer.in_place_of or answer.role not in request.roles:
        return answer.role == request.escalates_to and stands_in(request, answer.in_place_of, answer.at)
    return True


def stands_in(request: ApprovalRequest, role: str, at: datetime) -> bool:
    """Say whether who a request escalates to may answer in place of a role at an instant."""
    return role in request.stood_in or at >= request.deadline


def persons(consents: Iterable[Approval]) -> int:
    """Count the persons behind consents; who answers for another is the same person as they are."""
    groups: list[set[str]] = []
    for each in consents:
        linked = {each.author, each.on_behalf_of} - {""}
        rest = [group for group in groups if group.isdisjoint(linked)]
        groups = [*rest, linked.union(*(group for group in groups if not group.isdisjoint(linked)))]
    return len(groups)


def in_force(delegations: Sequence[Delegation], now: datetime) -> tuple[Delegation, ...]:
    """List the delegations that hold at an instant: begun, not over, and not ended."""
    ended = {each.ends for each in delegations if each.ends and each.at <= now}
    return tuple(
        each
        for each in delegations
        if not each.ends and each.id not in ended and each.since <= now < each.until
    )


def capacities(
    model: OperatingModel, found: Standing, person: str, *, delegations: Sequence[Delegation], now: datetime
) -> tuple[Capacity, ...]:
    """List the roles that a person may still consent in; nothing where the request is not open.

    Where more persons than one must consent, nobody answers for themselves and for another: only the roles
    of one of them are listed, their own before others'.
    """
    listed = list(_listed(model, found, person, roles=_asked_now(found), delegations=delegations, now=now))
    return _of_one(listed, found, person) if found.request.people > 1 else tuple(listed)


def _asked_now(found: Standing) -> tuple[str, ...]:
    """List the roles that are asked: those that have not consented, or all where only persons are missing."""
    return found.waits_for or (found.request.roles if found.people else ())


def refusals(
    model: OperatingModel, found: Standing, person: str, *, delegations: Sequence[Delegation], now: datetime
) -> tuple[Capacity, ...]:
    """Say in which role a person may refuse: any that is asked, whether it has consented or not."""
    roles = found.request.roles
    return tuple(_listed(model, found, person, roles=roles, delegations=delegations, now=now))[:1]


def _listed(
    model: OperatingModel,
    found: Standing,
    person: str,
    *,
    roles: Sequence[str],
    delegations: Sequence[Delegation],
    now: datetime,
) -> Iterator[Capacity]:
    request = found.request
    if found.state != "open" or person in request.barred:
        return
    active = in_force(delegations, now)
    for role in roles:
        if (own := _seat(model, request, role, person, active)) is not None:
            yield Capacity(role, own)
        elif stands_in(request, role, now):
            other = _seat(model, request, request.escalates_to, person, active)
            if other is not None:
                yield Capacity(request.escalates_to, other, in_place_of=role)


def _seat(
    model: OperatingModel, request: ApprovalRequest, role: str, person: str, active: Sequence[Delegation]
) -> str | None:
    """Say for whom a person answers in a role: themselves (empty), who delegated it, or nobody (None)."""
    held = holder(model, role, request.use_case, request.unit) if role else ""
    if not held or held in request.barred:
        return None
    if held == person:
        return ""
    plain = role.partition("/")[0]
    for each in active:
        if each.holder == held and each.to == person and (not each.roles or plain in each.roles):
            return held
    return None


def _of_one(listed: list[Capacity], found: Standing, person: str) -> tuple[Capacity, ...]:
    """Keep what a person may answer as one of several persons: as themselves, or as one other."""
    if not found.waits_for:
        heard = {name for each in found.consents for name in (each.author, each.on_behalf_of)}
        listed = [each for each in listed if heard.isdisjoint({person, each.on_behalf_of or person})]
    spoken = {each.on_behalf_of or person for each in found.consents if each.author == person}
    spoken |= {person for each in found.consents if each.on_behalf_of == person}
    wanted = spoken or {min((each.on_behalf_of or "" for each in listed), default="") or person}
    return tuple(each for each in listed if (each.on_behalf_of or person) in wanted)


def may_answer(
    model: OperatingModel, found: Standing, *, delegations: Sequence[Delegation], now: datetime
) -> tuple[tuple[str, str], ...]:
    """List who may answer now as role and address, those in place of others and delegates included."""
    request = found.request
    active = in_force(delegations, now)
    people: dict[tuple[str, str], None] = {}
    for role in (*_asked_now(found), request.escalates_to):
        held = holder(model, role, request.use_case, request.unit) if role else ""
        for person in (held, *(each.to for each in active if each.holder == held)):
            if not person:
                continue
            for each in capacities(model, found, person, delegations=delegations, now=now):
                people[each.in_place_of or each.role, person] = None
    return tuple(people)


def seen_code(requests: Iterable[ApprovalRequest]) -> str:
    """Name what was shown of requests, all together: 8 letters and digits that an answer must bring.

    They stand nowhere but where requests are shown, so that nobody answers what they have not opened.
    """
    words = "\0".join(sorted(f"{each.id}:{each.digest}" for each in requests))
    return hashlib.sha256(f"remit-seen\0{words}".encode()).hexdigest()[:8]


def alike(requests: Sequence[ApprovalRequest]) -> str | None:
    """Say why requests may not be answered in one go; None where they may.

    They must ask for the same kind of thing, of the same tier and from the same roles, and never of the high
    tier: of that each is answered by itself.
    """
    if len(requests) < 2:
        return None
    if any(each.tier == "high" for each in requests):
        return "one of them is of high risk"
    for what, of in (
        ("ask for different things", lambda each: (each.about, _kind(each))),
        ("are of different risk", lambda each: each.tier),
        ("wait for different roles", lambda each: tuple(sorted(each.roles))),
    ):
        if len({of(each) for each in requests}) > 1:
            return f"they {what}"
    return None


def _kind(request: ApprovalRequest) -> str:
    """Name the kind of a subject: what stands before its last name, as `gate/launch` or `waiver/launch`."""
    return request.subject if request.about == "gate" else request.subject.rpartition("/")[0]

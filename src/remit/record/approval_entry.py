"""Entries of approvals: what somebody asks for, who answered how, and who answers for whom."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from remit.declare.approval import Asked
from remit.record.entry import Entry


class ApprovalRequest(Entry, frozen=True, kw_only=True, tag="approval_request"):
    """That something waits for people's consent.

    `subject` is what: `gate/STAGE`, `waiver/STAGE/CRITERION`, `apply/VERSION`, `budget/POOL`,
    `value/METRIC`, or a tool's address. `digest` is the SHA-256 of exactly what was asked, so that no consent
    is moved to something else; a stored text of that name says it whole. `summary` and `stakes` say what is
    at stake, in words without anybody's data.

    Every role of `roles` must consent, and at least `people` different persons in all. `barred` are the
    addresses of those who may not answer: whoever asks for it, and whose own use case it is. At `deadline` it
    goes to `escalates_to` as well, a role, and at `expires` it is over. That role answers from the beginning
    in place of those of `stood_in`, whose holders are barred. At each of `reminders` people are told that it
    waits.

    `evidence` are ids of entries that it rests on, and `reason` is what the asker said.
    """

    about: Asked
    use_case: str = ""
    unit: str = ""
    stage: str = ""
    subject: str
    digest: str
    summary: str
    stakes: tuple[str, ...] = ()
    tier: str = ""
    roles: tuple[str, ...]
    people: int = 1
    barred: tuple[str, ...] = ()
    deadline: datetime
    escalates_to: str = ""
    expires: datetime
    stood_in: tuple[str, ...] = ()
    reminders: tuple[datetime, ...] = ()
    evidence: tuple[str, ...] = ()
    reason: str = ""
    author: str


class Approval(Entry, frozen=True, kw_only=True, tag="approval"):
    """That somebody consented to what was asked, or did not, or took the request back.

    `role` is in which capacity, and `on_behalf_of` who delegated it. `in_place_of` is the role whose consent
    it stands for, where that one had not answered in time or might not. `digest` is what was before them.
    Several that were given in one go have the same `batch`.
    """

    request: str
    about: Asked
    use_case: str = ""
    unit: str = ""
    digest: str
    said: Literal["approved", "denied", "withdrawn"]
    role: str = ""
    on_behalf_of: str = ""
    in_place_of: str = ""
    batch: str = ""
    reason: str = ""
    author: str


class Delegation(Entry, frozen=True, kw_only=True, tag="delegation"):
    """That somebody lets another answer in a role for a time; with `ends`, the one of that id is over."""

    holder: str
    to: str
    roles: tuple[str, ...] = ()
    since: datetime
    until: datetime
    ends: str = ""
    reason: str = ""
    author: str

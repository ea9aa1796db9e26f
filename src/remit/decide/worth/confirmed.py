"""Confirmed: which figures finance agreed to, exactly as they stand now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from remit.decide.approval import Standing, standing
from remit.decide.worth.figure import Figure
from remit.record.approval_entry import Approval, ApprovalRequest

Asked = Mapping[tuple[str, str], tuple[Standing, ...]]
"""Requests to confirm figures, by use case and subject, the oldest first."""


def subject_of(metric: str) -> str:
    """Name what is asked for."""
    return f"value/{metric}"


def asked_of(requests: Iterable[ApprovalRequest], approvals: Iterable[Approval], now: datetime) -> Asked:
    """Say how every request to confirm a figure stands."""
    wanted = sorted((each for each in requests if each.about == "value"), key=lambda each: each.id)
    if not wanted:
        return {}
    answers: Mapping[str, list[Approval]] = defaultdict(list)
    for each in approvals:
        answers[each.request].append(each)
    found: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for request in wanted:
        found[request.use_case, request.subject].append(standing(request, answers[request.id], now))
    return {key: tuple(standings) for key, standings in found.items()}


def confirmed(figure: Figure, asked: Asked) -> Figure:
    """Mark a figure as confirmed where finance agreed to exactly this one.

    INVARIANT: only a figure with evidence whose digest is that of an approved request is confirmed. One that
    changed since is not, and says when the one before was; nor is one that happens more often by now than was
    agreed to.
    """
    if figure.state != "evidenced":
        return figure
    known = asked.get((figure.use_case, subject_of(figure.metric)), ())
    approved = [each for each in known if each.state == "approved"]
    within = (figure.volume or 0) <= (figure.declared_volume or 0)
    exact = [each for each in approved if each.request.digest == figure.digest and within]
    if exact:
        last = exact[-1]
        return replace(
            figure,
            state="confirmed",
            request=last.request.id,
            confirmed_by=tuple(dict.fromkeys(each.on_behalf_of or each.author for each in last.consents)),
            confirmed_at=last.consents[-1].at,
        )
    waits = [each for each in known if each.state == "open" and each.request.digest == figure.digest]
    return replace(
        figure,
        request=waits[-1].request.id if waits else "",
        lapsed_at=approved[-1].consents[-1].at if approved else None,
    )

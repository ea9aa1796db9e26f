"""Ask for approval: put into the inbox what waits for people's consent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from remit.decide.approval import Standing, standing
from remit.decide.approval_rule import Rule, Seats, rule_for, seats
from remit.declare.approval import Asked
from remit.declare.gate import RiskTier
from remit.declare.operating_model import OperatingModel, digest
from remit.kernel.errors import Conflict, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import REASON_MAX, model_in_force
from remit.operations.read_approvals import answers_to, carried_out
from remit.operations.system import CONTROL, System
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.entry import Entry
from remit.record.filed import FiledFilter

SUMMARY_MAX = 300
STAKES_MAX = 40
STAKE_MAX = 500
OPEN_MAX = 500
"""How many requests of one asker may be open at once."""

ONE_AT_A_TIME: tuple[Asked, ...] = ("gate", "waiver", "value")
"""Of what one subject has one open request: to ask again takes the one before back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What somebody asks consent for. `body` says it whole and exactly; it is stored under its digest.

    `roles` are asked for beside those of the rules, and `barred` may not answer, beside the asker and the
    owner of the use case.
    """

    about: Asked
    subject: str
    body: bytes
    summary: str
    tier: RiskTier
    stakes: tuple[str, ...] = ()
    use_case: str = ""
    unit: str = ""
    stage: str = ""
    roles: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    rule: Rule | None = None
    """Who must agree, where that does not follow from one use case or unit alone."""


def ask_approval(system: System, asking: Asking, *, author: str, reason: str = "") -> Standing:
    """Ask for consent, and return how the request stands.

    What was asked exactly so and is open, or approved and not carried out yet, is not asked again: that
    request is returned. Raises RemitError where a role has nobody who may answer, or where they are too few
    persons: nothing is asked that nobody could agree to.
    """
    _require_short(asking, reason)
    asked = digest(asking.body)
    system.store.put_text(asked, asking.body)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        model = model_in_force(system)[1]
        now = system.clock.now()
        mine, known = _known(system, asking, author, now)
        for found in known:
            if found.request.digest == asked and not _spent(system, found):
                return found
        before: list[Entry] = [*_taken_back(system, asking, known, author, now)]
        if mine - len(before) >= OPEN_MAX:
            raise RemitError(
                f"{mine:,} requests of {author} are open already",
                help="wait until some are answered, or take some back with `remit approval withdraw`",
                code="too-many-open-requests",
            )
        request = _request(system, model, asking, author=author, now=now, reason=reason)
        journal.append([*before, request])
    fold_ledger(system)
    return standing(request, (), now)


def _spent(system: System, found: Standing) -> bool:
    """Say whether a request of the same digest has had its effect, or never will."""
    if found.state == "open":
        return False
    return found.state != "approved" or carried_out(system, found.request)


def _known(system: System, asking: Asking, author: str, now: datetime) -> tuple[int, list[Standing]]:
    """Count an asker's open requests, and list those of the same subject, the newest first."""
    requests = cast(list[ApprovalRequest], system.store.filed(FiledFilter(kinds=(ApprovalRequest,))))
    mine = [each for each in requests if each.author == author and each.expires > now]
    open_ones = sum(standing(each, answers_to(system, each.id), now).state == "open" for each in mine)
    same = [
        standing(each, answers_to(system, each.id), now)
        for each in reversed(requests)
        if (each.about, each.use_case, each.subject) == (asking.about, asking.use_case, asking.subject)
    ]
    return open_ones, same


def _taken_back(
    system: System, asking: Asking, known: Sequence[Standing], author: str, now: datetime
) -> list[Approval]:
    """Take back what the same person asked of the same subject before; another's stands in the way."""
    if asking.about not in ONE_AT_A_TIME:
        return []
    gone = []
    for found in known:
        request = found.request
        if found.state != "open":
            continue
        if request.author != author:
            raise Conflict(
                f"`{request.subject}` of `{request.use_case}` was asked for by {request.author} already,"
                f" as request {request.id}",
                help="wait for the answer, or have them take it back with `remit approval withdraw`",
                code="request-open",
            )
        gone.append(_withdrawal(system, request, author, now))
    return gone


def _withdrawal(system: System, request: ApprovalRequest, author: str, now: datetime) -> Approval:
    return Approval(
        id=system.ids.new(now),
        at=now,
        request=request.id,
        about=request.about,
        use_case=request.use_case,
        unit=request.unit,
        digest=request.digest,
        said="withdrawn",
        reason="asked again",
        author=author,
    )


def _request(
    system: System, model: OperatingModel, asking: Asking, *, author: str, now: datetime, reason: str
) -> ApprovalRequest:
    use_case = asking.use_case if asking.use_case in model.use_cases else ""
    unit = model.use_cases[use_case].unit if use_case else asking.unit
    owner = (model.owner_of(use_case),) if use_case else ()
    barred = tuple(dict.fromkeys((author, *owner, *asking.barred)))
    rule = asking.rule or rule_for(
        model, asking.about, tier=asking.tier, use_case=use_case, unit=unit, roles=asking.roles
    )
    found = seats(model, rule, use_case=use_case, unit=unit, barred=barred)
    _require_seats(found, rule, asking)
    return ApprovalRequest(
        id=system.ids.new(now),
        at=now,
        about=asking.about,
        use_case=use_case,
        unit=unit,
        stage=asking.stage,
        subject=asking.subject,
        digest=digest(asking.body),
        summary=asking.summary,
        stakes=tuple(each[:STAKE_MAX] for each in asking.stakes[:STAKES_MAX]),
        tier=asking.tier,
        roles=found.roles,
        people=rule.people,
        barred=barred,
        deadline=now + rule.deadline,
        escalates_to=rule.escalates_to,
        expires=now + rule.expires,
        stood_in=found.stood_in,
        reminders=(now + rule.remind,) if rule.remind else (),
        evidence=asking.evidence,
        reason=reason,
        author=author,
    )


_WHERE = {
    "risk-owner": "add `risk_owner:` to the use case, or declare `risk-owner` under `organisation: roles:`",
    "use-case-owner": "add `owner:` to the use case: whoever asks cannot agree to it as well",
    "unit-lead": "add `lead:` to the unit or to one above it: whoever asks cannot agree to it as well",
    "centre": "let somebody else ask, or declare another `contact:` of the organisation",
}


def _require_seats(found: Seats, rule: Rule, asking: Asking) -> None:
    if found.empty:
        role = found.empty[0]
        plain = role.partition("/")[0]
        raise RemitError(
            f"nobody can agree to `{asking.subject}` as `{role}`",
            help=_WHERE.get(plain, f"declare `{plain}` under `organisation: roles:`, with another holder"),
            code="role-without-holder",
        )
    if found.short:
        raise RemitError(
            f"`{asking.subject}` needs {rule.people} persons who agree, and the roles of it are held by"
            f" {rule.people - found.short} who may",
            help="name different persons as risk owner, lead of the unit and contact of the organisation",
            code="too-few-persons",
        )


def _require_short(asking: Asking, reason: str) -> None:
    for what, text, most in (("reason", reason, REASON_MAX), ("summary", asking.summary, SUMMARY_MAX)):
        if len(text) > most:
            raise RemitError(
                f"the {what} has {len(text):,} characters; at most {most:,} are kept",
                help="shorten it, or give a link to where it is written",
                code="value-too-long",
            )

"""Waive a criterion for a time: whoever may bear what remains of the risk accepts it, by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from remit.decide.approval import Standing
from remit.decide.approval_rule import rule_for
from remit.decide.gate_review import gate_digest
from remit.decide.reviewers import held_by
from remit.decide.roles import addresses, holder
from remit.decide.waiver import Proposed, unsound_end
from remit.declare.gate import threshold
from remit.declare.organisation import StageName
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.kernel.suggest import did_you_mean
from remit.operations.ask_approval import Asking, ask_approval
from remit.operations.assess_stage import Assessed, NotAllowed, assess_stage
from remit.operations.change_stage import narrowed, require_narrower
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_approvals import body_asked
from remit.operations.reason import require_reason
from remit.operations.system import CONTROL, System
from remit.record.approval_entry import ApprovalRequest
from remit.record.dossier_entry import GateReview, Waiver
from remit.record.entry import Entry
from remit.record.filed import FiledFilter


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a criterion is to be waived; it ends with a day, or so long after today."""

    residual_risk: str
    accepted_by: str
    ends: date | timedelta
    reason: str


@dataclass(frozen=True, slots=True)
class Waived:
    """What came of it: the waiver, or the request that whoever accepts the risk must answer first."""

    waiver: Waiver | None = None
    asked: Standing | None = None


def waive(
    system: System,
    use_case: str,
    criterion: str,
    *,
    into: StageName | None,
    terms: Terms,
    author: str,
) -> Waived:
    """Waive a criterion of the gate before a use case; what kills and consent cannot be waived."""
    require_reason(terms.reason)
    require_reason(terms.residual_risk)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        assessed = assess_stage(system, use_case, into)
        proposed = _proposed(assessed, criterion, terms)
        waiver = None
        if author == terms.accepted_by and _alone(assessed, proposed):
            waiver = _waiver(system, assessed, proposed, author=author)
            journal.append([waiver])
    if waiver is not None:
        fold_ledger(system)
        return Waived(waiver=waiver)
    asked = _ask(system, assessed, proposed, author=author, reason=terms.reason)
    if asked.state == "approved":
        # All have consented to just these terms, and nothing came of it yet.
        conclude_waiver(system, asked.request, asked)
        return Waived(waiver=_concluded(system, asked.request))
    return Waived(asked=asked)


def conclude_waiver(system: System, request: ApprovalRequest, found: Standing) -> str:
    """Waive what all have consented to; raises Conflict where it cannot be waived any more on these terms."""
    assert request.about == "waiver", "another row of the table concludes it"
    asked = msgspec.json.decode(body_asked(system, request), type=Proposed)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        if done := _concluded(system, request):
            return _said(done)
        assessed = _as_asked(system, asked)
        accepted = {request.author, *(each.on_behalf_of or each.author for each in found.consents)}
        if asked.accepted_by not in accepted:
            raise _spent(asked, f"{asked.accepted_by} did not accept the risk")
        waiver = _waiver(system, assessed, asked, author=request.author, request=request.id)
        journal.append([waiver])
    fold_ledger(system)
    return _said(waiver)


def _said(waiver: Waiver) -> str:
    return f"{waiver.criterion} of {waiver.use_case} is waived until {waiver.expires}, as {waiver.id}"


def _as_asked(system: System, asked: Proposed) -> Assessed:
    """Assess the gate again; raises Conflict where the terms do not hold any more."""
    terms = Terms(asked.residual_risk, asked.accepted_by, asked.expires, "")
    try:
        assessed = assess_stage(system, asked.use_case, asked.into)
        now = _proposed(assessed, asked.criterion, terms)
    except RemitError as error:
        raise _spent(asked, error.summary) from error
    if now != asked:
        raise _spent(asked, "the gate, the risk tier or the roles are not as they were")
    return assessed


def revoke_waiver(system: System, id: str, *, author: str, reason: str) -> list[Entry]:
    """Take a waiver back; a stage that stands on it goes back at once, in the same write."""
    require_reason(reason)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        waiver = _found(system, id)
        _, model = model_in_force(system)
        role = require_narrower(model, waiver.use_case, author)
        now = system.clock.now()
        moved: list[Entry] = []
        fact = system.store.stages(now, waiver.use_case)[waiver.use_case]
        if fact.until is not None and fact.falls_to is not None and id in _stands_on(system, waiver.use_case):
            moved.append(
                narrowed(
                    system, model, waiver.use_case, to=fact.falls_to, author=author, reason=reason, now=now
                )
            )
        taken = msgspec.structs.replace(
            waiver, id=system.ids.new(now), at=now, role=role, request="", revoked=id, author=author
        )
        # Of a write that breaks off the beginning stays: then the stage is back, and the waiver can be taken
        # back once more.
        journal.append([*moved, taken])
    fold_ledger(system)
    return [taken, *moved]


def _proposed(assessed: Assessed, criterion: str, terms: Terms) -> Proposed:
    """Put the terms together; raises RemitError where a criterion cannot be waived on them."""
    gate = assessed.standing.gate
    assert gate is not None, "there is a gate"
    asked = {each.id: each.criterion for each in assessed.standing.criteria}
    found = asked.get(criterion)
    if found is None or found.evidence == "approval":
        what = "is people's consent, which nothing takes the place of" if found else _no_criterion(assessed)
        raise NotFound(
            f"`{criterion[:80]}` {what}",
            help=did_you_mean(
                criterion,
                [id for id, each in asked.items() if each.evidence != "approval"],
                otherwise=f"`remit gate show {assessed.use_case}` lists them",
            ),
            code="not-to-be-waived",
        )
    tier = assessed.standing.tier
    expires = terms.ends if isinstance(terms.ends, date) else assessed.today + terms.ends
    if wrong := unsound_end(expires, today=assessed.today, tier=tier):
        raise RemitError(
            wrong,
            help="choose a day to come, before that; who needs longer asks again, with what was learnt",
            code="waiver-too-long",
        )
    return Proposed(
        use_case=assessed.use_case,
        into=assessed.into,
        criterion=criterion,
        gate=gate_digest(gate),
        residual_risk=terms.residual_risk,
        accepted_by=terms.accepted_by,
        role=_role(assessed, terms.accepted_by),
        tier=tier,
        expires=expires,
    )


def _no_criterion(assessed: Assessed) -> str:
    return f"is no criterion of the gate into `{assessed.into}` that could be waived"


def _role(assessed: Assessed, person: str) -> str:
    """Say in which role somebody accepts what remains of the risk."""
    model, use_case = assessed.model, assessed.use_case
    if person == model.owner_of(use_case):
        raise NotAllowed(
            f"{person} owns `{use_case}`, and nobody accepts the risk of their own use case",
            help="name somebody else with `--accepted-by`",
            code="own-use-case",
        )
    rule = rule_for(model, "waiver", tier=assessed.standing.tier, use_case=use_case)
    roles = rule.roles
    if any(holder(model, each, use_case) == model.owner_of(use_case) for each in roles):
        # Whoever owns it answers in none of their roles; who it escalates to does.
        roles = tuple(dict.fromkeys((*roles, rule.escalates_to)))
    role = held_by(model, person, roles, use_case)
    if not role:
        raise NotAllowed(
            f"at risk tier {assessed.standing.tier} a risk of `{use_case}` is accepted by"
            f" {', '.join(roles)}, and {person[:80]} is none of them",
            help="name one of them with `--accepted-by`: " + addresses(model, roles, use_case),
        )
    return role


def _alone(assessed: Assessed, proposed: Proposed) -> bool:
    rule = rule_for(assessed.model, "waiver", tier=assessed.standing.tier, use_case=assessed.use_case)
    return rule.people == 1 and set(rule.roles) == {proposed.role}


def _waiver(
    system: System, assessed: Assessed, proposed: Proposed, *, author: str, request: str = ""
) -> Waiver:
    return Waiver(
        id=system.ids.new(assessed.now),
        at=assessed.now,
        use_case=proposed.use_case,
        into=proposed.into,
        criterion=proposed.criterion,
        residual_risk=proposed.residual_risk,
        accepted_by=proposed.accepted_by,
        role=proposed.role,
        tier=proposed.tier,
        expires=proposed.expires,
        request=request,
        author=author,
    )


def _ask(system: System, assessed: Assessed, proposed: Proposed, *, author: str, reason: str) -> Standing:
    found = next(each for each in assessed.standing.criteria if each.id == proposed.criterion)
    asking = Asking(
        about="waiver",
        subject=f"waiver/{proposed.into}/{proposed.criterion}",
        body=proposed.body,
        summary=f"{proposed.use_case} enters {proposed.into} without {proposed.criterion}"
        f" until {proposed.expires}",
        tier=assessed.standing.tier,
        stakes=(
            f"{found.status.replace('_', ' ')}: {found.criterion.name} ({threshold(found.criterion)})",
            f"what remains of the risk: {proposed.residual_risk}",
            f"{proposed.accepted_by} accepts it, as {proposed.role}; risk tier {proposed.tier}",
            f"after {proposed.expires} it goes back to the stage before, by itself",
        ),
        use_case=proposed.use_case,
        stage=assessed.fact.stage,
    )
    return ask_approval(system, asking, author=author, reason=reason)


def _found(system: System, id: str) -> Waiver:
    """Find a waiver that counts."""
    every = [each for each in system.store.filed(FiledFilter((Waiver,))) if isinstance(each, Waiver)]
    gone = {each.revoked for each in every}
    found = next((each for each in every if each.id == id and not each.revoked), None)
    if found is None or id in gone:
        state = "was taken back already" if id in gone else "is no waiver"
        raise NotFound(f"`{id[:80]}` {state}", help="`remit gate show` names the waivers of a use case")
    return found


def _stands_on(system: System, use_case: str) -> tuple[str, ...]:
    """Name the waivers with which a use case entered the stage where it is."""
    filed = system.store.filed(FiledFilter((GateReview,), use_case))
    proceeded = [each for each in filed if isinstance(each, GateReview) and each.outcome == "proceed"]
    return proceeded[-1].waivers if proceeded else ()


def _concluded(system: System, request: ApprovalRequest) -> Waiver | None:
    filed = system.store.filed(FiledFilter((Waiver,), request.use_case))
    return next((each for each in filed if isinstance(each, Waiver) and each.request == request.id), None)


def _spent(asked: Proposed, why: str) -> Conflict:
    return Conflict(
        f"`{asked.criterion}` of `{asked.use_case}` is not waived, though all consented: {why}",
        help="the request is spent; ask again on terms that hold",
        code="request-spent",
    )

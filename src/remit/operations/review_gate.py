"""Review a gate: ask for the consents that it needs, pass it by policy, or end in proceed, pivot or halt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from remit.decide.approval import Standing, standing
from remit.decide.gate import CriterionStanding, GateStanding
from remit.decide.gate_review import (
    Snapshot,
    asked_roles,
    barriers,
    changes,
    cures_by_itself,
    gate_digest,
    passes_by_policy,
    shown_of,
    stakes,
    width,
    with_consents,
)
from remit.decide.reviewers import held_by, reviewing
from remit.decide.roles import addresses
from remit.decide.waiver import lasts_until
from remit.declare.organisation import StageName
from remit.enforce.effect import stage_effects
from remit.enforce.standing import Effect
from remit.enforce.standing import Standing as Stands
from remit.kernel.errors import Conflict, RemitError
from remit.operations.ask_approval import Asking, ask_approval
from remit.operations.assess_stage import Assessed, NotAllowed, assess_stage
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_approvals import answers_to, body_asked
from remit.operations.reason import require_reason
from remit.operations.system import CONTROL, System
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.decided import StageChange
from remit.record.dossier_entry import GateReview
from remit.record.filed import FiledFilter

POLICY = "remit"
"""Who passes a gate by policy where nobody asked for it just then."""


class GateBarred(RemitError):
    """A gate that is not put before people: `standing` says what stands in its way."""

    code = "gate-not-met"

    def __init__(self, summary: str, *, help: str, standing: GateStanding, code: str | None = None) -> None:
        super().__init__(summary, help=help, code=code)
        self.standing = standing


@dataclass(frozen=True, slots=True)
class Requested:
    """What came of a request: a review where policy or earlier consents pass it, else whom it waits for."""

    assessed: Assessed
    review: GateReview | None = None
    asked: Standing | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """What a review says beside how the gate stands."""

    outcome: Literal["proceed", "pivot", "halt"]
    to: StageName
    author: str
    reason: str
    request: str = ""
    approvals: tuple[str, ...] = ()
    by_policy: bool = False


def request_review(
    system: System, use_case: str, *, into: StageName | None, author: str, reason: str
) -> Requested:
    """Ask that a use case enters a stage.

    In the fast lane it does so at once. Where something is missing nobody is asked, since it is people's time
    that is scarce; raises GateBarred, which says what is missing.
    """
    require_reason(reason)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        assessed = assess_stage(system, use_case, into)
        _require_open(assessed)
        passing = _passing(system, assessed, author, reason)
        if passing is not None:
            review, moved = written(system, assessed, passing)
            journal.append([review, moved] if moved else [review])
    if passing is not None:
        fold_ledger(system)
        return Requested(assessed, review=review)
    asked = _open_already(system, assessed) or _ask(system, assessed, author=author, reason=reason)
    return Requested(assessed, asked=asked)


def review_gate(
    system: System,
    use_case: str,
    *,
    outcome: Literal["pivot", "halt"],
    to: StageName | None,
    author: str,
    reason: str,
) -> GateReview:
    """End a review in a pivot, at the present stage or an earlier one, or in a halt, which retires it."""
    require_reason(reason)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        assessed = assess_stage(system, use_case, ends=True)
        _require_reviewer(assessed, author)
        there = "retired" if outcome == "halt" else to or assessed.fact.stage
        if outcome == "pivot" and (there == "retired" or width(there) > width(assessed.fact.stage)):
            raise RemitError(
                f"a pivot stays at `{assessed.fact.stage}` or goes back, and `{there}` is no earlier stage",
                help="name an earlier stage with `--to`, or leave it out",
                code="stage-out-of-order",
            )
        review, moved = written(system, assessed, Review(outcome, there, author, reason))
        journal.append([review, moved] if moved else [review])
    fold_ledger(system)
    return review


def conclude_gate(system: System, request: ApprovalRequest, found: Standing) -> str:
    """Let a use case proceed, all whom it needs having consented, if all is still as they were asked.

    Raises Conflict, and the request is spent, where it is not. A request that was concluded stays so.
    """
    assert request.about == "gate", "another row of the table concludes it"
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        if done := _concluded(system, request):
            return _said(done)
        assessed = _as_asked(system, request, found.consents)
        last = found.consents[-1]
        proceeding = Review(
            "proceed",
            assessed.into,
            last.author,
            last.reason or request.reason or request.summary,
            request.id,
            tuple(each.id for each in found.consents),
        )
        review, moved = written(system, assessed, proceeding)
        assert moved is not None, "who proceeds enters a stage"
        journal.append([review, moved])
    fold_ledger(system)
    return _said(review)


def _said(review: GateReview) -> str:
    on = ", on evidence that is simulated in part" if review.simulated else ""
    return f"{review.use_case} entered {review.into}, by review {review.id}{on}"


def _as_asked(system: System, request: ApprovalRequest, consents: Sequence[Approval]) -> Assessed:
    """Assess the gate again; raises Conflict where it is not as it was when people were asked."""
    into = _into(request)
    try:
        assessed = assess_stage(system, request.use_case, into)
    except RemitError as error:
        raise _spent(request, [error.summary]) from error
    assessed = replace(assessed, standing=with_consents(assessed.standing, consents))
    asked = msgspec.json.decode(body_asked(system, request), type=Snapshot)
    found = [*changes(asked, assessed.snapshot)]
    found += [f"{each.id} is {each.status.replace('_', ' ')}" for each in assessed.standing.missing]
    found += [f"{each.id} ends it" for each in assessed.standing.killed]
    if assessed.now >= request.expires:
        found.append(f"the request was over on {request.expires:%Y-%m-%d}")
    if found:
        raise _spent(request, found)
    return assessed


def _spent(request: ApprovalRequest, found: Sequence[str]) -> Conflict:
    return Conflict(
        f"`{request.use_case}` does not enter `{_into(request)}`, though all consented: {'; '.join(found)}",
        help="the request is spent, for they were asked something else;"
        f" run `remit gate request {request.use_case}` when all is met",
        code="request-spent",
    )


def cure(system: System, use_case: str) -> GateReview | None:
    """Let a stage that stands on waivers stand by itself if what was waived is met now, by machine."""
    if _curing(system, use_case) is None:
        return None
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        curing = _curing(system, use_case)
        if curing is None:
            return None
        review, moved = written(system, *curing)
        journal.append([review, moved] if moved else [review])
    fold_ledger(system)
    return review


def _curing(system: System, use_case: str) -> tuple[Assessed, Review] | None:
    fact = system.store.stages(system.clock.now(), use_case).get(use_case)
    if fact is None or fact.until is None:
        return None
    assessed = assess_stage(system, use_case, fact.stage)
    said = _cured(assessed, POLICY, "What was waived is met, and the consents of its review stand.")
    return (assessed, said) if said else None


def written(system: System, assessed: Assessed, said: Review) -> tuple[GateReview, StageChange | None]:
    """Write a review with its snapshot, and the change of stage that it makes, if it makes one."""
    waivers = assessed.waivers if said.outcome == "proceed" else ()
    standing = assessed.standing
    assert standing.gate is not None, "there is a gate to be reviewed"
    review = GateReview(
        id=system.ids.new(assessed.now),
        at=assessed.now,
        use_case=assessed.use_case,
        stage=assessed.fact.stage,
        into=assessed.into,
        outcome=said.outcome,
        by_policy=said.by_policy,
        tier=standing.tier,
        gate=gate_digest(standing.gate),
        model_version=assessed.version,
        shown=shown_of(standing),
        request=said.request,
        approvals=said.approvals,
        waivers=tuple(each.id for each in waivers),
        releases=(standing.release,) if standing.release else (),
        simulated=standing.simulated,
        reason=said.reason,
        author=said.author,
    )
    if said.outcome == "pivot" and said.to == assessed.fact.stage:
        return review, None
    return review, _moved(system, assessed, review, said.to)


def _moved(system: System, assessed: Assessed, review: GateReview, to: StageName) -> StageChange:
    fact, again = assessed.fact, assessed.again and review.outcome == "proceed"
    waived = [each for each in assessed.waivers if each.id in review.waivers]
    until = lasts_until(waived, assessed.model.organisation.zone)
    before = fact.falls_to if again and fact.falls_to else fact.stage
    return StageChange(
        id=system.ids.new(assessed.now),
        at=assessed.now,
        use_case=assessed.use_case,
        stage=to,
        # Who stays does not begin a time box anew.
        since=fact.since if again else assessed.today,
        since_known=fact.since_known if again else True,
        basis="reviewed",
        review=review.id,
        until=until,
        falls_to=before if until else "",
        reason=review.reason,
        author=review.author,
    )


def _passing(system: System, assessed: Assessed, author: str, reason: str) -> Review | None:
    if passes_by_policy(assessed.standing) and not assessed.waivers:
        return Review("proceed", assessed.into, author, reason, by_policy=True)
    return _cured(assessed, author, reason) if assessed.again else None


def _cured(assessed: Assessed, author: str, reason: str) -> Review | None:
    before = next(
        (
            each
            for each in assessed.dossier.reviews
            if each.into == assessed.into and each.outcome == "proceed"
        ),
        None,
    )
    if before is None or not cures_by_itself(assessed.standing, before):
        return None
    return Review(
        *("proceed", assessed.into, author, reason), before.request, before.approvals, by_policy=True
    )


def _require_open(assessed: Assessed) -> None:
    """See that nothing ends the use case, and that nothing is missing but people's consent."""
    standing = assessed.standing
    if standing.killed:
        raise GateBarred(
            f"`{assessed.use_case}` cannot proceed into `{assessed.into}`: {_named(standing.killed)}",
            help=f"end the review: `remit gate review {assessed.use_case} --outcome pivot` or `halt`",
            standing=standing,
            code="kill-criterion-met",
        )
    if missing := barriers(standing):
        raise GateBarred(
            f"the gate into `{assessed.into}` is not put before anybody yet;"
            f" {len(missing)} of {len(standing.criteria)} criteria stand in the way: "
            + ", ".join(f"{each.id} ({each.status.replace('_', ' ')})" for each in missing),
            help="see to what is missing, or have it waived for a time;"
            f" `remit gate show {assessed.use_case}` says what meets each in the shortest way",
            standing=standing,
        )


def _named(killed: Sequence[CriterionStanding]) -> str:
    return "; ".join(
        f"{each.id}, {each.criterion.name[:1].lower()}{each.criterion.name[1:]}" for each in killed
    )


def _require_reviewer(assessed: Assessed, author: str) -> None:
    model, use_case = assessed.model, assessed.use_case
    require_not_own(assessed, author)
    roles = reviewing(model, assessed.standing)
    if not held_by(model, author, roles, use_case):
        raise NotAllowed(
            f"the gate into `{assessed.into}` is reviewed by {', '.join(roles)}, and you are none of them",
            help="ask one of them, or set `REMIT_AUTHOR`: " + addresses(model, roles, use_case),
        )


def require_not_own(assessed: Assessed, author: str) -> None:
    """See that nobody reviews their own use case."""
    if author == assessed.model.owner_of(assessed.use_case):
        raise NotAllowed(
            f"`{assessed.use_case}` is your own, and nobody reviews their own use case",
            help="to take it back or end it yourself, run `remit stage demote` or `remit stage retire`",
            code="own-use-case",
        )


def _concluded(system: System, request: ApprovalRequest) -> GateReview | None:
    filed = system.store.filed(FiledFilter((GateReview,), request.use_case))
    return next((each for each in filed if isinstance(each, GateReview) and each.request == request.id), None)


def _into(request: ApprovalRequest) -> StageName:
    return request.subject.removeprefix("gate/")  # type: ignore[return-value]  # `_ask` wrote it


def _open_already(system: System, assessed: Assessed) -> Standing | None:
    """Find a request for the same gate that waits already, if it asks for just what would be asked now."""
    filed = system.store.filed(FiledFilter((ApprovalRequest,), assessed.use_case))
    for request in reversed(filed):
        if isinstance(request, ApprovalRequest) and request.subject == f"gate/{assessed.into}":
            found = standing(request, answers_to(system, request.id), assessed.now)
            if found.state == "open" and not _changed(system, request, assessed):
                return found
    return None


def _changed(system: System, request: ApprovalRequest, assessed: Assessed) -> bool:
    try:
        asked = msgspec.json.decode(body_asked(system, request), type=Snapshot)
    except Conflict:
        return True
    return bool(changes(asked, assessed.snapshot))


def _ask(system: System, assessed: Assessed, *, author: str, reason: str) -> Standing:
    standing = assessed.standing
    entries = {entry for each in shown_of(standing) for entry in each.entries}
    asking = Asking(
        about="gate",
        subject=f"gate/{assessed.into}",
        body=assessed.snapshot.body,
        summary=f"{assessed.use_case} enters {assessed.into} from {assessed.fact.stage}",
        tier=standing.tier,
        stakes=stakes(standing, _allowed_more(system, assessed)),
        use_case=assessed.use_case,
        stage=assessed.fact.stage,
        roles=asked_roles(standing),
        evidence=tuple(sorted(entries)),
    )
    return ask_approval(system, asking, author=author, reason=reason)


def _allowed_more(system: System, assessed: Assessed) -> tuple[Effect, ...]:
    """Say how the remit at the stage that the gate leads into differs from the present one."""
    from_stage = assessed.fact.falls_to or assessed.fact.stage
    at = Stands(from_stage, assessed.fact.since)
    return stage_effects(
        assessed.model,
        assessed.use_case,
        at,
        into=assessed.into,
        posted=system.store.posted(),
        now=assessed.now,
    )

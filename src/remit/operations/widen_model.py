"""Widen a model: put a change in force, or ask for the consent that it needs first."""

from __future__ import annotations

import msgspec

from remit.decide.approval import Standing
from remit.decide.widening import RULES, Proposal, Widened, widened
from remit.declare.operating_model import decode_model
from remit.kernel.errors import Conflict
from remit.operations.apply_model import Applied, apply_planned, proposal
from remit.operations.ask_approval import STAKES_MAX, Asking, ask_approval
from remit.operations.plan_model import Planned, plan_model
from remit.operations.read_approvals import body_asked
from remit.operations.read_history import versions
from remit.operations.system import System
from remit.record.approval_entry import ApprovalRequest


def put_in_force(
    system: System, planned: Planned, *, author: str, reason: str, restores: int = 0
) -> Applied | Standing:
    """Put a planned model in force; where a rule asks for consent, ask for it and return how that stands.

    What was agreed to before, exactly so, is put in force at once.
    """
    found = needs(planned)
    if found is None:
        return apply_planned(system, planned, author=author, reason=reason, restores=restores)
    system.store.put_text(planned.digest, planned.body)
    asking = _asking(planned, found, restores)
    asked = ask_approval(system, asking, author=author, reason=reason)
    if asked.state != "approved":
        return asked
    return apply_planned(
        system, planned, author=author, reason=reason, restores=restores, request=asked.request.id
    )


def needs(planned: Planned) -> Widened | None:
    """Say what of a plan waits for consent; nothing of a first model, in which all is new."""
    if planned.before is None:
        return None
    return widened(planned.before, planned.model, planned.effects, stages=planned.stages)


def apply_approved(system: System, request: ApprovalRequest, standing: Standing) -> str:
    """Put in force what was agreed to; raises Conflict where it rests on a version that is not any more."""
    for applied in versions(system.store):
        if applied.request == request.id:
            return f"version {applied.model_version} is in force"
        if applied.at < request.at:
            break
    asked = msgspec.json.decode(body_asked(system, request), type=Proposal)
    planned = plan_model(system, decode_model(system.store.text(asked.model)))
    if (planned.base, planned.base_digest) != (asked.base, asked.base_digest):
        raise Conflict(
            f"version {planned.base} is in force, and request {request.id} rests on version {asked.base}",
            help="nothing was applied; take that change in, as `remit pull DIR` does, and apply again",
        )
    done = apply_planned(
        system,
        planned,
        author=request.author,
        reason=request.reason,
        restores=asked.restores,
        request=request.id,
    )
    return f"version {done.version} is in force"


def _asking(planned: Planned, found: Widened, restores: int) -> Asking:
    """Say what is at stake: first whom it concerns, then each thing that would be allowed."""
    model = planned.before
    assert model is not None, "a first model asks nobody"
    stakes = []
    for name in found.use_cases:
        case = planned.model.use_cases.get(name) or model.use_cases[name]
        stage = planned.stages[name].stage if name in planned.stages else "new"
        stakes.append(f"`{name}`: {found.tier} risk, at `{stage}`, handles {case.data_class} data")
    stakes += (f"`{each.use_case}` {each.summary}" if each.use_case else each.summary for each in found.found)
    if len(stakes) > STAKES_MAX:
        stakes = [*stakes[: STAKES_MAX - 1], f"and {len(stakes) - STAKES_MAX + 1:,} more"]
    return Asking(
        about=found.about,
        subject=_subject(planned, found),
        body=proposal(planned, restores),
        summary=_summary(planned, found, restores),
        tier=found.tier,
        stakes=tuple(stakes),
        use_case=found.use_case,
        unit=found.unit,
        stage=planned.stages[found.use_case].stage if found.use_case else "",
        barred=found.barred,
        rule=found.rule,
    )


def _subject(planned: Planned, found: Widened) -> str:
    if found.about == "budget":
        changed = {change.address for change in planned.plan.changes}
        return f"budget/{changed.pop() if len(changed) == 1 else planned.base + 1}"
    return f"apply/{planned.base + 1}"


def _summary(planned: Planned, found: Widened, restores: int) -> str:
    what = f"go back to version {restores}" if restores else f"apply version {planned.base + 1}"
    names = found.use_cases
    parts = []
    if names:
        whom = f"`{names[0]}`" if len(names) == 1 else f"{len(names):,} use cases"
        more = "spend more" if found.about == "budget" else "do more"
        parts.append(f"lets {whom} {more}")
    if any(not each.use_case and each.field == RULES for each in found.found):
        parts.append("makes rules weaker")
    return f"{what}, which {' and '.join(parts)}"

"""Apply an operating model: make declared text the law, and say so in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from remit.decide.widening import Proposal, widened
from remit.declare.operating_model import OperatingModel, digest
from remit.kernel.errors import Conflict, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.plan_model import Planned, plan_model
from remit.operations.read_approvals import find_request
from remit.operations.register_studies import registrations
from remit.operations.system import CONTROL, System
from remit.record.apply_diff import changed, whole
from remit.record.decided import Apply, StageChange
from remit.record.entry import Entry
from remit.record.outcome_entry import StudyRegistered
from remit.record.projection import StageFact

REASON_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did; `changed` is False if the same model was in force already."""

    version: int
    digest: str
    created: int
    updated: int
    removed: int
    changed: bool
    studies: tuple[StudyRegistered, ...] = ()
    """The studies that it registered."""


def apply_model(system: System, model: OperatingModel, *, author: str, reason: str) -> Applied:
    """Put a sound operating model in force without asking anybody."""
    return apply_planned(system, plan_model(system, model), author=author, reason=reason)


def apply_planned(
    system: System, planned: Planned, *, author: str, reason: str, restores: int = 0, request: str = ""
) -> Applied:
    """Put a planned model in force; raises Conflict if another was applied since it was planned.

    Where a rule asks for consent, `request` is the id of what was agreed to, exactly so; without that it
    raises RemitError.

    The texts are stored first and named by their digests; the `apply` entry, the last line of one write, is
    what makes it so. A use case that is new enters `envision`, or the stage that its adoption names. One
    that is retired from the declarations keeps its stage: it is no way around a gate to take it out and
    put it in again. A study that is new or changed is registered in the same write.
    """
    if len(reason) > REASON_MAX:
        raise RemitError(
            f"the reason has {len(reason):,} characters; at most {REASON_MAX:,} are kept",
            help="shorten it, or give a link to where it is written",
            code="value-too-long",
        )
    system.store.put_text(planned.digest, planned.body)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        current = system.store.applied()
        if current is not None and current.digest == planned.digest:
            return Applied(current.model_version, planned.digest, 0, 0, 0, changed=False)
        _require_base(planned, current)
        if not planned.plan.changes:
            return Applied(planned.base, planned.base_digest, 0, 0, 0, changed=False)
        consents = _consents(system, planned, request=request, restores=restores)
        entry = _applied(
            system, planned, author=author, reason=reason, restores=restores, consents=(request, consents)
        )
        studies = registrations(system, planned.model, version=entry.model_version, author=author)
        entering: list[Entry] = [*_entering(system, planned.model, author), *studies]
        journal.append([*entering, entry])
    fold_ledger(system)
    return Applied(
        entry.model_version,
        entry.digest,
        entry.created,
        entry.changed,
        entry.removed,
        changed=True,
        studies=tuple(studies),
    )


def _applied(
    system: System,
    planned: Planned,
    *,
    author: str,
    reason: str,
    restores: int,
    consents: tuple[str, tuple[str, ...]],
) -> Apply:
    """Say what is put in force; a change that an entry has no room for is stored as a text."""
    created, updated, removed = (planned.plan.count(action) for action in ("create", "change", "retire"))
    changes, complete = changed(planned.plan)
    everything = b"" if complete else whole(planned.plan)
    if everything:
        system.store.put_text(digest(everything), everything)
    now = system.clock.now()
    request, approvals = consents
    return Apply(
        id=system.ids.new(now),
        at=now,
        model_version=planned.base + 1,
        digest=planned.digest,
        author=author,
        reason=reason,
        created=created,
        changed=updated,
        removed=removed,
        previous=planned.base_digest,
        changes=changes,
        plan=digest(everything) if everything else "",
        restores=restores,
        request=request if approvals else "",
        approvals=approvals,
    )


def proposal(planned: Planned, restores: int) -> bytes:
    """Write down what consent is asked for: this model in place of the one it was planned against."""
    return msgspec.json.encode(Proposal(planned.base, planned.base_digest, planned.digest, restores))


def _consents(system: System, planned: Planned, *, request: str, restores: int) -> tuple[str, ...]:
    """Return the ids of the consents that a change needs, none where it needs none.

    INVARIANT: it is asked under the lock, of the model and the stages in force now. A use case that has moved
    to another stage since the plan may do other things than the plan says.
    """
    if planned.before is None:
        return ()
    now = system.clock.now()
    stages = system.store.stages(now)
    moved = [name for name, fact in stages.items() if _stage(planned.stages, name) != fact.stage]
    if moved:
        raise Conflict(
            f"`{moved[0]}` moved to `{stages[moved[0]].stage}` since this was planned",
            help="nothing was applied; plan again",
        )
    if widened(planned.before, planned.model, planned.effects, stages=stages) is None:
        return ()
    found = find_request(system, request, now) if request else None
    if (
        found is None
        or found.state != "approved"
        or found.request.digest != digest(proposal(planned, restores))
    ):
        raise RemitError(
            "this lets use cases do more than anybody may let them alone",
            help="apply it with `remit apply DIR`, which asks those who must agree; nothing was applied",
            code="approval-needed",
        )
    return tuple(each.id for each in found.consents)


def _stage(stages: Mapping[str, StageFact], name: str) -> str:
    return stages[name].stage if name in stages else ""


def _require_base(planned: Planned, current: Apply | None) -> None:
    if current is not None and current.model_version != planned.base:
        raise Conflict(
            f"{current.author} applied version {current.model_version} at {current.at:%Y-%m-%d %H:%M:%S} UTC,"
            f" after version {planned.base} that this plan rests on",
            help="nothing was applied; take that change in, as `remit pull DIR` does, and plan again",
        )


def _entering(system: System, model: OperatingModel, author: str) -> list[StageChange]:
    """Record the first stage of every use case that has none yet."""
    now = system.clock.now()
    known = system.store.stages(now)
    today = now.astimezone(model.organisation.zone).date()
    entries = []
    for name, case in model.use_cases.items():
        if name in known:
            continue
        adoption = case.adoption
        since = adoption.since if adoption else today
        entries.append(
            StageChange(
                id=system.ids.new(now),
                at=now,
                use_case=name,
                stage=adoption.stage if adoption else "envision",
                since=since or today,
                since_known=since is not None,
                basis="adopted" if adoption else "declared",
                author=author,
            )
        )
    return entries

"""Apply an operating model: make declared text the law, and say so in the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from remit.declare.operating_model import OperatingModel, digest
from remit.kernel.errors import Conflict, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.plan_model import Planned, plan_model
from remit.operations.system import CONTROL, System
from remit.record.apply_diff import changed, whole
from remit.record.decided import Apply, StageChange
from remit.record.entry import Entry

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


def apply_model(system: System, model: OperatingModel, *, author: str, reason: str) -> Applied:
    """Put a sound operating model in force without asking anybody."""
    return apply_planned(system, plan_model(system, model), author=author, reason=reason)


def apply_planned(
    system: System, planned: Planned, *, author: str, reason: str, restores: int = 0
) -> Applied:
    """Put a planned model in force; raises Conflict if another was applied since it was planned.

    The texts are stored first and named by their digests; the `apply` entry, the last line of one write, is
    what makes it so. A use case that is new enters `envision`, or the stage that its adoption names. One
    that is retired from the declarations keeps its stage: it is no way around a gate to take it out and
    put it in again.
    """
    if len(reason) > REASON_MAX:
        raise RemitError(
            f"the reason has {len(reason):,} characters; at most {REASON_MAX:,} are kept",
            help="shorten it, or give a link to where it is written",
            code="value-too-long",
        )
    created, updated, removed = (planned.plan.count(action) for action in ("create", "change", "retire"))
    changes, complete = changed(planned.plan)
    everything = b"" if complete else whole(planned.plan)
    system.store.put_text(planned.digest, planned.body)
    if everything:
        system.store.put_text(digest(everything), everything)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        current = system.store.applied()
        if current is not None and current.digest == planned.digest:
            return Applied(current.model_version, planned.digest, 0, 0, 0, changed=False)
        _require_base(planned, current)
        if not planned.plan.changes:
            return Applied(planned.base, planned.base_digest, 0, 0, 0, changed=False)
        now, version = system.clock.now(), planned.base + 1
        entry = Apply(
            id=system.ids.new(now),
            at=now,
            model_version=version,
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
        )
        entering: list[Entry] = [*_entering(system, planned.model, author)]
        journal.append([*entering, entry])
    fold_ledger(system)
    return Applied(version, planned.digest, created, updated, removed, changed=True)


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

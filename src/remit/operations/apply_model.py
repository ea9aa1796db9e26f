"""Apply an operating model: make declared text the law, and say so in the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from remit.declare.operating_model import OperatingModel, digest, read_written, written
from remit.kernel.errors import NotFound
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import CONTROL, System
from remit.record.entry import Apply, Entry, StageChange


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did; `changed` is False if the same model was in force already."""

    version: int
    digest: str
    created: int
    updated: int
    removed: int
    changed: bool


def current_model(system: System) -> tuple[int, OperatingModel] | None:
    """Return the version in force and its content, or None before the first apply."""
    applied = system.store.applied()
    if applied is None:
        return None
    return applied.model_version, read_written(system.store.text(applied.digest))


def model_in_force(system: System) -> tuple[int, OperatingModel]:
    """Return the version in force and its content; raises NotFound before the first apply."""
    current = current_model(system)
    if current is None:
        raise NotFound(
            "no operating model has been applied",
            help="run `remit init DIR` and `remit apply DIR` first",
            code="no-operating-model",
        )
    return current


def apply_model(system: System, model: OperatingModel, *, author: str, reason: str) -> Applied:
    """Put a sound operating model in force.

    The text is stored first and named by its digest; the `apply` entry, the last line of one write, is what
    makes it so. A use case that is new enters `envision`, or the stage that its adoption names.
    """
    body = written(model)
    name = digest(body)
    system.store.put_text(name, body)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        current = system.store.applied()
        if current is not None and current.digest == name:
            return Applied(current.model_version, name, 0, 0, 0, changed=False)
        before = _text_of(system, current)
        created, updated, removed = _differences(before, model)
        now = system.clock.now()
        version = current.model_version + 1 if current else 1
        entries: list[Entry] = [*_entering(system, model, author)]
        entries.append(
            Apply(
                id=system.ids.new(now),
                at=now,
                model_version=version,
                digest=name,
                author=author,
                reason=reason,
                created=created,
                changed=updated,
                removed=removed,
            )
        )
        journal.append(entries)
    fold_ledger(system)
    return Applied(version, name, created, updated, removed, changed=True)


def _text_of(system: System, applied: Apply | None) -> OperatingModel | None:
    """Read the model that an entry put in force; None if a store that was made anew has lost it."""
    try:
        return read_written(system.store.text(applied.digest)) if applied else None
    except NotFound:
        return None


def _entering(system: System, model: OperatingModel, author: str) -> list[StageChange]:
    """Record the first stage of every use case that has none yet."""
    known, now = system.store.stages(), system.clock.now()
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


def _differences(before: OperatingModel | None, after: OperatingModel) -> tuple[int, int, int]:
    """Count the declarations that are new, that differ, and that are gone."""
    old = _declarations(before) if before else {}
    new = _declarations(after)
    changed = sum(1 for key, value in new.items() if key in old and old[key] != value)
    return len(new.keys() - old.keys()), changed, len(old.keys() - new.keys())


def _declarations(model: OperatingModel) -> dict[tuple[str, str], object]:
    found: dict[tuple[str, str], object] = {("organisation", ""): model.organisation}
    for section in ("units", "stages", "use_cases", "blocks", "providers"):
        found |= {(section, name): value for name, value in getattr(model, section).items()}
    return found

"""Read the history of the operating model: its versions, what each changed, and what each said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from remit.declare.operating_model import OperatingModel, decode_model
from remit.kernel.errors import NotFound
from remit.operations.system import System
from remit.ports import Store
from remit.record.apply_diff import read_whole
from remit.record.decided import Apply, Changed
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter

_PAGE = 200


def versions(store: Store) -> Iterator[Apply]:
    """List every version, the newest first."""
    before = ""
    while rows := store.entries(EntryFilter(kind="apply", before=before), limit=_PAGE):
        yield from (cast(Apply, decode(row.body)) for row in rows)
        before = rows[-1].id


def find_version(system: System, version: int) -> Apply:
    for applied in versions(system.store):
        if applied.model_version == version:
            return applied
    raise NotFound(
        f"no version {version} of the operating model was applied", help="`remit history` lists every version"
    )


def changes_of(system: System, applied: Apply) -> tuple[Changed, ...]:
    """Read what a version changed: whole where its text is still stored, else as its entry says it."""
    if not applied.plan:
        return applied.changes
    try:
        return read_whole(system.store.text(applied.plan))
    except NotFound:
        return applied.changes


def model_of(system: System, applied: Apply) -> OperatingModel:
    """Read the operating model that a version put in force; raises NotFound if a new store has lost it."""
    return decode_model(system.store.text(applied.digest))

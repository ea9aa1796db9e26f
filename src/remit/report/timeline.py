"""The history of one use case: what was decided, shown and changed of it, in one line of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from remit.record.decided import Apply, Changed
from remit.record.projection import Row
from remit.report.entry_line import describe

FIELDS_SHOWN = 6

TOPICS: Mapping[str, str] = {
    "stage_change": "stage",
    "gate_review": "review",
    "waiver": "waiver",
    "approval_request": "approval",
    "approval": "approval",
    "kill_switch": "kill switch",
    "key_change": "key",
    "evidence": "evidence",
    "evaluation": "evaluation",
    "study_registered": "study",
    "study_result": "study",
    "apply": "declaration",
}
"""What a moment is about, by the kind of its entry."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, and the entry that says it whole."""

    at: datetime
    topic: str
    says: str
    entry: str


@dataclass(frozen=True, slots=True)
class Declared:
    """What one version of the operating model changed in one declaration."""

    applied: Apply
    changed: Changed


def timeline(rows: Iterable[Row], declared: Iterable[Declared]) -> tuple[Moment, ...]:
    """Put entries and changes of the declaration into one line of time, the newest first."""
    found = [Moment(each.at, TOPICS[each.kind], describe(each), each.id) for each in rows]
    found += [Moment(each.applied.at, TOPICS["apply"], _said(each), each.applied.id) for each in declared]
    return tuple(sorted(found, key=lambda each: (each.at, each.entry), reverse=True))


_DONE = {"create": "declared", "change": "changed", "retire": "taken out"}


def _said(each: Declared) -> str:
    changed, applied = each.changed, each.applied
    said = f"{_DONE[changed.action]} in version {applied.model_version}"
    if changed.action == "change":
        names = [field.path for field in changed.fields[:FIELDS_SHOWN]]
        more = len(changed.fields) - len(names) + changed.more_fields
        said += f": {', '.join(names)}" + (f" and {more} more" if more else "")
    why = f" ({applied.reason})" if applied.reason else ""
    return f"{said}, by {applied.author}{why}"

"""Results of studies: which of them count, of all that were ever found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from remit.record.entry import Entry
from remit.record.outcome_entry import StudyRegistered, StudyResult


def newest_versions(registered: Iterable[StudyRegistered]) -> dict[str, StudyRegistered]:
    """Return each study's newest version."""
    found: dict[str, StudyRegistered] = {}
    for each in registered:
        if each.study not in found or each.version > found[each.study].version:
            found[each.study] = each
    return found


def newest_results(filed: Iterable[Entry]) -> Iterator[StudyResult]:
    """Give what each study's newest version found last, where that was not refused."""
    entries = [*filed]
    newest = newest_versions(each for each in entries if isinstance(each, StudyRegistered))
    last: dict[str, StudyResult] = {}
    for each in entries:
        if not isinstance(each, StudyResult) or each.study not in newest:
            continue
        if each.version == newest[each.study].version and (
            each.study not in last or each.id > last[each.study].id
        ):
            last[each.study] = each
    return (each for each in last.values() if not each.refused)

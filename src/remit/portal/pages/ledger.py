"""The ledger: entries, newest first, and each of them whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC

import msgspec
from starlette.responses import Response

from remit.kernel.errors import NotFound
from remit.operations.find_entries import list_entries
from remit.portal.asked import TEXT_MAX, Asked, Page
from remit.record.projection import EntryFilter

ROWS = 100
_FIELDS = (
    *("kind", "use_case", "rule", "stage", "account", "simulated", "completed", "blocked", "since", "before"),
)


def show(asked: Asked) -> Response:
    """List entries, newest first; other fields of the address choose which."""
    wanted = _filter(asked.query)
    rows = list_entries(asked.system, wanted, limit=ROWS + 1)
    older = replace(wanted, before=rows[ROWS - 1].id) if len(rows) > ROWS else None
    return asked.page("ledger.html", rows=rows[:ROWS], wanted=wanted, older=older)


def _filter(given: Mapping[str, str]) -> EntryFilter:
    try:
        said = {name: value[:TEXT_MAX] for name in _FIELDS if (value := given.get(name))}
        wanted = msgspec.convert(said, EntryFilter, strict=False)
        # At the calendar's ends some instants have no UTC; without a zone they would have the machine's own.
        in_utc = wanted.since and wanted.since.tzinfo and wanted.since.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError) as error:
        raise NotFound("the address names no such rows", help="follow a link of a page") from error
    if wanted.since and not in_utc:
        raise NotFound("the address names a time without a zone", help="follow a link of a page")
    return replace(wanted, since=in_utc or None)


def show_entry(asked: Asked) -> Response:
    """Show one entry whole."""
    row = asked.system.store.entry(asked.names["id"][:40])
    if row is None:
        raise NotFound("no such entry is recorded", help="the ledger lists all")
    return asked.page("entry.html", row=row, text=msgspec.json.format(row.body, indent=2).decode())


PAGES = (Page("/ledger", show, label="Ledger", letter="l"), Page("/ledger/{id}", show_entry))

"""The ledger: entries, newest first, each of them whole, and the proof that it stands where it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import msgspec
from starlette.responses import RedirectResponse, Response

from remit.kernel.errors import NotFound, RemitError
from remit.operations.find_entries import find_entry, list_entries
from remit.operations.model_in_force import model_in_force
from remit.operations.prove_entry import prove_entry
from remit.portal.asked import TEXT_MAX, Asked, Page, having
from remit.portal.page import HEADERS
from remit.record.ledgered import KINDS
from remit.record.projection import EntryFilter
from remit.record.proof import Checked, Proof, check
from remit.record.seal import digest
from remit.report.entry_sheet import sheet

ROWS = 100
EXPORT_MAX = 10_000
"""So many entries leave in one file; the command `remit ledger query` has no such bound."""
ID_MAX = 40
_FIELDS = (
    *("kind", "use_case", "rule", "stage", "account", "unit", "model", "key", "batch"),
    *("simulated", "completed", "blocked", "since", "before"),
)
_CALLS = ("call", "refusal")


def show(asked: Asked) -> Response:
    """List entries, newest first; other fields of the address choose which."""
    id = asked.text("id").strip()
    if id:
        return RedirectResponse(f"/ledger/{find_entry(asked.system, id[:ID_MAX]).id}", 303, HEADERS)
    wanted = _filter(asked.query)
    rows = list_entries(asked.system, wanted, limit=ROWS + 1)
    older = replace(wanted, before=rows[ROWS - 1].id) if len(rows) > ROWS else None
    sealed = asked.system.store.sealed()
    return asked.page(
        "ledger.html",
        rows=rows[:ROWS],
        wanted=wanted,
        older=older,
        kinds=KINDS,
        sealed=sum(each.lines for each in sealed.values()),
        model=model_in_force(asked.system)[1],
        EXPORT_MAX=EXPORT_MAX,
    )


def _filter(given: Mapping[str, str]) -> EntryFilter:
    said: dict[str, str] = {name: value[:TEXT_MAX] for name in _FIELDS if (value := given.get(name))}
    if day := given.get("day"):
        said["since"] = _midnight(day)
    if day := given.get("until"):
        # Ids begin with their time, so that those of a later day come after this one.
        said["before"] = said.get("before") or _first_id(day)
    try:
        wanted = msgspec.convert(said, EntryFilter, strict=False)
        # At the calendar's ends some instants have no UTC; without a zone they would have the machine's own.
        in_utc = wanted.since and wanted.since.tzinfo and wanted.since.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError) as error:
        raise NotFound("the address names no such rows", help="follow a link of a page") from error
    if wanted.since and not in_utc:
        raise NotFound("the address names a time without a zone", help="follow a link of a page")
    return replace(wanted, since=in_utc or None)


def _midnight(day: str) -> str:
    try:
        return datetime.combine(date.fromisoformat(day), time(tzinfo=UTC)).isoformat()
    except ValueError:
        raise NotFound("the address names no day", help="write a day such as 2026-11-25") from None


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _first_id(day: str) -> str:
    """Write the least id that an entry after a day can have: 48 bits of milliseconds, as ULIDs begin."""
    ends = datetime.fromisoformat(_midnight(day)) + timedelta(days=1)
    left, letters = int(ends.timestamp() * 1000), ""
    for _ in range(10):
        left, digit = divmod(left, 32)
        letters = _CROCKFORD[digit] + letters
    return letters + "0" * 16


def show_entry(asked: Asked) -> Response:
    """Show one entry: in words, whole, and under which seal it stands."""
    row = find_entry(asked.system, asked.names["id"][:ID_MAX])
    return asked.page(
        "entry.html",
        row=row,
        text=msgspec.json.format(row.body, indent=2).decode(),
        is_call=row.kind in _CALLS,
        proved=asked.kept.get(f"proof {row.id}", lambda: _proved(asked, row.id)).value,
        digest=digest,
    )


def _proved(asked: Asked, id: str) -> tuple[Proof, Checked] | RemitError:
    """Prove an entry and check that by itself, as somebody would who has nothing else; or say why not yet."""
    try:
        proof = prove_entry(asked.system, id)
    except RemitError as error:
        return error
    return proof, check(proof)


def give_proof(asked: Asked) -> Response:
    """Give the proof of an entry as a file, for `remit ledger check-proof`."""
    proof = prove_entry(asked.system, asked.names["id"][:ID_MAX])
    body = msgspec.json.format(msgspec.json.encode(proof), indent=2)
    name = f"proof-{asked.names['id'][:ID_MAX]}.json"
    return _file(body, "application/json", name)


def give_sheet(asked: Asked) -> Response:
    """Give the entries of a list as a file: `as=csv` a line each, `as=json` whole."""
    rows = list_entries(asked.system, _filter(asked.query), limit=EXPORT_MAX)
    if asked.text("as") == "json":
        body = b"[" + b",\n".join(row.body for row in rows) + b"]\n"
        return _file(body, "application/json", "entries.json")
    return _file("".join(sheet(rows)).encode(), "text/csv; charset=utf-8", "entries.csv")


def _file(body: bytes, media_type: str, name: str) -> Response:
    kept = "".join(each for each in name if each.isalnum() or each in "-.")
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{kept}"'}
    return Response(body, media_type=media_type, headers=headers)


PAGES = (
    Page("/ledger", show, label="Ledger", letter="l"),
    Page("/ledger/export", having("export", give_sheet)),
    Page("/ledger/{id}", show_entry),
    Page("/ledger/{id}/proof", give_proof),
)

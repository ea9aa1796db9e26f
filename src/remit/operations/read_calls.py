"""Read calls: the newest, and one of them with all that was decided on its way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from remit.kernel.errors import NotFound
from remit.operations.find_entries import find_entry, list_entries
from remit.operations.system import System
from remit.record.call_entry import Call, Refusal
from remit.record.entry import Entry
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter
from remit.report.call_trace import CallTrace, call_trace

ABOUT_MAX = 100
_ABOUT = ("guardrail_check", "guardrail_charge")


def read_calls(system: System, wanted: EntryFilter, *, limit: int, days: int) -> list[Call | Refusal]:
    """List calls, or those that were refused, of the last days; the newest first."""
    since = system.clock.now() - timedelta(days=days)
    rows = list_entries(system, replace(wanted, kind=wanted.kind or "call", since=since), limit=limit)
    found = (decode(row.body) for row in rows)
    return [each for each in found if isinstance(each, Call | Refusal)]


def read_call(system: System, id: str) -> CallTrace | Refusal:
    """Return one call, or what was refused; raises NotFound for any other entry."""
    entry = decode(find_entry(system, id).body)
    if isinstance(entry, Refusal):
        return entry
    if not isinstance(entry, Call):
        raise NotFound(f"entry `{id[:40]}` is no call", help="the ledger shows any entry whole")
    return call_trace(entry, _about(system, entry))


def _about(system: System, call: Call) -> list[Entry]:
    """Find the entries of guardrails that read the call beside it; their ids are younger than its own."""
    if not call.guardrails:
        return []
    found: list[Entry] = []
    for kind in _ABOUT:
        wanted = EntryFilter(kind=kind, use_case=call.purpose.use_case, since_id=call.id, about=call.id)
        found += [decode(row.body) for row in list_entries(system, wanted, limit=ABOUT_MAX)]
    return found

"""Show a capture: what is kept of one call, once it is in the ledger who looked."""

from __future__ import annotations

from contextlib import suppress

from remit.kernel.errors import NotFound, RemitError
from remit.operations.find_entries import find_entry
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import RECORD, System
from remit.record.captured import Captured, decode
from remit.record.keeping import CaptureErased, CaptureShown
from remit.record.ledgered import decode as decode_entry
from remit.record.projection import EntryFilter

_WHY = {
    "backlog-full": "too many others waited to be kept",
    "not-masked": "what masks texts could not be made",
    "not-written": "it could not be written before the gateway ended",
    "internal-fault": "something went wrong, as the gateway's log says",
}
_ERASED_MAX = 100_000


def show_capture(system: System, call: str, *, author: str) -> Captured:
    """Return what is kept of a call. Raises NotFound, with the reason where one is known."""
    body = system.captures.open(call)
    if body is None:
        raise _none(system, call)
    found, now = decode(body), system.clock.now()
    shown = CaptureShown(
        id=system.ids.new(now), at=now, use_case=found.use_case, call=found.call, author=author
    )
    with system.journals.exclusive(RECORD) as journal:
        journal.append([shown])
    return found


def _none(system: System, call: str) -> NotFound:
    missed = system.captures.missed(call)
    help = "its use case's remit may not let it be kept; `remit explain` shows `capture_max`"
    if missed is not None:
        why = _WHY.get(missed.reason, missed.reason)
        return NotFound(f"nothing was kept of call `{call[:40]}`: {why}", help=help)
    erased = erased_with(system, call)
    if erased is not None:
        return NotFound(
            f"what was kept of call `{call[:40]}` was erased at {erased.at:%Y-%m-%d %H:%M} UTC",
            help=f"`remit ledger show {erased.id}` says by whom and why",
        )
    return NotFound(f"nothing is kept of a call `{call[:40]}`", help=help)


def erased_with(system: System, call: str) -> CaptureErased | None:
    """Find the entry that a call was erased with: its own, or that of the key that it can have lain under."""
    fold_ledger(system)
    for entry in erasures(system):
        if entry.calls and entry.calls[0] <= call <= entry.calls[-1] and _has(system, call, entry.use_case):
            return entry
    return None


def _has(system: System, call: str, use_case: str) -> bool:
    with suppress(RemitError):
        row = find_entry(system, call)
        return row.kind == "call" and row.use_case == use_case
    return False


def erasures(system: System) -> list[CaptureErased]:
    """List what the ledger says was erased, the latest first."""
    from_ledger = system.store.entries(EntryFilter(kind="capture_erased"), limit=_ERASED_MAX)
    found = (decode_entry(row.body) for row in from_ledger)
    return [each for each in found if isinstance(each, CaptureErased)]

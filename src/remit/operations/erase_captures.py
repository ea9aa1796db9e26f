"""Erase captures: destroy the keys that kept prompts and answers lie under, and say so in the ledger.

    intend → destroy → record → forget the intent

What was begun is written down first, so that wherever it stops, the next who comes takes it up there.
INVARIANT: an entry is written only after its key is gone, and for each key that is gone there is exactly one.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from remit.enforce.capture import fewest, is_over
from remit.kernel.errors import NotFound, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import REASON_MAX
from remit.operations.system import RECORD, System
from remit.operations.view import View
from remit.record.keeping import CaptureErased
from remit.record.kept import DataKey

MISSED_KEPT = timedelta(days=90)
"""For how long it is known which calls were not kept."""


def erase_captures(
    system: System,
    use_case: str,
    *,
    call: str = "",
    before: datetime | None = None,
    author: str,
    reason: str,
) -> list[CaptureErased]:
    """Destroy what is kept of a use case: of one call, of what is older than a time, or of all.

    Of a key whose time has not ended by `before`, nothing is destroyed: name a midnight in UTC.
    Raises NotFound where there is nothing of a call.
    """
    _check(reason)
    resume_erasures(system)
    wanted = _intent(system, use_case, author=author, reason=reason, basis="request")
    if call:
        found = system.captures.intend(wanted, call=call)
        if found is None:
            raise NotFound(
                f"nothing is kept of a call `{call[:40]}` of use case `{use_case[:60]}`",
                help="`remit capture list` counts what is kept; what is erased is in the ledger",
            )
        return [_erase(system, found)]
    keys = [
        key
        for key in system.captures.data_keys()
        if key.use_case == use_case and (before is None or key.end <= before)
    ]
    return _erase_keys(system, keys, author=author, reason=reason, basis="request")


def purge_captures(system: System, view: View, *, author: str) -> list[CaptureErased]:
    """Destroy what has reached its age: by its use case's remit as it is now, or as it was when it was kept.

    Of the two the shorter one holds. What was kept for longer than is allowed now goes at once.
    """
    resume_erasures(system)
    now = system.clock.now()
    erased: list[CaptureErased] = []
    for key in system.captures.data_keys():
        days = fewest(key.days, _days_now(view, key.use_case))
        if is_over(key.start, days=days, now=now):
            reason = f"kept for {days} days"
            erased += _erase_keys(system, [key], author=author, reason=reason, basis="retention")
    system.captures.forget_missed(now - MISSED_KEPT)
    return erased


def _days_now(view: View, use_case: str) -> int | None:
    """Say for how many days a use case's remit lets things be kept; None where it says nothing of it."""
    if use_case not in view.model.use_cases or use_case not in view.stages:
        return None
    days = view.remit(use_case).retention_days
    return days if isinstance(days, int) else None


def resume_erasures(system: System) -> list[CaptureErased]:
    """Bring to its end what was begun and stopped in between."""
    return [_erase(system, each) for each in system.captures.intended()]


def _erase_keys(
    system: System,
    keys: Iterable[DataKey],
    *,
    author: str,
    reason: str,
    basis: Literal["request", "retention"],
) -> list[CaptureErased]:
    """Destroy data keys, each with an entry of its own; one that somebody else destroys is theirs."""
    erased: list[CaptureErased] = []
    for key in keys:
        wanted = _intent(system, key.use_case, key.fingerprint, author=author, reason=reason, basis=basis)
        found = system.captures.intend(wanted)
        if found is not None:
            erased.append(_erase(system, found))
    return erased


def _intent(
    system: System,
    use_case: str,
    key: str = "",
    *,
    author: str,
    reason: str,
    basis: Literal["request", "retention"],
) -> CaptureErased:
    now = system.clock.now()
    return CaptureErased(
        id=system.ids.new(now),
        at=now,
        use_case=use_case,
        key=key,
        captures=0,
        basis=basis,
        author=author,
        reason=reason,
    )


def _erase(system: System, erasure: CaptureErased) -> CaptureErased:
    """Destroy what is intended, and write its entry unless it is there."""
    system.captures.destroy(erasure.id)
    entry = msgspec.structs.replace(erasure, at=max(erasure.at, system.clock.now()))
    # Who holds the journal is alone with it: of two who take up the same, the second finds the entry.
    with system.journals.exclusive(RECORD) as journal:
        fold_ledger(system, (RECORD,))
        if system.store.entry(erasure.id) is None:
            journal.append([entry])
    # Once the journal is let go of, the entry is as durable as is asked for.
    system.captures.told(erasure.id)
    with suppress(RemitError):
        fold_ledger(system, (RECORD,))
    return entry


def _check(reason: str) -> None:
    assert reason.strip(), "the door asks for one"
    if len(reason) > REASON_MAX:
        raise RemitError(
            f"the reason has {len(reason):,} characters; at most {REASON_MAX:,} are kept",
            help="say it in fewer words",
            code="value-too-long",
        )

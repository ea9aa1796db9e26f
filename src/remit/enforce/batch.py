"""A batch: calls that wait in a file until there is room for them, or until their deadline.

What is left in a batch is a file, read line by line; each line is one call. This says how a batch goes on,
how many of its lines may run, and when one must not run again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from remit.enforce.decision import Decision
from remit.kernel.errors import ProviderBusy
from remit.kernel.money import EXACT, ZERO
from remit.kernel.usage import Usage

FILE_BYTES_MAX = 23 << 20
"""A file comes in one body, which may have 24 MiB; the rest is for what stands around it."""
LINES_MAX = 50_000
"""As many as OpenAI takes, so that what is split for one fits the other."""
FILES_MAX = 1_000
"""What one use case may have here; a list of them is then one answer of a fair size."""
FILES_BYTES_MAX = 2 << 30
"""Of all files of one use case: a hundred batches of the largest kind, and no disk full by one of them."""
OPEN_MAX = 50
"""Batches of one use case that have not ended: all of them at their largest are 2.5 million calls."""
BATCHES_MAX = 1_000
"""Batches of one use case that are remembered."""
FAULTS_MAX = 50
"""What is told of a file that cannot be read; who made one mistake on each line needs no list of all."""

WINDOW = timedelta(hours=24)
KEPT = timedelta(days=30)
"""How long files are kept, and batches after their end, unless a shorter time is asked for; as with OpenAI,
and no longer than a prompt needs to lie about."""
KEPT_LEAST = timedelta(hours=1)

INTERACTIVE_MAX = 32
"""While so many calls that somebody waits for are under way, no line begins. With 32 at once a worker is
measured at its fullest; beyond, each call more makes the others wait."""
AT_ONCE_MAX = 8
"""Lines under way together, of all batches. They take no more of a provider than one busy application."""

Purpose = Literal["batch", "batch_output"]
Status = Literal[
    "validating", "failed", "in_progress", "finalizing", "completed", "expired", "cancelling", "cancelled"
]
ENDED: frozenset[Status] = frozenset({"failed", "completed", "expired", "cancelled"})


class File(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file. Its text is kept apart, line by line."""

    id: str
    use_case: str
    purpose: Purpose
    name: str
    bytes: int
    created: datetime
    expires: datetime


class LineFault(msgspec.Struct, frozen=True):
    """Why a line cannot be read. `line` counts from 1; 0 means the file as a whole."""

    line: int
    code: str
    summary: str
    param: str | None = None


class Batch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Calls that one key asked for together; they are made with it, one line of the input file each.

    `at` says when each status began, and `sender` the address that it came from where the key is for some
    networks only. INVARIANT: no call of a line whose result is not kept yet has an id
    before `since`.
    """

    id: str
    use_case: str
    key: str
    endpoint: str
    input_file: str
    output_file: str
    error_file: str
    created: datetime
    deadline: datetime
    since: str
    sender: str = ""
    status: Status = "validating"
    at: Mapping[Status, datetime] = {}
    metadata: Mapping[str, str] | None = None
    results_kept: timedelta = KEPT
    faults: tuple[LineFault, ...] = ()
    total: int = 0
    completed: int = 0
    failed: int = 0
    usage: Usage = Usage()
    charge: Decimal = ZERO

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    def turned(self, status: Status, now: datetime) -> Batch:
        """Let it be at another status from now on."""
        return msgspec.structs.replace(self, status=status, at={**self.at, status: now})

    def counted(self, *, completed: int = 0, failed: int = 0, since: str) -> Batch:
        """Count results of lines, of whose calls none that has no result yet began before `since`."""
        return msgspec.structs.replace(
            self, completed=self.completed + completed, failed=self.failed + failed, since=since
        )

    def charged(self, usage: Usage, charge: Decimal) -> Batch:
        """Add what a call of a line used and cost."""
        return msgspec.structs.replace(
            self, usage=_sum(self.usage, usage), charge=EXACT.add(self.charge, charge)
        )


def _sum(one: Usage, other: Usage) -> Usage:
    pairs = zip(msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True)
    return Usage(*(first + second for first, second in pairs))


def over(batch: Batch, now: datetime) -> Literal["cancelled", "expired"] | None:
    """Say as what a batch ends that has lines left, if none of them may begin any more."""
    if "cancelling" in batch.at:
        return "cancelled"
    return "expired" if now >= batch.deadline else None


def room(*, interactive: int, lines: int) -> int:
    """Say how many lines may begin, by how many calls and lines are under way.

    >>> room(interactive=0, lines=0), room(interactive=31, lines=6), room(interactive=32, lines=0)
    (8, 2, 0)
    """
    return max(0, AT_ONCE_MAX - lines) if interactive < INTERACTIVE_MAX else 0


def wait_of(decision: Decision, *, others: int) -> float | None:
    """Say after how many seconds a refused line may be asked again; None if waiting does not help.

    `others` is for how many lines of the same batch money is held: most of it comes back when they end.
    """
    if decision.retry_after is not None:
        return decision.retry_after
    return 0.0 if decision.rule == "budget-exhausted" and others else None


def waits(fault: str | None, charge: Decimal) -> bool:
    """Say whether a line may be asked again after a call that ended in a fault.

    INVARIANT: whatever may have cost money is not asked twice. A provider without a free place has done
    nothing; every other end of a call is the end of its line.

    >>> waits("provider-busy", Decimal(0)), waits("worker-ended", Decimal(0)), waits(None, Decimal(0))
    (True, False, False)
    """
    return fault == ProviderBusy.code and not charge


def not_sent(fault: str | None, usage: Usage) -> bool:
    """Say whether a call ended with its process before its provider heard of it; others used their input.

    >>> not_sent("worker-ended", Usage()), not_sent("worker-ended", Usage(input_tokens=1))
    (True, False)
    """
    return fault == "worker-ended" and not usage.total

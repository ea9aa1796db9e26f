"""Keep files and take in batches: what a use case may leave here, and what of it is its own to see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from remit.enforce.batch import (
    BATCHES_MAX,
    FILES_BYTES_MAX,
    FILES_MAX,
    KEPT,
    OPEN_MAX,
    WINDOW,
    Batch,
    File,
)
from remit.enforce.key import Key
from remit.enforce.sender import NOWHERE, Sender
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.operations.system import System
from remit.ports_batches import Line


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a caller sent it."""

    name: str
    lines: Sequence[Line]
    size: int
    kept: timedelta = KEPT


@dataclass(frozen=True, slots=True)
class Order:
    """A batch as a caller asked for it."""

    input_file: str
    endpoint: str
    metadata: Mapping[str, str] | None = None
    results_kept: timedelta = KEPT


def keep_file(system: System, use_case: str, upload: Upload) -> File:
    """Keep a file for a use case, if there is room among its others."""
    now = system.clock.now()
    kept = system.batches.kept(use_case, now=now)
    if kept.files >= FILES_MAX or kept.bytes + upload.size > FILES_BYTES_MAX:
        raise RemitError(
            f"use case `{use_case}` has {kept.files} files of {kept.bytes:,} bytes here, as many as it may",
            help=f"delete some; {FILES_MAX:,} files and {FILES_BYTES_MAX:,} bytes are kept for a use case",
            code="too-much-kept",
        )
    file = File(
        id=f"file-{system.ids.new(now)}",
        use_case=use_case,
        purpose="batch",
        name=upload.name,
        bytes=upload.size,
        created=now,
        expires=now + upload.kept,
    )
    system.batches.put_file(file, upload.lines)
    return file


def require_file(system: System, use_case: str, id: str) -> File:
    """Return a file of a use case; another's is not there, whoever asks."""
    file = system.batches.file(id, now=system.clock.now())
    if file is None or file.use_case != use_case:
        raise NotFound(f"there is no file `{id[:80]}`", help="list the files, or upload it again")
    return file


def delete_file(system: System, use_case: str, id: str) -> None:
    require_file(system, use_case, id)
    if not system.batches.delete_file(id):
        raise Conflict(
            f"a batch that has not ended reads the file `{id}`",
            help="cancel the batch first, or wait until it has ended",
            code="file-in-use",
        )


def require_batch(system: System, use_case: str, id: str) -> Batch:
    """Return a batch of a use case; another's is not there, whoever asks."""
    batch = system.batches.batch(id)
    if batch is None or batch.use_case != use_case:
        raise NotFound(f"there is no batch `{id[:80]}`", help="list the batches, or create it again")
    return batch


def take_in(system: System, key: Key, order: Order, *, sender: Sender = NOWHERE) -> Batch:
    """Make a batch of a file, to be run with the key that asks for it, as if from where it is asked for.

    A token or certificate makes none: it vouches for a caller now, and nobody here can revoke it later.
    """
    if key.issuer:
        raise RemitError(
            "a batch runs when its caller has left, so it wants a key that can be revoked meanwhile",
            help=f"make the batch with a key of `remit key issue {key.use_case}`",
            code="batch-without-key",
        )
    require_file(system, key.use_case, order.input_file)
    now = system.clock.now()
    kept = system.batches.kept(key.use_case, now=now)
    if kept.batches >= BATCHES_MAX or kept.batches_open >= OPEN_MAX or kept.files + 2 > FILES_MAX:
        raise RemitError(
            f"use case `{key.use_case}` has {kept.batches_open} batches that have not ended,"
            f" of {kept.batches} that are remembered",
            help=f"wait until some have ended: {OPEN_MAX} may run and {BATCHES_MAX:,} are remembered for"
            f" {KEPT.days} days; and leave room for two files",
            code="too-much-kept",
        )
    batch = Batch(
        id=f"batch_{system.ids.new(now)}",
        use_case=key.use_case,
        key=key.id,
        endpoint=order.endpoint,
        input_file=order.input_file,
        output_file=f"file-{system.ids.new(now)}",
        error_file=f"file-{system.ids.new(now)}",
        created=now,
        deadline=now + WINDOW,
        since=system.ids.new(now),
        # Where it came from is kept for keys alone that are bound to networks.
        sender=str(sender.address or "") if key.networks else "",
        metadata=order.metadata,
        results_kept=order.results_kept,
    )
    system.batches.put_batch(batch)
    return batch

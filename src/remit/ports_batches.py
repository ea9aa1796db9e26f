"""Files and batches as a protocol, beside what `ports` has of the outside world."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from remit.enforce.answer import ModelEvent
from remit.enforce.batch import Batch, File
from remit.enforce.bundle import Bundle
from remit.enforce.request import Request
from remit.kernel.errors import ProviderError

Line = tuple[int, bytes]
"""A line of a file with its number, from 1. Lines without a word in them belong to the one before."""


class Kept(NamedTuple):
    """How much one use case has here."""

    files: int
    bytes: int
    batches: int
    batches_open: int


class Batches(Protocol):
    """Files that callers left here, and the batches that run on them: durable, and sealed.

    What was put survives the end of this process at any point. Whatever a caller wrote is sealed under a key
    of its file's own; what cannot be opened raises StoreError with the code `file-unreadable`.
    """

    def put_file(self, file: File, lines: Iterable[Line]) -> None:
        """Keep a file, all of it or nothing."""
        ...

    def file(self, id: str, *, now: datetime) -> File | None:
        """Return what is known of a file that is kept still."""
        ...

    def files(self, use_case: str, *, now: datetime) -> list[File]:
        """Return the files of a use case, the newest first."""
        ...

    def lines(self, file: str, *, after: int = 0, bytes_max: int) -> list[Line]:
        """Return the lines after a number: as many as fit, at least one if there is one."""
        ...

    def delete_file(self, id: str) -> bool:
        """Forget a file; False if a batch that has not ended reads it."""
        ...

    def kept(self, use_case: str, *, now: datetime) -> Kept: ...

    def put_batch(self, batch: Batch, *, files: Sequence[File] = ()) -> None:
        """Keep a batch in the place of what was known of it, together with the files that it has written."""
        ...

    def batch(self, id: str) -> Batch | None: ...

    def batches(self, use_case: str | None = None) -> list[Batch]:
        """Return the batches of one use case, or of all, the newest first."""
        ...

    def open_batches(self) -> list[Batch]:
        """Return the batches that have not ended, the oldest first."""
        ...

    def ask_cancel(self, batch: str) -> None:
        """Leave word for whoever runs the batches that one is to be cancelled."""
        ...

    def asked_cancels(self) -> list[str]:
        """Return the batches for which somebody left word."""
        ...

    def forget_cancel(self, batch: str) -> None: ...

    def pending(self, batch: Batch, *, after: int = 0, bytes_max: int) -> list[Line]:
        """Return the lines of a batch's input after a number that have no result; as many as `lines`."""
        ...

    def has_result(self, batch: Batch, line: int) -> bool: ...

    def put_results(self, batch: Batch, file: str, lines: Sequence[Line]) -> None:
        """Keep results, in a file of their batch, together with what is then known of the batch."""
        ...

    def put_bundle(self, bundle: Bundle) -> None:
        """Keep what is known of lines that lie with a provider, in the place of what was known before."""
        ...

    def bundles(self) -> list[Bundle]:
        """Return the bundles that are not done with, the oldest first."""
        ...

    def forget_bundle(self, id: str) -> None: ...

    def size(self, file: str) -> int:
        """Return the bytes of the lines that a file has."""
        ...

    def purge(self, now: datetime) -> None:
        """Forget files past their time that no batch reads, and batches that ended long ago."""
        ...

    def close(self) -> None: ...


Outcome = Sequence[ModelEvent] | ProviderError
"""The answer to one line, or why there is none."""


class BatchService(Protocol):
    """A provider's own service for batches. What goes wrong is a `ProviderError`."""

    def refuses(self, request: Request) -> str:
        """Name what of a request the service does not take; empty if it takes all of it."""
        ...

    async def send(
        self, bundle: Bundle, requests: Mapping[str, Request], *, options: Mapping[str, str]
    ) -> str:
        """Send requests by the ids of their calls; returns what the provider calls the bundle."""
        ...

    async def find(self, bundle: Bundle, *, options: Mapping[str, str]) -> str | None:
        """Find a bundle that may have been sent; None if it was not.

        Raises ProviderBusy as long as that cannot be told.
        """
        ...

    async def has_ended(self, remote: str, *, options: Mapping[str, str]) -> bool: ...

    async def cancel(self, remote: str, *, options: Mapping[str, str]) -> None:
        """Ask that no more lines begin; those done have results all the same."""
        ...

    def outcomes(
        self, remote: str, requests: Mapping[str, Request], *, options: Mapping[str, str]
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        """Give out what has become of each line, by the id of its call, once all have ended."""
        ...


@runtime_checkable
class HasBatchService(Protocol):
    """A provider that has one."""

    @property
    def batches(self) -> BatchService: ...

"""What is kept of calls as protocols: who keeps it, and who masks it first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from remit.record.captured import Spoken
from remit.record.keeping import CaptureErased
from remit.record.kept import DataKey, Draft, Gathered, Missed, Remains


class Masker(Protocol):
    """Masks what is kept of calls, for one thread, and takes no time from others that calls are served by.

    What keeps it from masking is a RemitError.
    """

    def prepare(self, patterns: Mapping[str, str]) -> None:
        """Make ready what finds these patterns, by their names, beside all types of sensitive information."""
        ...

    def mask(self, said: Spoken, *, patterns: Mapping[str, str], told: Mapping[str, str]) -> bytes:
        """Return the capture of a call as it is kept; `told` are words with the types that they are of."""
        ...

    def close(self) -> None: ...


class Captures(Protocol):
    """Prompts and answers of calls, sealed: each under a key of its own, those under data keys of their use
    case and time, and those under a master key that is not kept with them.

    INVARIANT: what was destroyed here cannot be opened any more by anybody, the master key's owner included.
    What cannot be opened though it should is StoreError with the code `capture-unreadable`.
    """

    def keep(self, drafts: Sequence[Draft]) -> None:
        """Keep all of these or none; one whose call is kept already is left out."""
        ...

    def miss(self, missed: Sequence[Missed]) -> None:
        """Write down what was not kept."""
        ...

    def missed(self, call: str) -> Missed | None: ...

    def open(self, call: str) -> bytes | None:
        """Return what is kept of a call; None if nothing is."""
        ...

    def gathered(self) -> list[Gathered]:
        """Sum up what is kept, by use case."""
        ...

    def data_keys(self) -> list[DataKey]:
        """List the data keys, the oldest first, without those that are being destroyed."""
        ...

    def opens(self, key: str) -> bool:
        """Say whether a data key that is here is what its fingerprint says."""
        ...

    def intend(self, erasure: CaptureErased, *, call: str = "") -> CaptureErased | None:
        """Write down that a data key, or a call's own, is about to be destroyed; from here on it is unused.

        Returns it with how much lies under it and, for a call, with the fingerprint; None if it is not here.
        """
        ...

    def intended(self) -> list[CaptureErased]:
        """List what was begun and not ended, the earliest first."""
        ...

    def destroy(self, erasure: str) -> None:
        """Destroy the key and all that lies under it: when this returns, neither is in the file or its log.

        It can be done again, whatever of it was done before.
        """
        ...

    def told(self, erasure: str) -> None:
        """Forget that something was begun: it is in the ledger."""
        ...

    def remains(self, key: str) -> Remains:
        """Say what is here of a key, by its fingerprint."""
        ...

    def forget_missed(self, before: datetime) -> None: ...

    def close(self) -> None: ...

"""The outside world as protocols: what the shell needs from it, and nothing about how it is done."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from remit.enforce.answer import ModelEvent
from remit.enforce.escrow import Grant, Retained, Want
from remit.enforce.guardrail.remark import Inquiry, Remark
from remit.enforce.key import Key
from remit.enforce.request import ModelRequest, Request, Terms
from remit.enforce.stop import Stop
from remit.enforce.way_in import WayIn
from remit.ports_record import Adjustments, Dossiers, Findings, Followers, Outcomes, Rollups, Seals, Tallies
from remit.record.call_entry import Hold
from remit.record.chain import Position
from remit.record.decided import Apply
from remit.record.entry import Entry
from remit.record.projection import (
    Changes,
    EntryFilter,
    Row,
    StageFact,
)
from remit.record.standing import Standing

if TYPE_CHECKING:
    # To load it takes longer than most commands do.
    import numpy as np
    from numpy.typing import NDArray


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the present instant, in UTC."""
        ...


class Ids(Protocol):
    def new(self, at: datetime) -> str:
        """Return a new id of 26 characters that sorts by time, to the millisecond."""
        ...

    def secret(self) -> str:
        """Return 32 characters that cannot be guessed."""
        ...

    def draw(self) -> float:
        """Return a number from 0 up to, and not including, 1; any is as likely as any other."""
        ...


class Credentials(Protocol):
    """Providers' credentials, sealed: nobody can read one who has not the installation's own secret."""

    def names(self) -> tuple[str, ...]:
        """List the providers of which something is sealed."""
        ...

    def seal(self, provider: str, credential: str) -> None:
        """Keep a credential in the place of one that may be there."""
        ...

    def open(self, provider: str) -> str | None:
        """Return a credential, or None; raises RemitError if what is there was not sealed here for it."""
        ...

    def forget(self, provider: str) -> bool:
        """Delete a credential; False if there is none."""
        ...


class Codes(Protocol):
    """Where an issuer exchanges what a person brings back from it."""

    async def id_token(self, code: str, *, verifier: str, back: str) -> str | None:
        """Return the token that says who the person is; None where the issuer refuses the code.

        Raises RemitError where the issuer cannot be asked.
        """
        ...


class Provider(Protocol):
    """Who serves a model.

    Every adapter gives the same events for the same answer, as many at a time as came together: any number
    of pieces, then exactly one `Finish`. What goes wrong is a `ProviderError`. Closing the generator early
    stops the work upstream. One that `counts` says of each piece exactly how many tokens it stands for.
    """

    name: str
    simulated: bool
    counts: bool

    def refuses(self, request: Request, *, options: Mapping[str, str]) -> str:
        """Name what of a request cannot be said to this provider; empty if all of it can."""
        ...

    def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        """Ask the model."""
        ...

    async def count(self, request: ModelRequest, terms: Terms) -> int | None:
        """Ask how many tokens an input is, which costs nothing; None from a provider that has no counter."""
        ...

    async def close(self) -> None:
        """Give back what is held outside the process; afterwards `stream` fails."""
        ...


class Judge(Protocol):
    """A guardrail by somebody else; what keeps it from saying anything is a RemitError."""

    async def judge(self, texts: Sequence[str], inquiry: Inquiry) -> Sequence[Sequence[Remark]]:
        """Give what it says of each text, in their order."""
        ...

    async def close(self) -> None:
        """Give back what is held outside the process."""
        ...


class Tokens(Protocol):
    """The tokens of one declared issuer."""

    async def claims(self, token: str, *, now: datetime) -> Mapping[str, Any] | str:
        """Return what a token claims if its issuer signed it for this audience, else what is wrong with it.

        Whether it is good now is not asked. Raises RemitError if the issuer's keys cannot be had.
        """
        ...

    async def close(self) -> None: ...


class Answers(Protocol):
    """Answers that may be given again, sealed, as long as there is room; any can be gone at any time."""

    def keep(self, use_case: str, key: bytes, answer: bytes, *, now: datetime, until: datetime) -> None:
        """Keep an answer in the place of one that may be there; one that is too large is not kept."""
        ...

    def find(self, use_case: str, key: bytes, *, now: datetime) -> bytes | None:
        """Return what is kept of this use case under this key and whose time is not over."""
        ...


class Embedding(Protocol):
    """What texts mean, as numbers."""

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row for each text, of length one: the product of two rows says how near they are.

        The same text gives the same row, whatever stands beside it; a text without a word gives zeros.
        """
        ...


class Journal(Protocol):
    """An append-only file of entries that one writer holds."""

    @property
    def size(self) -> int:
        """The bytes of all that was appended, by this writer and those before."""
        ...

    def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable against the end of this process, in order and in one write.

        If the disk refuses, raises JournalError, which says how many of them were written all the same; the
        next append may succeed.
        """
        ...

    def sync(self) -> None:
        """Bring what was appended to the disk, so that the end of the power loses none of it.

        It may be called from another thread than `append`.
        """
        ...

    def close(self) -> None: ...


class Journals(Protocol):
    """All journals of an installation."""

    def names(self) -> tuple[str, ...]: ...

    def exclusive(self, name: str, *, wait_s: float = 5) -> AbstractContextManager[Journal]:
        """Open a journal to write, alone. A write that the last holder left torn is set aside first.

        Waits so long for another process; then raises DirectoryInUse.
        """
        ...

    def size(self, name: str) -> int: ...

    def read(self, name: str, offset: int, *, bytes_max: int) -> bytes:
        """Read whole lines from an offset: as many as fit, at least one if there is one.

        Raises JournalError, with the code `journal-let-go`, for an offset before what is still here.
        """
        ...

    def sync(self, name: str) -> None:
        """Bring what a journal holds to the disk, whoever wrote it."""
        ...

    def segments(self, name: str) -> tuple[int, ...]:
        """Say where the parts begin that can be let go of; at the first of these offsets, what is here."""
        ...

    def let_go(self, name: str, until: int) -> int:
        """Remove the parts that end at an offset or before, the oldest first; returns how many.

        The last part, and the last that has a line in it, stay. To do it again removes nothing more.
        """
        ...


class Store(Rollups, Seals, Findings, Followers, Tallies, Adjustments, Dossiers, Outcomes, Protocol):
    """State that is derived from the journals, and the texts that they name by digest."""

    def halt(self, reason: str) -> None:
        """Keep why no call may be admitted any more; the first reason stands."""
        ...

    def lift_halt(self) -> None: ...

    def halted(self) -> str | None:
        """Return why no call may be admitted, if that is so."""
        ...

    def positions(self) -> dict[str, Position]:
        """Say how far each journal has been folded."""
        ...

    def fold(self, journal: str, *, before: Position, after: Position, changes: Changes) -> bool:
        """Add what lies between two positions, all or nothing; False if somebody else already did."""
        ...

    def put_text(self, digest: str, body: bytes) -> None: ...

    def text(self, digest: str) -> bytes:
        """Return a stored text; raises NotFound."""
        ...

    def applied(self) -> Apply | None: ...

    def stages(self, now: datetime, use_case: str | None = None) -> dict[str, StageFact]:
        """Say at which stage use cases are, or one; what stood on a waiver that ran out has gone back."""
        ...

    def keys(self) -> dict[str, Key]:
        """Return every key by its keyed hash."""
        ...

    def posted(self, journal: str | None = None) -> dict[str, Decimal]:
        """Return what is posted in every account: by all journals, or by one."""
        ...

    def users(self, *, since: datetime) -> list[tuple[str, str]]:
        """Return each use case with each user for whom a call began at or after a time."""
        ...

    def open_holds(self, journal: str | None = None) -> list[tuple[Hold, int]]:
        """Return holds without an end, of all journals or of one, each with the output tokens of its mark."""
        ...

    def entries(self, wanted: EntryFilter, *, limit: int) -> list[Row]:
        """List entries, the newest first."""
        ...

    def stops(self) -> dict[str, Stop]:
        """Return the kill switches that are on, by address."""
        ...

    def entry(self, id: str) -> Row | None: ...

    def copies(self, journal: str, *, first: int, last: int) -> list[Row]:
        """Return the entries that stand on these lines of a journal; holds and marks are not among them."""
        ...

    def standing(self) -> Standing:
        """Say how all of it stands at one moment, while others may fold."""
        ...

    def strays(self, *, limit: int) -> list[str]:
        """Return the ids of entries that stand on no line that was taken in from a journal."""
        ...

    def put_pass(self, hash: str, *, purpose: str, until: datetime, holder: str) -> None:
        """Keep the hash of a person's token or session until a time."""
        ...

    def take_pass(self, hash: str, *, purpose: str, now: datetime) -> str | None:
        """Use a pass up: its holder exactly once for one that is still good, and else None."""
        ...

    def pass_holder(self, hash: str, *, purpose: str, now: datetime) -> str | None:
        """Return who holds a pass that is still good."""
        ...

    def passes(self, *, purpose: str, now: datetime) -> list[WayIn]:
        """List the passes for a purpose that are still good, what ends last first."""
        ...

    def close(self) -> None: ...


class Leases(Protocol):
    """What several workers have of the same limits, each step of it all or nothing.

    A worker is named by its journal; what that posted is claimed, whether the worker has a lease or not.
    INVARIANT: no grant brings what all workers were granted or posted of an account, whichever is more, above
    the limit that the asker names.
    """

    def begin(self, worker: str) -> None:
        """Count a worker as one of those that share, with no lease; what it had from before is free."""
        ...

    def end(self, worker: str) -> None:
        """Free whatever a worker has leased and not posted; it must be folded, and have no open hold."""
        ...

    def holders(self) -> list[str]:
        """Name the workers that have begun and not ended, whether they still run or not."""
        ...

    def lease(self, worker: str, wants: Sequence[Want]) -> list[Grant]:
        """Grant what is wanted, as far as it is free; one grant for each want, in the same order."""
        ...

    def give_back(self, worker: str, kept: Sequence[Retained]) -> None:
        """Keep only so much of these accounts, in answer to marks."""
        ...

    def wanted(self, *, after: int) -> dict[str, int]:
        """Return the accounts that somebody waits for, each with its last mark, if that is a later one."""
        ...

    def claim_user(self, use_case: str, user: str, *, since: datetime, limit: int) -> frozenset[str]:
        """Count a user in the month that began then, if fewer than `limit` are; returns all who are counted.

        Whoever called in it counts as well.
        """
        ...

    def close(self) -> None: ...

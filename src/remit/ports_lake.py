"""The lake as a protocol: entries by column, and questions about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from remit.record.chain import Position
from remit.record.projection import EntryFilter, Row

if TYPE_CHECKING:
    # It would load numpy in every command.
    from remit.decide.finops.call_columns import CallColumns


class Part(NamedTuple):
    """Whole lines of a journal as they stand in it: from line `first`, counted from 1, at a byte `offset`."""

    journal: str
    first: int
    offset: int
    data: bytes


class LakeLine(NamedTuple):
    """A line of a journal as it lies in the lake; `body` is None once the entry's time was over."""

    number: int
    kind: str
    leaf: bytes
    body: bytes | None


@dataclass(frozen=True, slots=True)
class LakeState:
    """Which files are not what was written or are gone, and which cannot be reached where they were archived.

    `places` are the journals that lines of these are of, each with its first and last line there.
    """

    spoilt: tuple[str, ...] = ()
    unreachable: tuple[str, ...] = ()
    places: tuple[tuple[str, int, int], ...] = ()
    unlike: tuple[tuple[str, int], ...] = ()
    """Lines, each with its journal, of which columns do not say what the entry says."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a question may cost: so many rows, seconds and bytes of memory."""

    rows: int = 1_000
    seconds: float = 30.0
    memory: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to a question; `cut` if there were more rows than were asked for."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    cut: bool


Tail = Callable[[Mapping[str, Position]], Iterable[Part]]
"""Gives what the journals have beyond what lies in the lake."""


class Lake(Protocol):
    """Entries in columns, a file or some for each UTC day. It comes from the journals, and only grows.

    Lines of a journal come into it in their order, each once; what was taken is there for whoever looks next,
    whenever this process ends.
    """

    def taken(self) -> Mapping[str, Position]:
        """Say how far each journal lies here."""
        ...

    def take(self, part: Part) -> bool:
        """Take in a part, all or nothing; False if it does not begin where the journal's last one ended."""
        ...

    def compact(self, *, before: date, files_max: int = 64) -> int:
        """Make one file of each day before a date, and of days with more than so many; returns how many."""
        ...

    def expire(self, days: Mapping[tuple[str, str], int], *, today: date) -> int:
        """Remove what entries say whose time is over, for good; returns in how many days there were some.

        `days` says for how many days they are kept, by kind and use case, or by kind and "" for all others.
        What stays of an entry is its place, its leaf, its kind, id and time, and whose it was.
        """
        ...

    def archive(self, *, before: date, to: str) -> int:
        """Move the files of days before a date to where they are read then; returns how many.

        `to` is the path of a directory, or `s3://BUCKET/PREFIX` of an object store.
        """
        ...

    def leaves(self, journal: str, *, first: int, last: int) -> Iterator[bytes]:
        """Give the leaves of a journal's lines in order, also of those whose time was over."""
        ...

    def lines(self, journal: str, *, first: int, last: int) -> Iterator[LakeLine]:
        """Give a journal's lines in order; those in files that are not in reach are left out."""
        ...

    def entry(self, id: str) -> tuple[str, LakeLine] | None:
        """Find the entry of an id and the journal that it stands in; holds and marks are none."""
        ...

    def entries(self, wanted: EntryFilter, *, up_to: Mapping[str, int], limit: int) -> list[Row]:
        """List entries as the store does, the newest first, of journals up to a line of each.

        One whose time was over is left out.
        """
        ...

    def state(self) -> LakeState:
        """Hold every file against its checksum, and every column against the entries."""
        ...

    def read(
        self, *, since: datetime, until: datetime, kinds: Sequence[str] = ()
    ) -> tuple[Mapping[str, Position], Iterator[bytes]]:
        """Say how far each journal lies here, and give what is here of a time and of some kinds, or of all.

        Each entry is its JSON; one whose time was over is left out.
        """
        ...

    def calls(
        self, *, since: datetime, until: datetime, use_case: str = "", currency: str = "", tail: Tail
    ) -> CallColumns:
        """Give the calls that ended in [since, until) in columns, from here and from a `tail`.

        Named are one use case, and one currency that they were charged in, or all.

        Left out are those that a guardrail stopped or a crash cut off, that judged another call or asked the
        same beside one, those of evaluations, and those whose time was over.
        """
        ...

    def query(self, sql: str, *, tail: Tail, bounds: Bounds) -> Table:
        """Answer a question in SQL over what is here and a `tail` that is not yet; it can change nothing.

        Raises RemitError for what is no question, or costs too much.
        """
        ...

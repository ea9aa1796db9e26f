"""The record as protocols, beside what `ports` has of it: sums, seals, followers, and files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

from remit.record.called_blocks import CalledBlocks
from remit.record.chain import Position
from remit.record.decided import Adjustment, AdjustmentFilter
from remit.record.filed import Filed, FiledFilter
from remit.record.following import Fault, Following
from remit.record.found import FindingFilter, FindingRow
from remit.record.guardrail_charge import GuardrailKey, GuardrailSum
from remit.record.keeping import Seal, SealKey
from remit.record.ledgered import Ledgered
from remit.record.outcome_entry import Outcome
from remit.record.outcome_filter import OutcomeFilter
from remit.record.outcome_sum import JoinedOutcome, JoinSum, OutcomeSum
from remit.record.projection import RefusalKey, UsageKey, UsageSum
from remit.record.rolled import Called, DayCharge
from remit.record.seal import Newest
from remit.record.tally import LatencyKey, LatencySum, Measure, Tally
from remit.record.tool_day import ToolDayKey, ToolDaySum


class Rollups(Protocol):
    """Sums of entries by the hour; a part of the store."""

    def usage(
        self, *, since: datetime, until: datetime | None = None, use_cases: Collection[str] | None = None
    ) -> list[tuple[UsageKey, UsageSum]]:
        """Return the roll-ups of the hours that begin at or after a time, and before another.

        With `use_cases` they are those of these alone.
        """
        ...

    def charges(self, *, since: date) -> Iterator[DayCharge]:
        """Give what was charged on UTC days from one on; one day of a model may come in several rows."""
        ...

    def totals(self, *, since: datetime, until: datetime | None = None) -> list[tuple[UsageKey, UsageSum]]:
        """Return what these add up to, whatever the key and the block; `hour` is the first that had calls."""
        ...

    def guarded(self, *, since: datetime, until: datetime) -> list[tuple[GuardrailKey, GuardrailSum]]:
        """Return what guardrails by others cost in the hours from a time on and before another."""
        ...

    def called(self, *, since: datetime) -> list[Called]:
        """Sum up whole hours since a time, by use case and model."""
        ...

    def refusals(self, *, since: datetime) -> list[tuple[RefusalKey, int]]:
        """Return how many calls were refused in the hours that begin at or after a time."""
        ...

    def refusal_totals(self, *, since: datetime) -> list[tuple[RefusalKey, int]]:
        """Return what these add up to in each day, whatever the model and the key."""
        ...

    def tool_days(self, use_case: str, *, since: date) -> list[tuple[ToolDayKey, ToolDaySum]]:
        """Return what came of one use case's calls of tools on days from one on, the oldest first."""
        ...

    def tool_use_cases(self, *, since: date) -> list[str]:
        """Name the use cases that called tools on days from one on."""
        ...


class Adjustments(Protocol):
    """What past cost was corrected by; a part of the store."""

    def adjustments(self, wanted: AdjustmentFilter) -> list[Adjustment]:
        """Return adjustments, the oldest first."""
        ...


class Dossiers(Protocol):
    """Entries that gates, controls, approvals and closed periods rest on, for good; a part of the store."""

    def filed(self, wanted: FiledFilter) -> list[Filed]:
        """Return entries of dossiers, the oldest first."""
        ...


class Outcomes(Protocol):
    """Business results, by when they were so and since when they are known; a part of the store."""

    def outcomes(self, wanted: OutcomeFilter) -> Iterator[Outcome]:
        """Return outcomes, those that happened first first."""
        ...

    def newest(self, use_case: str, metric: str, source: str, keys: Sequence[str]) -> dict[str, Outcome]:
        """Return by their keys what is known now of some outcomes, those that were withdrawn among them."""
        ...

    def versions(self, use_case: str, metric: str, source: str, key: str) -> list[Outcome]:
        """Return everything that was ever said of one outcome, the first first."""
        ...

    def unlike(self, entries: Sequence[Outcome]) -> dict[str, str]:
        """Say by id which of these entries are missing from what is kept of outcomes, or differ in it."""
        ...

    def last_known(self) -> datetime | None:
        """Say when the last outcome was written."""
        ...

    def outcome_sums(self, use_case: str, *, since: datetime, known: datetime) -> list[OutcomeSum]:
        """Sum up by metric and source what is known of outcomes that happened since a time."""
        ...

    def results_of(self, use_case: str, metric: str, *, since: datetime) -> dict[bool, int]:
        """Count what is known now of a metric's results since a time, by whether they are simulated."""
        ...

    def joined(self, wanted: OutcomeFilter, *, limit: int) -> list[JoinedOutcome]:
        """Return outcomes, those that happened last first, each with the calls that carry its reference."""
        ...

    def join_sum(self, wanted: OutcomeFilter) -> JoinSum:
        """Count outcomes and the references of the use case's calls, joined and not."""
        ...

    def joined_results(self, wanted: OutcomeFilter) -> dict[bool, int]:
        """Count the results whose reference calls carry, by whether they or all their calls are simulated."""

    def reference_counts(self, *, since: datetime) -> dict[str, int]:
        """Count by use case the references of calls that were not simulated and went on since a time."""
        ...

    def forget_references(self, use_case: str, *, before: datetime, but: Sequence[str] = ()) -> int:
        """Delete the sums of references whose last call was before a time; returns how many.

        Those of all use cases `but` some where none is named.
        """
        ...


class Seals(Protocol):
    """The seals, and the keys that they were signed with; a part of the store."""

    def last_seal(self) -> Seal | None: ...

    def sealed(self) -> dict[str, Position]:
        """Say how far each journal has been sealed."""
        ...

    def seal_of(self, journal: str, line: int) -> Seal | None:
        """Return the seal that closes a line of a journal."""
        ...

    def seal_keys(self) -> list[SealKey]:
        """Return the public keys that seals were signed with, the first one first."""
        ...

    def let_go(self) -> dict[str, Position]:
        """Say up to where journals were let go of; one of which all is there still is not among them."""
        ...

    def forget(self, journal: str, *, last: int, limit: int) -> int:
        """Delete the store's copies of a journal's lines up to one, at most so many; returns how many."""
        ...


class Follower(Protocol):
    """Who is told of every entry, by a permanent name."""

    name: str

    async def take(self, entries: Sequence[Ledgered]) -> None:
        """Take the next entries of one journal; if it raises, it is given the same ones again.

        INVARIANT: to take what was taken before changes nothing for whoever is told.
        """
        ...


class Collector(Protocol):
    """Who collects telemetry."""

    async def send(self, path: str, body: bytes) -> int:
        """Hand over one request; returns how much of it was turned down for good. Raises TelemetryFailed."""
        ...

    async def close(self) -> None: ...


class Followers(Protocol):
    """How far those who are told of every entry have come; a part of the store."""

    def follower(self, name: str) -> dict[str, Position]:
        """Say how far a follower has taken each journal; nothing if it was never set up."""
        ...

    def follow(self, name: str, journal: str, position: Position) -> None:
        """Keep how far a follower has taken a journal; a position before the one that is kept is ignored."""
        ...

    def followers(self) -> dict[str, Following]:
        """Return every follower that was ever set up, by its name."""
        ...

    def note_fault(self, follower: str, fault: Fault | None) -> None:
        """Keep what a follower waits for, or that it goes on; it waits since its first fault on end."""
        ...


class Tallies(Protocol):
    """What is counted for good, since the ledger began; a part of the store."""

    def tally(self) -> Tally:
        """Return what is counted for good; of how long calls took, the sum over all days."""
        ...

    def called_blocks(self, *, since: datetime) -> list[CalledBlocks]:
        """Count the calls of whole days from that of a time on, by use case, unit, model and prompt block."""
        ...

    def user_counts(self, *, since: datetime) -> dict[str, int]:
        """Count by use case the users for whom a call began at or after a time."""
        ...

    def refused(self) -> dict[tuple[str, str], int]:
        """Count all refusals, by use case and rule."""
        ...

    def latency(self, measure: Measure, *, since: datetime) -> dict[LatencyKey, LatencySum]:
        """Return how long calls took from the day of a time on, by use case and bucket.

        Days and models are summed up, and are empty in the keys.
        """
        ...


class Signer(Protocol):
    """Signs seals with Ed25519. Its key and the next one are made when they are first asked for."""

    def public(self) -> bytes:
        """Return the 32 bytes of the public key."""
        ...

    def sign(self, data: bytes) -> str:
        """Return the signature in base64."""
        ...

    def next_public(self) -> bytes:
        """Return the public key of the next one."""
        ...

    def take_next(self) -> None:
        """Sign with the next key from here on; the one before is gone."""
        ...

    def newest(self) -> Newest | None:
        """Return what was kept of the newest seal; None where there is no key to sign with."""
        ...

    def keep(self, newest: Newest) -> None:
        """Keep the newest seal with the key, so that who lacks the secret cannot say another one."""
        ...


class Findings(Protocol):
    """What guardrails found, and what people said of it; a part of the store."""

    def findings(self, wanted: FindingFilter, *, limit: int) -> list[FindingRow]:
        """List what guardrails found, what was found last first."""
        ...

    def cleared(self) -> frozenset[str]:
        """Return the marks of which people said last that they are no findings."""
        ...


class Tables(Protocol):
    """Who reads tables of others' out of a file, and nothing else."""

    def rows(self, path: Path, sql: str, *, seconds: float) -> Iterator[Mapping[str, object]]:
        """Give the rows that a SELECT finds in a file, by their columns; nothing can be changed by it.

        Raises RemitError for what is no question of this file, or takes longer than so many seconds.
        """
        ...


ColumnType = Literal["text", "decimal", "instant"]


class Parquet(Protocol):
    """Who writes Parquet files."""

    def write(self, source: Path, target: Path, columns: Mapping[str, ColumnType]) -> None:
        """Turn a CSV file with a header into a Parquet file; an empty cell is null, and no amount is rounded.

        Raises RemitError where an amount does not fit, and then the target is not to be used.
        """
        ...

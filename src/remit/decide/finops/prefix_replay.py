"""Replay what a prompt cache would have served: from digests of how prompts begin, exactly and at once.

A cache keeps the beginnings of prompts up to its checkpoints, for a lifetime that begins anew whenever a call
begins so. A call reads the longest beginning that is kept and does not go beyond its own last checkpoint, and
writes what stands between the two. All calls here are of one use case, one model and one provider, as caches
share nothing between them; and a beginning shorter than the least number of tokens is never kept. Where a
provider caches by itself, every block counts as a checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.decide.finops.call_columns import PLACES, CallColumns
from remit.declare.prompt_cache import CachePlace
from remit.enforce.prefix import BLOCKS, PREFIX_BYTES


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Up to where a cache keeps beginnings: to places that may be declared, and after so many blocks."""

    at: tuple[CachePlace, ...] = ()
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Served:
    """For each call, how many of its input tokens were read from a cache, and how many written to it."""

    read: NDArray[np.int64]
    written: NDArray[np.int64]


class _Kept:
    """Beginnings of calls that are long enough to be kept, by call and the shortest first, ordered once.

    `call` is the place of each one's call among those that began at `began`.
    """

    def __init__(
        self,
        began: NDArray[np.int64],
        call: NDArray[np.int32],
        tokens: NDArray[np.int32],
        digests: NDArray[np.uint64],
    ) -> None:
        self._began, self.call, self.tokens, self._digests = began, call, tokens, digests
        # Calls come in the order in which they began, so a stable order keeps those of a digest in it.
        self._order = np.argsort(digests, kind="stable").astype(np.int32)

    def serve(self, marked: NDArray[np.bool_], *, lifetime_s: int) -> Served:
        """Say what a cache would have served and taken in that keeps some of the beginnings."""
        reach = self._longest(np.flatnonzero(marked))
        # Nobody looks beyond a call's own last checkpoint.
        order = self._order[self.tokens[self._order] <= reach[self.call[self._order]]]
        read = self._longest(np.sort(order[self._there(order, marked[order], lifetime_s * 1000)]))
        return Served(read, reach - read)

    def _longest(self, those: NDArray[np.int64]) -> NDArray[np.int64]:
        found = np.zeros(len(self._began), np.int64)
        # Of a call's beginnings the longest comes last, and the last one that is put there stays.
        found[self.call[those]] = self.tokens[those]
        return found

    def _there(
        self, order: NDArray[np.int32], marked: NDArray[np.bool_], lifetime_ms: int
    ) -> NDArray[np.bool_]:
        """Say of each beginning, ordered, whether it was kept when its call came.

        It was if an earlier call in the same run put it there; a run ends where nobody came for a lifetime.
        """
        digests, call = self._digests[order], self.call[order]
        same = np.zeros(len(order), np.bool_)
        same[1:] = digests[1:] == digests[:-1]
        before: NDArray[np.int64] = np.cumsum(marked) - marked
        own = same.copy()
        own[1:] &= call[1:] == call[:-1]
        if own.any():
            # Two places of a call may be the same, and it does not serve itself.
            first = np.flatnonzero(~own)
            before = np.repeat(before[first], np.diff(np.append(first, len(order))))
        at = self._began[call]
        run = np.flatnonzero(~(same & (np.diff(at, prepend=at[:1]) <= lifetime_ms)))
        at_start: NDArray[np.int64] = np.repeat(before[run], np.diff(np.append(run, len(order))))
        return np.asarray(before > at_start)


class Beginnings:
    """The beginnings of some calls' prompts in whole blocks, as providers keep them that cache by themselves.

    What each is in tokens is the call's input, apportioned by bytes: exact where a token has as many bytes
    all over a prompt, and never more than all of it. A cache that serves
    whole steps alone serves so many tokens. `blocks` says after how many blocks there is a digest.
    """

    def __init__(
        self,
        columns: CallColumns,
        rows: NDArray[np.int64],
        *,
        tokens_min: int,
        step: int = 1,
        blocks: Sequence[int] = BLOCKS,
    ) -> None:
        self._blocks = np.array(blocks, np.int64)
        starts = columns.prefix_starts[rows]
        lengths = columns.prefix_starts[rows + 1] - starts
        # There may be tens of millions of beginnings, so what is kept of them is small.
        call = np.repeat(np.arange(len(rows), dtype=np.int32), lengths)
        place = (np.arange(len(call)) - np.repeat(np.cumsum(lengths) - lengths, lengths)).astype(np.int32)
        tokens = _tokens(self._blocks[place] * PREFIX_BYTES, call, columns, rows)
        tokens -= tokens % step
        long = tokens >= tokens_min
        call, self._place = call[long], place[long]
        digests = columns.prefix[starts[call] + self._place]
        self._kept = _Kept(columns.began_ms[rows], call, tokens[long].astype(np.int32), digests)

    def serve(self, *, lifetime_s: int) -> Served:
        """Say what a cache that keeps each of them would have served and taken in."""
        return self._kept.serve(np.ones(len(self._place), np.bool_), lifetime_s=lifetime_s)

    def often_shared(self, served: Served, *, most: int) -> tuple[int, ...]:
        """List after how many blocks it was most often that what calls had in common ended, by tokens."""
        end = np.flatnonzero(self._kept.tokens == served.read[self._kept.call])
        found = np.zeros(len(self._blocks), np.int64)
        np.add.at(found, self._place[end], self._kept.tokens[end])
        best = np.argsort(-found, kind="stable")[:most]
        return tuple(sorted(int(self._blocks[each]) for each in best if found[each]))


class Places:
    """The beginnings of some calls' prompts up to where checkpoints may stand, in tokens likewise.

    That is the end of their tools, of their system message and of themselves, and after each of so many
    blocks. What was said before the last answer is read where it is all that a call before said. Of a call
    whose places are not known, declared checkpoints have all be written and nothing be read.
    """

    def __init__(
        self,
        columns: CallColumns,
        rows: NDArray[np.int64],
        *,
        tokens_min: int,
        after: tuple[int, ...] = (),
        blocks: Sequence[int] = BLOCKS,
    ) -> None:
        self._names: tuple[str | int, ...] = (*PLACES, *after)
        ends = (columns.tools_bytes, columns.system_bytes, columns.before_bytes, columns.prompt_bytes)
        bytes_to = [each[rows].astype(np.int64) for each in ends]
        bytes_to += [np.full(len(rows), n * PREFIX_BYTES) for n in after]
        digests = [columns.place_digests[rows, place] for place in range(len(PLACES))]
        digests += [_digests_after(columns, rows, blocks.index(n)) for n in after]
        length = np.stack(bytes_to, axis=1)
        digest = np.stack(digests, axis=1)
        # The shortest first, as beginnings are ordered; of equal ones any comes last, as they are the same.
        order = np.argsort(length, axis=1, kind="stable")
        length, digest = np.take_along_axis(length, order, 1), np.take_along_axis(digest, order, 1)
        call, column = (each.astype(np.int32) for each in np.nonzero(digest))
        tokens = _tokens(length[call, column], call, columns, rows)
        long = tokens >= tokens_min
        call, column = call[long], column[long]
        self._place = order[call, column]
        self._kept = _Kept(columns.began_ms[rows], call, tokens[long].astype(np.int32), digest[call, column])
        whole = input_total(columns, rows)
        unknown = (columns.place_digests[rows, PLACES.index("end")] == 0) & (whole >= tokens_min)
        self._unknown = np.where(unknown, whole, 0)

    def has(self, checkpoints: Checkpoints) -> bool:
        """Say whether some call has each of the places that may be declared."""
        return all((self._place == self._names.index(name)).any() for name in checkpoints.at)

    def serve(self, checkpoints: Checkpoints, *, lifetime_s: int) -> Served:
        """Say what a cache with such checkpoints and such a lifetime would have served and taken in."""
        wanted = [self._names.index(name) for name in (*checkpoints.at, *checkpoints.after)]
        served = self._kept.serve(np.isin(self._place, wanted), lifetime_s=lifetime_s)
        if not checkpoints.at:
            return served
        return Served(served.read, np.maximum(served.written, self._unknown - served.read))


def _tokens(
    ends: NDArray[np.int64], call: NDArray[np.int32], columns: CallColumns, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Say how many tokens stand before so many bytes of calls' prompts."""
    total = input_total(columns, rows)
    ends *= total[call]
    ends //= np.maximum(columns.prompt_bytes[rows], 1)[call]
    return np.minimum(ends, total[call], out=ends)


def _digests_after(columns: CallColumns, rows: NDArray[np.int64], place: int) -> NDArray[np.uint64]:
    """Take the digest of each call at one place of its blocks, 0 where it is shorter."""
    at = columns.prefix_starts[rows] + place
    there = at < columns.prefix_starts[rows + 1]
    found = np.zeros(len(rows), np.uint64)
    found[there] = columns.prefix[at[there]]
    return found


def input_total(columns: CallColumns, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Say how many input tokens each call has, of whatever kind."""
    return np.asarray(
        columns.input_tokens[rows]
        + columns.cache_read_tokens[rows]
        + columns.cache_write_tokens[rows]
        + columns.cache_write_1h_tokens[rows]
    )

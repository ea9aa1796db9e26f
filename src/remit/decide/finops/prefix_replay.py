"""Replay what a prompt cache would have served: from digests of how prompts begin, exactly and at once.

A cache keeps the beginnings of prompts up to its checkpoints, for a lifetime that begins anew whenever a call
begins so. A call reads the longest beginning that is kept, and writes what stands between it and its own last
checkpoint. All calls here are of one use case, one model and one provider, as caches share nothing between
them; and a beginning shorter than the least number of tokens is never kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.decide.finops.call_columns import CallColumns
from remit.enforce.prefix import BLOCKS, PREFIX_BYTES

_LONG_MS = 2**31 - 1
"""Longer than any lifetime."""


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Up to where a cache keeps beginnings: after every block, after the first so many, at a prompt's end."""

    every: bool = False
    after: tuple[int, ...] = ()
    at_end: bool = False


EVERY = Checkpoints(every=True)
"""As providers do that cache by themselves."""


@dataclass(frozen=True, slots=True)
class Served:
    """For each call, how many of its input tokens were read from a cache, and how many written to it."""

    read: NDArray[np.int64]
    written: NDArray[np.int64]


class Beginnings:
    """The beginnings of some calls' prompts that are long enough to be kept, ordered once for every replay.

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
        self._began = columns.began_ms[rows]
        total = input_total(columns, rows)
        starts = columns.prefix_starts[rows]
        lengths = columns.prefix_starts[rows + 1] - starts
        # There may be tens of millions of beginnings, so what is kept of them is small.
        call = np.repeat(np.arange(len(rows), dtype=np.int32), lengths)
        place = (np.arange(len(call)) - np.repeat(np.cumsum(lengths) - lengths, lengths)).astype(np.int32)
        tokens = self._blocks[place]
        tokens *= PREFIX_BYTES
        tokens *= total[call]
        tokens //= np.maximum(columns.prompt_bytes[rows], 1)[call]
        np.minimum(tokens, total[call], out=tokens)
        tokens -= tokens % step
        long = tokens >= tokens_min
        self._call, self._place = call[long], place[long]
        self._tokens = tokens[long].astype(np.int32)
        digests = columns.prefix[starts[self._call] + self._place]
        # Calls come in the order in which they began, so a stable order keeps those of a digest in it.
        self._order = np.argsort(digests, kind="stable").astype(np.int32)
        ordered, at = digests[self._order], self._began[self._call[self._order]]
        self._same = np.concatenate(([False], ordered[1:] == ordered[:-1]))[: len(ordered)]
        self._gap = np.minimum(np.diff(at, prepend=at[:1]), _LONG_MS).astype(np.int32)
        self._whole = np.where((lengths > 0) & (total >= tokens_min), total, 0)

    def serve(self, checkpoints: Checkpoints, *, lifetime_s: int) -> Served:
        """Say what a cache with such checkpoints and such a lifetime would have served and taken in."""
        marked = self._marked(checkpoints)
        kept = np.empty(len(marked), np.bool_)
        kept[self._order] = self._kept(marked[self._order], lifetime_s * 1000)
        read = np.zeros(len(self._began), np.int64)
        # Of a call's beginnings the longest comes last, and the last one that is put there stays.
        read[self._call[kept]] = self._tokens[kept]
        reach = np.zeros(len(self._began), np.int64)
        reach[self._call[marked]] = self._tokens[marked]
        if checkpoints.at_end:
            reach = self._whole
        return Served(read, np.maximum(reach - read, 0))

    def _marked(self, checkpoints: Checkpoints) -> NDArray[np.bool_]:
        if checkpoints.every:
            return np.ones(len(self._call), np.bool_)
        marked = np.isin(self._blocks[self._place], checkpoints.after)
        if checkpoints.at_end and len(marked):
            marked |= np.append(self._call[1:] != self._call[:-1], True)
        return marked

    def _kept(self, marked: NDArray[np.bool_], lifetime_ms: int) -> NDArray[np.bool_]:
        """Say of each beginning, ordered, whether it was kept when its call came.

        It was if an earlier call in the same run put it there; a run ends where nobody came for a lifetime.
        """
        before: NDArray[np.int64] = np.cumsum(marked) - marked
        begins = ~(self._same & (self._gap <= lifetime_ms))
        run = np.flatnonzero(begins)
        at_start: NDArray[np.int64] = np.repeat(before[run], np.diff(np.append(run, len(marked))))
        return np.asarray(before > at_start)

    def often_shared(self, served: Served, *, most: int) -> tuple[int, ...]:
        """List after how many blocks it was most often that what calls had in common ended, by tokens."""
        end = np.flatnonzero(self._tokens == served.read[self._call])
        found = np.zeros(len(self._blocks), np.int64)
        np.add.at(found, self._place[end], self._tokens[end])
        best = np.argsort(-found, kind="stable")[:most]
        return tuple(sorted(int(self._blocks[each]) for each in best if found[each]))


def input_total(columns: CallColumns, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Say how many input tokens each call has, of whatever kind."""
    return np.asarray(
        columns.input_tokens[rows]
        + columns.cache_read_tokens[rows]
        + columns.cache_write_tokens[rows]
        + columns.cache_write_1h_tokens[rows]
    )

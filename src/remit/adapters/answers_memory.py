"""Answers that may be given again, in the memory of one process: sealed, bounded, and gone when it ends.

Nothing on a call's path waits for a disk or for another process, so what one process keeps no other sees.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from remit.adapters.cipher import Cipher

BYTES_MAX = 64 << 20
ANSWER_BYTES_MAX = 1 << 20
ENTRIES_MAX = 16_384
_OVERHEAD = 512
"""What is counted for each answer beside its own bytes."""

_SWEEP = timedelta(minutes=1)


class _Kept(NamedTuple):
    until: datetime
    sealed: bytes


class MemoryAnswers:
    """What was asked for longest ago goes first when there is no room. One thread at a time uses it."""

    def __init__(self, pepper: bytes, *, bytes_max: int = BYTES_MAX, entries_max: int = ENTRIES_MAX) -> None:
        self._bytes_max, self._entries_max = bytes_max, entries_max
        self._bytes = 0
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._swept = datetime.min.replace(tzinfo=UTC)

        @lru_cache(maxsize=1024)
        def cipher(use_case: str) -> Cipher:
            return Cipher(pepper, purpose=b"remit-answers", name=use_case)

        self._cipher = cipher

    def keep(self, use_case: str, key: bytes, answer: bytes, *, now: datetime, until: datetime) -> None:
        self._forget(key)
        self._sweep(now)
        if len(answer) > ANSWER_BYTES_MAX:
            return
        sealed = self._cipher(use_case).seal(answer, key)
        self._kept[key] = _Kept(until, sealed)
        self._bytes += len(sealed) + _OVERHEAD
        while self._bytes > self._bytes_max or len(self._kept) > self._entries_max:
            self._forget(next(iter(self._kept)))

    def find(self, use_case: str, key: bytes, *, now: datetime) -> bytes | None:
        found = self._kept.get(key)
        if found is None:
            return None
        if found.until <= now:
            self._forget(key)
            return None
        self._kept.move_to_end(key)
        return self._cipher(use_case).open(found.sealed, key)

    def _forget(self, key: bytes) -> None:
        if found := self._kept.pop(key, None):
            self._bytes -= len(found.sealed) + _OVERHEAD

    def _sweep(self, now: datetime) -> None:
        """Let go of what nobody may be given any more, once a minute."""
        if abs(now - self._swept) < _SWEEP:
            return
        self._swept = now
        for key in [key for key, kept in self._kept.items() if kept.until <= now]:
            self._forget(key)

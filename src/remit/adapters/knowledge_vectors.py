"""The vectors of parts of a knowledge base in memory, and the exact scan over those that a reader sees."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Ids = NDArray[np.int64]

BYTES_MAX = 1024 * 1024 * 1024
"""How much is held in memory; what was not searched for longest goes first."""


@dataclass(frozen=True, slots=True)
class PartVectors:
    """One part: the ids of its chunks in their order, the number of each one's document, and vectors."""

    changed: int
    ids: Ids
    documents: NDArray[np.int32]
    names: tuple[str, ...]
    rows: Rows | None

    @property
    def bytes(self) -> int:
        return int(self.ids.nbytes + self.documents.nbytes + (0 if self.rows is None else self.rows.nbytes))

    def among(self, allowed: frozenset[str] | None) -> NDArray[np.bool_] | None:
        """Mark the chunks of some documents; None for all."""
        if allowed is None:
            return None
        return np.array([name in allowed for name in self.names], dtype=np.bool_)[self.documents]


class HeldVectors:
    """Parts by their number, read again when they have changed."""

    def __init__(self) -> None:
        self._held: OrderedDict[int, PartVectors] = OrderedDict()
        self._bytes = 0

    def part(self, id: int, changed: int, read: Callable[[int, int], PartVectors]) -> PartVectors:
        found = self._held.pop(id, None)
        if found is not None:
            self._bytes -= found.bytes
        if found is None or found.changed != changed:
            found = read(id, changed)
        self._held[id] = found
        self._bytes += found.bytes
        while self._bytes > BYTES_MAX and len(self._held) > 1:
            _, gone = self._held.popitem(last=False)
            self._bytes -= gone.bytes
        return found


def nearest(
    parts: Sequence[tuple[PartVectors, NDArray[np.bool_] | None]], vector: Rows, *, depth: int
) -> list[int]:
    """Scan all vectors of some parts, and return the ids of the nearest, the nearest first."""
    ids, scores = list[Ids](), list[Rows]()
    for part, among in parts:
        if part.rows is None or not len(part.ids):
            continue
        score = part.rows @ vector
        if among is not None:
            ids.append(part.ids[among])
            scores.append(score[among])
        else:
            ids.append(part.ids)
            scores.append(score)
    if not ids:
        return []
    all_ids, all_scores = np.concatenate(ids), np.concatenate(scores)
    if len(all_ids) > depth:
        best = np.argpartition(-all_scores, depth - 1)[:depth]
        all_ids, all_scores = all_ids[best], all_scores[best]
    order = np.lexsort((all_ids, -all_scores))
    # What shares nothing with the question is not near it.
    return [int(all_ids[at]) for at in order if all_scores[at] > 0]

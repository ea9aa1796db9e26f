"""Merkle trees as RFC 6962 builds them, over leaves that are hashed already.

A root commits to every leaf and its place; a path of some twenty hashes shows that one leaf of a million is
under it. The hash of a node is SHA-256 over a one byte and the hashes of its two children, so that no node
can pass for a leaf.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_NODE = hashlib.sha256(b"\1")
EMPTY = hashlib.sha256(b"").digest()
"""The root of no leaves at all."""


def node(left: bytes, right: bytes) -> bytes:
    hash = _NODE.copy()
    hash.update(left)
    hash.update(right)
    return hash.digest()


class Tree:
    """A tree that grows leaf by leaf and keeps only the roots of its whole subtrees: one for each bit."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        size, hash = self.size, leaf
        while size & 1:
            hash = node(self._roots.pop(), hash)
            size >>= 1
        self._roots.append(hash)
        self.size += 1

    def root(self) -> bytes:
        if not self._roots:
            return EMPTY
        hash = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            hash = node(left, hash)
        return hash


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaves (RFC 6962, section 2.1)."""
    tree = Tree()
    for each in leaves:
        tree.add(each)
    return tree.root()


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """List what stands beside the way from a leaf to the root, the nearest first (section 2.1.1)."""
    assert 0 <= index < len(leaves), "the leaf is in the tree"
    found: list[bytes] = []
    level, place = list(leaves), index
    while len(level) > 1:
        if (beside := place ^ 1) < len(level):
            found.append(level[beside])
        # The last of an odd number goes up as it is.
        paired = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
        place >>= 1
    return found


def root_by(path: Sequence[bytes], *, leaf: bytes, index: int, size: int) -> bytes | None:
    """Return the root that a path leads to from a leaf at a place; None if no such path can be.

    RFC 9162, section 2.1.3.2, which says how such a path is followed.
    """
    if not 0 <= index < size:
        return None
    place, last, hash = index, size - 1, leaf
    for each in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            hash = node(each, hash)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            hash = node(hash, each)
        place >>= 1
        last >>= 1
    return hash if last == 0 else None

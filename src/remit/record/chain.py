"""The chain: each line of a journal is bound to all lines before it, so that no change stays unseen.

A line is 64 hexadecimal digits, a space, the entry as JSON, and a line feed. The digits are SHA-256 over the
32 bytes of the line before and the 32 of the entry's leaf, which is SHA-256 over a zero byte and the entry's
bytes, as in RFC 6962; the first line follows the digest of the journal's name. So the chain can be followed
over leaves alone, where an entry's time is over and its text is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from remit.kernel.diagnostic import quoted

HASH_CHARS = 64
LINE_MAX = 1 << 20
_LEAF = hashlib.sha256(b"\0")


def first_link(journal: str) -> bytes:
    """What the first line of a journal follows, so that one journal cannot pass for another."""
    return hashlib.sha256(f"remit journal 2: {journal}".encode()).digest()


def leaf(body: bytes) -> bytes:
    """Hash an entry's bytes as a leaf of a Merkle tree."""
    hash = _LEAF.copy()
    hash.update(body)
    return hash.digest()


def link(before: bytes, leaf: bytes) -> bytes:
    """Bind an entry's leaf to the line before it."""
    return hashlib.sha256(before + leaf).digest()


def line(after: bytes, body: bytes) -> bytes:
    """Write the line whose hash is `after`."""
    return b"%s %s\n" % (after.hex().encode(), body)


@dataclass(frozen=True, slots=True)
class Position:
    """A point between two lines of a journal: how many lines and bytes stand before it, and their hash."""

    lines: int
    offset: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that does not follow from those before it. `number` counts from 1."""

    number: int
    offset: int
    reason: str


def start(journal: str) -> Position:
    return Position(0, 0, first_link(journal))


def walk(data: bytes, at: Position) -> Iterator[tuple[Position, bytes] | Broken]:
    """Follow the chain through whole lines; stops at the first broken one.

    Yields for each line the position after it and the entry's bytes.
    """
    begin = 0
    while begin < len(data):
        end = data.find(b"\n", begin)
        number = at.lines + 1
        if end < 0:
            yield Broken(number, at.offset, "the line has no end")
            return
        text = data[begin:end]
        body = text[HASH_CHARS + 1 :]
        expected = link(at.hash, leaf(body))
        if text[: HASH_CHARS + 1] != expected.hex().encode() + b" ":
            found = text[:HASH_CHARS].decode("ascii", "replace")
            # All of it where the beginnings are alike, so that the two never read the same.
            shown = 8 if found[:8] != expected.hex()[:8] else HASH_CHARS
            wanted = quoted(expected.hex(), at_most=shown)
            yield Broken(number, at.offset, f"hash {wanted} expected, {quoted(found, at_most=shown)} found")
            return
        at = Position(number, at.offset + len(text) + 1, expected)
        yield at, body
        begin = end + 1

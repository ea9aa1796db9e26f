"""Sealing: what callers wrote, encrypted so that whoever copies the data directory's files cannot read it.

There is a key for each file. A piece is bound to its file and its place.
"""

from __future__ import annotations

from functools import lru_cache

from remit.adapters.cipher import Cipher
from remit.kernel.errors import StoreError


class Seal:
    """Seals pieces of text under names; the pepper is in no file beside them but its own."""

    def __init__(self, pepper: bytes) -> None:
        @lru_cache(maxsize=64)
        def cipher(name: str) -> Cipher:
            return Cipher(pepper, purpose=b"remit-files", name=name)

        self._cipher = cipher

    def seal(self, name: str, place: int, text: bytes) -> bytes:
        return self._cipher(name).seal(text, _bound(name, place))

    def open(self, name: str, place: int, sealed: bytes) -> bytes:
        """Open a piece; raises StoreError if it is not what was sealed there."""
        text = self._cipher(name).open(sealed, _bound(name, place))
        if text is None:
            raise StoreError(
                f"`{name}` cannot be opened",
                help="restore the data directory, the file `pepper` with it, from one copy",
                code="file-unreadable",
            )
        return text


def _bound(name: str, place: int) -> bytes:
    return f"{name}:{place}".encode()

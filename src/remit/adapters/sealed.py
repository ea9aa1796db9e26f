"""Sealing: what callers wrote, encrypted so that whoever copies the data directory's files cannot read it.

AES-GCM with a key for each file, derived from the installation's pepper. A piece is bound to its file and its
place, so that none can be put in another's place. Whoever has the pepper too can read all of it.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from remit.kernel.errors import StoreError

OVERHEAD = 28
"""The bytes that sealing adds: a nonce of 12 and a tag of 16."""


class Seal:
    """Seals pieces of text under names; the pepper is in no file beside them but its own."""

    def __init__(self, pepper: bytes) -> None:
        # A random nonce may serve 2^32 pieces under one key; with a key for each file none comes near.
        @lru_cache(maxsize=64)
        def cipher(name: str) -> AESGCM:
            return AESGCM(
                hashlib.blake2b(name.encode(), key=pepper, digest_size=32, person=b"remit-files").digest()
            )

        self._cipher = cipher

    def seal(self, name: str, place: int, text: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher(name).encrypt(nonce, text, _bound(name, place))

    def open(self, name: str, place: int, sealed: bytes) -> bytes:
        """Open a piece; raises StoreError if it is not what was sealed there."""
        try:
            return self._cipher(name).decrypt(sealed[:12], sealed[12:], _bound(name, place))
        except (InvalidTag, ValueError):
            raise StoreError(
                f"`{name}` cannot be opened",
                help="restore the data directory, the file `pepper` with it, from one copy",
                code="file-unreadable",
            ) from None


def _bound(name: str, place: int) -> bytes:
    return f"{name}:{place}".encode()

"""A cipher: AES-GCM under a key derived from the installation's own secret for one purpose and one name.

What is sealed is bound to its place, so that none can be put in another's. Whoever has the secret can open
it.
"""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
OVERHEAD = NONCE_BYTES + 16
"""The bytes that sealing adds: a nonce and a tag."""


class Cipher:
    """A random nonce may serve 2^32 texts under one key; a name should come nowhere near as many."""

    __slots__ = ("_aes",)

    def __init__(self, secret: bytes, *, purpose: bytes, name: str = "") -> None:
        key = hashlib.blake2b(name.encode(), key=secret, digest_size=32, person=purpose).digest()
        self._aes = AESGCM(key)

    def seal(self, text: bytes, place: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aes.encrypt(nonce, text, place)

    def open(self, sealed: bytes, place: bytes) -> bytes | None:
        """Open what was sealed at this place; None if it was not, or was changed."""
        try:
            return self._aes.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
        except (InvalidTag, ValueError):
            return None

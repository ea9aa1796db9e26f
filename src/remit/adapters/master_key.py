"""The master key, under which the keys of captures lie: what it is made of, and how it wraps them."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from binascii import Error as NotBase64
from typing import Protocol

from remit.adapters.cipher import Cipher
from remit.kernel.errors import StoreError

KEY_BYTES = 32
_HEX = re.compile(r"[0-9a-fA-F]{64}")


class MasterKey(Protocol):
    """What wraps keys. `name` tells one from another, and says nothing of what it is."""

    name: str

    def wrap(self, key: bytes, *, use_case: str) -> bytes:
        """Wrap a key for one use case; raises StoreError."""
        ...

    def unwrap(self, wrapped: bytes, *, use_case: str) -> bytes:
        """Give a key back; raises StoreError if it was not wrapped here for this use case."""
        ...


class LocalMasterKey:
    """A master key that this process holds itself."""

    def __init__(self, secret: bytes) -> None:
        assert len(secret) == KEY_BYTES, "read as such"
        marked = hashlib.blake2b(b"", key=secret, digest_size=8, person=b"remit-key-name")
        self.name = f"local:{marked.hexdigest()}"
        self._cipher = Cipher(secret, purpose=b"remit-wrap")

    def wrap(self, key: bytes, *, use_case: str) -> bytes:
        return self._cipher.seal(key, use_case.encode())

    def unwrap(self, wrapped: bytes, *, use_case: str) -> bytes:
        key = self._cipher.open(wrapped, use_case.encode())
        if key is None:
            raise unreadable("a data key of `captures.sqlite` is not what was wrapped there")
        return key


def read_key(text: bytes) -> bytes | None:
    """Read 32 bytes, as they are, in hexadecimal digits or in base64; None if it is none of these."""
    if len(text) == KEY_BYTES:
        return text
    try:
        said = text.decode("ascii").strip()
        return bytes.fromhex(said) if _HEX.fullmatch(said) else _exact(b64decode(said, validate=True))
    except (UnicodeDecodeError, NotBase64):
        return None


def _exact(key: bytes) -> bytes | None:
    return key if len(key) == KEY_BYTES else None


def unreadable(summary: str) -> StoreError:
    return StoreError(
        summary,
        help="set the master key that it was kept under, and restore the data directory from one copy",
        code="capture-unreadable",
    )

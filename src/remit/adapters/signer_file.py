"""The key that seals are signed with, in a file, encrypted under the installation's secret."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from remit.adapters.cipher import Cipher
from remit.adapters.whole_file import write_whole
from remit.kernel.errors import RemitError


class FileSigner:
    """Signs with Ed25519. The next key lies beside the present one until it is taken up."""

    def __init__(self, home: Path, pepper: bytes) -> None:
        self._present = home / "seal-key"
        self._next = home / "seal-key.next"
        self._cipher = Cipher(pepper, purpose=b"remit-seal-key")

    def public(self) -> bytes:
        return _public(self._key(self._present))

    def sign(self, data: bytes) -> str:
        return b64encode(self._key(self._present).sign(data)).decode()

    def next_public(self) -> bytes:
        return _public(self._key(self._next))

    def take_next(self) -> None:
        os.replace(self._next, self._present)

    def _key(self, path: Path) -> Ed25519PrivateKey:
        try:
            if not path.exists():
                made = Ed25519PrivateKey.generate()
                secret = made.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
                write_whole(path, self._cipher.seal(secret, b"seal-key"))
            sealed = path.read_bytes()
        except OSError as error:
            raise RemitError(
                f"the key that seals are signed with cannot be used ({type(error).__name__})",
                help="make the data directory readable and writable",
                code="seal-key-unusable",
            ) from error
        secret_read = self._cipher.open(sealed, b"seal-key")
        if secret_read is None:
            raise RemitError(
                f"`{path.name}` is not the key that was kept here",
                help="restore the data directory, the file `pepper` with it, from one copy",
                code="seal-key-unusable",
            )
        return Ed25519PrivateKey.from_private_bytes(secret_read)


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

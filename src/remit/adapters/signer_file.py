"""The key that seals are signed with, in a file, encrypted under the installation's secret."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from remit.adapters.cipher import Cipher
from remit.adapters.whole_file import replace_whole, sync_directory, write_whole
from remit.kernel.errors import RemitError
from remit.record.seal import Newest

_SECRET_BYTES = 32
_PLACE = b"seal-key"
_NEWEST = msgspec.json.Decoder(Newest)


class FileSigner:
    """Signs with Ed25519. The next key lies beside the present one until it is taken up.

    Under the same encryption stands what is kept of the newest seal: who cannot read the key cannot write it,
    and who takes the file away leaves a ledger whose next key nobody has endorsed.
    """

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
        with _refusing():
            secret, newest = self._read(self._next)[:_SECRET_BYTES], self.newest()
            self._write(self._next, secret, newest or Newest())
            os.replace(self._next, self._present)
            sync_directory(self._present.parent)

    def newest(self) -> Newest | None:
        with _refusing():
            if not self._present.exists():
                return None
            said = self._read(self._present)[_SECRET_BYTES:]
        return _NEWEST.decode(said) if said else Newest()

    def keep(self, newest: Newest) -> None:
        with _refusing():
            self._write(self._present, self._read(self._present)[:_SECRET_BYTES], newest)

    def _write(self, path: Path, secret: bytes, newest: Newest) -> None:
        replace_whole(path, self._cipher.seal(secret + msgspec.json.encode(newest), _PLACE))

    def _key(self, path: Path) -> Ed25519PrivateKey:
        with _refusing():
            if not path.exists():
                made = Ed25519PrivateKey.generate()
                secret = made.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
                write_whole(path, self._cipher.seal(secret, _PLACE))
            return Ed25519PrivateKey.from_private_bytes(self._read(path)[:_SECRET_BYTES])

    def _read(self, path: Path) -> bytes:
        opened = self._cipher.open(path.read_bytes(), _PLACE)
        if opened is None:
            raise RemitError(
                f"`{path.name}` is not the key that was kept here",
                help="restore the data directory, the file `pepper` with it, from one copy",
                code="seal-key-unusable",
            )
        return opened


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RemitError(
            f"the key that seals are signed with cannot be used ({type(error).__name__})",
            help="make the data directory readable and writable",
            code="seal-key-unusable",
        ) from error


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

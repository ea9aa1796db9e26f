"""Providers' credentials in the data directory, sealed with AES-GCM: a copy of the files alone opens nothing.

The key is derived from the installation's own secret, which stands in a file of its own. The provider's name
is bound into each seal, so that one provider is never sent what was sealed for another.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from remit.declare.declared import ID_PATTERN
from remit.kernel.errors import RemitError

_NONCE_BYTES = 12
_FILE_BYTES_MAX = 64 << 10


class SealedCredentials:
    """One file for each provider, for its owner alone."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder = folder
        key = hashlib.blake2b(key=secret, digest_size=32, person=b"remit-credential").digest()
        self._cipher = AESGCM(key)

    def names(self) -> tuple[str, ...]:
        try:
            found = sorted(path.name for path in self._folder.iterdir())
        except FileNotFoundError:
            return ()
        return tuple(name for name in found if re.fullmatch(ID_PATTERN, name))

    def seal(self, provider: str, credential: str) -> None:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, credential.encode(), provider.encode())
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(sealed)
                os.replace(name, self._path(provider))
            except BaseException:
                os.unlink(name)
                raise
        except OSError as error:
            raise self._unusable(provider, errno.errorcode.get(error.errno or 0, "error")) from None

    def open(self, provider: str) -> str | None:
        try:
            with self._path(provider).open("rb") as file:
                sealed = file.read(_FILE_BYTES_MAX)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(provider, errno.errorcode.get(error.errno or 0, "error")) from None
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, text, provider.encode()).decode()
        except (InvalidTag, ValueError):
            # Nothing of what was tried stands in the chain: it could hold what was sealed.
            raise self._unusable(provider, "it was changed, or sealed by another installation") from None

    def forget(self, provider: str) -> bool:
        try:
            self._path(provider).unlink()
        except FileNotFoundError:
            return False
        return True

    def _path(self, provider: str) -> Path:
        assert re.fullmatch(ID_PATTERN, provider), "the name of a declared provider is an id"
        return self._folder / provider

    def _unusable(self, provider: str, why: str) -> RemitError:
        return RemitError(
            f"the sealed credential of provider `{provider}` cannot be used ({why})",
            help=f"seal it again: `remit provider seal {provider}`",
            code="credential-unusable",
        )

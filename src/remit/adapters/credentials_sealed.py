"""Providers' credentials in the data directory, sealed with AES-GCM: a copy of the files alone opens nothing.

The key is derived from the installation's own secret, which stands in a file of its own. The provider's name
is bound into each seal, so that one provider is never sent what was sealed for another.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
from pathlib import Path

from remit.adapters.cipher import Cipher
from remit.declare.declared import ID_PATTERN
from remit.kernel.errors import RemitError

_FILE_BYTES_MAX = 64 << 10


class SealedCredentials:
    """One file for each provider, for its owner alone."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder = folder
        self._cipher = Cipher(secret, purpose=b"remit-credential")

    def names(self) -> tuple[str, ...]:
        try:
            found = sorted(path.name for path in self._folder.iterdir())
        except FileNotFoundError:
            return ()
        return tuple(name for name in found if re.fullmatch(ID_PATTERN, name))

    def seal(self, provider: str, credential: str) -> None:
        sealed = self._cipher.seal(credential.encode(), provider.encode())
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
        text = self._cipher.open(sealed, provider.encode())
        if text is None:
            raise self._unusable(provider, "it was changed, or sealed by another installation")
        return text.decode()

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

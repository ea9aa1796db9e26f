"""The installation's own secret, by which credentials and names are hashed, in a file of its own."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from remit.adapters.whole_file import write_whole
from remit.kernel.errors import RemitError


def read_pepper(home: Path) -> bytes:
    """Read the key of all credential hashes, or make it on first use."""
    path = home / "pepper"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            write_whole(path, os.urandom(32))
        pepper = path.read_bytes()
    except OSError as error:
        raise RemitError(
            f"the data directory `{home}` cannot be used ({errno.errorcode.get(error.errno or 0, 'error')})",
            help="make it writable, or set REMIT_HOME to a directory that is",
            code="store-unavailable",
        ) from error
    if len(pepper) != 32:
        raise RemitError(
            f"`{path}` is not whole, so no key can be checked",
            help="restore it from a copy; without it, every key must be issued again",
            code="store-unavailable",
        )
    return pepper

"""The lake's manifest: which files are the lake, and how far each journal lies in them.

A file counts from when the manifest names it until it does not, and the manifest changes by one rename. So
whatever a crash leaves behind is no part of the lake; the next writer removes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import msgspec

from remit.adapters.journal_file import lock
from remit.kernel.errors import StoreError

_NAME = "manifest.json"
_TEMPORARY = ".writing"
_LOCK_S = 30


class Reached(msgspec.Struct, frozen=True):
    """How many lines and bytes of a journal lie in the lake, and the hash of the last one."""

    lines: int
    offset: int
    hash: str


class LakeFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of one UTC day, by its path below the lake, and the SHA-256 of its bytes.

    `expired` names the kinds, each with a use case or none, whose entries' time was over when it was written.
    One that was moved to an archive lies below the directory `archive`, by the same path. `lines` are, for
    each journal that it has lines of, the first and the last.
    """

    path: str
    day: date
    rows: int
    bytes: int
    sha256: str
    expired: tuple[tuple[str, str], ...] = ()
    archive: str = ""
    lines: tuple[tuple[str, int, int], ...] = ()


class Manifest(msgspec.Struct, frozen=True):
    """The lake as of one change to it; `number` counts the changes."""

    number: int = 0
    reached: dict[str, Reached] = {}
    files: tuple[LakeFile, ...] = ()
    v: int = 1


_DECODER = msgspec.json.Decoder(Manifest)


class Manifests:
    """The manifest in a directory, and the one writer at a time who may change it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self) -> Manifest:
        try:
            return _DECODER.decode((self._root / _NAME).read_bytes())
        except FileNotFoundError:
            return Manifest()
        except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
            raise unusable(error) from error

    @contextmanager
    def alone(self) -> Iterator[Manifest]:
        """Be the only writer; what an earlier one left unfinished is removed first."""
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise unusable(error) from error
        try:
            lock(descriptor, wait_s=_LOCK_S, what="the lake")
            manifest = self.read()
            self._tidy(manifest)
            yield manifest
        except OSError as error:
            raise unusable(error) from error
        finally:
            os.close(descriptor)

    def _tidy(self, manifest: Manifest) -> None:
        """Remove files that no manifest names.

        Those that the manifest before named are still there for whoever reads by it, until the change after.
        """
        named = {file.path for file in manifest.files if not file.archive}
        for path in self._root.glob("day=*/*"):
            if str(path.relative_to(self._root)) not in named:
                path.unlink(missing_ok=True)
        for path in self._root.glob("day=*"):
            with suppress(OSError):
                path.rmdir()

    def write(self, manifest: Manifest) -> None:
        """Let another manifest take this one's place; the files that it names must be durable."""
        path = self._root / (_NAME + _TEMPORARY)
        path.write_bytes(msgspec.json.encode(manifest))
        durable(path, self._root / _NAME)


def durable(path: Path, final: Path) -> None:
    """Store a file for good, then give it its name for good."""
    for each in (path, path.parent):
        _sync(each)
    path.rename(final)
    _sync(final.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def temporary(path: Path) -> Path:
    """Name where a file is written before it is given its own name."""
    return path.with_name(path.name + _TEMPORARY)


def unusable(error: Exception) -> StoreError:
    return StoreError(
        f"the lake cannot be used ({type(error).__name__})",
        help="see that `lake` in the data directory is writable and its disk has space",
        code="lake-unavailable",
    )

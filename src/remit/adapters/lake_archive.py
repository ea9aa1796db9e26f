"""Where old files of the lake lie once they were moved: below a directory, or in an object store.

An object store is spoken to by botocore, as the environment says: `AWS_ENDPOINT_URL_S3` for one that is not
Amazon's. Its files are fetched when a question needs them, compared with their checksums, and kept beside the
lake, the newest ones, so that DuckDB reads files alone and needs nothing that it would have to download.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from remit.adapters.lake_manifest import LakeFile, durable, temporary
from remit.kernel.errors import StoreError

if TYPE_CHECKING:
    from remit.adapters.objects_s3 import S3Objects

OBJECTS = "s3://"
FETCHED_BYTES_MAX = 4 << 30
"""How much of an object store is kept here for the next question."""
_URL = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9!_.*'()-]{1,100}){0,8})/?")


def is_archive(to: str) -> bool:
    """Say whether an address is one of an object store that files can be moved to."""
    return _URL.fullmatch(to) is not None


class Archives:
    """The places that files of one lake were moved to."""

    def __init__(self, root: Path) -> None:
        self._fetched = root / "fetched"
        self._stores: dict[str, S3Objects] = {}

    def put(self, file: LakeFile, path: Path, *, to: str) -> None:
        """Copy a file there, for good, and see that it is what was written."""
        if to.startswith(OBJECTS):
            self._objects(to).put(file.path, path, sha256=self._sound(file, path))
            return
        copy = Path(to) / file.path
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = temporary(copy)
        shutil.copyfile(path, unfinished)
        if sha256_of(unfinished) != file.sha256:
            unfinished.unlink()
            raise unlike(file)
        durable(unfinished, copy)

    def _sound(self, file: LakeFile, path: Path) -> str:
        if sha256_of(path) != file.sha256:
            raise unlike(file)
        return file.sha256

    def path(self, file: LakeFile) -> Path:
        """Say where a file can be read; where it is not in reach, nothing is there."""
        if not file.archive.startswith(OBJECTS):
            return Path(file.archive) / file.path
        path = self._copy_of(file)
        if path.exists():
            with suppress(OSError):
                os.utime(path)
        else:
            with suppress(StoreError):
                self._fetch(file, path)
        return path

    def make_room(self, wanted: Iterable[Path]) -> None:
        """Let go of what was fetched longest ago and is not wanted now, down to what may be kept."""
        stay, kept = set(wanted), 0
        fetched = sorted(
            (
                (path.stat().st_mtime, path.stat().st_size, path)
                for path in self._fetched.glob("day=*/*.parquet")
            ),
            reverse=True,
        )
        for _, size, path in fetched:
            kept += size
            if kept > FETCHED_BYTES_MAX and path not in stay:
                path.unlink(missing_ok=True)

    def remove(self, file: LakeFile) -> None:
        """Remove a file for good: nobody tidies up there, and what is over shall be gone there too."""
        if file.archive.startswith(OBJECTS):
            self._objects(file.archive).remove(file.path)
            self._copy_of(file).unlink(missing_ok=True)
        else:
            (Path(file.archive) / file.path).unlink(missing_ok=True)

    def _copy_of(self, file: LakeFile) -> Path:
        # Its day is read from where it lies.
        return self._fetched / f"day={file.day}" / f"{file.sha256}.parquet"

    def _fetch(self, file: LakeFile, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = temporary(path)
        self._objects(file.archive).get(file.path, unfinished)
        if sha256_of(unfinished) != file.sha256:
            unfinished.unlink()
            raise unlike(file)
        durable(unfinished, path)

    def _objects(self, to: str) -> S3Objects:
        if to not in self._stores:
            # It takes half a second to load, and most lakes are in no object store.
            from remit.adapters.objects_s3 import S3Objects

            found = _URL.fullmatch(to)
            assert found is not None, "the door reads addresses"
            self._stores[to] = S3Objects(found[1], found[2].strip("/"))
        return self._stores[to]


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unlike(file: LakeFile) -> StoreError:
    return StoreError(
        f"`{file.path}` of the lake is not what was written, so it was not moved",
        help="put the file back from a copy, or move the lake aside: it is made again",
        code="lake-unavailable",
    )

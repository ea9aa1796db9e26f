"""Files that are written for their owner alone, so that whoever looks sees all of one or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is not there yet; if somebody else was first, theirs stands."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)
    sync_directory(path.parent)


def replace_whole(path: Path, data: bytes) -> None:
    """Put a file in the place of one; wherever this stops, one of the two is there, whole."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Bring to the disk which files a directory has."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def name_whole(files: Sequence[tuple[Path, Path]]) -> None:
    """Give finished files of one directory their names, all of them or none.

    Raises FileExistsError, with the name, where one is there already.
    """
    given: list[Path] = []
    try:
        for file, name in files:
            with file.open("rb") as whole:
                os.fsync(whole.fileno())
            os.link(file, name)
            given.append(name)
    except BaseException:
        for name in given:
            name.unlink()
        raise
    sync_directory(files[0][1].parent)

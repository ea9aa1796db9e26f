"""Scratch: a directory below the lake for what does not fit into memory, gone afterwards.

Whoever uses one holds a lock on it, which ends with its process. So what a killed process left behind is
known by that nobody holds it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from remit.adapters.lake_manifest import unusable

_PREFIX = "scratch-"


@contextmanager
def scratch_below(root: Path) -> Iterator[Path]:
    """Make a directory of one's own, and remove those that nobody holds any more."""
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, descriptor = _made(root)
    except OSError as error:
        raise unusable(error) from error
    try:
        for each in root.glob(f"{_PREFIX}*"):
            if each != path:
                _remove_unless_held(each)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(descriptor)


def _made(root: Path) -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if path.exists():
            return path, descriptor
        # Somebody took it for one that was left behind, before it was locked.
        os.close(descriptor)


def _remove_unless_held(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except BlockingIOError:
        return
    finally:
        os.close(descriptor)

"""One SQLite file as everything here opens, makes and changes it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from remit.kernel.errors import StoreError

_BUSY_S = 5
_OURS = "user-defined function raised exception"


class SqliteFile:
    """Two connections, each used by one thread at a time: the second one reads what takes long.

    `what` begins the sentence that the file cannot be used; `prepare` gives connections functions of ours.
    """

    def __init__(
        self, path: Path, *, what: str, prepare: Callable[[sqlite3.Connection], None] | None = None
    ) -> None:
        self._what = what
        self._path, self._prepare = path, prepare
        self._lock, self._long_lock = threading.Lock(), threading.Lock()
        self._long: sqlite3.Connection | None = None
        self._busy_s: float = _BUSY_S
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Made for its owner alone; the files that SQLite puts beside it take its mode. One that is there
            # is not opened: closing it would take the locks of this process's other connections away.
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            self._db = self._connected()
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
        except (sqlite3.Error, OSError) as error:
            raise self._unavailable(error) from error

    def _make(self, schema: str, *, version: int, other: Callable[[int], StoreError]) -> None:
        """Make the tables that the file `schema` declares, unless they are there in this version."""
        with self._transaction() as db:
            [found] = db.execute("pragma user_version").fetchone()
            if found == 0:
                text = resources.files("remit.adapters").joinpath(schema).read_text("utf-8")
                for statement in text.split(";\n"):
                    db.execute(statement)
                db.execute(f"pragma user_version = {version}")
            elif found != version:
                raise other(found)

    def _connected(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=_BUSY_S)
        if self._prepare is not None:
            self._prepare(db)
        return db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._faults():
            yield self._db

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if _OURS in str(error):
                # What a function of ours cannot do is no fault of the file; to try again helps nobody.
                raise
            raise self._unavailable(error) from error

    @contextmanager
    def _transaction(self, *, busy_s: float = _BUSY_S) -> Iterator[sqlite3.Connection]:
        """Change the file, all of it or nothing; who else writes to it is waited for so long."""
        with self._reading() as db:
            if busy_s != self._busy_s:
                db.execute(f"pragma busy_timeout = {busy_s * 1000:.0f}")
                self._busy_s = busy_s
            db.execute("begin immediate")
            try:
                yield db
            except BaseException:
                db.execute("rollback")
                raise
            db.execute("commit")

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """Read several things as they stand at one moment."""
        with self._reading() as db:
            db.execute("begin")
            try:
                yield db
            finally:
                db.execute("commit")

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._reading() as db:
            return db.execute(sql, values).fetchall()

    def _much(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read what takes long, of what was committed; who reads little meanwhile does not wait for it."""
        with self._long_lock, self._faults():
            if self._long is None:
                self._long = self._connected()
                self._long.execute("pragma query_only = on")
            return self._long.execute(sql, values).fetchall()

    def _unavailable(self, error: Exception) -> StoreError:
        return StoreError(
            f"{self._what} cannot be used ({type(error).__name__}: {error})",
            help="check that the data directory is writable and its disk has space",
        )

    def close(self) -> None:
        with self._lock, self._long_lock:
            self._db.close()
            if self._long is not None:
                self._long.close()


def instant(at: datetime) -> str:
    """Write an instant so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")

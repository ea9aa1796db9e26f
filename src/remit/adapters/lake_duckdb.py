"""The lake as Parquet files, written and read by DuckDB.

    lake/manifest.json                       which files are the lake
    lake/day=2026-11-23/gateway-4711.parquet entries of one UTC day, from line 4711 of a journal on
    lake/day=2026-11-22/all-17.parquet       all entries of a day that is over

Files are sorted by use case and compressed with zstd. Any engine that reads Parquet can read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
from msgspec.structs import replace

from remit.adapters.lake_archive import Archives, sha256_of
from remit.adapters.lake_calls import CallReader
from remit.adapters.lake_columns import ORDER, completed_sql, expired_sql, read_sql, table_sql, unlike_sql
from remit.adapters.lake_files import columns_in, quoted, scan
from remit.adapters.lake_list import ENTRY, LINES, list_sql, row_of
from remit.adapters.lake_manifest import (
    LakeFile,
    Manifest,
    Manifests,
    Reached,
    durable,
    temporary,
    unusable,
)
from remit.adapters.lake_query import answer
from remit.adapters.lake_scratch import scratch_below
from remit.decide.finops.call_columns import CallColumns
from remit.ports_lake import Bounds, LakeLine, LakeState, Part, Table, Tail
from remit.record.chain import HASH_CHARS, Position, start
from remit.record.projection import EntryFilter, Row

_MEMORY = 512 << 20
_TRIES = 3
_LINES = 50_000
"""How many lines are in memory at once for who reads them in order."""


def connect(*, threads: int, memory: int, spill: Path | None) -> duckdb.DuckDBPyConnection:
    """Open a database in memory that fetches nothing and takes no values from this program's variables."""
    return duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "memory_limit": f"{memory // 1_000_000}MB",
            "temp_directory": str(spill) if spill else "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
        },
    )


class DuckdbLake:
    """The lake below one directory."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._manifests = Manifests(root)
        self._archives = Archives(root)

    def taken(self) -> Mapping[str, Position]:
        return _taken(self._manifests.read())

    def take(self, part: Part) -> bool:
        with self._manifests.alone() as manifest, self._scratch() as scratch:
            at = _taken(manifest).get(part.journal, start(part.journal))
            if (at.lines, at.offset) != (part.first - 1, part.offset):
                return False
            lines = part.data.count(b"\n")
            with _connected(scratch) as db:
                load(db, part, scratch)
                found = db.execute("select day, count(*) from part group by day order by day").fetchall()
                assert sum(rows for _, rows in found) == lines, "every line is a row"
                files = [
                    self._write(db, "part", day, f"{part.journal}-{part.first}", rows) for day, rows in found
                ]
            last = part.data.rfind(b"\n", 0, -1) + 1
            reached = Reached(
                at.lines + lines,
                part.offset + len(part.data),
                part.data[last : last + HASH_CHARS].decode(),
            )
            self._manifests.write(
                Manifest(
                    manifest.number + 1,
                    {**manifest.reached, part.journal: reached},
                    (*manifest.files, *files),
                )
            )
        return True

    def compact(self, *, before: date, files_max: int = 64) -> int:
        compacted = 0
        with self._manifests.alone() as manifest, self._scratch() as scratch:
            for day, files in _by_day(manifest).items():
                if len(files) > (1 if day < before else files_max):
                    with _connected(scratch) as db:
                        manifest = self._rewrite(db, manifest, day, files)
                    compacted += 1
        return compacted

    def expire(self, days: Mapping[tuple[str, str], int], *, today: date) -> int:
        changed = 0
        with self._manifests.alone() as manifest, self._scratch() as scratch:
            for day, files in _by_day(manifest).items():
                over = tuple(sorted(key for key, kept in days.items() if (today - day).days > kept))
                if over and any(not set(over) <= set(file.expired) for file in files):
                    with _connected(scratch) as db:
                        manifest = self._rewrite(db, manifest, day, files, over=over, days=days)
                    changed += 1
        return changed

    def _rewrite(
        self,
        db: duckdb.DuckDBPyConnection,
        manifest: Manifest,
        day: date,
        files: Sequence[LakeFile],
        *,
        over: Sequence[tuple[str, str]] = (),
        days: Mapping[tuple[str, str], int] | None = None,
    ) -> Manifest:
        """Put one file in the place of a day's files, which stay until the next change for who reads them.

        The time of some kinds may be `over`; a use case with a number of days of its own goes by that alone.
        """
        table = "part"
        db.execute("create view part as " + scan(self._paths(files)))
        if over:
            table = "rest"
            db.execute("create table rule (kind varchar, use_case varchar, over boolean)")
            db.executemany("insert into rule values (?, ?, ?)", [(*key, key in over) for key in days or over])
            db.execute(
                "create view judged as select part.*, coalesce(own.over, every.over, false) as over from part"
                " left join rule own on own.kind = part.kind and own.use_case = part.use_case"
                " left join rule every on every.kind = part.kind and every.use_case = ''"
            )
            db.execute("create view rest as " + expired_sql("judged"))
        number = manifest.number + 1
        merged = self._write(db, table, day, f"all-{number}", sum(file.rows for file in files))
        before = set.intersection(*(set(file.expired) for file in files))
        merged = replace(merged, expired=tuple(sorted({*before, *over})))
        others = (file for file in manifest.files if file.day != day)
        manifest = replace(manifest, number=number, files=(*others, merged))
        self._manifests.write(manifest)
        for file in files:
            if file.archive:
                self._archives.remove(file)
        return manifest

    def _write(self, db: duckdb.DuckDBPyConnection, table: str, day: date, name: str, rows: int) -> LakeFile:
        """Write a day's rows of a table into a file, for good."""
        path = self._root / f"day={day}" / f"{name}.parquet"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        unfinished = temporary(path)
        where = f"select * exclude (day) from {table} where day = date '{day}' order by {ORDER}"  # noqa: S608
        db.execute(f"copy ({where}) to {quoted(unfinished)} (format parquet, compression zstd)")
        digest = sha256_of(unfinished)
        size = unfinished.stat().st_size
        [written] = db.execute(
            f"select num_rows from parquet_file_metadata({quoted(unfinished)})"  # noqa: S608
        ).fetchall()
        assert written == (rows,), "a file holds what it was to hold"
        unfinished.chmod(0o600)
        durable(unfinished, path)
        lines = db.execute(
            f"select journal, min(line), max(line) from read_parquet({quoted(path)}) group by 1 order by 1"  # noqa: S608
        ).fetchall()
        return LakeFile(str(path.relative_to(self._root)), day, rows, size, digest, lines=tuple(lines))

    def read(
        self, *, since: datetime, until: datetime, kinds: Sequence[str] = ()
    ) -> tuple[Mapping[str, Position], Iterator[bytes]]:
        manifest = self._manifests.read()
        return _taken(manifest), self._bodies(manifest, since, until, kinds)

    def _bodies(
        self, manifest: Manifest, since: datetime, until: datetime, kinds: Sequence[str]
    ) -> Iterator[bytes]:
        first, last = (each.astimezone(UTC).replace(tzinfo=None) for each in (since, until))
        files = [file for file in manifest.files if first.date() <= file.day <= last.date()]
        if not files:
            return
        with self._scratch() as scratch, _connected(scratch) as db:
            among = f" and kind in ({', '.join('?' * len(kinds))})" if kinds else ""
            sql = f"select body from ({scan(self._paths(files))})"  # noqa: S608 (names of files are ours)
            sql += f" where body is not null and at_utc >= ? and at_utc < ?{among}"
            found = db.execute(sql, [first, last, *kinds])
            while rows := found.fetchmany(1_000):
                for (body,) in rows:
                    yield body.encode()

    def archive(self, *, before: date, to: str) -> int:
        with self._manifests.alone() as manifest:
            moved = {
                file: self._archived(file, to)
                for file in manifest.files
                if file.day < before and not file.archive
            }
            if moved:
                files = tuple(moved.get(file, file) for file in manifest.files)
                self._manifests.write(replace(manifest, number=manifest.number + 1, files=files))
        return len(moved)

    def _archived(self, file: LakeFile, to: str) -> LakeFile:
        self._archives.put(file, self._root / file.path, to=to)
        return replace(file, archive=to)

    def leaves(self, journal: str, *, first: int, last: int) -> Iterator[bytes]:
        files = self._files_of(journal, first, last)
        if not files:
            return
        with self._scratch() as scratch, _connected(scratch) as db:
            sql = f"select leaf from ({scan(self._paths(files))}) where journal = ?"  # noqa: S608 (as above)
            found = db.execute(f"{sql} and line between ? and ? order by line", [journal, first, last])
            while rows := found.fetchmany(1_000):
                for (leaf,) in rows:
                    yield leaf

    def lines(self, journal: str, *, first: int, last: int) -> Iterator[LakeLine]:
        for begin in range(first, last + 1, _LINES):
            paths = [path for path in self._paths(self._files_of(journal, begin, last)) if path.exists()]
            for row in self._rows(LINES, paths, [journal, begin, min(last, begin + _LINES - 1)]):
                yield _line(*row)

    def entry(self, id: str) -> tuple[str, LakeLine] | None:
        paths = self._paths(self._manifests.read().files)
        for journal, *row in self._rows(ENTRY, paths, [id]):
            return journal, _line(*row)
        return None

    def entries(self, wanted: EntryFilter, *, up_to: Mapping[str, int], limit: int) -> list[Row]:
        sql, values = list_sql(wanted, up_to)
        found = self._rows(sql, self._paths(self._manifests.read().files), [*values, limit])
        return [row_of(row) for row in found]

    def _files_of(self, journal: str, first: int, last: int) -> list[LakeFile]:
        """Give the files that lines of a journal may lie in; an older file does not say which it has."""
        return [
            file
            for file in self._manifests.read().files
            if not file.lines
            or any(name == journal and begin <= last and first <= end for name, begin, end in file.lines)
        ]

    def _rows(self, sql: str, paths: Sequence[Path], values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Ask a question of ours of some files, of which `{files}` takes the place."""
        if not paths:
            return []
        with self._scratch() as scratch, _connected(scratch) as db:
            return db.execute(sql.format(files=scan(paths)), values).fetchall()

    def state(self) -> LakeState:
        spoilt: list[str] = []
        unreachable: list[LakeFile] = []
        unlike: list[tuple[str, int]] = []
        files = self._manifests.read().files
        for file, path in zip(files, self._paths(files), strict=True):
            if not path.exists():
                unreachable += [file] if file.archive else []
                spoilt += [] if file.archive else [file.path]
            elif sha256_of(path) != file.sha256:
                spoilt.append(file.path)
            else:
                unlike += self._unlike(path)
        places = tuple(sorted(place for file in unreachable for place in file.lines))
        return LakeState(tuple(spoilt), tuple(file.path for file in unreachable), places, tuple(unlike))

    def _unlike(self, path: Path) -> list[tuple[str, int]]:
        """Find lines of a file in which a column does not say what the entry says."""
        with self._scratch() as scratch, _connected(scratch) as db:
            return db.execute(unlike_sql(scan([path]), columns_in(db, path))).fetchall()

    def query(self, sql: str, *, tail: Tail, bounds: Bounds) -> Table:
        for last in (*(False,) * (_TRIES - 1), True):
            manifest = self._manifests.read()
            paths = self._paths(manifest.files)
            with self._scratch() as scratch, _connected(scratch, threads=2, memory=bounds.memory) as db:
                db.execute(table_sql("part"))
                # INVARIANT: the tail begins where the files of this manifest end, so that nothing is
                # missing and nothing comes twice.
                for part in tail(_taken(manifest)):
                    load(db, part, scratch, table="part")
                files = [scan(paths)] if paths else []
                entries = " union all by name ".join(["select * from part", *files])
                try:
                    return answer(db, entries, paths, sql, bounds)
                except duckdb.IOException as error:
                    # A writer may have put one file in the place of some since the manifest was read.
                    if last or all(path.exists() for path in paths):
                        raise unusable(error) from error
        raise AssertionError("the last try returns or raises")

    def calls(
        self, *, since: datetime, until: datetime, use_case: str = "", currency: str = "", tail: Tail
    ) -> CallColumns:
        first, last = (each.astimezone(UTC).replace(tzinfo=None) for each in (since, until))
        for tried in range(_TRIES):
            reader, manifest = (
                CallReader(first, last, use_case=use_case, currency=currency),
                self._manifests.read(),
            )
            files = [file for file in manifest.files if first.date() <= file.day <= last.date()]
            paths = self._paths(files)
            with self._scratch() as scratch, _connected(scratch, threads=2) as db:
                try:
                    for path in paths:
                        reader.read(db, completed_sql(scan([path]), columns_in(db, path)))
                except duckdb.IOException as error:
                    if tried == _TRIES - 1 or all(path.exists() for path in paths):
                        raise unusable(error) from error
                    continue
                for part in tail(_taken(manifest)):
                    load(db, part, scratch)
                    reader.read(db, "select * from part")
                    db.execute("drop table part")
            return reader.columns()
        raise AssertionError("the last try returns or raises")

    def _paths(self, files: Iterable[LakeFile]) -> list[Path]:
        found = [
            self._archives.path(file) if file.archive else (self._root / file.path).absolute()
            for file in files
        ]
        self._archives.make_room(found)
        return found

    def _scratch(self) -> AbstractContextManager[Path]:
        return scratch_below(self._root)


def _line(number: int, kind: str, leaf: bytes, body: str | None) -> LakeLine:
    return LakeLine(number, kind, leaf, None if body is None else body.encode())


def _by_day(manifest: Manifest) -> dict[date, list[LakeFile]]:
    days: dict[date, list[LakeFile]] = {}
    for file in manifest.files:
        days.setdefault(file.day, []).append(file)
    return days


def _taken(manifest: Manifest) -> dict[str, Position]:
    return {
        name: Position(each.lines, each.offset, bytes.fromhex(each.hash))
        for name, each in manifest.reached.items()
    }


@contextmanager
def _connected(
    scratch: Path, *, threads: int = 1, memory: int = _MEMORY
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database for one piece of work; what keeps it from doing it is a fault of the lake."""
    try:
        with closing(connect(threads=threads, memory=memory, spill=scratch / "spill")) as db:
            yield db
    except duckdb.Error as error:
        raise unusable(error) from error


def load(db: duckdb.DuckDBPyConnection, part: Part, scratch: Path, *, table: str = "") -> None:
    """Read a part's lines into a table, which is made unless it is named."""
    if not table:
        table = "part"
        db.execute(table_sql(table))
    lines = scratch / "lines"
    lines.write_bytes(part.data)
    db.execute(read_sql(table), [part.journal, part.first - 1, str(lines)])
    lines.unlink()

"""Find sprawl: read providers' own logs, within bounds, for calls that belong to no declared use case."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO

import msgspec

from remit.decide.sprawl import Sieve
from remit.kernel.errors import RemitError
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.record.metered import Fields, Unreadable, fields_of, metered
from remit.record.usage_format import UsageFormat
from remit.report.sprawl import RowFault, SprawlReport

BYTES_MAX = 4 * 1024**3
LINE_MAX = 8 * 1024**2
PAGES_MAX = 64 * 1024**2
FAULTS_KEPT = 1_000
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Export:
    """A file that a provider wrote; `open` starts it anew."""

    name: str
    open: Callable[[], IO[bytes]]


def find_sprawl(system: System, exports: Iterable[Export], *, format: UsageFormat) -> SprawlReport:
    """Read every export row by row; a row that cannot be read is counted and said, and stops nothing."""
    _, model = model_in_force(system)
    sieve = Sieve(model, [key.id for key in system.store.keys().values()], format)
    rows = 0
    names: list[str] = []
    reasons: Counter[str] = Counter()
    faults: list[RowFault] = []
    for export in exports:
        names.append(export.name)
        with export.open() as file, _unpacked(file) as source:
            for number, row in _rows(source, export.name, format):
                rows += 1
                try:
                    if isinstance(row, Unreadable):
                        raise row
                    found = metered(row, format)
                    if found is None:
                        raise Unreadable("another-kind")
                    sieve.add(found)
                except Unreadable as fault:
                    reasons[str(fault)] += 1
                    if len(faults) < FAULTS_KEPT:
                        faults.append(RowFault(export.name, number, str(fault)))
    return SprawlReport(
        format.name, tuple(names), rows, sieve.result(), dict(sorted(reasons.items())), tuple(faults)
    )


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    """Undo gzip where the first bytes say so, whatever the file is called."""
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[return-value]  # it reads bytes


Row = Fields | Unreadable


def _rows(source: IO[bytes], name: str, format: UsageFormat) -> Iterator[tuple[int, Row]]:
    if format.layout == "lines":
        yield from _objects(_lines(source, name))
        return
    first = next(_chunks(source, name), b"")
    source.seek(0)
    if first.lstrip()[:1] in (b"{", b"["):
        yield from enumerate(_results(_whole(source, name), name), 1)
    else:
        yield from _table(source, name)


def _chunks(source: IO[bytes], name: str) -> Iterator[bytes]:
    """Read a file piece by piece, never more than is allowed."""
    total = 0
    try:
        while chunk := source.read(_CHUNK):
            total += len(chunk)
            if total > BYTES_MAX:
                raise _too_large(name, BYTES_MAX)
            yield chunk
    except (OSError, EOFError, zlib.error) as error:
        raise RemitError(
            f"`{name[:80]}` is not a whole file, or not a whole gzip file",
            help="copy it again",
            code="not-an-export",
        ) from error


def _too_large(name: str, bytes_max: int) -> RemitError:
    return RemitError(
        f"`{name[:80]}` holds more than {bytes_max // 1024**2:,} MiB",
        help="split it by day, and name all parts: they are summed together",
        code="source-too-large",
    )


def _lines(source: IO[bytes], name: str) -> Iterator[bytes | None]:
    """Split into lines; None stands for one that is too long, which is passed over and not kept."""
    rest = bytearray()
    skipping = False
    for chunk in _chunks(source, name):
        *whole, last = chunk.split(b"\n")
        for line in whole:
            yield None if skipping or len(rest) + len(line) > LINE_MAX else bytes(rest + line)
            rest.clear()
            skipping = False
        skipping = skipping or len(rest) + len(last) > LINE_MAX
        rest = bytearray() if skipping else rest + last
    if rest or skipping:
        yield None if skipping else bytes(rest)


def _objects(lines: Iterable[bytes | None]) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(lines, 1):
        if line is None:
            yield number, Unreadable("line-too-long")
        elif line.strip():
            try:
                yield number, fields_of(line)
            except Unreadable as fault:
                yield number, fault


def _whole(source: IO[bytes], name: str) -> bytes:
    body = bytearray()
    for chunk in _chunks(source, name):
        body += chunk
        if len(body) > PAGES_MAX:
            raise _too_large(name, PAGES_MAX)
    return bytes(body)


class _Bucket(msgspec.Struct, frozen=True):
    start_time: msgspec.Raw
    results: list[msgspec.Raw] = []


class _Page(msgspec.Struct, frozen=True):
    data: list[_Bucket]


def _results(body: bytes, name: str) -> Iterator[Row]:
    """Read the results in the buckets of one page, or of a list of pages."""
    try:
        pages = msgspec.json.decode(body, type=_Page | list[_Page])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RemitError(
            f"`{name[:80]}` is not a page of usage",
            help="give the answers of the usage API as they are, one page or a list of pages, or a CSV",
            code="not-an-export",
        ) from error
    for page in [pages] if isinstance(pages, _Page) else pages:
        for bucket in page.data:
            for result in bucket.results:
                try:
                    yield {**fields_of(bytes(result)), "start_time": bucket.start_time}
                except Unreadable as fault:
                    yield fault


def _table(source: IO[bytes], name: str) -> Iterator[tuple[int, Row]]:
    """Read CSV with its columns named in the first row."""
    text = (
        "" if line is None else line.decode("utf-8-sig", "replace") + "\n" for line in _lines(source, name)
    )
    reader = csv.reader(text, strict=True)
    heading: list[str] | None = None
    number = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield reader.line_num, Unreadable("not-csv")
            continue
        number = reader.line_num
        if heading is None:
            heading = cells
        elif cells and len(cells) != len(heading):
            yield number, Unreadable("other-columns")
        elif cells:
            yield number, dict(zip(heading, (cell or None for cell in cells), strict=True))

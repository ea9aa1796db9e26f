"""Read an export row by row, within bounds: JSON on lines, in a list or in pages of buckets, or CSV."""

from __future__ import annotations

import csv
import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Literal

import msgspec

from remit.kernel.errors import RemitError
from remit.record.export_row import Fields, Unreadable, fields_of

BYTES_MAX = 4 * 1024**3
LINE_MAX = 8 * 1024**2
PAGES_MAX = 64 * 1024**2
_CHUNK = 1 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Layout = Literal["lines", "rows", "buckets"]
Row = Fields | Unreadable


@dataclass(frozen=True, slots=True)
class Export:
    """A file that somebody else wrote; `open` starts it anew."""

    name: str
    open: Callable[[], IO[bytes]]


def rows_of(export: Export, *, layout: Layout) -> Iterator[tuple[int, Row]]:
    """Read an export row by row; one that cannot be read stands there as the reason for it."""
    with export.open() as file, _unpacked(file) as source:
        yield from _rows(source, export.name, layout)


def digest_of(export: Export) -> str:
    """Name an export by what it says, packed or not."""
    found = hashlib.sha256()
    with export.open() as file, _unpacked(file) as source:
        for chunk in _chunks(source, export.name):
            found.update(chunk)
    return found.hexdigest()


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    """Undo gzip where the first bytes say so, whatever the file is called."""
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[return-value]  # it reads bytes


def _rows(source: IO[bytes], name: str, layout: Layout) -> Iterator[tuple[int, Row]]:
    if layout == "lines":
        yield from _objects(_lines(source, name))
        return
    first = next(_chunks(source, name), b"").lstrip()[:1]
    source.seek(0)
    if first == b"[" or (first == b"{" and layout == "buckets"):
        read = _results if layout == "buckets" else _listed
        yield from enumerate(read(_whole(source, name), name), 1)
    elif first == b"{":
        yield from _objects(_lines(source, name))
    else:
        yield from _table(source, name)


def _listed(body: bytes, name: str) -> Iterator[Row]:
    """Read the objects of one JSON list."""
    try:
        found = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RemitError(
            f"`{name[:80]}` is not a list of rows",
            help="give one JSON object on each line, a JSON list of objects, or a CSV",
            code="not-an-export",
        ) from error
    for each in found:
        try:
            yield fields_of(bytes(each))
        except Unreadable as fault:
            yield fault


def _chunks(source: IO[bytes], name: str) -> Iterator[bytes]:
    """Read a file piece by piece, never more than is allowed."""
    total = 0
    try:
        while chunk := source.read(_CHUNK):
            if not total:
                chunk = chunk.removeprefix(_BYTE_ORDER_MARK)
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
    text = ("" if line is None else line.decode("utf-8", "replace") + "\n" for line in _lines(source, name))
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

"""Check FOCUS: read anybody's Cost and Usage file, within bounds, and say which rules its rows break."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from typing import IO, cast

from remit.kernel.diagnostic import quoted
from remit.kernel.errors import RemitError
from remit.operations.focus_rulebook import focus_rulebook
from remit.report.focus_conformance import Conformance, FocusChecker, Version

LINE_MAX = 4 * 1024**2
COLUMNS_MAX = 500


def check_focus(
    source: IO[bytes],
    name: str,
    *,
    version: Version | None = None,
    draft: bool = False,
    applies: frozenset[str] = frozenset(),
) -> Conformance:
    """Check a CSV file, packed with gzip or not, row by row; without a version, its columns tell it."""
    packed = source.read(2) == b"\x1f\x8b"
    source.seek(0)
    unpacked = cast("IO[bytes]", gzip.GzipFile(fileobj=source)) if packed else source
    with unpacked as file:
        reader = csv.reader(_lines(file, name), strict=True)
        header = _header(reader, name)
        checker = FocusChecker(
            focus_rulebook(), header, version=version or _version(header), draft=draft, applies=applies
        )
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return checker.result()
            except csv.Error as error:
                checker.add_unreadable(f"The row is not CSV: {error}.")
                continue
            if len(cells) == len(header):
                checker.add([cell or None for cell in cells])
            elif cells:
                checker.add_unreadable("The row has not as many cells as the header.")


def _version(header: list[str]) -> Version:
    return "1.4" if {"ServiceProviderName", "HostProviderName"} & set(header) else "1.2"


def _header(reader: Iterator[list[str]], name: str) -> list[str]:
    try:
        header = next(reader, [])
    except csv.Error:
        header = []
    book = focus_rulebook()
    known = {column.id for column in book.columns.columns} | book.removed
    if not known & set(header) or len(header) > COLUMNS_MAX:
        raise _not_focus(name, "its first row names no column of FOCUS")
    repeated = next((column for column in header if header.count(column) > 1), None)
    if repeated is not None:
        raise _not_focus(name, f"it has two columns {quoted(repeated, at_most=40)}")
    return header


def _not_focus(name: str, why: str) -> RemitError:
    return RemitError(
        f"`{name[:80]}` cannot be read as a FOCUS file: {why}",
        help="give a CSV file of Cost and Usage whose first row names the columns, packed with gzip or not",
        code="not-focus",
    )


def _lines(file: IO[bytes], name: str) -> Iterator[str]:
    """Read line by line, and never more of one than is allowed."""
    encoding = "utf-8-sig"
    while True:
        try:
            line = file.readline(LINE_MAX + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise _not_focus(name, "it is not a whole file, or not a whole gzip file") from error
        if not line:
            return
        if len(line) > LINE_MAX:
            raise _not_focus(name, f"a line is longer than {LINE_MAX // 1024**2} MiB")
        try:
            yield line.decode(encoding)
        except UnicodeDecodeError as error:
            raise _not_focus(name, "it is not UTF-8") from error
        encoding = "utf-8"

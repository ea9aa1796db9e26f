"""Read a data set: rows of JSON, packed or not, within bounds; what is no row is named by its line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import closing
from typing import IO

from remit.enforce.guardrail.dataset import BadRow, Row, read_row
from remit.kernel.errors import RemitError

BYTES_MAX = 512 * 1024**2
LINE_MAX = 8 * 1024**2
ROWS_MAX = 500_000
BAD_KEPT = 20


def read_dataset(file: IO[bytes], name: str) -> tuple[list[Row], list[BadRow], int]:
    """Return the rows, the first of the lines that are none, and how many of those there are.

    Raises RemitError for a file that is too large or broken.
    """
    rows: list[Row] = []
    bad: list[BadRow] = []
    faults = 0
    for number, line in enumerate(_lines(file, name), 1):
        if not line.strip():
            continue
        found = read_row(number, line)
        if isinstance(found, Row):
            rows.append(found)
        else:
            faults += 1
            bad += [found] if faults <= BAD_KEPT else []
        if len(rows) > ROWS_MAX:
            raise _too_large(name, f"more than {ROWS_MAX:,} rows")
    return rows, bad, faults


def _lines(file: IO[bytes], name: str) -> Iterator[bytes]:
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    left = BYTES_MAX
    with closing(gzip.GzipFile(fileobj=file)) if packed else closing(file) as source:
        while True:
            try:
                line = source.readline(LINE_MAX + 1)
            except (OSError, EOFError, zlib.error) as error:
                raise RemitError(
                    f"`{name}` cannot be unpacked ({type(error).__name__})",
                    help="see that the file is whole",
                    code="file-unusable",
                ) from error
            left -= len(line)
            if len(line) > LINE_MAX:
                raise _too_large(name, f"a line of more than {LINE_MAX:,} bytes")
            if left < 0:
                raise _too_large(name, f"more than {BYTES_MAX:,} bytes")
            if not line:
                return
            yield line


def _too_large(name: str, what: str) -> RemitError:
    return RemitError(f"`{name}` has {what}", help="measure on a part of it", code="file-too-large")

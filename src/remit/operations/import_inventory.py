"""Import an inventory: a spreadsheet of use cases becomes the files of an operating model and a report."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remit.declare.inventory import Counts, Sheet, Unmapped, column_names, map_inventory, missing_columns
from remit.declare.inventory_profile import Profile, read_profile
from remit.kernel.diagnostic import Diagnostic
from remit.kernel.errors import RemitError
from remit.kernel.suggest import did_you_mean

BYTES_MAX = 64 * 1024 * 1024
ROWS_MAX = 200_000
COLUMNS_MAX = 500
REPORT = "import-report.csv"

_SOURCE_NAME = re.compile(r"\w[\w .()+,-]{0,199}\.(?:csv|tsv|txt)(?:\.gz)?", re.IGNORECASE)
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_CODECS = {"utf-8": "utf-8-sig"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class ImportedInventory:
    """What to write into a directory, and in figures what an import did.

    `files` are the declared texts. Beside them go the report, as `import-report.csv`, and the source, byte
    for byte under its own name: every use case points to its row there.
    """

    files: Mapping[str, str]
    report: str
    source_file: str
    counts: Counts
    reasons: Mapping[str, int]


def import_inventory(
    source: bytes, *, source_name: str, profile_text: str, profile_name: str
) -> ImportedInventory | tuple[Diagnostic, ...]:
    """Read a spreadsheet as a profile says; a profile that cannot be used gives diagnostics."""
    profile, diagnostics = read_profile(profile_text, profile_name)
    if profile is None:
        return diagnostics
    source_file = re.split(r"[/\\]", source_name)[-1]
    if not _SOURCE_NAME.fullmatch(source_file):
        raise RemitError(
            f"`{source_file[:80]}` is not the name of a CSV file",
            help="save the sheet as CSV; its name ends in `.csv` or `.csv.gz`",
            code="not-a-csv",
        )
    sheet = _sheet(_decoded(_unpacked(source, source_file), profile), profile)
    _require_columns(sheet, profile)
    imported = map_inventory(sheet, profile, source_file=source_file)
    return ImportedInventory(
        imported.files,
        written_report(imported.unmapped),
        source_file,
        imported.counts,
        dict(sorted(Counter(entry.reason for entry in imported.unmapped).items())),
    )


def _unpacked(source: bytes, source_file: str) -> bytes:
    """Undo gzip where the name says so, never reading more than is allowed."""
    body = source
    if source_file.lower().endswith(".gz"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(source)) as packed:
                body = packed.read(BYTES_MAX + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise RemitError(
                f"`{source_file}` is not a whole gzip file",
                help="copy it again, or give the CSV file itself",
                code="not-a-csv",
            ) from error
    if len(body) > BYTES_MAX:
        raise RemitError(
            f"`{source_file}` holds more than {BYTES_MAX // 1024**2} MiB",
            help="split it, and import each part into its own directory",
            code="source-too-large",
        )
    return body


def _decoded(body: bytes, profile: Profile) -> str:
    try:
        text = body.decode(_CODECS.get(profile.encoding, profile.encoding))
    except UnicodeDecodeError as error:
        raise RemitError(
            f"byte {error.start + 1:,} of the source is not {profile.encoding}",
            help="set `encoding:` in the profile; spreadsheets saved on Windows are often `cp1252`",
            code="wrong-encoding",
        ) from error
    if "\x00" in text:
        raise RemitError(
            "the source is not text",
            help="save the sheet as CSV, or set `encoding:` in the profile",
            code="not-a-csv",
        )
    return text


def _sheet(text: str, profile: Profile) -> Sheet:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_DELIMITERS[profile.delimiter], strict=True)
    rows: list[tuple[str, ...]] = []
    try:
        for cells in reader:
            if len(rows) > ROWS_MAX or len(cells) > COLUMNS_MAX:
                raise RemitError(
                    f"line {reader.line_num:,} is beyond {ROWS_MAX:,} rows or {COLUMNS_MAX:,} columns",
                    help="split the sheet, or set `delimiter:` in the profile",
                    code="source-too-large",
                )
            rows.append(tuple(cells))
    except csv.Error as error:
        raise RemitError(
            f"line {reader.line_num:,} of the source is not CSV: {error}",
            help="save the sheet as CSV again; a cell that holds quotes must double them",
            code="not-a-csv",
        ) from error
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise RemitError(
            "the first row of the source names no column",
            help="put the names of the columns into the first row",
            code="not-a-csv",
        )
    return Sheet(column_names(rows[0]), tuple(rows[1:]))


def _require_columns(sheet: Sheet, profile: Profile) -> None:
    missing = list(missing_columns(sheet, profile))
    if missing:
        known = ", ".join(f"`{column[:40]}`" for column in sheet.columns[:8])
        others = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise RemitError(
            f"the source has no column `{missing[0][:80]}`{others}",
            help=did_you_mean(missing[0], sheet.columns, otherwise=f"the first columns are {known}"),
            code="missing-column",
        )


def written_report(unmapped: Sequence[Unmapped]) -> str:
    """Write what was not mapped as CSV; a spreadsheet shows every cell of it and computes none."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("row", "column", "value", "reason"))
    for entry in unmapped:
        writer.writerow((entry.row, _inert(entry.column), _inert(entry.value), entry.reason))
    return out.getvalue()


def _inert(cell: str) -> str:
    """Keep a spreadsheet from taking a cell for a formula."""
    return f"'{cell}" if cell.lstrip(" \n\xa0").startswith(_FORMULA) else cell

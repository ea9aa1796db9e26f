"""The bytes of a spreadsheet become files to write, or an error that says what would help."""

from __future__ import annotations

import csv
import gzip
import io
from importlib import resources
from pathlib import Path

import pytest

from remit.declare.inventory import Unmapped
from remit.declare.load import load
from remit.kernel.errors import RemitError
from remit.operations.import_inventory import (
    BYTES_MAX,
    ImportedInventory,
    import_inventory,
    written_report,
)

SOURCE = Path(__file__).parents[2] / "examples/us-federal-2024/us_federal_2024.csv.gz"
PROFILE = """
profile:
  name: list
  organisation: {name: Small, contact: office@small.example.com, currency: EUR}
  unit: {id: Unit}
  fields: {name: Name, purpose: Purpose}
"""
SHEET = b"Name,Unit,Purpose\r\nTriage,Claims,Sort letters\r\n"


def imported(source: bytes, name: str = "list.csv", profile: str = PROFILE) -> ImportedInventory:
    result = import_inventory(source, source_name=name, profile_text=profile, profile_name="p.yaml")
    assert isinstance(result, ImportedInventory), result
    return result


def refusal(source: bytes, name: str = "list.csv", profile: str = PROFILE) -> RemitError:
    with pytest.raises(RemitError) as caught:
        imported(source, name, profile)
    return caught.value


def test_the_example_imports_with_its_report_and_summary() -> None:
    profile = resources.files("remit.declare").joinpath("profiles/omb-2024.yaml").read_text("utf-8")
    result = imported(SOURCE.read_bytes(), str(SOURCE), profile)
    assert (result.counts.use_cases, result.counts.units) == (2_133, 41)
    assert result.source_file == "us_federal_2024.csv.gz"
    assert result.files["units.yaml"].startswith(
        "# Made by `remit import inventory` from us_federal_2024.csv.gz"
    )
    header, *rows = csv.reader(io.StringIO(result.report, newline=""))
    assert header == ["row", "column", "value", "reason"]
    assert len(rows) == sum(result.reasons.values()) == 391


@pytest.mark.parametrize(
    "source",
    [SHEET, b"\xef\xbb\xbf" + SHEET, SHEET.replace(b"\r\n", b"\n"), SHEET + b'"a\nb",Claims,x\n'],
)
def test_csv_is_read_as_spreadsheets_write_it(source: bytes) -> None:
    plain, packed = imported(source), imported(gzip.compress(source), "list.csv.gz")
    assert plain.counts == packed.counts
    loaded = load(plain.files)
    assert loaded.operating_model is not None
    assert "claims-triage" in loaded.operating_model.use_cases


def test_a_wrong_profile_gives_diagnostics() -> None:
    result = import_inventory(SHEET, source_name="a.csv", profile_text="profile: {}", profile_name="p.yaml")
    assert isinstance(result, tuple)
    assert {diagnostic.code for diagnostic in result} == {"missing-field"}


def test_a_wrong_encoding_says_where_and_how_to_set_it() -> None:
    error = refusal(SHEET.replace(b"Sort letters", b"Sort \x92em"))
    assert (error.code, error.summary) == ("wrong-encoding", "byte 39 of the source is not utf-8")
    assert "cp1252" in error.help


def test_a_missing_column_says_which_was_probably_meant() -> None:
    error = refusal(SHEET.replace(b"Purpose", b"Purposes"))
    assert (error.code, error.summary) == ("missing-column", "the source has no column `Purpose`")
    assert error.help == "did you mean `Purposes`?"
    assert refusal(b"A,B\n1,2\n").summary == "the source has no column `Unit`, and 2 more"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (b"", "list.csv"),
        (b",,\n1,2,3\n", "list.csv"),
        (b'Name,Unit,Purpose\n"never closed', "list.csv"),
        (b"Name,Unit\x00", "list.csv"),
        (SHEET, "list.xlsx"),
        (SHEET, "../.csv"),
        (SHEET, "list.csv.gz"),
        (gzip.compress(SHEET, mtime=0)[:-12], "list.csv.gz"),
    ],
)
def test_what_is_not_csv_is_refused(source: bytes, name: str) -> None:
    error = refusal(source, name)
    assert error.code == "not-a-csv"
    assert error.help


def test_a_source_has_bounds_packed_or_not() -> None:
    assert refusal(b",".join([b"x"] * 501)).code == "source-too-large"
    assert refusal(gzip.compress(bytes(BYTES_MAX + 1)), "bomb.csv.gz").code == "source-too-large"
    assert refusal(b"Name,Unit,Purpose\n" + b"a\n" * 200_001).code == "source-too-large"


def test_the_report_holds_no_formula() -> None:
    report = written_report([Unmapped(2, "=A1", value, "too-long") for value in ("=1+1", " @x", "-3", "a=b")])
    assert [row[1:3] for row in csv.reader(io.StringIO(report))][1:] == [
        ["'=A1", "'=1+1"],
        ["'=A1", "' @x"],
        ["'=A1", "'-3"],
        ["'=A1", "a=b"],
    ]

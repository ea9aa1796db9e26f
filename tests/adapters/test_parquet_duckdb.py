"""A CSV file becomes a Parquet file that somebody else's reader reads: types kept, no amount rounded."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from remit.adapters.parquet_duckdb import DuckdbParquet
from remit.kernel.errors import RemitError
from remit.ports_record import ColumnType

COLUMNS: dict[str, ColumnType] = {"name": "text", "cost": "decimal", "at": "instant"}


def packed(folder: Path, *lines: str) -> list[dict[str, Any]]:
    source, target = folder / "it's.csv", folder / "out.parquet"
    source.write_text("name,cost,at\n" + "".join(f"{line}\n" for line in lines), "utf-8")
    DuckdbParquet().write(source, target, COLUMNS)
    rows: list[dict[str, Any]] = pq.read_table(target).to_pylist()
    return rows


def test_types_nulls_quotes_and_lines_in_cells_are_kept(tmp_path: Path) -> None:
    rows = packed(
        tmp_path,
        "plain,1.50,2026-11-03T09:00:00Z",
        '"a ""b"", c\nd",-0.000000000000000001,',
        ",,",
        "NULL,99999999999999999999,2026-12-31T23:59:59Z",
    )
    assert [row["name"] for row in rows] == ["plain", 'a "b", c\nd', None, "NULL"]
    assert [row["cost"] for row in rows] == [
        *(Decimal("1.5"), Decimal("-1E-18"), None),
        Decimal("99999999999999999999"),
    ]
    assert rows[0]["at"] == datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert rows[1]["at"] is None


def test_a_file_without_rows_has_its_columns(tmp_path: Path) -> None:
    assert packed(tmp_path) == []
    assert pq.read_schema(tmp_path / "out.parquet").names == list(COLUMNS)


@pytest.mark.parametrize("amount", ["0.0000000000000000001", "100000000000000000000", "x"])
def test_an_amount_that_would_be_rounded_is_refused(tmp_path: Path, amount: str) -> None:
    with pytest.raises(RemitError) as caught:
        packed(tmp_path, f"a,{amount},")
    assert caught.value.code == "amount-too-fine"
    assert not (tmp_path / "out.parquet").exists()


def test_a_target_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("name,cost,at\n")
    with pytest.raises(RemitError) as caught:
        DuckdbParquet().write(source, tmp_path / "gone" / "out.parquet", COLUMNS)
    assert caught.value.code == "file-unusable"

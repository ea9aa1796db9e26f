"""Data sets are read packed or not, within bounds, and what is no row is named by its line."""

from __future__ import annotations

import gzip
import io

import pytest

from remit.enforce.guardrail.dataset import BadRow
from remit.kernel.errors import RemitError
from remit.operations import read_dataset as module
from remit.operations.read_dataset import read_dataset

ROW = b'{"text": "hello", "label": 0}\n'


def test_rows_keep_the_numbers_of_their_lines() -> None:
    rows, bad, faults = read_dataset(io.BytesIO(ROW + b"\n" + ROW + b"nonsense\n" + ROW), "d.jsonl")
    assert [row.number for row in rows] == [1, 3, 5]
    assert (bad, faults) == ([BadRow(4, "it is not JSON")], 1)


def test_a_packed_file_reads_the_same() -> None:
    plain = ROW * 3
    assert read_dataset(io.BytesIO(gzip.compress(plain)), "d") == read_dataset(io.BytesIO(plain), "d")


def test_of_many_faults_the_first_are_named_and_all_are_counted() -> None:
    _, bad, faults = read_dataset(io.BytesIO(b"nonsense\n" * 50), "d.jsonl")
    assert ([each.number for each in bad], faults) == (list(range(1, 21)), 50)


def test_a_file_that_is_not_whole_is_not_taken_for_a_shorter_one() -> None:
    with pytest.raises(RemitError) as fault:
        read_dataset(io.BytesIO(gzip.compress(ROW * 100)[:-9]), "d.jsonl.gz")
    assert fault.value.code == "file-unusable"


@pytest.mark.parametrize(
    ("bound", "value", "what"),
    [("ROWS_MAX", 2, "rows"), ("LINE_MAX", 10, "a line"), ("BYTES_MAX", 40, "bytes")],
)
def test_what_is_too_large_is_refused(
    monkeypatch: pytest.MonkeyPatch, bound: str, value: int, what: str
) -> None:
    monkeypatch.setattr(module, bound, value)
    with pytest.raises(RemitError) as fault:
        read_dataset(io.BytesIO(gzip.compress(ROW * 3)), "d.jsonl.gz")
    assert fault.value.code == "file-too-large"
    assert what in fault.value.summary

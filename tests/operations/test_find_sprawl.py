"""Exports are read within bounds, row by row; a bad row is said and stops nothing."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from remit.cli.named_format import format_named
from remit.kernel.errors import RemitError
from remit.operations import read_export as reading
from remit.operations.find_sprawl import find_sprawl
from remit.operations.read_export import Export
from remit.record.usage_format import read_format
from remit.report.sprawl import SprawlReport

EXAMPLES = Path(__file__).parents[2] / "examples/sprawl"
ROW = {"schemaType": "ModelInvocationLog", "timestamp": "2026-11-16T09:00:00Z", "modelId": "m"}
BEDROCK, OPENAI = "bedrock-invocation-log", "openai-usage"


@pytest.fixture(scope="module")
def applied(shared_house: Any) -> Any:
    shared_house.apply()
    return shared_house


def read(house: Any, body: bytes, format: str) -> SprawlReport:
    with house.system() as system:
        return find_sprawl(
            system,
            [Export("file", lambda: io.BytesIO(body))],
            format=format_named(format, folder="usage_formats", read=read_format),
        )


def lines(*rows: Any) -> bytes:
    return b"\n".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in rows)


def test_bad_rows_are_counted_by_reason_with_their_place(applied: Any) -> None:
    body = lines(ROW, b"{", b"", [], {**ROW, "schemaType": "Other"}, {**ROW, "modelId": None}, ROW)
    found = read(applied, body, BEDROCK)
    assert (found.rows, found.sprawl.calls_outside) == (6, 2)
    assert found.unreadable == {"another-kind": 1, "no-model": 1, "not-json": 2}
    assert [(fault.row, fault.reason) for fault in found.faults][:2] == [(2, "not-json"), (4, "not-json")]


def test_a_line_that_is_too_long_is_passed_over_and_not_kept(applied: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(reading, "LINE_MAX", 200)
    monkeypatch.setattr(reading, "_CHUNK", 64)
    found = read(applied, lines(ROW, {**ROW, "input": "x" * 1000}, ROW, b"y" * 300), BEDROCK)
    assert (found.sprawl.calls_outside, found.unreadable) == (2, {"line-too-long": 2})
    assert [fault.row for fault in found.faults] == [2, 4]


def test_gzip_is_undone_and_its_size_is_bounded(applied: Any, monkeypatch: Any) -> None:
    body = gzip.compress(lines(*[ROW] * 50))
    assert read(applied, body, BEDROCK).sprawl.calls_outside == 50
    with pytest.raises(RemitError) as cut:
        read(applied, body[:-9], BEDROCK)
    assert cut.value.code == "not-an-export"
    monkeypatch.setattr(reading, "BYTES_MAX", 1000)
    with pytest.raises(RemitError) as large:
        read(applied, body, BEDROCK)
    assert large.value.code == "source-too-large"


def test_pages_and_tables_of_usage_say_the_same(applied: Any) -> None:
    found = [
        read(applied, (EXAMPLES / name).read_bytes(), OPENAI)
        for name in ("openai-usage.json", "openai-usage.csv")
    ]
    assert found[0].sprawl == found[1].sprawl
    assert found[0].sprawl.calls_outside == 515
    pages = b"[" + (EXAMPLES / "openai-usage.json").read_bytes() + b"]"
    assert read(applied, pages, OPENAI).sprawl == found[0].sprawl


def test_bad_results_and_columns_are_said(applied: Any) -> None:
    page = {"data": [{"start_time": 1794787200, "results": [5, {"model": "m"}, {"model": 7}]}]}
    found = read(applied, lines(page), OPENAI)
    assert found.unreadable == {"not-a-name": 1, "not-json": 1}
    table = b'start_time,model\n1794787200,m\n1,2,3\n\n"open'
    assert read(applied, table, OPENAI).unreadable == {"not-csv": 1, "other-columns": 1}
    with pytest.raises(RemitError) as raised:
        read(applied, b'{"error": "denied"}', OPENAI)
    assert raised.value.code == "not-an-export"
    assert read(applied, b"", OPENAI).rows == 0


def test_pages_are_bounded(applied: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(reading, "PAGES_MAX", 10)
    with pytest.raises(RemitError) as raised:
        read(applied, b'{"data": []}  ', OPENAI)
    assert raised.value.code == "source-too-large"


def test_the_constructed_log_holds_what_its_page_says(applied: Any) -> None:
    found = read(applied, (EXAMPLES / "bedrock-invocations.jsonl").read_bytes(), BEDROCK)
    assert (found.rows, found.unreadable) == (8, {"not-json": 1})
    assert found.sprawl.calls_inside == 0


SPEND = {
    "startTime": "2026-11-16T09:00:00Z",
    "model": "m",
    "api_key": "5f5f",
    "prompt_tokens": 100,
    "completion_tokens": 7,
    "metadata": '{"usage_object": {"prompt_tokens_details": {"cached_tokens": 30}}}',
    "request_tags": '["other"]',
    "messages": {"content": "SECRET"},
}


def test_litellm_s_spend_logs_are_read_as_lines_as_a_list_and_as_a_table(applied: Any) -> None:
    inside = {**SPEND, "metadata": {"user_api_key_alias": "pilot"}}
    rows = [SPEND, {**SPEND, "request_tags": None}, inside]
    listed = b"\xef\xbb\xbf" + json.dumps(rows).encode()
    found = [read(applied, body, "litellm-spend-logs") for body in (lines(*rows), listed)]
    assert found[0].sprawl == found[1].sprawl
    assert (found[0].sprawl.calls_outside, found[0].sprawl.calls_inside) == (2, 1)
    assert found[0].sprawl.outside[0].input_tokens == 200
    assert "SECRET" not in repr(found)
    table = b"startTime,model,prompt_tokens,completion_tokens\n2026-11-16 09:00:00,m,5,1\n"
    assert read(applied, table, "litellm-spend-logs").sprawl.calls_outside == 1
    odd = read(applied, b"[5, {}]", "litellm-spend-logs")
    assert odd.unreadable == {"no-model": 1, "not-json": 1}
    with pytest.raises(RemitError) as broken:
        read(applied, b"[{]", "litellm-spend-logs")
    assert broken.value.code == "not-an-export"

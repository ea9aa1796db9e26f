"""Questions to the ledger are answered from the lake and from what is not there yet, with nothing missing."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from remit.operations.fill_lake import compact_lake, fill_lake, take_until
from remit.operations.seal_ledger import seal_ledger
from remit.record.keeping import Recovery

COUNT = "select kind, count(*) as entries from entries group by 1 order by 1"


@pytest.fixture
def asked(house: Any) -> Any:
    """Apply a model, issue a key and make two calls, one of them for nothing."""
    house.apply()
    client = house.serve().client(house.key())
    for _ in range(2):
        client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "hello"}])
    return house


def answer(house: Any, sql: str, *more: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(house.run("ledger", "query", sql, "--json", *more))["rows"]
    return rows


def test_an_answer_counts_what_is_in_the_lake_and_what_is_not_yet(asked: Any) -> None:
    before = answer(asked, COUNT)
    assert {row["kind"]: row["entries"] for row in before}["call"] == 2
    with asked.system() as system:
        lake = system.make_lake()
        for name in system.journals.names():
            size = system.journals.size(name)
            assert take_until(system, lake, name, size) > 0
            assert take_until(system, lake, name, size) == 0
        compact_lake(system, lake)
    assert answer(asked, COUNT) == before
    asked.servers[0].clients[0].chat.completions.create(
        model="echo", messages=[{"role": "user", "content": "hello"}]
    )
    assert {row["kind"]: row["entries"] for row in answer(asked, COUNT)}["call"] == 3


def test_old_days_can_be_moved_away_and_are_answered_for_still(house: Any) -> None:
    old = datetime(2020, 1, 1, tzinfo=UTC)
    with house.system() as system:
        with system.journals.exclusive("gateway") as journal:
            journal.append([Recovery(id="r1", at=old, bytes_set_aside=1)])
        seal_ledger(system, author="tester@example.com")
        fill_lake(system, system.make_lake())
    archive = house.root / "archive"
    arguments = ("ledger", "archive", "--to", str(archive), "--json", "--before")
    assert json.loads(house.run(*arguments, "2020-01-01")) == {"files": 0}
    assert json.loads(house.run(*arguments, "2020-01-02")) == {"files": 1}
    assert [path.parent.name for path in archive.glob("*/*.parquet")] == ["day=2020-01-01"]
    sql = "select id, day from entries where day < '2021-01-01'"
    assert answer(house, sql) == [{"id": "r1", "day": "2020-01-01"}]


def test_amounts_and_tokens_in_an_answer_are_those_of_the_entries(asked: Any) -> None:
    sql = "select id, charge, input_tokens, output_tokens, use_case, model from calls order by id desc"
    calls = json.loads(asked.run("ledger", "list", "--kind", "call", "--json"))
    assert answer(asked, sql) == [
        {
            "id": call["id"],
            "charge": call["charge"],
            "input_tokens": call["usage"]["input_tokens"],
            "output_tokens": call["usage"]["output_tokens"],
            "use_case": call["purpose"]["use_case"],
            "model": call["purpose"]["model"],
        }
        for call in calls
    ]


def test_an_answer_can_be_read_by_people_and_as_csv_and_says_when_it_is_cut(asked: Any) -> None:
    sql = "select kind, stage from entries order by id"
    done = asked.try_run("ledger", "query", sql, "--limit", "2")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 3
    assert "only the first 2 rows" in done.stderr
    rows = list(csv.DictReader(io.StringIO(asked.run("ledger", "query", sql, "--csv"))))
    assert [row["kind"] for row in rows].count("call") == 2
    assert json.loads(asked.run("ledger", "query", sql, "--json", "--limit", "1"))["cut"] is True


def test_what_is_no_question_is_a_fault_with_a_code(asked: Any) -> None:
    done = asked.try_run("ledger", "query", "select cost from calls")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[query-invalid]: ")
    assert "error[query-not-read-only]" in asked.try_run("ledger", "query", "delete from entries").stderr

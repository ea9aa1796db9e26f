"""The lake holds every line once, whatever happens between two writes, and a question can only read it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.adapters.lake_duckdb import DuckdbLake
from remit.adapters.lake_scratch import scratch_below
from remit.kernel.errors import RemitError
from remit.record.call_entry import Call
from remit.record.chain import Position, leaf
from remit.record.keeping import Recovery
from remit.record.ledgered import decode
from strategies import adjustments, applies, calls, guardrail_checks, holds, key_changes, refusals, seals
from written_lake import DAY, NOON, Written, ask, bodies_in, files_below, stage


def recoveries(*days: int) -> list[Recovery]:
    return [
        Recovery(id=f"r{number}", at=NOON + day * DAY, bytes_set_aside=number)
        for number, day in enumerate(days)
    ]


def lines_in(lake: DuckdbLake) -> list[tuple[Any, ...]]:
    return list(ask(lake, "select journal, line from entries order by all").rows)


_kinds = calls | holds | refusals | adjustments | applies | key_changes | guardrail_checks | seals


@given(entries=st.lists(_kinds, max_size=6), data=st.data())
@settings(max_examples=12)
def test_every_entry_is_there_once_byte_for_byte_wherever_it_lies(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Any], data: st.DataObject
) -> None:
    written = Written("gateway", entries)
    lake = DuckdbLake(tmp_path_factory.mktemp("lake"))
    cut = data.draw(st.integers(0, len(entries)))
    if cut:
        assert lake.take(written.part(1, cut))
    found = ask(lake, "select line, body, leaf, kind, id from entries order by line", written).rows
    assert list(found) == [
        (
            number,
            body.decode(),
            leaf(body),
            type(entry).__struct_config__.tag,
            entry.id,
        )
        for number, (body, entry) in enumerate(zip(written.bodies, entries, strict=True), 1)
    ]


@given(entries=st.lists(calls, min_size=1, max_size=4))
@settings(max_examples=10)
def test_columns_of_a_call_say_what_its_entry_says(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Call]
) -> None:
    columns = (
        "charge, list_charge, coalesce(saved, 0), use_case, unit, stage, key, model, provider, served_model,"
        " status, input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens,"
        " currency, latency_ms, first_token_ms, simulated, coalesce(prompt_block, ''), coalesce(cached, '')"
    )
    lake = DuckdbLake(tmp_path_factory.mktemp("lake"))
    found = ask(lake, f"select {columns} from calls order by line", Written("gateway", entries)).rows
    for row, call in zip(found, entries, strict=True):
        who, usage = call.purpose, call.usage
        listed = call.charge if call.list_charge is None else call.list_charge
        assert row == (
            *(call.charge, listed, call.saved),
            *(who.use_case, who.unit, who.stage, who.key, who.model, call.provider, call.served_model),
            *(call.status, usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens),
            *(usage.cache_write_1h_tokens, usage.output_tokens),
            *(call.currency, call.latency_ms, call.first_token_ms, call.simulated),
            *(call.prompt_block, call.cached),
        )


def test_a_part_comes_in_once_and_only_where_the_last_one_ended(tmp_path: Path) -> None:
    written, lake = Written("gateway", recoveries(0, 0, 0, 1)), DuckdbLake(tmp_path)
    assert not lake.take(written.part(2, 3))
    assert lake.take(written.part(1, 2))
    assert not lake.take(written.part(1, 2))
    assert lake.take(written.part(3, 4))
    size, last = sum(map(len, written.lines)), bytes.fromhex(written.lines[-1][:64].decode())
    assert lake.taken() == {"gateway": Position(4, size, last)}
    assert lines_in(lake) == [("gateway", number) for number in (1, 2, 3, 4)]


def test_a_day_that_is_over_becomes_one_file(tmp_path: Path) -> None:
    written, lake = Written("gateway", recoveries(0, 0, 0, 1, 1)), DuckdbLake(tmp_path)
    for number in range(1, 5):
        lake.take(written.part(number, number))
    assert lake.compact(before=date(2026, 11, 24)) == 1
    # The files before are there for whoever reads by the manifest before, until the next writer comes.
    assert len(files_below(tmp_path)) == 5
    assert lines_in(lake) == [("gateway", number) for number in range(1, 5)]
    assert lake.compact(before=date(2026, 11, 24)) == 0
    lake.take(written.part(5, 5))
    assert files_below(tmp_path) == [
        "day=2026-11-23/all-5.parquet",
        "day=2026-11-24/gateway-4.parquet",
        "day=2026-11-24/gateway-5.parquet",
    ]
    assert lake.compact(before=date(2026, 1, 1), files_max=1) == 1
    assert lines_in(lake) == [("gateway", number) for number in range(1, 6)]


@pytest.mark.parametrize("step", ["take", "compact"])
def test_a_crash_before_the_manifest_names_a_file_loses_and_doubles_nothing(
    tmp_path: Path, step: str
) -> None:
    written, root = Written("gateway", recoveries(0, 0, 0, 1)), tmp_path / "lake"
    lake = DuckdbLake(root)
    for number in (1, 2, 3):
        lake.take(written.part(number, number))
    manifest = (root / "manifest.json").read_bytes()
    if step == "take":
        assert lake.take(written.part(4, 4))
    else:
        assert lake.compact(before=date(2027, 1, 1)) == 1
    # As it is when every file is written, and the manifest is still the one before.
    (root / "manifest.json").write_bytes(manifest)
    (root / "day=2026-11-23" / "gateway-9.parquet.writing").write_bytes(b"torn")
    assert len(files_below(root)) == 5
    assert lines_in(lake) == [("gateway", number) for number in (1, 2, 3)]
    assert lake.take(written.part(4, 4))
    assert lines_in(lake) == [("gateway", number) for number in (1, 2, 3, 4)]
    assert len(files_below(root)) == 4


def test_what_a_killed_process_left_is_removed_and_what_another_one_uses_is_not(tmp_path: Path) -> None:
    lake = DuckdbLake(tmp_path)
    (tmp_path / "scratch-left").mkdir()
    (tmp_path / "scratch-left" / "lines").write_bytes(b"x")
    with scratch_below(tmp_path) as used:
        lake.take(Written("gateway", recoveries(0)).part(1, 1))
        assert used.exists()
        assert list(tmp_path.glob("scratch-*")) == [used]
    assert list(tmp_path.glob("scratch-*")) == []


def test_entries_of_a_time_are_found_by_kind(tmp_path: Path) -> None:
    written, lake = Written("gateway", recoveries(0, 1, 2)), DuckdbLake(tmp_path)
    lake.take(written.part(1, 3))
    taken, found = lake.read(since=NOON + DAY, until=NOON + 2 * DAY, kinds=("recovery",))
    assert [decode(body).id for body in found] == ["r1"]
    assert taken == lake.taken()
    assert list(lake.read(since=NOON, until=NOON + 9 * DAY, kinds=("call",))[1]) == []


def test_what_an_entry_says_is_gone_when_its_time_is_over_and_its_leaf_stays(tmp_path: Path) -> None:
    entries = [stage("a", 0), stage("b", 0), stage("a", 1), *recoveries(0)]
    written, lake = Written("gateway", entries), DuckdbLake(tmp_path)
    lake.take(written.part(1, 2))
    lake.take(written.part(3, 4))
    kept = {("stage_change", ""): 5, ("stage_change", "b"): 9}
    assert lake.expire(kept, today=date(2026, 11, 28)) == 0
    assert bodies_in(lake) == ["r0", "sa0", "sa1", "sb0"]
    assert lake.expire(kept, today=date(2026, 11, 29)) == 1
    assert bodies_in(lake) == ["r0", "sa1", "sb0"]
    assert lake.expire(kept, today=date(2026, 11, 29)) == 0
    # Another compaction brings nothing back, and what has more time of its own goes later.
    lake.compact(before=date(2027, 1, 1))
    assert lake.expire(kept, today=date(2026, 12, 3)) == 2
    assert bodies_in(lake) == ["r0"]
    assert list(lake.leaves("gateway", first=2, last=4)) == [leaf(body) for body in written.bodies[1:]]
    gone = ask(lake, "select kind, use_case, stage, leaf from entries where line = 1").rows
    assert list(gone) == [("stage_change", "a", None, leaf(written.bodies[0]))]
    assert [decode(body).id for body in lake.read(since=NOON, until=NOON + 9 * DAY)[1]] == ["r0"]


def test_a_part_that_comes_late_to_a_day_whose_time_is_over_goes_as_well(tmp_path: Path) -> None:
    written, lake = Written("gateway", [stage("a", 0), stage("b", 0)]), DuckdbLake(tmp_path)
    kept = {("stage_change", ""): 1}
    lake.take(written.part(1, 1))
    assert lake.expire(kept, today=date(2026, 12, 1)) == 1
    lake.take(written.part(2, 2))
    lake.compact(before=date(2026, 12, 1))
    assert bodies_in(lake) == ["sb0"]
    assert lake.expire(kept, today=date(2026, 12, 1)) == 1
    assert bodies_in(lake) == []


def test_days_in_an_archive_are_read_there_and_let_go_there_too(tmp_path: Path) -> None:
    root, archive = tmp_path / "lake", tmp_path / "archive"
    entries = [stage("a", 0), stage("b", 1), stage("c", 2)]
    written, lake = Written("gateway", entries), DuckdbLake(root)
    lake.take(written.part(1, 3))
    assert lake.archive(before=date(2026, 11, 25), to=str(archive)) == 2
    assert lake.archive(before=date(2026, 11, 25), to=str(archive)) == 0
    assert bodies_in(lake) == ["sa0", "sb1", "sc2"]
    # The next writer removes what was copied.
    assert lake.expire({("stage_change", ""): 4}, today=date(2026, 11, 28)) == 1
    assert files_below(root) == ["day=2026-11-23/all-3.parquet", "day=2026-11-25/gateway-1.parquet"]
    assert files_below(archive) == ["day=2026-11-24/gateway-1.parquet"]
    assert bodies_in(lake) == ["sb1", "sc2"]


def test_a_file_that_is_not_what_was_written_is_not_moved(tmp_path: Path) -> None:
    root, archive = tmp_path / "lake", tmp_path / "archive"
    lake = DuckdbLake(root)
    lake.take(Written("gateway", recoveries(0)).part(1, 1))
    [file] = root.glob("day=*/*")
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(RemitError, match="not what was written"):
        lake.archive(before=date(2027, 1, 1), to=str(archive))
    assert files_below(archive) == []


@pytest.fixture
def filled(tmp_path: Path) -> DuckdbLake:
    lake = DuckdbLake(tmp_path / "lake")
    lake.take(Written("gateway", recoveries(0, 0, 1)).part(1, 3))
    return lake


def test_more_rows_than_were_asked_for_are_cut_and_it_is_said(filled: DuckdbLake) -> None:
    found = ask(filled, "select line from entries order by line desc -- the last first", rows=2)
    assert (found.columns, list(found.rows), found.cut) == (("line",), [(3,), (2,)], True)
    assert not ask(filled, "select line from entries;", rows=3).cut


def test_a_question_that_takes_too_long_or_too_much_is_stopped(filled: DuckdbLake) -> None:
    with pytest.raises(RemitError, match="within") as slow:
        ask(filled, "select count(*) from range(1000000000) a, range(1000000) b", seconds=0.1)
    assert slow.value.code == "query-too-slow"
    with pytest.raises(RemitError) as large:
        ask(filled, "select array_agg(random()) from range(1000000000)", memory=100_000_000)
    assert large.value.code == "query-too-large"


def test_a_question_fills_no_disk_with_what_does_not_fit_into_memory(filled: DuckdbLake) -> None:
    limits = "current_setting('max_temp_directory_size'), current_setting('lock_configuration')"
    found = ask(filled, f"select {limits}", memory=1 << 30)
    assert list(found.rows) == [("3.9 GiB", True)]


WRITES = (
    "copy (select 1) to '{file}'",
    "with x as (copy (select 1) to '{file}' (use_tmp_file false)) select * from x",
    "with x as materialized (copy (select 1) to '{file}' (use_tmp_file false)) select * from x",
    "select 1) union all (with x as (copy (select 1) to '{file}' (use_tmp_file false)) select 1",
    "select 1 union all (with x as (copy (select 1) to '{file}' (use_tmp_file false)) select 1)",
    "explain analyze copy (select 1) to '{file}' (use_tmp_file false)",
    "select * from query('copy (select 1) to ''{file}'' ')",
    "with x as (insert into part select * from entries returning *) select * from x",
    "delete from part",
    "create table x as select 1",
    "attach '{outside}' as x",
    "export database '{outside}'",
    "set enable_external_access = true",
    "pragma enable_external_access",
    "install httpfs",
    "load httpfs",
    "commit",
    "select 1; commit; copy (select 1) to '{file}'",
    "select 1 /* */; /* */ copy (select 1) to '{file}'",
)
READS = (
    "select * from read_text('{outside}')",
    "select * from read_blob('{outside}')",
    "select * from read_csv('{outside}')",
    "select * from read_parquet('{outside}')",
    "select * from '{outside}'",
    "select * from glob('/*')",
    "select * from sniff_csv('{outside}')",
    "select * from read_csv('https://example.com/x.csv')",
    "select * from duckdb_secrets()",
    "select getenv('HOME')",
)


@pytest.mark.parametrize("sql", [*WRITES, *READS])
def test_a_question_cannot_write_and_reads_nothing_else(filled: DuckdbLake, tmp_path: Path, sql: str) -> None:
    [file, *_] = (tmp_path / "lake").glob("day=*/*")
    outside = tmp_path / "outside.csv"
    outside.write_text("a,b\n1,2\n")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(RemitError) as refused:
        ask(filled, sql.format(file=file, outside=outside))
    assert refused.value.code in ("query-invalid", "query-not-read-only")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("sql", ["", "select", "select nothing from entries", "selct 1", "select 1 from"])
def test_what_is_no_question_is_said_without_showing_it_again(filled: DuckdbLake, sql: str) -> None:
    with pytest.raises(RemitError) as refused:
        ask(filled, sql)
    assert refused.value.code in ("query-invalid", "query-not-read-only")
    assert "LINE" not in refused.value.summary
    assert "\n" not in refused.value.summary


def test_columns_can_be_listed(filled: DuckdbLake) -> None:
    found = ask(filled, "describe entries")
    kinds = {row[0]: row[1] for row in found.rows}
    assert kinds["charge"] == kinds["list_charge"] == "DECIMAL(38,18)"
    assert {"use_case", "at_utc", "body", "day"} <= kinds.keys()


def test_a_file_that_is_spoilt_or_gone_is_said(filled: DuckdbLake, tmp_path: Path) -> None:
    [file, *_] = (tmp_path / "lake").glob("day=*/*")
    file.write_bytes(b"not what it was")
    with pytest.raises(RemitError) as spoilt:
        ask(filled, "select * from entries")
    assert spoilt.value.code == "lake-unavailable"
    file.unlink()
    with pytest.raises(RemitError) as gone:
        ask(filled, "select * from entries")
    assert gone.value.code == "lake-unavailable"

"""Calls in columns say what their entries say, wherever the entries lie."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from completed_call import completed
from finops_columns import STARTS
from remit.decide.finops.call_columns import CallColumns
from remit.declare.price import ListRates, Rates
from remit.kernel.usage import Usage
from remit.operations.fill_lake import take_until
from remit.operations.read_call_columns import read_call_columns
from remit.operations.system import GATEWAY, System
from remit.record.call_entry import Call, Origin, Purpose

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SINCE, UNTIL = NOON - timedelta(days=9), NOON + timedelta(days=9)
RATES = Rates(STARTS, Decimal("3"), Decimal("15"), Decimal("0.3"), list=ListRates(Decimal(4), Decimal(20)))
NEW_COLUMNS = (
    "asked_digest, prefix, prompt_bytes, tools_bytes, system_bytes, before_bytes, place_digests,"
    " output_tokens_max, rates, began_utc"
)


def call(
    id: str, hours: float = 0.0, *, use_case: str = "claims", model: str = "model/m@1", **more: Any
) -> Call:
    who = Purpose(
        key="k", use_case=use_case, unit="u", stage="launch", model=model, model_version=1, remit="r"
    )
    usage, rates = more.pop("usage", Usage(900, 90, cache_read_tokens=7)), more.pop("rates", RATES)
    at = NOON + timedelta(hours=hours)
    began = at - timedelta(microseconds=1_500_700)
    return completed(id, at, usage, rates, purpose=who, **({"began": began, "latency_ms": 1_500} | more))


def prefix(*digests: int) -> str:
    return urlsafe_b64encode(np.array(digests, np.uint64).tobytes()).rstrip(b"=").decode()


CALLS = [
    call(
        "c1",
        origin=Origin(
            run="run-1",
            asked_digest="aa",
            prefix=prefix(1, 2, 3),
            prompt_bytes=7_000,
            system_bytes=5_000,
            place_digests=prefix(4, 5),
        ),
    ),
    call("c2", 30, use_case="fraud", streamed=True, first_token_ms=80, tier="flex", output_tokens_max=512),
    call("c3", -1, origin=Origin(asked_digest="aa", prefix=prefix(9), prompt_bytes=2_100), batch="b1"),
    call("c4", 2, usage=Usage(), charge=Decimal(0), cached="c1", prompt_block="prompt/p@1"),
    call(
        "c5",
        3,
        status="failed",
        simulated=True,
        model="model/n@2",
        rates=Rates(STARTS, Decimal(1), Decimal(2)),
    ),
]
LEFT_OUT = [
    call("x1", judges="c1"),
    call("x2", hedge_of="c1"),
    call("x3", status="blocked"),
    call("x7", status="interrupted"),
    call("x4", origin=Origin(run="evaluation-7")),
    call("x5", 24 * 9),
    call("x6", -24 * 10),
]


def written(system: System, entries: Sequence[Call]) -> None:
    with system.journals.exclusive(GATEWAY) as journal:
        journal.append(entries)


def take(system: System) -> None:
    take_until(system, system.make_lake(), GATEWAY, system.journals.size(GATEWAY))


def named(columns: CallColumns, column: Any) -> list[str]:
    return [columns.names[column][code] for code in columns.codes[column]]


def as_told(columns: CallColumns) -> list[Any]:
    """Tell every call by all that its columns say."""
    names = [named(columns, column) for column in columns.names]
    arrays = (
        *(columns.began_ms, columns.input_tokens, columns.cache_read_tokens, columns.output_tokens),
        *(columns.output_tokens_max, columns.latency_ms, columns.first_token_ms, columns.prompt_bytes),
        *(columns.tools_bytes, columns.system_bytes, columns.before_bytes, columns.place_digests),
        *(columns.streamed, columns.batch, columns.cached, columns.simulated, columns.failed),
    )
    starts = columns.prefix_starts
    prefixes = [columns.prefix[starts[i] : starts[i + 1]].tolist() for i in range(len(columns))]
    rates = [columns.rate_list[code] for code in columns.rates]
    return list(zip(*names, *(each.tolist() for each in arrays), prefixes, rates, strict=True))


@pytest.mark.parametrize("cut", [0, 4, len(CALLS) + len(LEFT_OUT)])
def test_calls_come_from_the_lake_and_from_the_journals_after_it(house: Any, cut: int) -> None:
    with house.system() as system:
        entries = [*CALLS, *LEFT_OUT]
        written(system, entries[:cut])
        take(system)
        written(system, entries[cut:])
        found = read_call_columns(system, since=SINCE, until=UNTIL)
        alone = read_call_columns(system, since=SINCE, until=UNTIL, use_case="fraud")
        priced = [
            len(read_call_columns(system, since=SINCE, until=UNTIL, currency=each)) for each in ("EUR", "USD")
        ]
    began = [
        int((each.began - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)) for each in CALLS
    ]
    assert priced == [len(CALLS), 0]
    order = [2, 0, 3, 4, 1]
    assert found.began_ms.tolist() == [began[place] for place in order]
    assert named(found, "use_case") == ["claims", "claims", "claims", "claims", "fraud"]
    assert named(found, "model") == ["model/m@1"] * 3 + ["model/n@2", "model/m@1"]
    assert named(found, "asked") == ["aa", "aa", "", "", ""]
    assert named(found, "run") == ["", "run-1", "", "", ""]
    assert named(found, "prompt") == ["", "", "prompt/p@1", "", ""]
    assert named(found, "tier") == ["", "", "", "", "flex"]
    assert found.prefix_starts.tolist() == [0, 1, 4, 4, 4, 4]
    assert found.prefix.tolist() == [9, 1, 2, 3]
    assert found.prompt_bytes.tolist() == [2_100, 7_000, 0, 0, 0]
    assert found.system_bytes.tolist() == [0, 5_000, 0, 0, 0]
    assert found.place_digests.tolist() == [[0] * 4, [0, 4, 0, 5], *([0] * 4 for _ in range(3))]
    assert found.output_tokens_max.tolist() == [0, 0, 0, 0, 512]
    assert found.first_token_ms.tolist() == [-1, -1, -1, -1, 80]
    assert found.latency_ms.tolist() == [1_500] * 5
    assert (found.batch.tolist()[0], found.cached.tolist()[2], found.streamed.tolist()[4]) == (True,) * 3
    assert found.failed.tolist() == found.simulated.tolist() == [False, False, False, True, False]
    assert [found.rate_list[code].output for code in found.rates] == [15, 15, 15, 2, 15]
    assert RATES in found.rate_list
    assert as_told(alone) == as_told(found)[-1:]


def test_files_from_before_these_columns_are_read_all_the_same(house: Any) -> None:
    with house.system() as system:
        written(system, CALLS)
        take(system)
        before = read_call_columns(system, since=SINCE, until=UNTIL)
        for path in Path(house.home / "lake").glob("day=*/*.parquet"):
            older = path.with_suffix(".older")
            rows = f"select * exclude ({NEW_COLUMNS}) from read_parquet('{path}', hive_partitioning = false)"
            duckdb.sql(f"copy ({rows}) to '{older}' (format parquet)")
            older.replace(path)
        assert as_told(read_call_columns(system, since=SINCE, until=UNTIL)) == as_told(before)


def test_where_nobody_called_there_are_columns_of_nothing(house: Any) -> None:
    with house.system() as system:
        found = read_call_columns(system, since=SINCE, until=UNTIL)
    assert (len(found), found.prefix_starts.tolist(), found.rate_list) == (0, [0], ())

"""Measure the record on a month of entries: folding, the lake, the overview page, and questions in SQL.

    python benchmarks/record_lake.py [--entries 10000000] [--data DIRECTORY] [--home DIRECTORY]

The entries are real calls' times and sizes, repeated with jitter; the directory with the public traces is
named by `--data` or REMIT_TRACE_DATA. A day's journal is removed once the day lies in the lake, so that the
disk holds the month twice and not three times.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from made_month import DAYS, STARTS, Made, Shape, day_of, declared, organisation, read_shapes
from remit.bootstrap import open_system
from remit.cli.directory import load_directory
from remit.cli.table import table
from remit.operations.apply_model import apply_model
from remit.operations.fill_lake import take_until
from remit.operations.fold_ledger import fold_ledger
from remit.operations.query_ledger import query_ledger
from remit.operations.read_overview import read_overview
from remit.operations.system import GATEWAY, System
from remit.ports_lake import Bounds
from remit.record.entry import Entry
from remit.settings import read_settings

BATCH = 500
ENTRIES_A_CALL = 1.98
REPEATS = 5
QUESTIONS = {
    "calls and charge by use case and model": (
        "select use_case, model, count(*) as calls, sum(charge) as charge from calls group by all"
    ),
    "tokens, charge and slowest calls by day": (
        "select day, sum(input_tokens + cache_read_tokens + output_tokens) as tokens, sum(charge) as charge,"
        " approx_quantile(latency_ms, 0.99) as p99 from calls group by day order by day"
    ),
    "refusals by rule and hour": (
        "select date_trunc('hour', at_utc) as hour, rule, count(*) as refused from refusals group by all"
    ),
    "one use case on one day, by key": (
        "select key, count(*) as calls, sum(charge) as charge from calls"
        " where use_case = 'case-07' and day = '2026-11-12' group by key"
    ),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A clock that stands at one moment."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass(slots=True)
class Spent:
    """How long each kind of work took, and how much of the processor."""

    seconds: dict[str, float] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        began, busy = time.perf_counter(), time.process_time()
        yield
        self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - began
        self.processor[what] = self.processor.get(what, 0.0) + time.process_time() - busy


def fill(system: System, home: Path, entries: int, shapes: list[Shape], cases: list[list[Made]]) -> Spent:
    """Write a month day by day: into the journal, the store and the lake."""
    spent, lake = Spent(), system.make_lake()
    for number in range(DAYS):
        day = STARTS + timedelta(days=number)
        calls = round(entries / DAYS / ENTRIES_A_CALL)
        begin = system.journals.size(GATEWAY)
        with spent.on("append"), system.journals.exclusive(GATEWAY) as journal:
            for batch in batches(day_of(day, shapes, cases, calls=calls), BATCH):
                journal.append(batch)
        with spent.on("fold"):
            fold_ledger(system)
        end = system.journals.size(GATEWAY)
        with spent.on("lake"):
            take_until(system, lake, GATEWAY, end)
        with spent.on("compact"):
            lake.compact(before=day + timedelta(days=1))
        for segment in (home / "journal" / GATEWAY).glob("*.journal"):
            if int(segment.stem) < begin:
                segment.unlink()
    return spent


def batches(entries: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    found = iter(entries)
    while batch := list(islice(found, size)):
        yield batch


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Say how long something takes at first, and usually."""
    took = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return took[0], statistics.median(took)


def size_below(path: Path) -> int:
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def measure(home: Path, entries: int, shapes: list[Shape]) -> str:
    cases = organisation()
    model = home / "model"
    model.mkdir(parents=True)
    (model / "house.yaml").write_text(declared(cases), "utf-8")
    loaded = load_directory(model).operating_model
    assert loaded is not None, "what is made up is sound"
    last = datetime(STARTS.year, STARTS.month, DAYS, 23, 59, tzinfo=UTC)
    with open_system(read_settings({"REMIT_HOME": str(home)})) as opened:
        system = replace(opened, clock=Standing(last))
        apply_model(system, loaded, author="benchmark@example.com", reason="to measure")
        spent = fill(system, home, entries, shapes, cases)
        lines = system.make_lake().taken()[GATEWAY].lines
        journal = system.journals.size(GATEWAY)
        pages = timed(lambda: read_overview(system))
        asked = {
            what: timed(lambda sql=sql: query_ledger(system, sql, Bounds(rows=100_000)))  # type: ignore[misc]
            for what, sql in QUESTIONS.items()
        }
        rows = len(system.store.usage(since=last - timedelta(days=DAYS)))
    return report(spent, lines, journal, rows, home, pages, asked)


def report(
    spent: Spent,
    lines: int,
    journal: int,
    rows: int,
    home: Path,
    pages: tuple[float, float],
    asked: dict[str, tuple[float, float]],
) -> str:
    speeds = [
        (what, f"{lines / spent.seconds[what]:,.0f}", f"{lines / spent.processor[what]:,.0f}")
        for what in ("append", "fold", "lake", "compact")
    ]
    store = sum(path.stat().st_size for path in home.glob("store.sqlite*"))
    lake = size_below(home / "lake")
    times = [("the overview, from roll-ups", *pages), *((what, *each) for what, each in asked.items())]
    return "\n\n".join(
        (
            f"{lines:,} entries of {DAYS} days; {rows:,} rows of roll-ups by the hour",
            table(
                ["work", "entries a second", "entries a second of processor time"],
                speeds,
                right=frozenset({1, 2}),
            ),
            table(
                ["at rest", "bytes an entry"],
                [
                    ("journal", f"{journal / lines:,.0f}"),
                    ("store", f"{store / lines:,.0f}"),
                    ("lake", f"{lake / lines:,.0f}"),
                ],
                right=frozenset({1}),
            ),
            table(
                ["question", "first, ms", "median, ms"],
                [(what, f"{first * 1000:,.0f}", f"{median * 1000:,.0f}") for what, first, median in times],
                right=frozenset({1, 2}),
            ),
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--data", type=Path, default=os.environ.get("REMIT_TRACE_DATA"))
    parser.add_argument("--home", type=Path, help="where the month is written; it stays there")
    asked = parser.parse_args()
    if asked.data is None:
        parser.error("name the directory with the public traces: --data, or REMIT_TRACE_DATA")
    # As the commands do.
    gc.set_threshold(100_000, 20, 20)
    shapes = read_shapes(Path(asked.data))
    if asked.home is not None:
        print(measure(asked.home, asked.entries, shapes))
        return
    with tempfile.TemporaryDirectory() as home:
        print(measure(Path(home), asked.entries, shapes))


if __name__ == "__main__":
    main()

"""Measure the journal and its seals: appends, what waiting for the disk costs, verifying, sealing, proving.

    python benchmarks/record.py [--entries 200000] [--calls 2000]

Peers are in the same run: a plain append of the same bytes without chain or encoding, and the same with one
`fdatasync` for each, which is what a journal without group commit does. Figures are medians of several runs;
those of the disk are of the disk that the directory for temporary files lies on.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from governed import environment_of
from record_faults import operating_model
from remit.bootstrap import open_system
from remit.cli.directory import load_directory
from remit.cli.table import table
from remit.enforce.key import Key
from remit.enforce.request import Message, ModelRequest
from remit.operations.admitted import Admitted
from remit.operations.apply_model import apply_model
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import whole
from remit.operations.fold_ledger import fold_ledger
from remit.operations.issue_key import issue_key
from remit.operations.prove_entry import prove_entry
from remit.operations.seal_ledger import seal_ledger
from remit.operations.system import GATEWAY, System
from remit.operations.verify_ledger import verify_ledger
from remit.operations.worker import Worker
from remit.record.call_entry import Call
from remit.record.chain import Broken, start, walk
from remit.record.ledgered import Ledgered, decode, encode
from remit.record.projection import EntryFilter
from remit.record.proof import check
from remit.settings import read_settings

REPEATS = 5
AT_ONCE = (1, 32)


@contextmanager
def installed() -> Iterator[tuple[System, str, Path]]:
    """Give a fresh installation with a model that costs next to nothing to ask, and a key for it."""
    with tempfile.TemporaryDirectory(prefix="remit-record-") as root:
        home, declared = Path(root, "home"), Path(root, "declared")
        declared.mkdir()
        (declared / "model.yaml").write_text(operating_model(), "utf-8")
        loaded = load_directory(declared)
        assert loaded.operating_model is not None, loaded.diagnostics
        with open_system(read_settings(environment_of(home))) as system:
            apply_model(system, loaded.operating_model, author="b@example.org", reason="a benchmark")
            yield system, issue_key(system, "pilot", author="b@example.org").secret, home


async def calls(worker: Worker, secret: str, count: int, *, at_once: int) -> list[float]:
    """Make calls and return how many seconds each took, from asking to its answer."""
    key = authenticate(worker, secret)
    assert isinstance(key, Key)
    took: list[float] = []
    left = iter(range(count))
    asked = Asked(ModelRequest("model/echo", (Message.of("user", "word " * 20),)), streamed=False)

    async def caller() -> None:
        for _ in left:
            began = time.perf_counter()
            admitted = authorize(worker, key, asked)
            assert isinstance(admitted, Admitted), admitted
            await whole(admitted)
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(caller() for _ in range(at_once)))
    return took


def once(count: int, *, at_once: int, safe: bool) -> tuple[list[float], float]:
    """Make calls on a fresh installation; returns the seconds of each and how many a second there were."""
    with installed() as (opened, secret, _home):
        system = replace(opened, power_safe=safe)

        async def work(worker: Worker) -> tuple[list[float], float]:
            await calls(worker, secret, 50, at_once=at_once)
            began = time.perf_counter()
            took = await calls(worker, secret, count, at_once=at_once)
            speed = count / (time.perf_counter() - began)
            await worker.close()
            return took, speed

        with system.journals.exclusive(GATEWAY) as journal:
            return asyncio.run(work(Worker(system, journal)))


def measure_calls(count: int) -> list[Sequence[str]]:
    """Time calls with and without waiting for the disk, in turn, so that both meet the same machine."""
    rows: list[Sequence[str]] = []
    for at_once in AT_ONCE:
        runs = [
            (safe, *once(count, at_once=at_once, safe=safe)) for _ in range(REPEATS) for safe in (False, True)
        ]
        for safe in (False, True):
            took = [each for of, seconds, _ in runs if of is safe for each in seconds]
            speed = statistics.median(speed for of, _, speed in runs if of is safe)
            p99 = statistics.quantiles(took, n=100)[98]
            rows.append(
                (
                    "power" if safe else "process",
                    str(at_once),
                    f"{speed:,.0f}",
                    f"{statistics.median(took) * 1e6:,.0f}",
                    f"{p99 * 1e6:,.0f}",
                )
            )
    return rows


def entries_of(system: System, secret: str) -> list[Ledgered]:
    """Take the entries of some real calls, to write again."""
    with system.journals.exclusive(GATEWAY) as journal:

        async def work() -> None:
            worker = Worker(system, journal)
            await calls(worker, secret, 500, at_once=4)
            await worker.close()

        asyncio.run(work())
    data = system.journals.read(GATEWAY, 0, bytes_max=1 << 24)
    return [decode(step[1]) for step in walk(data, start(GATEWAY)) if not isinstance(step, Broken)]


def rate(count: int, work: Callable[[], Any]) -> tuple[float, float]:
    """Return how many a second some work did, by the wall and by the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return count / (time.perf_counter() - wall), count / max(time.process_time() - processor, 1e-9)


def plain(path: Path, bodies: list[bytes], *, sync: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for body in bodies:
        os.write(descriptor, body)
        if sync:
            os.fdatasync(descriptor)
    os.close(descriptor)


def measure_appends(count: int) -> list[Sequence[str]]:
    with installed() as (system, secret, home):
        some = entries_of(system, secret)
        entries = [some[number % len(some)] for number in range(count)]
        bodies = [encode(entry) + b"\n" for entry in entries]
        few = bodies[: max(200, count // 200)]
        with system.journals.exclusive("benchmark") as journal:

            def one_by_one() -> None:
                for entry in entries:
                    journal.append([entry])

            def by_tens() -> None:
                for place in range(0, count, 10):
                    journal.append(entries[place : place + 10])

            def synced() -> None:
                for entry in entries[: len(few)]:
                    journal.append([entry])
                    journal.sync()

            done = [
                ("plain append, no chain", rate(count, lambda: plain(home / "plain", bodies, sync=False))),
                ("journal, one at a time", rate(count, one_by_one)),
                ("journal, ten at a time", rate(count, by_tens)),
                (
                    "plain append, a sync each",
                    rate(len(few), lambda: plain(home / "synced", few, sync=True)),
                ),
                ("journal, a sync each", rate(len(few), synced)),
            ]
        size = sum(map(len, bodies)) / count
        return [(name, f"{wall:,.0f}", f"{cpu:,.0f}", f"{size:,.0f}") for name, (wall, cpu) in done]


def measure_verify(count: int) -> list[Sequence[str]]:
    """Fold, seal, verify and prove a ledger of real calls."""
    rows: list[Sequence[str]] = []
    with installed() as (system, secret, _home):
        with system.journals.exclusive(GATEWAY) as journal:

            async def work() -> None:
                worker = Worker(system, journal)
                await calls(worker, secret, count // 2, at_once=8)
                await worker.close()

            asyncio.run(work())
        folded: list[int] = []
        wall, cpu = rate(1, lambda: folded.append(fold_ledger(system)))
        rows.append(("fold", f"{folded[0] * wall:,.0f}", f"{folded[0] * cpu:,.0f}"))
        wall, cpu = rate(folded[0], lambda: seal_ledger(system, author="b@example.org"))
        rows.append(("seal", f"{wall:,.0f}", f"{cpu:,.0f}"))
        wall, cpu = rate(folded[0], lambda: verify_ledger(system))
        rows.append(("verify, with seals and the store's copies", f"{wall:,.0f}", f"{cpu:,.0f}"))
        [row] = system.store.entries(EntryFilter(kind=str(Call.__struct_config__.tag)), limit=1)
        proof = prove_entry(system, row.id)
        assert not check(proof).faults
        wall, cpu = rate(1, lambda: prove_entry(system, row.id))
        rows.append((f"prove one of {proof.seal.lines:,}", f"{wall:,.1f}", f"{cpu:,.1f}"))
        wall, cpu = rate(100, lambda: [check(proof) for _ in range(100)])
        rows.append(("check a proof", f"{wall:,.0f}", f"{cpu:,.0f}"))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=1_000)
    given = parser.parse_args()
    print(table(["durability", "at once", "calls/s", "us p50", "us p99"], measure_calls(given.calls)))
    print()
    print(table(["append", "entries/s", "per CPU second", "bytes each"], measure_appends(given.entries)))
    print()
    print(table(["then", "entries/s", "per CPU second"], measure_verify(given.entries)))


if __name__ == "__main__":
    main()

"""Break the record at random moments, many times over, and count what it lost.

Each fault strikes a process of its own, forked from this one, that makes governed calls and says after each
answer that it was given. After each, the ledger is taken up again and held against what was said: no answer
that was given lacks its entry, no call has two, no hold stays open, every balance is the exact sum of its
entries, and every line is as it was written.

    .venv/bin/python benchmarks/record_faults.py --faults 1000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from governed import environment_of
from remit.bootstrap import open_system
from remit.cli.directory import load_directory
from remit.enforce.key import Key
from remit.enforce.request import Message, ModelRequest
from remit.kernel.errors import DirectoryInUse, JournalError, RemitError
from remit.kernel.money import EXACT, ZERO
from remit.operations.admitted import Admitted
from remit.operations.apply_model import apply_model
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import whole
from remit.operations.fold_ledger import fold_ledger
from remit.operations.issue_key import issue_key
from remit.operations.seal_ledger import seal_ledger
from remit.operations.system import CONTROL, GATEWAY, RECORD, System, journal_of
from remit.operations.verify_ledger import verify_ledger
from remit.operations.wait_for_lease import authorize_or_wait
from remit.operations.worker import Worker
from remit.ports import Clock
from remit.record.call_entry import Call, Hold
from remit.record.chain import Broken, start, walk
from remit.record.ledgered import decode
from remit.settings import Settings, read_settings

CALLS_MAX = 60
AT_ONCE = 4
PER_HOME = 25
"""How many faults strike one data directory, one after the other."""

_OPERATING_MODEL = """
organisation:
  name: A house that breaks
  contact: administrator@example.org
  currency: EUR
  remit:
    models: any
    spend: [{limit: 900.00 EUR, per: year}]
units:
  desk: {name: Desk, lead: desk-lead@example.org}
providers:
  echo: {technology: echo}
blocks:
  model/echo:
    name: Echo
    provider: echo
    context_tokens: 100000
    output_tokens_max: 5000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
use_cases:
  pilot:
    name: A pilot
    unit: desk
    owner: pilot-owner@example.org
    purpose: Break while calls are made.
    adoption: {stage: experiment, basis: It runs in a benchmark.}
    remit:
      spend: [{limit: 800.00 EUR, per: year}]
"""


def operating_model() -> str:
    """One use case with money for more calls than any run makes, on a model that repeats what it is asked."""
    return _OPERATING_MODEL


@dataclass
class Found:
    """What was found after faults. All but the first three should be none."""

    faults: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    given: int = 0
    lost: int = 0
    duplicated: int = 0
    holds_open: int = 0
    balances_wrong: int = 0
    lines_wrong: int = 0

    @property
    def wrong(self) -> int:
        return self.lost + self.duplicated + self.holds_open + self.balances_wrong + self.lines_wrong


class Jumping:
    """A clock that is set forward and back, by up to two days at a time."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self._clock, self._chance, self._by = clock, chance, timedelta()

    def now(self) -> datetime:
        if self._chance.random() < 0.1:
            self._by = timedelta(seconds=self._chance.uniform(-172_800, 172_800))
        return self._clock.now() + self._by


Tell = Callable[[str], None]


def work(system: System, secret: str, name: str, tell: Tell, *, shares: bool = False) -> None:
    """Make calls, several at once, until there were enough; a disk that refuses is tried again."""
    with system.journals.exclusive(name) as journal:
        worker = Worker(system, journal, name=name, shares=shares)
        asyncio.run(_calls(worker, secret, tell))


async def _calls(worker: Worker, secret: str, tell: Tell) -> None:
    key = authenticate(worker, secret)
    assert isinstance(key, Key), "the key was issued for this"
    leases = asyncio.create_task(worker.keep_leases())
    left = CALLS_MAX

    async def caller(number: int) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            with suppress(JournalError):
                await _call(worker, key, number + left, tell)
            await asyncio.sleep(0)

    await asyncio.gather(*(caller(number) for number in range(AT_ONCE)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await worker.close()
    await leases


async def _call(worker: Worker, key: Key, number: int, tell: Tell) -> None:
    request = ModelRequest("model/echo", (Message.of("user", "word " * (1 + number % 9)),))
    asked = Asked(request, streamed=bool(number % 2))
    shared = worker.escrow is not None
    admitted = await authorize_or_wait(worker, key, asked) if shared else authorize(worker, key, asked)
    if isinstance(admitted, Admitted):
        await whole(admitted)
        tell(admitted.hold.id)


def _dies_at_statement(system: System, number: int) -> None:
    """End this process at once before the store runs its so-manyth statement."""
    left = number

    def count(statement: str) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    system.store._db.set_trace_callback(count)  # type: ignore[attr-defined]


def kill(system: System, secret: str, chance: random.Random, tell: Tell) -> None:
    work(system, secret, GATEWAY, tell)


def torn(system: System, secret: str, chance: random.Random, tell: Tell) -> None:
    work(system, secret, GATEWAY, tell)


def full_disk(system: System, secret: str, chance: random.Random, tell: Tell) -> None:
    newest = max(Path(system_home(system), "journal", GATEWAY).glob("*.journal"), default=None)
    size = newest.stat().st_size if newest else 0
    infinite = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + chance.randrange(1, 40_000), infinite))
    work(system, secret, GATEWAY, tell)


def clock(system: System, secret: str, chance: random.Random, tell: Tell) -> None:
    work(replace(system, clock=Jumping(system.clock, chance)), secret, GATEWAY, tell)


def folding(system: System, secret: str, chance: random.Random, tell: Tell) -> None:
    """Calls are made, and what folds them dies between any two of its writes."""
    work(system, secret, GATEWAY, tell)
    _dies_at_statement(system, chance.randrange(1, 60))
    fold_ledger(system)


def sealing(system: System, secret: str, chance: random.Random, tell: Tell) -> None:
    work(system, secret, GATEWAY, tell)
    tell("")
    for _ in range(50):
        issue_key(system, "pilot", author="b@example.org")
        seal_ledger(system, author="b@example.org")


def two_processes(system: System, secret: str, chance: random.Random, tell: Tell) -> None:
    """Two workers share the directory's budgets, and a third process finds their journals taken."""
    other = os.fork()
    if other == 0:
        with open_system(_settings(system_home(system))) as own:
            work(own, secret, journal_of(2), tell, shares=True)
        os._exit(0)
    try:
        work(system, secret, GATEWAY, tell, shares=True)
    finally:
        with suppress(ProcessLookupError):
            if chance.random() < 0.5:
                os.kill(other, signal.SIGKILL)
        os.waitpid(other, 0)


FAULTS: dict[str, Callable[[System, str, random.Random, Tell], None]] = {
    "kill": kill,
    "torn write": torn,
    "disk full": full_disk,
    "clock set back": clock,
    "folding killed": folding,
    "sealing killed": sealing,
    "two processes": two_processes,
}


def system_home(system: System) -> Path:
    return Path(system.journals._directory).parent  # type: ignore[attr-defined]


def _settings(home: Path) -> Settings:
    return read_settings(environment_of(home))


def strike(home: Path, kind: str, secret: str, chance: random.Random) -> set[str]:
    """Have one fault strike a process that works on the directory; returns the calls that were answered."""
    reading, writing = os.pipe()
    seed = chance.getrandbits(32)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.close(reading)
        status = 1
        try:
            with open_system(_settings(home)) as system:
                FAULTS[kind](system, secret, random.Random(seed), lambda id: _tell(writing, id))
            status = 0
        except (RemitError, OSError):
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with suppress(ProcessLookupError, PermissionError):
        os.setpgid(child, child)
    told = b""
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        told += pipe.read(1)
        if kind not in ("disk full", "folding killed"):
            time.sleep(chance.uniform(0, 0.06))
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
        while more := pipe.read(1 << 16):
            told += more
    os.waitpid(child, 0)
    if kind == "torn write":
        _tear(home, chance)
    # What was cut off in the pipe was not said.
    return {id.decode() for id in told[: told.rfind(b"\n") + 1].split(b"\n") if id}


def _tell(descriptor: int, id: str) -> None:
    os.write(descriptor, id.encode() + b"\n")


def _tear(home: Path, chance: random.Random) -> None:
    """Leave the beginning of a line at the end of the journal, as a write that was cut off does."""
    newest = max((home / "journal" / GATEWAY).glob("*.journal"))
    lines = newest.read_bytes().splitlines(keepends=True)
    line = chance.choice(lines) if lines else b"0" * 64 + b" {}\n"
    with newest.open("ab") as file:
        file.write(line[: chance.randrange(1, len(line))])


def check(home: Path, given: set[str], found: Found) -> None:
    """Take the ledger up again and hold it against what was said of it."""
    with open_system(_settings(home)) as system:
        with system.journals.exclusive(GATEWAY) as journal:
            worker = Worker(system, journal)
            asyncio.run(worker.close())
        fold_ledger(system)
        calls: Counter[str] = Counter()
        held: set[str] = set()
        sums: dict[str, Decimal] = {}
        for entry in _entries(system):
            if isinstance(entry, Hold):
                held.add(entry.id)
            elif isinstance(entry, Call):
                calls[entry.id] += 1
                for account in entry.accounts:
                    sums[account] = EXACT.add(sums.get(account, ZERO), entry.charge)
        posted = system.store.posted()
        found.calls += len(calls)
        found.given += len(given)
        found.lost += len(given - calls.keys())
        found.duplicated += sum(count - 1 for count in calls.values())
        found.holds_open += len(held - calls.keys()) + len(system.store.open_holds())
        found.balances_wrong += sum(
            posted.get(name, ZERO) != sums.get(name, ZERO) for name in {*posted, *sums}
        )
        found.lines_wrong += len(verify_ledger(system).faults)


def _entries(system: System) -> Iterator[Any]:
    for name in system.journals.names():
        if name in (CONTROL, RECORD):
            continue
        at = start(name)
        while data := system.journals.read(name, at.offset, bytes_max=1 << 24):
            for step in walk(data, at):
                assert not isinstance(step, Broken), step
                at, body = step
                yield decode(body)


@contextmanager
def _installed() -> Iterator[tuple[Path, str]]:
    with tempfile.TemporaryDirectory(prefix="remit-faults-") as root:
        home, declared = Path(root, "home"), Path(root, "declared")
        declared.mkdir()
        (declared / "model.yaml").write_text(operating_model(), "utf-8")
        loaded = load_directory(declared)
        assert loaded.operating_model is not None, loaded.diagnostics
        with open_system(_settings(home)) as system:
            apply_model(system, loaded.operating_model, author="b@example.org", reason="a benchmark")
            secret = issue_key(system, "pilot", author="b@example.org").secret
        yield home, secret


def run(faults: int, seed: int, say: Callable[[str], None]) -> Found:
    """Strike so many times, with kinds in turn and moments by chance, and check after each."""
    found, chance, done = Found(), random.Random(seed), 0
    kinds = list(FAULTS)
    while done < faults:
        with _installed() as (home, secret):
            given: set[str] = set()
            for _ in range(min(PER_HOME, faults - done)):
                kind = kinds[done % len(kinds)]
                given |= strike(home, kind, secret, chance)
                seen = Found()
                with suppress(DirectoryInUse):
                    check(home, given, seen)
                found.faults[kind] += 1
                done += 1
                for name in ("lost", "duplicated", "holds_open", "balances_wrong", "lines_wrong"):
                    setattr(found, name, getattr(found, name) + getattr(seen, name))
                if seen.wrong:
                    say(f"fault {done} ({kind}): {seen}")
            found.calls += seen.calls
            found.given += len(given)
        say(f"{done:,} faults, {found.given:,} answers given, {found.wrong} wrong")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    found = run(given.faults, given.seed, lambda text: print(text, file=sys.stderr, flush=True))
    print(
        json.dumps(
            {
                "faults": sum(found.faults.values()),
                "kinds": dict(found.faults),
                "calls": found.calls,
                "given": found.given,
                "lost": found.lost,
                "duplicated": found.duplicated,
                "holds_open": found.holds_open,
                "balances_wrong": found.balances_wrong,
                "lines_wrong": found.lines_wrong,
                "seconds": round(time.monotonic() - began, 1),
            }
        )
    )
    sys.exit(1 if found.wrong else 0)


if __name__ == "__main__":
    main()

"""Measure advice on a ledger of a million calls: reading them in columns, and replaying them.

    python benchmarks/finops.py [--calls 1000000] [--data DIRECTORY] [--home DIRECTORY]

The calls are made up: real calls' times, sizes and shared beginnings, repeated with jitter, of an
organisation that is not there. The directory with the public traces is named by `--data` or REMIT_TRACE_DATA.
With `--home` the ledger stays there, and is measured again without being written again. What is measured runs
in a process of its own, so that its memory is that of the work alone.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

from made_month import DAYS, STARTS, Made, Shape, day_of, organisation, read_shapes
from remit.bootstrap import open_system
from remit.cli.table import table
from remit.decide.finops.cache_rule import read_cache_rules
from remit.decide.finops.call_columns import CallColumns
from remit.decide.finops.prompt_cache import prompt_caches
from remit.decide.finops.replayed_charge import replayed_charge
from remit.decide.finops.response_cache import response_caches
from remit.decide.finops.saving import Saving
from remit.decide.finops.workload import Around, Workload, by_use_case
from remit.declare.operating_model import OperatingModel
from remit.enforce.prefix import BLOCKS, PREFIX_BYTES, prefix_of
from remit.enforce.remit import Resolver
from remit.enforce.request import Message, ModelRequest
from remit.operations.advise_finops import advise
from remit.operations.apply_model import apply_model
from remit.operations.fill_lake import take_until
from remit.operations.query_ledger import query_ledger
from remit.operations.read_call_columns import read_call_columns
from remit.operations.system import GATEWAY
from remit.ports_lake import Bounds
from remit.record.call_entry import Origin
from remit.record.chain import start
from remit.record.entry import Entry
from remit.record.projection import Changes
from remit.settings import read_settings

BATCH = 500
ASKED_AGAIN = 0.05
"""How many calls ask what was asked before; nobody measured that, it is made up."""
SYSTEM_BLOCKS = 4
"""How many blocks all calls of a use case have in common here."""
WAYS: dict[str, Callable[[Workload], Iterable[Saving]]] = {
    "prompt caches": prompt_caches,
    "answer caches": response_caches,
}
"""What is looked for in each use case's calls, each measured by itself."""

MODELS = (
    *(("anthropic", "claude-sonnet-5"), ("openai", "gpt-5"), ("gemini", "gemini-3.8-flash")),
    *(("anthropic", "claude-haiku-4-5"), ("openai", "gpt-5.6"), ("gemini", "gemini-2.5-pro")),
)
SINCE = datetime(STARTS.year, STARTS.month, STARTS.day, tzinfo=UTC)


class Asks:
    """How calls come in: their prompts begin as the trace's do, after what their use case always says."""

    def __init__(self) -> None:
        self._before: list[str] = []

    def __call__(self, made: Made, shape: Shape, rng: random.Random) -> Origin:
        digest = f"{rng.getrandbits(128):032x}"
        if self._before and rng.random() < ASKED_AGAIN:
            digest = rng.choice(self._before)
        elif len(self._before) < 2_000:
            self._before.append(digest)
        else:
            self._before[rng.randrange(2_000)] = digest
        use_case, size = made.purpose.use_case, shape.input_tokens * 4
        whole = size // PREFIX_BYTES
        own = shape.blocks or tuple(rng.getrandbits(60) for _ in range(whole))
        said = [*range(-SYSTEM_BLOCKS, 0), *own][: max(whole, 0)]
        digests = b"".join(self._digest(use_case, said[n - 1]) for n in BLOCKS if n <= len(said))
        if not digests:
            return Origin("openai", asked_digest=digest)
        # The system message is what all have in common; where the call before ended is a block earlier.
        system, before = min(SYSTEM_BLOCKS, len(said)), max(len(said) - 1, 1)
        places = b"".join(self._digest(use_case, said[n - 1]) for n in (system, before, len(said)))
        return Origin(
            "openai",
            asked_digest=digest,
            prefix=_written(digests),
            prompt_bytes=size,
            system_bytes=system * PREFIX_BYTES,
            before_bytes=before * PREFIX_BYTES,
            place_digests=_written(places),
        )

    def _digest(self, use_case: str, block: int) -> bytes:
        return blake2b(f"{use_case} {block}".encode(), digest_size=8).digest()


def _written(digests: bytes) -> str:
    return urlsafe_b64encode(digests).rstrip(b"=").decode()


def fill(home: Path, calls: int, shapes: list[Shape]) -> None:
    """Write a month of calls day by day, into the journal and into the lake."""
    cases, asks = organisation(), Asks()
    with open_system(read_settings({"REMIT_HOME": str(home)})) as system:
        apply_model(system, declared(), author="head@example.com", reason="made up")
        lake = system.make_lake()
        for number in range(DAYS):
            day = STARTS + timedelta(days=number)
            # Two in a hundred are refused.
            entries = day_of(day, shapes, cases, calls=round(calls / DAYS / 0.98), origin=asks)
            begin = system.journals.size(GATEWAY)
            with system.journals.exclusive(GATEWAY) as journal:
                for batch in batches(entries, BATCH):
                    journal.append(batch)
            take_until(system, lake, GATEWAY, system.journals.size(GATEWAY))
            lake.compact(before=day + timedelta(days=1))
            for segment in (home / "journal" / GATEWAY).glob("*.journal"):
                if int(segment.stem) < begin:
                    segment.unlink()
            # The store is as far as the lake, though it has no roll-ups of these calls.
            before = system.store.positions().get(GATEWAY, start(GATEWAY))
            after = lake.taken()[GATEWAY]
            assert system.store.fold(GATEWAY, before=before, after=after, changes=Changes())
            print(f"day {number + 1} of {DAYS} is written", file=sys.stderr)


def batches(entries: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    found = iter(entries)
    while batch := list(islice(found, size)):
        yield batch


def declared() -> OperatingModel:
    """Declare the use cases and models that the calls name."""
    cases = [ways[0].purpose for ways in organisation()]
    providers = sorted({made.provider for ways in organisation() for made in ways})
    served = {made.purpose.model: made for ways in organisation() for made in ways}
    blocks: dict[str, Any] = {}
    technologies: dict[str, str] = {}
    for model, made in sorted(served.items()):
        technology, name = MODELS[int(model[7])]
        technologies[made.provider] = technology
        price = {"starts": "2026-01-01", "input": str(made.rates.input), "output": str(made.rates.output)}
        blocks[model] = {
            "name": name,
            "provider": made.provider,
            "context_tokens": 200_000,
            "output_tokens_max": 8_192,
            "options": {"model": name},
            "prices": [price],
        }
    allowed = {"calls": "true", "models": "any", "spend": "unlimited"}
    return OperatingModel.model_validate(
        {
            "organisation": {"name": "Made up", "contact": "head@example.com", "currency": "EUR"},
            "units": {case.unit: {"name": case.unit, "lead": "lead@example.com"} for case in cases},
            "providers": {each: {"technology": technologies[each]} for each in providers},
            "stages": {case.stage: {"description": case.stage, "remit": allowed} for case in cases},
            "use_cases": {
                case.use_case: {
                    "name": case.use_case,
                    "unit": case.unit,
                    "purpose": "Made up to measure.",
                    "adoption": {"stage": case.stage, "basis": "Made up."},
                    "economy": {"answers_within_seconds": 86_400},
                }
                for case in cases
            },
            "blocks": blocks,
            "capacity": {
                "units": {
                    "name": "Units on offer",
                    "kind": "provisioned",
                    "model": next(iter(blocks)),
                    "per_hour": "20.00 EUR",
                    "input_tokens_per_minute": 200_000,
                    "output_tokens_per_minute": 40_000,
                }
            },
        }
    )


class Stopped:
    """A clock that stands at the end of the month that was made up."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


class Spent:
    """How long each kind of work took, and how large the process had become by then."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor: dict[str, float] = {}
        self.peak_mb: dict[str, int] = {}

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        began, busy = time.perf_counter(), time.process_time()
        yield
        self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - began
        self.processor[what] = self.processor.get(what, 0.0) + time.process_time() - busy
        self.peak_mb[what] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024

    def each(self, what: str, found: Iterator[tuple[str, CallColumns]]) -> Iterator[tuple[str, CallColumns]]:
        """Give one after the other, and count the time until each is there."""
        while True:
            with self.on(what):
                one = next(found, None)
            if one is None:
                return
            yield one


def measure(home: Path) -> str:
    """Read the calls and replay them, use case by use case."""
    spent, model = Spent(), declared()
    text = resources.files("remit.decide.finops").joinpath("prompt_caches.yaml").read_text("utf-8")
    until = STARTS + timedelta(days=DAYS - 1)
    around = Around(model, STARTS, until, caches=read_cache_rules(text))
    resolver = Resolver(model)
    with open_system(read_settings({"REMIT_HOME": str(home)})) as system:
        with spent.on("columns"):
            calls = read_call_columns(system, since=SINCE, until=SINCE + timedelta(days=DAYS + 1))
        with spent.on("charges, replayed"):
            replayed = replayed_charge(calls)
        for use_case, own in spent.each("split by use case", by_use_case(calls)):
            with spent.on("split by use case"):
                remit = resolver.remit(use_case, "launch")
                work = around.workload(own, use_case=use_case, remit=remit)
            for what, way in WAYS.items():
                with spent.on(what):
                    list(way(work))
        with spent.on("`remit finops advise`, whole"):
            # What was read above is read again.
            total, digested = len(calls), len(calls.prefix)
            del calls, own, work
            at = Stopped(SINCE + timedelta(days=DAYS, hours=12))
            advised = advise(replace(system, clock=at), days=DAYS)
        recorded = dict(query_ledger(system, _RECORDED, Bounds()).rows)
    assert replayed == recorded, "charges come out as they were recorded"
    rows = [
        (what, f"{spent.seconds[what]:.2f}", f"{spent.processor[what]:.2f}", f"{spent.peak_mb[what]:,}")
        for what in spent.seconds
    ]
    charged = sum(replayed.values(), Decimal(0))
    return "\n\n".join(
        (
            f"{total:,} calls, made up, of {len(model.use_cases)} use cases; {digested:,} digests of"
            f" beginnings; {len(advised.ranking.ranked)} savings; {charged} EUR replayed as recorded,"
            " to the last digit",
            table(
                ["work", "seconds", "seconds of processor time", "peak MB by then"],
                rows,
                right=frozenset({1, 2, 3}),
            ),
        )
    )


_RECORDED = """
    select model, sum(charge) from calls
    where status not in ('blocked', 'interrupted') and judges is null and hedge_of is null group by model
"""


def digests() -> str:
    """Measure what the digests of a prompt's beginnings cost a call."""
    rows = []
    for size in (1_024, 32_768, 262_144):
        request = ModelRequest("model/m", (Message.of("user", "word " * (size // 5)),))
        took = []
        for _ in range(200):
            began = time.perf_counter()
            prefix_of(request, blake2b(key=b"secret", digest_size=8))
            took.append(time.perf_counter() - began)
        rows.append((f"{size // 1_024} KiB", f"{min(took) * 1e6:,.0f}", f"{sorted(took)[100] * 1e6:,.0f}"))
    return table(["prompt", "least µs", "median µs"], rows, right=frozenset({1, 2}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, default=os.environ.get("REMIT_TRACE_DATA"))
    parser.add_argument("--home", type=Path, help="where the ledger is written; it stays there")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    # As the commands do.
    gc.set_threshold(100_000, 20, 20)
    if asked.measure:
        print(measure(asked.home))
        return
    if asked.data is None:
        parser.error("name the directory with the public traces: --data, or REMIT_TRACE_DATA")
    with tempfile.TemporaryDirectory() as temporary:
        home = asked.home or Path(temporary)
        if not (home / "lake").exists():
            fill(home, asked.calls, read_shapes(Path(asked.data)))
        subprocess.run([sys.executable, __file__, "--home", str(home), "--measure"], check=True)
    print("\n" + digests())


if __name__ == "__main__":
    main()

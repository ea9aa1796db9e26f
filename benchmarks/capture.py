"""What it costs a call that its prompt and answer are kept: on its own time, and on the thread that keeps it.

It runs alone in one process, on real journals and a real store, with a provider in memory. A call's own cost
is the processor time of the thread that calls are served on; it is measured with what is kept taken out of
the way, in turn with the same call under a remit that keeps nothing.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from remit.bootstrap import open_system
from remit.cli.directory import load_directory
from remit.enforce.answer import Delta, Finish, ModelEvent
from remit.enforce.key import Key
from remit.enforce.request import Message, ModelRequest, Request, Terms
from remit.kernel.usage import Usage
from remit.operations.admitted import Admitted
from remit.operations.apply_model import apply_model
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import stream
from remit.operations.capture_queue import Handed
from remit.operations.issue_key import issue_key
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from remit.settings import read_settings

REPEATS, CALLS, PIECES = 15, 200, 100
SAID = "The roof was damaged by the storm of the 12th, says Ada Lovelace of ada@example.com. " * 6
_FINISH = Finish("stop", Usage(input_tokens=100, output_tokens=PIECES), "ready")
_MODEL = """\
organisation:
  name: Benchmark
  contact: platform@example.org
  currency: EUR
  remit: {{models: any, data_class_max: confidential, spend: [{{limit: 900000.00 EUR, per: month}}]}}
units: {{claims: {{name: Claims, lead: claims-lead@example.org}}}}
providers: {{ready: {{technology: echo}}}}
blocks:
  model/ready:
    name: Ready
    provider: ready
    context_tokens: 8192
    output_tokens_max: 4096
    data_class_max: confidential
    prices: [{{starts: 2020-01-01, input: 1.00, output: 2.00}}]
stages: {{experiment: {{description: A pilot., remit: {{calls: true}}}}}}
use_cases:{cases}
"""
_CASE = """
  {name}:
    name: {name}
    unit: claims
    owner: owner@example.org
    purpose: Measure {name}.
    adoption: {{stage: experiment, basis: It is measured.}}
    remit: {{capture_max: {name}, retention_days: 30}}"""


class Figures(msgspec.Struct, frozen=True):
    """Microseconds of one call, by how it is kept: its own, what that adds, and those of the thread.

    `handing` is to put a call into the queue and wake the thread, which `added` leaves out.
    """

    kind: str
    off: float
    raw_added: float
    masked_added: float
    raw_behind: float
    masked_behind: float
    handing: float


class _Ready:
    name = "ready"
    simulated = False
    counts = False

    def __init__(self, pieces: int) -> None:
        self._pieces = pieces

    def refuses(self, request: Request, *, options: Mapping[str, str]) -> str:
        return ""

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        for _ in range(self._pieces):
            yield [Delta("word ")]
        yield [_FINISH]

    async def count(self, request: ModelRequest, terms: Terms) -> int | None:
        return None

    async def close(self) -> None:
        return


async def _run(worker: Worker, key: Key, *, streamed: bool) -> float:
    """Make calls from their admission to their end; returns microseconds of this thread for each."""
    request = ModelRequest("model/ready", (Message.of("user", SAID),), output_tokens_max=1_000)
    began = time.thread_time_ns()
    for _ in range(CALLS):
        admitted = authorize(worker, key, Asked(request, streamed))
        assert isinstance(admitted, Admitted), admitted
        async with aclosing(stream(admitted)) as events:
            async for _ in events:
                pass
    return (time.thread_time_ns() - began) / CALLS / 1000


@contextmanager
def _aside(worker: Worker, taken: list[Handed] | None = None) -> Iterator[None]:
    """Have what is handed over put in a list, or let go of, so that no other thread takes time meanwhile."""
    hand = worker.captures.hand

    def take(handed: Handed) -> bool:
        if taken is not None:
            taken.append(handed)
        return True

    worker.captures.hand = take  # type: ignore[method-assign]  # as said
    try:
        yield
    finally:
        worker.captures.hand = hand  # type: ignore[method-assign]  # put back


async def _own(worker: Worker, keys: Mapping[str, Key], *, streamed: bool) -> dict[str, list[float]]:
    spent: dict[str, list[float]] = {mode: [] for mode in keys}
    with _aside(worker):
        for number in range(REPEATS + 1):
            for mode, key in keys.items():
                found = await _run(worker, key, streamed=streamed)
                if number:
                    spent[mode].append(found)
    return spent


async def _behind(worker: Worker, key: Key, *, streamed: bool) -> tuple[float, float]:
    """Say what the thread takes for a call, with all else still, and what handing it over takes."""
    taken: list[Handed] = []
    with _aside(worker, taken):
        await _run(worker, key, streamed=streamed)
    queue = worker.captures
    before, began, own = queue.kept, time.process_time_ns(), time.thread_time_ns()
    for each in taken:
        assert queue.hand(each)
    handing = (time.thread_time_ns() - own) / len(taken) / 1000
    while queue.kept < before + len(taken):
        time.sleep(0.005)
    return (time.process_time_ns() - began) / len(taken) / 1000, handing


async def _measure(worker: Worker, keys: Mapping[str, Key], kind: str) -> Figures:
    streamed = kind == "streamed"
    own = await _own(worker, keys, streamed=streamed)
    behind, handing = {}, []
    for mode in ("raw", "masked"):
        await _behind(worker, keys[mode], streamed=streamed)
        found = [await _behind(worker, keys[mode], streamed=streamed) for _ in range(3)]
        behind[mode] = statistics.median(each for each, _ in found)
        handing += [each for _, each in found]
    added = {
        mode: statistics.median([one - other for one, other in zip(own[mode], own["off"], strict=True)])
        for mode in ("raw", "masked")
    }
    return Figures(
        kind,
        statistics.median(own["off"]),
        added["raw"],
        added["masked"],
        behind["raw"],
        behind["masked"],
        statistics.median(handing),
    )


def main() -> None:
    # As the gateway has it.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        cases = "".join(_CASE.format(name=mode) for mode in ("off", "raw", "masked"))
        (root / "model.yaml").write_text(_MODEL.format(cases=cases))
        loaded = load_directory(root)
        assert loaded.operating_model is not None, loaded.diagnostics
        with (
            open_system(read_settings({"REMIT_HOME": str(root / "home")})) as opened,
            opened.journals.exclusive(GATEWAY) as journal,
        ):
            apply_model(opened, loaded.operating_model, author="bench@example.org", reason="a benchmark")
            for kind, pieces in (("whole", 1), ("streamed", PIECES)):
                system = replace(opened, make_provider=lambda *_, pieces=pieces: _Ready(pieces))
                secrets = {
                    mode: issue_key(system, mode, author="bench@example.org").secret
                    for mode in ("off", "raw", "masked")
                }
                worker = Worker(system, journal)
                keys = {mode: authenticate(worker, secret) for mode, secret in secrets.items()}
                assert all(isinstance(key, Key) for key in keys.values())
                figures = asyncio.run(_measure(worker, keys, kind))  # type: ignore[arg-type]  # asserted above
                worker.captures.close()
                sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")


if __name__ == "__main__":
    main()

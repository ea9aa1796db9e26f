"""Measure a governed call against a direct one, in one run, on a provider that answers at once.

Nothing passes or fails on time. What fails the run is a wrong answer or a ledger that does not agree.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import msgspec

from exchange import CHARGE, KINDS, PIECES, WORD, Kind, post
from governed import Proof, gateway, install, prove
from host import Cores, Held, Running, cpu_ns, held_by, line_of, machine, process, python, wait_until_quiet
from load import Measured, Task
from remit.cli.table import table
from step_table import step_table
from steps import Steps

HERE = Path(__file__).parent
CONNECTIONS = (1, 32)
REQUESTS_MAX = 100_000


class Plan(msgspec.Struct, frozen=True):
    """How long a run takes."""

    rounds: int
    direct_s: float
    governed_s: float
    warm_s: float
    step_times: int


FULL = Plan(rounds=3, direct_s=0.5, governed_s=1.5, warm_s=0.3, step_times=200)
QUICK = Plan(rounds=1, direct_s=0.2, governed_s=0.4, warm_s=0.1, step_times=40)


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement: `path` is `direct` or `governed`; CPU is of the process that answers."""

    round: int
    kind: str
    connections: int
    path: str
    measured: Measured
    cpu_ms: float

    @property
    def rate(self) -> float:
        return self.measured.sent / self.measured.seconds


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a run found."""

    machine: dict[str, str]
    plan: Plan
    cells: list[Cell]
    steps: dict[str, Steps]
    server_only_us: float
    held_at_start: Held
    held_at_end: Held
    proof: Proof
    took_s: float


class Bench:
    """The processes of one run, and what the client has sent through the gateway so far."""

    def __init__(self, stack: ExitStack, home: Path, plan: Plan) -> None:
        self.plan = plan
        self.sent = 0
        cores = Cores.here()
        # The upstream of the direct path runs where the gateway runs, so that both paths cross cores alike.
        self._near, self._near_port = _upstream(stack, cores.measured)
        _, self.far_port = _upstream(stack, cores.other)
        self._client = stack.enter_context(_script("load.py", core=cores.other))
        self.steps = self._measure_steps(cores)
        self._key = install(home, upstream_port=self.far_port)
        self.gateway, self._port = stack.enter_context(gateway(home, core=cores.measured))

    def _measure_steps(self, cores: Cores) -> dict[str, Steps]:
        arguments = (str(self.far_port), str(self.plan.step_times))
        with _script("steps.py", *arguments, core=cores.measured) as running:
            return msgspec.json.decode(line_of(running), type=dict[str, Steps])

    def _load(self, task: Task) -> Measured:
        assert self._client.stdin is not None
        self._client.stdin.write(msgspec.json.encode(task).decode() + "\n")
        self._client.stdin.flush()
        measured = msgspec.json.decode(line_of(self._client), type=Measured)
        if measured.unsound:
            raise SystemExit(f"{measured.unsound} of {measured.sent} answers were wrong: {measured.fault}")
        return measured

    def direct(self, kind: Kind, connections: int, *, seconds: float, round: int) -> Cell:
        task = _task(self._near_port, post(kind.body), connections, seconds)
        return self._cell(task, self._near.pid, kind, round=round, path="direct")

    def governed(self, kind: Kind, connections: int, *, seconds: float, round: int) -> Cell:
        task = _task(self._port, post(kind.body, key=self._key), connections, seconds)
        cell = self._cell(task, self.gateway.pid, kind, round=round, path="governed")
        self.sent += cell.measured.sent
        return cell

    def _cell(self, task: Task, pid: int, kind: Kind, *, round: int, path: str) -> Cell:
        before = cpu_ns(pid)
        measured = self._load(task)
        wait_until_quiet(pid)
        cpu_ms = (cpu_ns(pid) - before) / 1e6 / measured.sent
        return Cell(
            round=round,
            kind=kind.name,
            connections=task.connections,
            path=path,
            measured=measured,
            cpu_ms=cpu_ms,
        )

    def server_only_us(self) -> float:
        """Ask the gateway's server for what takes no call: the share of HTTP and its framework."""
        request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        before = cpu_ns(self.gateway.pid)
        measured = self._load(
            Task(
                port=self._port,
                request=request,
                connections=max(CONNECTIONS),
                seconds=self.plan.direct_s,
                requests_max=REQUESTS_MAX,
            )
        )
        return (cpu_ns(self.gateway.pid) - before) / 1e3 / measured.sent

    def warm(self) -> None:
        for kind in KINDS:
            self.direct(kind, max(CONNECTIONS), seconds=self.plan.warm_s, round=0)
            self.governed(kind, max(CONNECTIONS), seconds=self.plan.warm_s, round=0)

    def rounds(self) -> Iterable[Cell]:
        """Measure each pair as neighbours; which goes first changes from round to round."""
        for round in range(1, self.plan.rounds + 1):
            for kind in KINDS:
                for connections in CONNECTIONS:
                    if round % 2:
                        yield self.direct(kind, connections, seconds=self.plan.direct_s, round=round)
                    yield self.governed(kind, connections, seconds=self.plan.governed_s, round=round)
                    if not round % 2:
                        yield self.direct(kind, connections, seconds=self.plan.direct_s, round=round)


def _task(port: int, request: bytes, connections: int, seconds: float) -> Task:
    return Task(
        port=port,
        request=request,
        connections=connections,
        seconds=seconds,
        requests_max=REQUESTS_MAX,
        word=WORD,
        words=PIECES,
    )


def _script(name: str, *arguments: str, core: int) -> AbstractContextManager[Running]:
    return process(python(str(HERE / name), *arguments), core=core, environment=os.environ)


def _upstream(stack: ExitStack, core: int) -> tuple[Running, int]:
    running = stack.enter_context(_script("static_upstream.py", core=core))
    return running, int(line_of(running))


def run(plan: Plan) -> Results:
    began = time.monotonic()
    described = machine()
    with tempfile.TemporaryDirectory(prefix="remit-bench-") as folder:
        home = Path(folder)
        with ExitStack() as stack:
            bench = Bench(stack, home, plan)
            bench.warm()
            at_start = held_by(bench.gateway.pid)
            cells = list(bench.rounds())
            at_end = held_by(bench.gateway.pid)
            server_only_us = bench.server_only_us()
        proof = prove(home, requests=bench.sent)
    return Results(
        machine=described,
        plan=plan,
        cells=cells,
        steps=bench.steps,
        server_only_us=server_only_us,
        held_at_start=at_start,
        held_at_end=at_end,
        proof=proof,
        took_s=time.monotonic() - began,
    )


# ── what people read ──


def _spread(values: Sequence[float], form: str) -> str:
    """Write a median and, over several rounds, the range around it."""
    middle = format(statistics.median(values), form)
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):{form}}–{max(values):{form}})"


COLUMNS = ("p50 ms", "p95 ms", "p99 ms", "requests/s", "CPU ms/request")
FORMS = (".3f", ".3f", ".3f", ",.0f", ".4f")


def _figures(cell: Cell) -> tuple[float, ...]:
    measured = cell.measured
    return measured.ms_p50, measured.ms_p95, measured.ms_p99, cell.rate, cell.cpu_ms


def _calls_table(cells: Sequence[Cell]) -> str:
    rows: list[list[str]] = []
    for kind in KINDS:
        for connections in CONNECTIONS:
            pair = {
                path: [
                    _figures(cell)
                    for cell in sorted(cells, key=lambda each: each.round)
                    if (cell.kind, cell.connections, cell.path) == (kind.name, connections, path)
                ]
                for path in ("direct", "governed")
            }
            for path, figures in pair.items():
                columns = zip(*figures, strict=True)
                spreads = [_spread(values, form) for values, form in zip(columns, FORMS, strict=True)]
                rows.append([kind.name, str(connections), path, *spreads])
            ratios = [
                [over / under for over, under in zip(governed, direct, strict=True)]
                for direct, governed in zip(pair["direct"], pair["governed"], strict=True)
            ]
            shown = [
                _spread(values, ".3f" if at == 3 else ".1f")
                for at, values in enumerate(zip(*ratios, strict=True))
            ]
            rows.append(["", "", "× direct", *shown])
    return table(["answer", "conn.", "path", *COLUMNS], rows, right=frozenset({1, 3, 4, 5, 6, 7}))


def _steps_table(results: Results) -> str:
    return step_table(
        [kind.name for kind in KINDS],
        [results.steps[kind.name] for kind in KINDS],
        whole=[_cpu_us(results.cells, kind) for kind in KINDS],
        compared=[("for comparison: GET /healthz", results.server_only_us)],
    )


def _cpu_us(cells: Sequence[Cell], kind: Kind) -> float:
    wanted = (kind.name, max(CONNECTIONS), "governed")
    return 1000 * statistics.median(
        cell.cpu_ms for cell in cells if (cell.kind, cell.connections, cell.path) == wanted
    )


def _held_line(results: Results) -> str:
    start, end = results.held_at_start, results.held_at_end
    return (
        f"gateway, after warm-up → at the end: PSS {start.pss_mib:.1f} → {end.pss_mib:.1f} MiB,"
        f" RSS {start.rss_mib:.1f} → {end.rss_mib:.1f} MiB,"
        f" {start.descriptors} → {end.descriptors} descriptors, {start.threads} → {end.threads} threads"
    )


def _proof_lines(proof: Proof) -> str:
    balances = ", ".join(f"{pool} {amount}" for pool, amount in proof.posted.items())
    faults = f"{len(proof.faults)} faults: {proof.faults[0]}" if proof.faults else "no fault"
    return "\n".join(
        [
            f"ledger: {proof.verified:,} lines verified, {faults}",
            f"requests sent {proof.requests:,}; entries of calls {proof.calls:,},"
            f" completed {proof.completed:,}, rolled up {proof.rolled_up:,};"
            f" holds left open {proof.holds_open}",
            f"requests × price {proof.requests:,} × {CHARGE.normalize():f} = {proof.expected} EUR;"
            f" charged {proof.charged}; posted: {balances}",
            "the ledger agrees with the client"
            if proof.holds
            else "THE LEDGER DOES NOT AGREE WITH THE CLIENT",
        ]
    )


def render(results: Results) -> str:
    """Lay a run out as text."""
    plan = results.plan
    return "\n\n".join(
        [
            "\n".join(f"{name:<12}  {value}" for name, value in results.machine.items()),
            f"{plan.rounds} rounds; direct {plan.direct_s} s and governed {plan.governed_s} s each;"
            " median over rounds (least–most)",
            _calls_table(results.cells),
            "where the time goes (the work of the gateway's process, not waiting)\n" + _steps_table(results),
            _held_line(results),
            _proof_lines(results.proof),
            f"took {results.took_s:.0f} s",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, in about 15 s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    given = parser.parse_args()
    # A signal to end unwinds the run, which then ends what it started and removes its directory.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    results = run(QUICK if given.quick else FULL)
    print(render(results))
    if given.json is not None:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2))
    return 0 if results.proof.holds else 1


if __name__ == "__main__":
    sys.exit(main())

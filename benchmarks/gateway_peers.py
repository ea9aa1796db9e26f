"""Measure our gateway beside its peers, in one run, on a provider that answers at once.

Every peer that `make bench-peers` installed is measured; the others are named. Without an option all parts
run: the cells, the steps, the race for money and many slow streams. Nothing passes or fails on time. What
fails the run is a wrong answer of ours, a ledger that does not agree, or a budget that was overspent.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from cells import MANY, PIECES, Bench, Cell, Contender, Measured, halt, wake
from compiled import Target, provider
from exchange import INPUT_RATE, INPUT_TOKENS, KINDS, OUTPUT_RATE, WHOLE
from governed import Proof, gateway, install, prove
from host import Cores, family_pss_mib, line_of, machine, process, python
from marked_block import rewritten
from peer_report import OURS, absent, bars, figures, race_title, races, ratios, streams
from peers import Peer, Unanswered, first_answer, free_port, installed, serving
from race import Raced, race_ours, race_peer
from remit import __version__
from slow_streams import Streamed, stream_slowly
from step_table import step_table
from steps import Steps

HERE = Path(__file__).parent
STREAMED_MANY = Cell(name=f"32 connections, streams of {PIECES} pieces", connections=32, streamed=True)
STEP_KINDS = (KINDS[0], KINDS[2])


class Plan(msgspec.Struct, frozen=True):
    """How long a run takes."""

    rounds: int
    warm_s: float
    direct_s: float
    seconds: float
    step_times: int
    race_rounds: int


FULL = Plan(rounds=3, warm_s=0.3, direct_s=0.3, seconds=1.0, step_times=200, race_rounds=10)
QUICK = Plan(rounds=1, warm_s=0.1, direct_s=0.2, seconds=0.4, step_times=40, race_rounds=3)


class Stepped(msgspec.Struct, frozen=True, kw_only=True):
    """Our steps, and the processor time of whole calls of the same kinds, in microseconds."""

    steps: dict[str, Steps]
    whole: dict[str, float]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a run found; a part that was not asked for is absent."""

    at: str
    machine: dict[str, str]
    plan: Plan
    measured: list[Measured] = []
    stepped: Stepped | None = None
    proof: Proof | None = None
    raced: list[Raced] = []
    streamed: Streamed | None = None
    took_s: float

    @property
    def ours(self) -> Measured | None:
        return next((each for each in self.measured if each.name == OURS), None)

    @property
    def sound(self) -> bool:
        """Say whether ours gave every answer, kept every account and let no budget be overspent."""
        ours = self.ours
        return (
            (ours is None or not ours.fault)
            and (self.proof is None or self.proof.holds)
            and all(each.strict for each in self.raced if each.name.startswith(OURS) and each.admitted)
            and (self.streamed is None or self.streamed.load.ok == self.streamed.load.sent)
        )


def _start_ours(stack: ExitStack, home: Path, *, upstream: int, core: int) -> Contender:
    key = install(home, upstream_port=upstream)
    began = time.monotonic()
    running, port = stack.enter_context(gateway(home, core=core))
    target = Target(port=port, headers=(f"Authorization: Bearer {key}",), model=WHOLE)
    first_answer(target)
    return Contender(
        name=OURS,
        version=__version__,
        does="key, remit, three budgets, a rate limit, guardrail (personal data, secrets), journal",
        pid=running.pid,
        target=target,
        start_s=time.monotonic() - began,
        sent={1: 1},
    )


def _start_peer(stack: ExitStack, peer: Peer, folder: Path, *, upstream: int, core: int) -> Contender:
    started = stack.enter_context(
        serving(peer, upstream=upstream, port=free_port(), core=core, folder=folder)
    )
    return Contender(
        name=peer.name,
        version=peer.version,
        does=peer.does,
        pid=started.pid,
        target=started.target,
        start_s=started.start_s,
    )


def measure_cells(plan: Plan, peers: Sequence[Peer]) -> tuple[list[Measured], Stepped, Proof]:
    """Measure ours and the peers in turn, then our steps; returns them with what our ledger says."""
    cores = Cores.here()
    with tempfile.TemporaryDirectory(prefix="remit-bench-") as folder:
        home = Path(folder) / "home"
        unanswered: list[Measured] = []
        with ExitStack() as stack:
            # The neighbour without a gateway runs where gateways run, so that both cross cores alike.
            near, near_port = stack.enter_context(provider(core=cores.measured))
            _, upstream = stack.enter_context(provider(core=cores.other))
            bench = Bench(
                near=Target(port=near_port, model=WHOLE),
                near_pid=near.pid,
                core=cores.other,
                warm_s=plan.warm_s,
                direct_s=plan.direct_s,
                seconds=plan.seconds,
            )
            ours = _start_ours(stack, home, upstream=upstream, core=cores.measured)
            contenders = [_rested(stack, ours)]
            for number, peer in enumerate(peers):
                print(f"starting {peer.name}", file=sys.stderr)
                place = Path(folder) / f"peer-{number}"
                try:
                    started = _start_peer(stack, peer, place, upstream=upstream, core=cores.measured)
                except Unanswered as fault:
                    unanswered.append(_without_figures(peer, f"is installed and does not answer: {fault}"))
                    continue
                contenders.append(_rested(stack, started))
            bench.rounds(contenders, plan.rounds)
            load, cpu_ms = bench.load(ours, STREAMED_MANY, seconds=plan.seconds)
            rate = ours.measured().median(MANY, "cpu_ms_per_call") or 0.0
            whole = [1000 * rate, 1000 * cpu_ms / max(1, load.ok)]
        stepped = Stepped(
            steps=_measure_steps(plan, cores),
            whole={kind.name: us for kind, us in zip(STEP_KINDS, whole, strict=True)},
        )
        proof = prove(home, requests=sum(ours.sent.values()), expected=charge(ours.sent))
    return [*(each.measured() for each in contenders), *unanswered], stepped, proof


def _rested(stack: ExitStack, contender: Contender) -> Contender:
    """Note what a gateway holds after its first answer, and halt it until its turn."""
    contender.pss_mib_idle = family_pss_mib(contender.pid)
    # A process that is halted does not hear that it should end.
    stack.callback(wake, contender.pid)
    halt(contender.pid)
    return contender


def _without_figures(peer: Peer, fault: str) -> Measured:
    return Measured(name=peer.name, version=peer.version, does=peer.does, fault=fault)


def _measure_steps(plan: Plan, cores: Cores) -> dict[str, Steps]:
    # The steps' own static provider tells its two models apart, which the compiled one does not.
    with process(
        python(str(HERE / "static_upstream.py")), core=cores.other, environment=os.environ
    ) as upstream:
        command = python(str(HERE / "steps.py"), line_of(upstream), str(plan.step_times))
        with process(command, core=cores.measured, environment=os.environ) as running:
            return msgspec.json.decode(line_of(running), type=dict[str, Steps])


def charge(sent: dict[int, int]) -> Decimal:
    """Work out what calls cost, by how many were sent with how many tokens.

    >>> charge({20: 2, 1: 1})
    Decimal('0.0000462')
    """
    return sum(
        (
            calls * (INPUT_TOKENS * INPUT_RATE + tokens * OUTPUT_RATE) / 1_000_000
            for tokens, calls in sent.items()
        ),
        Decimal(0),
    )


def measure_races(plan: Plan, peers: Sequence[Peer]) -> list[Raced]:
    ours = [race_ours(rounds=plan.race_rounds, workers=workers) for workers in (1, 2)]
    return ours + [race_peer(peer, rounds=plan.race_rounds) for peer in peers]


# ── what people read ──


def render(results: Results) -> str:
    """Lay a run out as text."""
    plan = results.plan
    parts = ["\n".join(f"{name:<12}  {value}" for name, value in results.machine.items())]
    if results.measured:
        parts += _cells_parts(results)
    if results.raced:
        parts.append(f"{race_title()}\n{races(results.raced)}")
    if results.streamed is not None:
        parts.append(streams(results.streamed))
    parts.append(
        f"{results.at}, {plan.rounds} rounds of {plan.seconds} s a cell, medians; took {results.took_s:.0f} s"
    )
    return "\n\n".join(parts)


def _cells_parts(results: Results) -> list[str]:
    assert results.ours is not None
    parts = [figures(results.measured), ratios(results.measured), bars(results.ours)]
    if missing := absent(results.measured):
        parts.append(missing)
    if (stepped := results.stepped) is not None:
        kinds = list(stepped.whole)
        steps = [stepped.steps[kind] for kind in kinds]
        text = step_table(kinds, steps, whole=[stepped.whole[kind] for kind in kinds])
        parts.append(f"where the time of ours goes (work of its process, not waiting)\n{text}")
    if (proof := results.proof) is not None:
        agrees = "agrees" if proof.holds else "DOES NOT AGREE"
        parts.append(
            f"our ledger {agrees} with the client: {proof.requests:,} requests,"
            f" {proof.completed:,} completed, {proof.holds_open} holds open,"
            f" {proof.charged} EUR charged of {proof.expected}"
        )
    return parts


def main() -> int:
    reads = argparse.ArgumentParser(description=__doc__)
    reads.add_argument("--quick", action="store_true", help="one short round of everything")
    reads.add_argument("--cells", action="store_true", help="only the cells, the bar and the steps")
    reads.add_argument("--race", action="store_true", help="only the race for money")
    reads.add_argument(
        "--streams", type=int, nargs="?", const=10_000, metavar="N", help="only so many slow streams at once"
    )
    reads.add_argument("--peers", metavar="NAMES", help="only these, with commas; `none` for ours alone")
    reads.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    reads.add_argument("--page", type=Path, metavar="FILE", help="rewrite the block of figures of a page")
    given = reads.parse_args()
    # A signal to end unwinds the run, which then ends what it started and removes its directory.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    results = run(given)
    text = render(results)
    print(text)
    if given.json is not None:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2))
    if given.page is not None:
        page = given.page.read_text("utf-8")
        given.page.write_text(rewritten(page, f"```\n{text}\n```"), "utf-8")
    return 0 if results.sound else 1


def run(given: argparse.Namespace) -> Results:
    plan = QUICK if given.quick else FULL
    everything = not (given.cells or given.race or given.streams)
    here, missing = installed(given.peers.lower().split(",") if given.peers else ())
    began, at = time.monotonic(), datetime.now(UTC)
    described = machine()
    measured: list[Measured] = []
    stepped = proof = streamed = None
    raced: list[Raced] = []
    if everything or given.cells:
        measured, stepped, proof = measure_cells(plan, here)
        measured += [
            _without_figures(peer, "is not installed; `make bench-peers` does it") for peer in missing
        ]
    if everything or given.race:
        raced = measure_races(plan, here)
    if everything or given.streams:
        streamed = stream_slowly(given.streams or (1_000 if given.quick else 10_000))
    return Results(
        at=f"{at:%Y-%m-%d %H:%M} UTC",
        machine=described,
        plan=plan,
        measured=measured,
        stepped=stepped,
        proof=proof,
        raced=raced,
        streamed=streamed,
        took_s=time.monotonic() - began,
    )


if __name__ == "__main__":
    sys.exit(main())

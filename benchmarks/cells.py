"""The cells of the comparison: what each asks, how it is measured, and who is measured."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from compiled import Load, Target, body, loaded, loading
from exchange import QUESTION
from host import family, family_cpu_ns, family_pss_mib, wait_until_quiet

PIECES = 20
"""Of a stream that is not paced, and the tokens of a whole answer."""
PAUSE_US = 5_000
STREAMS = 16
_SETTLE_S = 0.05


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One way of asking. A paced stream is as long as the cell, so that each connection has one."""

    name: str
    connections: int
    streamed: bool = False
    paced: bool = False

    def tokens(self, seconds: float) -> int:
        return max(1, round(seconds * 1e6 / PAUSE_US)) if self.paced else PIECES


ONE = Cell(name="1 connection", connections=1)
MANY = Cell(name="32 connections", connections=32)
PACED = Cell(name=f"{STREAMS} streams, 200 pieces/s each", connections=STREAMS, streamed=True, paced=True)
UNPACED = Cell(name=f"streams of {PIECES} pieces, 1 connection", connections=1, streamed=True)
CELLS = (ONE, MANY, PACED, UNPACED)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What one cell of one round found, and what its neighbour did: the same, without a gateway."""

    round: int
    cell: str
    load: Load
    cpu_ms: float
    """Of all the processes of whoever answers, over the whole cell."""
    direct: Load
    direct_cpu_ms: float

    @property
    def cpu_ms_per_call(self) -> float:
        return self.cpu_ms / self.load.ok

    @property
    def cpu_us_per_piece(self) -> float:
        return 1000 * self.cpu_ms / self.load.pieces

    @property
    def rate(self) -> float:
        return self.load.ok / self.load.seconds

    @property
    def added_us_p50(self) -> float:
        return self.load.us_p50 - self.direct.us_p50

    @property
    def times_direct(self) -> float:
        return self.load.us_p50 / self.direct.us_p50


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one gateway. `fault` says why there are no figures."""

    name: str
    version: str
    does: str
    start_s: float = -1
    pss_mib_idle: float = -1
    pss_mib_end: float = -1
    figures: tuple[Figures, ...] = ()
    fault: str = ""

    def of(self, cell: Cell) -> list[Figures]:
        return [each for each in self.figures if each.cell == cell.name]

    def median(self, cell: Cell, what: str) -> float | None:
        """The median over the rounds of one figure, named as a property of Figures or a field of its load."""
        found = self.of(cell)
        if not found:
            return None
        values: list[float] = [
            getattr(each.load if what in Load.__struct_fields__ else each, what) for each in found
        ]
        return statistics.median(values)


class Contender(msgspec.Struct, kw_only=True):
    """One gateway that runs, and what has been found about it so far."""

    name: str
    version: str
    does: str
    pid: int
    target: Target
    start_s: float
    pss_mib_idle: float = -1
    pss_mib_end: float = -1
    sent: dict[int, int] = {}
    """The calls that were sent, by their tokens."""
    figures: list[Figures] = []
    fault: str = ""

    def measured(self) -> Measured:
        return Measured(
            name=self.name,
            version=self.version,
            does=self.does,
            start_s=self.start_s,
            pss_mib_idle=self.pss_mib_idle,
            pss_mib_end=self.pss_mib_end,
            figures=tuple(self.figures),
            fault=self.fault,
        )


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """Where the neighbour without a gateway is, and how long cells take."""

    near: Target
    near_pid: int
    core: int
    """Of the load client."""
    warm_s: float
    direct_s: float
    seconds: float

    def ask(self, target: Target, pid: int, cell: Cell, seconds: float) -> tuple[Load, float]:
        """Load a target once; returns what the client saw, and the processor time of whoever answered."""
        asked = body(
            target.model,
            question=QUESTION,
            tokens=cell.tokens(seconds),
            streamed=cell.streamed,
            pause_us=PAUSE_US if cell.paced else 0,
        )
        options = ("-n", str(cell.connections)) if cell.paced else ()
        before = family_cpu_ns(pid)
        with loading(
            target,
            asked,
            core=self.core,
            connections=cell.connections,
            seconds=seconds,
            options=options,
        ) as running:
            load = loaded(running)
        if pid != self.near_pid:  # which puts nothing off
            wait_until_quiet(pid)
        return load, (family_cpu_ns(pid) - before) / 1e6

    def load(self, contender: Contender, cell: Cell, *, seconds: float) -> tuple[Load, float]:
        """Load a gateway; a wrong answer is its fault, and no figure of it."""
        with awake(contender.pid):
            load, cpu_ms = self.ask(contender.target, contender.pid, cell, seconds)
            contender.pss_mib_end = family_pss_mib(contender.pid)
        tokens = cell.tokens(seconds)
        contender.sent[tokens] = contender.sent.get(tokens, 0) + load.sent
        if load.refused or load.broken or not load.ok:
            contender.fault = f"{cell.name}: {load.refused} refused, {load.broken} broken: {load.fault}"
        return load, cpu_ms

    def measure(self, contender: Contender, cell: Cell, *, round: int) -> None:
        """Measure the neighbour without a gateway, and then the gateway."""
        direct, direct_cpu_ms = self.ask(self.near, self.near_pid, cell, self.direct_s)
        load, cpu_ms = self.load(contender, cell, seconds=self.seconds)
        if contender.fault:
            return
        contender.figures.append(
            Figures(
                round=round,
                cell=cell.name,
                load=load,
                cpu_ms=cpu_ms,
                direct=direct,
                direct_cpu_ms=direct_cpu_ms,
            )
        )

    def rounds(self, contenders: Sequence[Contender], count: int) -> None:
        """Warm everybody, and then measure all in turn, in each round in another order."""
        for contender in contenders:
            for cell in (MANY, UNPACED):
                self.load(contender, cell, seconds=self.warm_s)
        for round in range(1, count + 1):
            turn = round % len(contenders)
            for contender in [*contenders[turn:], *contenders[:turn]]:
                for cell in CELLS:
                    if not contender.fault:
                        self.measure(contender, cell, round=round)


def halt(pid: int) -> None:
    """Stop a gateway until it is its turn: some work while they wait."""
    for each in family(pid):
        os.kill(each, signal.SIGSTOP)


def wake(pid: int) -> None:
    """Let a gateway run that was halted, be it only to end."""
    for each in family(pid):
        os.kill(each, signal.SIGCONT)


@contextmanager
def awake(pid: int) -> Iterator[None]:
    wake(pid)
    time.sleep(_SETTLE_S)
    try:
        yield
    finally:
        halt(pid)

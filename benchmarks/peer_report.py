"""What people read of the comparison: figures, ratios, the bar, the race for money and the slow streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from cells import MANY, ONE, PACED, UNPACED, Cell, Measured
from race import ADMITTED, AT_ONCE, LIMIT, WORTH, Raced
from remit.cli.table import table
from slow_streams import PAUSE_S, Streamed

OURS = "Remit"
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of every gateway: how it is found, written and named."""

    heading: str
    of: Callable[[Measured], float | None]
    form: str


def _median(cell: Cell, what: str, *, unit: float = 1.0) -> Callable[[Measured], float | None]:
    def of(measured: Measured) -> float | None:
        value = measured.median(cell, what)
        return None if value is None else value * unit

    return of


def _pss_mib_most(measured: Measured) -> float | None:
    most = max(measured.pss_mib_idle, measured.pss_mib_end)
    return most if most > 0 else None


def _start_s(measured: Measured) -> float | None:
    return measured.start_s if measured.start_s >= 0 else None


ADDED = Column("added p50 ms", _median(ONE, "added_us_p50", unit=1e-3), ".3f")
RATE = Column("requests/s", _median(MANY, "rate"), ",.0f")
CPU = Column("CPU ms/call", _median(MANY, "cpu_ms_per_call"), ".4f")
CPU_PIECE = Column("CPU µs/piece", _median(PACED, "cpu_us_per_piece"), ".1f")
MEMORY = Column("PSS MiB", _pss_mib_most, ".0f")
START = Column("start s", _start_s, ".2f")

COLUMNS = (
    ADDED,
    Column("× direct", _median(ONE, "times_direct"), ".1f"),
    Column("CPU ms at 1", _median(ONE, "cpu_ms_per_call"), ".3f"),
    RATE,
    CPU,
    CPU_PIECE,
    Column("piece p50 ms", _median(PACED, "piece_us_p50", unit=1e-3), ".3f"),
    Column("piece p99 ms", _median(PACED, "piece_us_p99", unit=1e-3), ".2f"),
    Column("stream added ms", _median(UNPACED, "added_us_p50", unit=1e-3), ".3f"),
    MEMORY,
    START,
)

COMPARED = (ADDED, RATE, CPU, CPU_PIECE, MEMORY, START)

# What ours is held to: the column, the bound, and whether it is a least or a most.
BARS: tuple[tuple[str, Column, float, bool], ...] = (
    ("requests a second on one core, 32 connections", RATE, 8_000, True),
    ("CPU ms of a call, 32 connections", CPU, 0.12, False),
    ("ms added to the median, 1 connection", ADDED, 0.25, False),
    ("CPU µs of a paced piece", CPU_PIECE, 15.0, False),
    ("MiB of memory", MEMORY, 120.0, False),
    ("s from start to the first answer", START, 1.0, False),
)


def direct(all_: Sequence[Measured]) -> Measured:
    """Gather what the neighbours without a gateway did, as if they were one."""
    found = tuple(
        msgspec.structs.replace(figure, load=figure.direct, cpu_ms=figure.direct_cpu_ms)
        for each in all_
        for figure in each.figures
    )
    plain = Measured(name="direct", version="", does="", figures=found)
    us = plain.median(ONE, "us_p50")
    does = "no gateway" if us is None else f"no gateway: p50 is {us / 1000:.3f} ms"
    return msgspec.structs.replace(plain, does=does)


def figures(all_: Sequence[Measured]) -> str:
    """One line for each gateway, and one for calls without: medians over the rounds."""
    rows = [
        [each.name, *(_written(column, each) for column in COLUMNS), each.does]
        for each in (direct(all_), *all_)
        if each.figures
    ]
    headings = ["gateway", *(column.heading for column in COLUMNS), "what it does"]
    return table(headings, rows, right=frozenset(range(1, len(headings) - 1)))


def _written(column: Column, measured: Measured) -> str:
    value = column.of(measured)
    return NOTHING if value is None else format(value, column.form)


def ratio(over: float | None, under: float | None) -> str:
    """Write one figure as a multiple of another.

    >>> ratio(3.0, 2.0), ratio(300.0, 2.0), ratio(3.0, None), ratio(3.0, 0.0)
    ('1.50', '150', '–', '–')
    """
    if over is None or under is None or under <= 0:
        return NOTHING
    times = over / under
    return f"{times:.2f}" if times < 10 else f"{times:,.1f}" if times < 100 else f"{times:,.0f}"


def ratios(all_: Sequence[Measured]) -> str:
    """Each peer as a multiple of ours."""
    ours = next((each for each in all_ if each.name == OURS and each.figures), None)
    if ours is None:
        return "no figures of ours to compare with"
    rows = [
        [each.name, *(ratio(column.of(each), column.of(ours)) for column in COMPARED)]
        for each in all_
        if each.figures and each is not ours
    ]
    headings = [f"peer ÷ {OURS}", *(column.heading for column in COMPARED)]
    return table(headings, rows, right=frozenset(range(1, len(headings))))


def bars(ours: Measured) -> str:
    """Hold ours to its bar."""
    rows = []
    for said, column, bound, is_least in BARS:
        value = column.of(ours)
        met = value is not None and (value >= bound if is_least else value <= bound)
        rows.append(
            [
                said,
                NOTHING if value is None else format(value, column.form),
                f"{'≥' if is_least else '≤'} {bound:,g}",
                "met" if met else "MISSED",
            ]
        )
    return table(["the bar", "measured", "bound", ""], rows, right=frozenset({1, 2}))


def absent(faults: Sequence[Measured]) -> str:
    """Say of each peer without figures why it has none."""
    return "\n".join(f"{each.name}: {each.fault}" for each in faults if each.fault)


def races(all_: Sequence[Raced]) -> str:
    """One line for each gateway: how many of the calls at once were let through, by round."""
    rows = []
    for each in all_:
        if not each.admitted:
            rows.append([each.name, NOTHING, NOTHING, NOTHING, each.note])
            continue
        least, most = min(each.admitted), max(each.admitted)
        admitted = str(least) if least == most else f"{least}–{most}"
        spent = f"{most * WORTH:.2f} of {LIMIT}"
        rows.append([each.name, admitted, str(len(each.admitted)), spent, each.note])
    headings = ["gateway", f"admitted of {AT_ONCE}", "rounds", "most spent", "note"]
    return table(headings, rows, right=frozenset({1, 2, 3}))


def race_title() -> str:
    return (
        f"a race for money: {AT_ONCE} calls at once, each worth {WORTH}, on a budget of {LIMIT};"
        f" {ADMITTED} may be let through"
    )


def streams(found: Streamed) -> str:
    load = found.load
    lines = [
        f"{found.opened:,} slow streams at once on one worker, a piece every {PAUSE_S:g} s in each"
        f" ({found.wanted:,} wanted; a process may open {found.descriptors_max:,} files here)",
        f"memory {found.kib_per_stream:.1f} KiB a stream: PSS {found.pss_mib_idle:.1f} →"
        f" {found.pss_mib_full:.1f} MiB",
        f"delay of a piece p50 {load.piece_us_p50 / 1000:.2f} ms, p99 {load.piece_us_p99 / 1000:.2f} ms,"
        f" over {load.pieces:,} pieces while all were under way; {100 * found.cpu_share:.0f} % of a core",
        f"{load.ok:,} streams whole, {load.refused:,} refused, {load.broken:,} broken"
        + (f": {load.fault}" if load.fault else ""),
    ]
    return "\n".join(lines)

"""Many slow streams at once on one worker: the memory of each, and how long a piece takes to be passed on."""

from __future__ import annotations

import resource
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import msgspec

from compiled import Load, Target, body, loaded, loading, provider
from exchange import QUESTION, WHOLE
from governed import gateway, install
from host import Cores, family_cpu_ns, family_pss_mib, line_of

PAUSE_S = 2.0
_OPENED_A_SECOND = 1_000
_OPENED_A_SECOND_LEAST = 400
"""Streams are so long that none ends before all have begun, if no fewer than these begin in a second."""
_HOLD_S = 8
_SPARE_S = 4
_DESCRIPTORS_SPARE = 120
_KIB = 1024


class Streamed(msgspec.Struct, frozen=True, kw_only=True):
    """What many streams at once took."""

    wanted: int
    opened: int
    """Under way together, when the last had begun."""
    descriptors_max: int
    pss_mib_idle: float
    pss_mib_full: float
    cpu_share: float
    """Of one core, while all were under way."""
    pieces_a_second: float
    load: Load

    @property
    def kib_per_stream(self) -> float:
        return (self.pss_mib_full - self.pss_mib_idle) * _KIB / max(1, self.opened)


def streams_that_fit(wanted: int, descriptors_max: int) -> int:
    """Say how many streams a process can hold: each takes a descriptor to the caller and one to the provider.

    >>> streams_that_fit(10_000, 20_000)
    9940
    """
    return max(1, min(wanted, (descriptors_max - _DESCRIPTORS_SPARE) // 2))


def allow_descriptors(wanted: int) -> int:
    """Let this process and those it starts open as many files as they may; returns how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Only the system's administrator may go beyond the hard limit, and not everywhere.
    for most in (max(hard, wanted), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        except (ValueError, OSError):
            continue
        return most
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def stream_slowly(wanted: int) -> Streamed:
    """Open streams at a bounded rate, hold them all, and measure meanwhile."""
    descriptors = allow_descriptors(2 * wanted + _DESCRIPTORS_SPARE)
    count = streams_that_fit(wanted, descriptors)
    seconds = count / _OPENED_A_SECOND_LEAST + _HOLD_S + _SPARE_S
    cores = Cores.here()
    with tempfile.TemporaryDirectory(prefix="remit-streams-") as folder, ExitStack() as stack:
        home = Path(folder)
        _, upstream = stack.enter_context(provider(core=cores.other))
        key = install(home, upstream_port=upstream)
        running, port = stack.enter_context(gateway(home, core=cores.measured))
        idle = family_pss_mib(running.pid)
        asked = body(
            WHOLE,
            question=QUESTION,
            tokens=round(seconds / PAUSE_S),
            streamed=True,
            pause_us=round(PAUSE_S * 1e6),
        )
        target = Target(port=port, headers=(f"Authorization: Bearer {key}",), model=WHOLE)
        options = ("-n", str(count), "-r", str(_OPENED_A_SECOND))
        with loading(
            target, asked, core=cores.other, connections=count, seconds=3 * seconds, options=options
        ) as client:
            line = line_of(client)
            if not line.startswith("open "):
                raise SystemExit(f"the streams ended before all had begun: {line}")
            spent, began = family_cpu_ns(running.pid), time.monotonic_ns()
            time.sleep(_HOLD_S / 2)
            share = (family_cpu_ns(running.pid) - spent) / (time.monotonic_ns() - began)
            full = family_pss_mib(running.pid)
            load = loaded(client)
    return Streamed(
        wanted=wanted,
        opened=int(line.split()[1]),
        descriptors_max=descriptors,
        pss_mib_idle=idle,
        pss_mib_full=full,
        cpu_share=share,
        pieces_a_second=int(line.split()[1]) / PAUSE_S,
        load=load,
    )

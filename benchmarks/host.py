"""The machine and its processes, as the kernel tells of them: cores, processor time, memory, descriptors."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO

_MIB = 1 << 20
_QUIET_S = 0.3
_QUIET_SHARE = 0.03
_QUIET_S_MAX = 15.0
_END_S_MAX = 20.0

Running = subprocess.Popen[str]


@dataclass(frozen=True, slots=True)
class Cores:
    """The core of what is measured, and the core of everything else; one core serves as both."""

    measured: int
    other: int

    @classmethod
    def here(cls) -> Cores:
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[0], usable[-1])


def python(*arguments: str) -> list[str]:
    """Compose the command of a Python process."""
    return [sys.executable, *arguments]


@contextmanager
def process(
    command: Sequence[str], *, core: int, environment: Mapping[str, str], log: IO[bytes] | None = None
) -> Iterator[Running]:
    """Start a process on one core; afterwards end it and what it started, each by its id.

    What it prints is read by the caller, or else kept in a log: a pipe that nobody reads would stop it.
    """
    before = os.sched_getaffinity(0)
    # A child inherits the core, so that no thread of it ever runs elsewhere.
    os.sched_setaffinity(0, {core})
    try:
        started = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if log is None else log,
            stderr=log,
            env=dict(environment),
            text=True,
        )
    finally:
        os.sched_setaffinity(0, before)
    try:
        yield started
    finally:
        _end(started)


def _end(started: Running) -> None:
    assert started.stdin is not None
    children = [each for each in family(started.pid) if each != started.pid]
    started.stdin.close()
    started.terminate()
    try:
        started.wait(_END_S_MAX)
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait()
    if started.stdout is not None:
        started.stdout.close()
    for pid in children:
        # A child mostly ends with its parent; one that did not is told itself.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def family(pid: int) -> list[int]:
    """List a process and all that descend from it."""
    found, at = [pid], 0
    while at < len(found):
        try:
            tasks = list(Path(f"/proc/{found[at]}/task").iterdir())
            for task in tasks:
                found += [int(child) for child in (task / "children").read_text().split()]
        except FileNotFoundError:
            pass
        at += 1
    return found


def line_of(running: Running) -> str:
    """Read the next line that a process prints."""
    assert running.stdout is not None
    line = running.stdout.readline()
    if not line:
        raise SystemExit(f"a process of the benchmark ended early: {running.args!r}")
    return line.strip()


def family_cpu_ns(pid: int) -> int:
    """Say how long a process and its descendants have run."""
    total = 0
    for each in family(pid):
        # A child that has just ended takes its share along; none does while a cell is measured.
        with suppress(FileNotFoundError):
            total += cpu_ns(each)
    return total


def family_pss_mib(pid: int) -> float:
    """Say what a process and its descendants hold of the memory, each page once."""
    return sum(held_by(each).pss_mib for each in family(pid))


def cpu_ns(pid: int) -> int:
    """Say how long all threads of a process have run, to the nanosecond where the kernel counts so."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((thread / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            continue
    if total:
        return total
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def wait_until_quiet(pid: int) -> None:
    """Wait until a process has done what it put off, so that its cost is counted where it arose."""
    deadline = time.monotonic() + _QUIET_S_MAX
    while time.monotonic() < deadline:
        before = family_cpu_ns(pid)
        time.sleep(_QUIET_S)
        if family_cpu_ns(pid) - before < _QUIET_S * _QUIET_SHARE * 1e9:
            return


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds at a moment: memory (its fair share, and all of it), descriptors, threads."""

    pss_mib: float
    rss_mib: float
    descriptors: int
    threads: int


def held_by(pid: int) -> Held:
    kib = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        kib[name] = int(rest.split()[0])
    return Held(
        pss_mib=kib["Pss"] * 1024 / _MIB,
        rss_mib=kib["Rss"] * 1024 / _MIB,
        descriptors=len(list(Path(f"/proc/{pid}/fd").iterdir())),
        threads=len(list(Path(f"/proc/{pid}/task").iterdir())),
    )


def machine() -> dict[str, str]:
    """Describe the machine and what the measured path is made of."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory_kib = int(next(line for line in _lines("/proc/meminfo") if line.startswith("MemTotal")).split()[1])
    parts = ("uvloop", "httptools", "msgspec")
    return {
        "processor": cpu,
        "cores": f"{len(os.sched_getaffinity(0))} usable of {os.cpu_count()}",
        "memory": f"{memory_kib / (1 << 20):.1f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "packages": ", ".join(f"{name} {version(name)}" for name in parts),
        "load before": f"{os.getloadavg()[0]:.2f} over the last minute",
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()

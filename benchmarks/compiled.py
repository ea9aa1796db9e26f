"""The load client and the provider that limit no gateway: compiled once from `c/`, and how they are run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from host import Running, line_of, process

HERE = Path(__file__).parent
PROGRAMS = HERE.parent / ".cache" / "bench"
_COMPILER = "gcc"


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What the load client found; times in microseconds, and -1 where there was nothing to time."""

    sent: int
    ok: int
    refused: int
    broken: int
    seconds: float
    us_p50: float
    us_p95: float
    us_p99: float
    first_us_p50: float
    pieces: int
    piece_us_p50: float
    piece_us_p99: float
    answered: int
    fault: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where calls go, and what a caller sends along."""

    port: int
    path: str = "/v1/chat/completions"
    headers: tuple[str, ...] = ()
    model: str


def body(
    model: str, *, question: str, tokens: int, streamed: bool = False, pause_us: int = 0
) -> dict[str, object]:
    """Compose a call; the provider reads its pace from the seed, and its length from the tokens."""
    fields: dict[str, object] = {
        "model": model,
        "messages": [{"role": "user", "content": question}],
        "max_tokens": tokens,
        "temperature": 0.2,
    }
    if pause_us:
        fields["seed"] = pause_us
    if streamed:
        fields |= {"stream": True, "stream_options": {"include_usage": True}}
    return fields


def program(name: str) -> Path:
    """Find a program, and compile it first where its source is newer."""
    source, made = HERE / "c" / f"{name}.c", PROGRAMS / name
    if made.exists() and made.stat().st_mtime >= source.stat().st_mtime:
        return made
    if shutil.which(_COMPILER) is None:
        raise SystemExit(
            f"this benchmark compiles its load client and provider, and there is no `{_COMPILER}` here\n"
            "  help: install a C compiler (Debian: gcc and libc6-dev), or run `make bench`, which needs none"
        )
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    subprocess.run([_COMPILER, "-O2", "-o", str(made), str(source)], check=True)
    return made


@contextmanager
def provider(*, core: int) -> Iterator[tuple[Running, int]]:
    """Run a provider; yields its process and its port."""
    with process([str(program("provider"))], core=core, environment=os.environ) as running:
        yield running, int(line_of(running))


@contextmanager
def loading(
    target: Target,
    asked: dict[str, object],
    *,
    core: int,
    connections: int,
    seconds: float,
    options: Sequence[str] = (),
) -> Iterator[Running]:
    """Start a load client; `loaded` reads what it found."""
    with tempfile.NamedTemporaryFile(prefix="remit-bench-") as file:
        file.write(msgspec.json.encode(asked))
        file.flush()
        command = [str(program("load")), "-p", str(target.port), "-u", target.path, "-b", file.name]
        for header in target.headers:
            command += ["-H", header]
        command += ["-c", str(connections), "-d", str(seconds), *options]
        with process(command, core=core, environment=os.environ) as running:
            yield running


def loaded(running: Running) -> Load:
    return msgspec.json.decode(line_of(running), type=Load)

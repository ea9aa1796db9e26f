"""Exports as commands name them: the files, the formats that ship, and formats in files of one's own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import partial
from importlib import resources
from pathlib import Path
from typing import IO, TypeVar

from remit.cli.context import PROBLEMS, note, render_diagnostics, say
from remit.kernel.diagnostic import Diagnostic
from remit.kernel.errors import NotFound
from remit.kernel.suggest import did_you_mean
from remit.operations.read_export import Export

_Format = TypeVar("_Format")


def exports_of(files: Iterable[Path]) -> list[Export]:
    return [Export(path.name, partial(_opened, path)) for path in files]


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


def format_named(
    name: str, *, folder: str, read: Callable[[str, str], tuple[_Format | None, tuple[Diagnostic, ...]]]
) -> _Format:
    """Find a format by the name it ships under, or read it from a file."""
    shipped = {
        file.name.removesuffix(".yaml"): file
        for file in resources.files("remit.record").joinpath(folder).iterdir()
    }
    path = Path(name)
    if name in shipped:
        text = shipped[name].read_text("utf-8")
    elif path.is_file():
        text = path.read_text("utf-8", "replace")
    else:
        known = sorted(shipped)
        raise NotFound(
            f"there is no format `{name[:80]}`",
            help=did_you_mean(name, known, otherwise=f"use one of {', '.join(known)}, or name a file"),
        )
    format, diagnostics = read(text, name)
    if format is None:
        say(render_diagnostics(diagnostics, everything=False))
        note(f"{name}: the format cannot be used; nothing was read")
        sys.exit(PROBLEMS)
    return format

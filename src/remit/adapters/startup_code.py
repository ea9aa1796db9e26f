"""Startup code: files that make Python run something before any program begins.

A gateway holds every provider's key, and releases of such programs were poisoned this way. So a server does
not start beside code of this kind that nobody here has looked at.
"""

from __future__ import annotations

import hashlib
import site
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from remit.kernel.errors import RemitError

_CUSTOM = ("sitecustomize.py", "usercustomize.py")

KNOWN: dict[str, str] = {
    "792f1e64bdbc639b": "setuptools, before version 60: its own distutils, if it is asked for",
    "2f70c2fa9227e9db": "setuptools: its own distutils",
    "2cbb286eeaf39b2c": "coverage, for programs that a measured one starts",
}
"""What each of these lines is that packages are known to bring, by the beginning of its hash."""


def require_known(allowed: Collection[str], folders: Iterable[Path] | None = None) -> None:
    """Refuse to go on beside startup code that is neither known nor allowed; raises RemitError."""
    for path, mark in startup_code(_folders() if folders is None else folders):
        if mark not in KNOWN and mark not in allowed:
            raise RemitError(
                f"`{path}` runs code whenever Python starts, and is not known",
                help=f"look at it; delete it, or put `{mark}` into REMIT_STARTUP_CODE if it is meant",
                code="unknown-startup-code",
            )


def startup_code(folders: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """List what Python runs by itself from folders of packages, each with a mark of what it says."""
    for folder in folders:
        for path in sorted(folder.glob("*.pth")):
            yield from ((path, _mark(line)) for line in _read(path).splitlines() if _is_code(line))
        for path in (folder / name for name in _CUSTOM):
            if path.exists():
                yield path, _mark(_read(path))


def _folders() -> list[Path]:
    found = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    # Where Python itself lies, what its distributor put there is no more than Python is.
    return [Path(each) for each in found if Path(each).is_dir() and sys.prefix in each]


def _is_code(line: str) -> bool:
    return line.startswith(("import ", "import\t"))


def _read(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


def _mark(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]

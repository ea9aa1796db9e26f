"""Measure the portal's pages on an inventory of 2,133 use cases with ten million calls in its roll-ups.

    python benchmarks/portal.py [--home DIRECTORY] [--times 40]

The inventory is that of US federal agencies; its calls are made up. With `--home` the data directory stays
there, and is measured again without being made again. The first load of a page is with nothing kept, one page
after the other; what follows are loads by one reader of pages that are kept, as they are after that.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2 as httpx
from playwright.sync_api import Error, sync_playwright

from gates import declare, populate
from host import Cores, family_cpu_ns, family_pss_mib, line_of, machine, process, python, wait_until_quiet
from remit.bootstrap import open_system
from remit.cli.table import table
from remit.operations.sign_in import sign_in_token
from remit.portal.app import PAGES
from remit.record.projection import EntryFilter
from remit.settings import read_settings

P95_MS, PAINT_MS, WEIGHT_KB, BOARD_S = 50, 500, 300, 3
CALLS_A_ROW = 40
VISITS = 5
READY_S_MAX = 180
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
MORE = (
    "/month",
    "/portfolio?by=-value&page=2",
    "/portfolio/plot",
    "/portfolio/funnel",
    "/portfolio/duplicates",
)
PAINTED = "performance.getEntriesByName('first-contentful-paint').map((each) => each.startTime)"
MAKING = "is being computed"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How a page loads: at first, and when it is kept; `cpu_ms` is what the portal works on one load."""

    path: str
    first_s: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    kb: float
    paint_ms: float | None

    def misses(self) -> Iterator[str]:
        if self.p95_ms > P95_MS:
            yield f"{self.path}: p95 is {self.p95_ms:,.0f} ms and not {P95_MS}"
        if self.kb > WEIGHT_KB:
            yield f"{self.path}: weighs {self.kb:,.0f} KB and not {WEIGHT_KB}"
        if self.paint_ms is not None and self.paint_ms > PAINT_MS:
            yield f"{self.path}: is painted after {self.paint_ms:,.0f} ms and not {PAINT_MS}"


def made(root: Path) -> int:
    """Make the data directory, and say how many rows of hours its calls have."""
    with open_system(read_settings({"REMIT_HOME": str(declare(root))})) as system:
        return populate(system, now=system.clock.now().astimezone(UTC))


def paths(home: Path) -> list[str]:
    """List the pages of the bar, some below them, and those of a use case that calls."""
    with open_system(read_settings({"REMIT_HOME": str(home)})) as system:
        case = min(key.use_case for key, _ in system.store.totals(since=datetime(2026, 1, 1, tzinfo=UTC)))
        assert not system.store.entries(EntryFilter(kind="call"), limit=1), "its calls are roll-ups alone"
    below = [page.path.replace("{id}", case) for page in PAGES if page.path.startswith("/use-cases/{id}")]
    bar = [page.path for page in PAGES if page.label]
    spend = [page.path for page in PAGES if page.path.startswith("/spend/")]
    return list(dict.fromkeys([*bar, *MORE, *spend, *below]))


def token_of(home: Path) -> str:
    with open_system(read_settings({"REMIT_HOME": str(home)})) as system:
        return sign_in_token(system, "administrator")


def first_load(browser: httpx.Client, path: str) -> float:
    """Load a page until it is whole; returns the seconds since it was first asked for."""
    began = time.perf_counter()
    while time.perf_counter() - began < READY_S_MAX:
        answer = browser.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        if MAKING not in answer.text:
            break
        time.sleep(0.2)
    return time.perf_counter() - began


def kept_load(browser: httpx.Client, path: str, pid: int, *, times: int) -> tuple[list[float], float, int]:
    """Load a page that is kept; returns the ms of each, the ms of processor of one, and its bytes."""
    wait_until_quiet(pid)
    took, size, worked = [], 0, family_cpu_ns(pid)
    for _ in range(times):
        began = time.perf_counter()
        size = len(browser.get(path).content)
        took.append((time.perf_counter() - began) * 1_000)
    return took, (family_cpu_ns(pid) - worked) / 1e6 / times, size


def paints(address: str, token: str, asked: Sequence[str]) -> dict[str, float]:
    """Say after how many ms Chromium painted something of each page, the middle of some visits."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium is installed, so first paints are not measured: `apt-get install chromium`")
        return {}
    found: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(base_url=address, viewport={"width": 1440, "height": 900})
        page.goto("/sign-in")
        page.get_by_label("token").fill(token)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        for path in asked:
            painted = []
            for _ in range(VISITS):
                page.goto(path)
                while not (entries := page.evaluate(PAINTED)):
                    page.wait_for_timeout(20)
                painted.append(entries[0])
            found[path] = statistics.median(painted)
        browser.close()
    return found


def board(browser: httpx.Client, pid: int) -> tuple[float, float, int]:
    """Print this quarter's board report; returns seconds, seconds of processor, and its bytes."""
    period = re.findall(r"<option>([0-9]{4}-Q[1-4])<", browser.get("/").text)[0]
    wait_until_quiet(pid)
    worked, began = family_cpu_ns(pid), time.perf_counter()
    answer = browser.get("/reports/board", params={"period": period, "as": "pdf"})
    assert answer.content.startswith(b"%PDF"), answer.status_code
    return time.perf_counter() - began, (family_cpu_ns(pid) - worked) / 1e9, len(answer.content)


def measure(home: Path, *, times: int) -> None:
    environment = {**os.environ, "REMIT_HOME": str(home), "REMIT_PORTAL_LISTEN": "127.0.0.1:0"}
    tokens = [token_of(home), token_of(home)]
    asked = paths(home)
    serve = python("-m", "remit", "serve", "portal")
    with process(serve, core=Cores.here().measured, environment=environment) as running:
        address = line_of(running).removeprefix("listening on ").strip()
        with httpx.Client(base_url=address, follow_redirects=True, timeout=READY_S_MAX) as browser:
            browser.post("/sign-in", data={"token": tokens[0]})
            first = {path: first_load(browser, path) for path in asked}
            kept = {path: kept_load(browser, path, running.pid, times=times) for path in asked}
            pressed, worked, size = board(browser, running.pid)
        try:
            painted = paints(address, tokens[1], asked)
        except Error as error:
            print(f"first paints are not measured: {str(error).splitlines()[0]}")
            painted = {}
        held, cpu = family_pss_mib(running.pid), family_cpu_ns(running.pid) / 1e9
    found = [
        Loaded(
            path=path,
            first_s=first[path],
            p50_ms=statistics.median(took),
            p95_ms=statistics.quantiles(took, n=20)[18],
            cpu_ms=cpu_ms,
            kb=weight / 1_000,
            paint_ms=painted.get(path),
        )
        for path, (took, cpu_ms, weight) in kept.items()
    ]
    say(found)
    print(
        f"\nthe board report as PDF: {pressed:.1f} s, {worked:.1f} s of a processor, {size / 1_000:,.0f} KB"
    )
    print(f"the portal at the end: {held:,.0f} MiB with what draws charts, after {cpu:,.0f} s of a processor")
    misses = [each for loaded in found for each in loaded.misses()]
    if pressed > BOARD_S:
        misses.append(f"the board report takes {pressed:.1f} s and not {BOARD_S}")
    print("\n".join(["", "goals missed:", *misses] if misses else ["", "no goal is missed"]))


def say(found: Sequence[Loaded]) -> None:
    rows = [
        (
            # A use case's own id says nothing here, and is long.
            re.sub(r"^/use-cases/[^/]+", "/use-cases/ID", each.path),
            f"{each.first_s:.2f}",
            f"{each.p50_ms:.1f}",
            f"{each.p95_ms:.1f}",
            f"{each.cpu_ms:.1f}",
            f"{each.kb:,.0f}",
            "–" if each.paint_ms is None else f"{each.paint_ms:.0f}",
        )
        for each in found
    ]
    head = ("page", "first s", "p50 ms", "p95 ms", "CPU ms", "KB", "paint ms")
    print("\n" + table(head, rows, right=range(1, 7), width=120))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, help="where the data directory stays")
    parser.add_argument("--times", type=int, default=40, help="loads of each page that is kept")
    asked = parser.parse_args()
    print("\n".join(f"{name:13} {value}" for name, value in machine().items()))
    with tempfile.TemporaryDirectory() as directory:
        root = asked.home or Path(directory)
        if not (root / "home").exists():
            rows = made(root)
            print(f"\nmade {rows:,} rows of hours with {rows * CALLS_A_ROW:,} calls")
        measure(root / "home", times=asked.times)


if __name__ == "__main__":
    main()

"""The program that breaks the record: it finds what was lost where something was, and nothing where not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

_LOSES = """
import sys; sys.path.insert(0, {benchmarks!r})
import random
from record_faults import FAULTS, Found, _installed, check, strike

with _installed() as (home, secret):
    given = strike(home, "kill", secret, random.Random(1))
    assert given
    sound = Found()
    check(home, given, sound)
    lost = Found()
    check(home, given | {{"never-written"}}, lost)
    print(sound.wrong, lost.lost)
    for path in home.glob("store.sqlite*"):
        path.unlink()
    [first] = (home / "journal" / "gateway").glob("*.journal")
    lines = first.read_bytes().splitlines(keepends=True)
    first.write_bytes(b"".join(lines[:-4]))
    cut = Found()
    try:
        check(home, given, cut)
    except Exception as error:
        print("refused", type(error).__name__)
    else:
        print("found", cut.wrong > 0)
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=300, check=False
    )


def test_faults_of_every_kind_lose_nothing() -> None:
    done = python(str(BENCHMARKS / "record_faults.py"), "--faults", "21", "--seed", "7")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["kinds"]) == 7
    assert found["given"] > 100
    for what in ("lost", "duplicated", "holds_open", "balances_wrong", "lines_wrong"):
        assert found[what] == 0, done.stderr


def test_what_is_lost_is_found() -> None:
    done = python("-c", _LOSES.format(benchmarks=str(BENCHMARKS)))
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == "0 1"
    assert second in ("found True", "refused NotFound")

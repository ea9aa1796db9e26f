"""Play a simulated past before the servers start."""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from remit.adapters.clock_set import SetClock
from remit.bootstrap import open_past, open_system
from remit.cli.context import PROBLEMS, count, note, render_diagnostics, say
from remit.declare.history import History, read_past
from remit.declare.operating_model import OperatingModel
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_history import versions
from remit.settings import Settings

FILE_MAX = 1_000_000
TOLD_DAYS = 30
REAL_S, CALL_S = 2.0, 20.0
"""After so long no further real call is begun, and so long one may take."""
QUESTIONS = (
    "Is this claim urgent? A stone cracked the windscreen on the motorway.",
    "Is this claim urgent? The car does not start, and a child is waiting at school.",
    "Is this claim urgent? A scratch on the bumper, found this morning.",
)


def read_first(path: Path) -> History:
    """Read the simulated past of a file; one with faults ends the command."""
    if path.stat().st_size > FILE_MAX:
        raise click.UsageError(f"`{path}` is larger than a simulated past may be ({FILE_MAX:,} bytes)")
    history, diagnostics = read_past(path.read_text("utf-8", "replace"), str(path))
    if history is None:
        say(render_diagnostics(diagnostics, everything=False))
        sys.exit(PROBLEMS)
    return history


def last_day(settings: Settings, history: History) -> date:
    """Say on which day a past ends: today, or where it was played already, the day on which it was."""
    with open_system(settings) as system:
        fold_ledger(system)
        *_, first = [None, *versions(system.store)]
    if first is None or first.author != history.author:
        return datetime.now(UTC).date()
    return first.at.date() + timedelta(days=history.days)


def play_first(settings: Settings, model: OperatingModel, history: History, *, path: Path) -> bool:
    """Play a simulated past up to now, unless the ledger has begun; say whether it was played."""
    # What plays loads what estimates effects, which takes a second that only a first start has.
    from remit.operations.play_past import Played, play_past

    began, now = time.monotonic(), datetime.now(UTC)
    clock = SetClock(now)
    with open_past(settings, clock) as system:
        fold_ledger(system)
        if system.store.applied() is not None:
            note("the ledger has begun already; no simulated past is played")
            return False
        note(f"playing a simulated past of {count(history.days, 'day')} ({path}); no model is asked")

        def told(played: Played) -> None:
            if played.days % TOLD_DAYS == 0:
                note(f"  {count(played.days, 'day')}, {count(played.calls, 'simulated call')}")

        played = play_past(
            system,
            clock,
            model=model,
            history=history,
            now=now,
            data_sets=_data_sets(path, history),
            told=told,
        )
    for fault in played.faults:
        note(f"  left out: {fault}")
    note(
        f"{count(played.calls, 'simulated call')}, {played.refused:,} of them refused, and"
        f" {count(played.outcomes, 'simulated outcome')} in {time.monotonic() - began:.1f} s"
    )
    return True


def call_first(address: str, secret: str, model: str) -> None:
    """Make a few real calls to the model on this machine, within seconds, so that there is something real."""
    began, made = time.monotonic(), 0
    for question in QUESTIONS:
        body = {"model": model, "max_tokens": 16, "messages": [{"role": "user", "content": question}]}
        request = urllib.request.Request(  # noqa: S310 (our own address)
            f"{address}/v1/chat/completions",
            json.dumps(body).encode(),
            {"authorization": f"Bearer {secret}", "content-type": "application/json"},
        )
        if time.monotonic() - began > REAL_S:
            break
        try:
            # Whoever gives up on a call leaves one that did not end, so a slow machine has time for one.
            with urllib.request.urlopen(request, timeout=CALL_S):  # noqa: S310 (as above)
                made += 1
        except OSError:
            break
    if made:
        note(f"{count(made, 'real call')} to the model on this machine in {time.monotonic() - began:.1f} s")


def _data_sets(path: Path, history: History) -> dict[str, str]:
    """Read what releases are tried on, by its path beside the simulated past."""
    names = {each.subject or "" for each in history.events if each.does == "evaluate"}
    found = {}
    for name in sorted(names):
        file = path.parent / name
        if not file.is_file() or file.stat().st_size > FILE_MAX:
            raise click.UsageError(f"`{file}` is no data set of at most {FILE_MAX:,} bytes")
        found[name] = file.read_text("utf-8", "replace")
    return found

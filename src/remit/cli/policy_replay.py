"""What `remit policy test --replay` says: which recorded calls of tools would be decided otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from remit.bootstrap import open_system
from remit.cli.change import sound_model
from remit.cli.context import PROBLEMS, count, note, say, say_json
from remit.cli.table import table
from remit.decide.tool_replay import Replayed
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.replay_tools import replay_tools
from remit.report.tool_replay import ToolReplay, tool_replay
from remit.settings import Settings

IN_FORCE = ""
"""Instead of a directory: the operating model that is in force."""

SHOWN = 20


def replay_calls(
    settings: Settings, use_case: str, directory: str, *, everything: bool, as_json: bool
) -> None:
    """Decide anew on recorded calls, say what differs, and end with 1 if anything does."""
    changed = sound_model(_folder(directory), otherwise="nothing was asked again") if directory else None
    with open_system(settings) as system:
        fold_ledger(system)
        _, model = model_in_force(system)
        if use_case:
            require_use_case(model, use_case)
        found = tool_replay(replay_tools(system, changed or model, use_case=use_case))
    if as_json:
        say_json(found.values)
    else:
        say(render(found, everything=everything))
        _say_score(found)
    if found.differing:
        sys.exit(PROBLEMS)


def _folder(directory: str) -> Path:
    path = Path(directory)
    if not path.is_dir():
        raise click.UsageError(f"`{directory}` is not a directory")
    return path


def render(found: ToolReplay, *, everything: bool) -> str:
    if not found.differing:
        return f"of {count(found.calls, 'recorded call')} none would be decided otherwise"
    shown = found.differing if everything else found.differing[:SHOWN]
    rows = [
        (
            f"{each.entry.at:%Y-%m-%d %H:%M}",
            each.entry.id,
            each.entry.tool,
            _then(each),
            each.now.effect,
            each.now.summary or "-",
        )
        for each in shown
    ]
    head = ["at (UTC)", "entry", "tool", "then", "now", "why"]
    more = len(found.differing) - len(shown)
    tail = f"\n{count(more, 'more call')}; `--all` lists every one" if more else ""
    said = f"of {count(found.calls, 'recorded call')} {len(found.differing):,} would be decided otherwise"
    return f"{table(head, rows)}{tail}\n\n{said}: {found.looser:,} less strictly, {found.stricter:,} more"


def _then(each: Replayed) -> str:
    return f"{each.then}, {each.answer}" if each.answer else each.then


def _say_score(found: ToolReplay) -> None:
    if found.unknown:
        note(f"{count(found.unknown, 'call')} cannot be asked about: the facts were not known")
    if found.answered:
        note(f"of {found.answered:,} calls that a person answered, {found.agreed:,} are decided as they said")

"""Replay tools: ask the policies of a directory, or those in force, again about calls that were recorded."""

from __future__ import annotations

from collections.abc import Iterable

from remit.decide.approval import Standing
from remit.decide.tool_replay import Answer, Replayed, replay, rules_of
from remit.declare.operating_model import OperatingModel
from remit.operations.read_approvals import standings
from remit.operations.system import System
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter
from remit.record.tool_entry import ToolCalled

CALLS_MAX = 10_000
"""How many recorded calls are asked about at most, the youngest."""


def replay_tools(
    system: System, model: OperatingModel, *, use_case: str = "", limit: int = CALLS_MAX
) -> tuple[Replayed, ...]:
    """Decide anew on recorded calls of tools by the rules and policies of a model, the youngest first.

    A call that waited and was then made is one call. What the ledger has let go of is not asked about.
    """
    wanted = EntryFilter(kind="tool_call", use_case=use_case)
    rows = system.store.entries(wanted, limit=min(limit, CALLS_MAX))
    entries = [entry for row in rows if isinstance(entry := decode(row.body), ToolCalled)]
    answers = answers_of(standings(system, system.clock.now(), use_case=use_case or None))
    rules = rules_of(model)
    return tuple(replay(entry, _answer(entry, answers), rules) for entry in _each_once(entries))


def answers_of(found: Iterable[Standing]) -> dict[str, Answer]:
    """Say by request what people have answered who were asked about calls of tools."""
    answers: dict[str, Answer] = {}
    for each in found:
        if each.request.about == "tool" and each.state in ("approved", "denied"):
            answers[each.request.id] = "approved" if each.state == "approved" else "denied"
    return answers


def _answer(entry: ToolCalled, answers: dict[str, Answer]) -> Answer:
    if entry.status == "refused":
        return ""
    return answers.get(entry.approval, "approved" if _was_made(entry) and entry.approval else "")


def _was_made(entry: ToolCalled) -> bool:
    return entry.status in ("completed", "failed", "unknown")


def _each_once(entries: list[ToolCalled]) -> list[ToolCalled]:
    made = {entry.approval for entry in entries if entry.approval and _was_made(entry)}
    seen: set[str] = set()
    found = []
    for entry in entries:
        if entry.status == "waiting":
            if entry.approval in made or entry.approval in seen:
                continue
            seen.add(entry.approval)
        found.append(entry)
    return found

"""One run of an agent, as people follow it: each turn, call, decision, charge and answer, in order.

It is made of what the ledger says, so that it holds no word of what was asked or said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from remit.kernel.money import EXACT, ZERO, Money
from remit.record.agent_entry import ENDED, AgentRun
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.call_entry import Call
from remit.record.entry import Entry
from remit.record.tool_entry import ToolCalled


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One thing that happened in a run. `who` is the agent, or the person who answered."""

    at: datetime
    kind: str
    entry: str
    who: str
    what: str
    outcome: str
    why: str = ""
    took_ms: int | None = None
    tokens: int | None = None
    held: Money | None = None
    charge: Money | None = None
    step: str = ""


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run in a list."""

    run: str
    agent: str
    use_case: str
    stage: str
    status: str
    began: datetime
    ended: datetime | None
    turns: int
    tool_calls: int
    tokens: int
    charge: Money
    worked_ms: int
    why: str
    waits_for: str
    stop_ms: int | None


@dataclass(frozen=True, slots=True)
class RunTrace:
    """A run whole: how it stands, and its steps. `called` is what all its calls were charged together."""

    line: RunLine
    key: str
    program: str
    model_version: int
    reference: str | None
    called: Money
    steps: tuple[TraceStep, ...]


def run_lines(entries: Iterable[AgentRun]) -> tuple[RunLine, ...]:
    """List runs, the youngest first, from their entries in any order; what is handed on is in its run."""
    by_run: dict[str, list[AgentRun]] = {}
    for each in entries:
        if not each.part:
            by_run.setdefault(each.run, []).append(each)
    lines = [_line(sorted(each, key=lambda entry: entry.id)) for each in by_run.values()]
    return tuple(sorted(lines, key=lambda line: line.run, reverse=True))


def _line(entries: list[AgentRun]) -> RunLine:
    first = entries[0]
    # What ended stays so, whatever was written of it after that.
    last = next((each for each in reversed(entries) if each.status in ENDED), entries[-1])
    return RunLine(
        run=last.run,
        agent=last.agent,
        use_case=last.use_case,
        stage=last.stage,
        status=last.status,
        began=first.at,
        ended=last.at if last.status in ENDED else None,
        turns=last.turns,
        tool_calls=last.tool_calls,
        tokens=last.tokens,
        charge=Money(last.charge, last.currency),
        worked_ms=last.worked_ms,
        why=last.limit or last.rule or last.fault,
        waits_for=(last.waits_for or last.asks) if last.status == "waiting" else "",
        stop_ms=last.stop_ms,
    )


def run_trace(entries: Iterable[Entry]) -> RunTrace:
    """Lay out a run from its own entries, those of its calls, and of the approvals that it waited for."""
    found = sorted(entries, key=lambda entry: entry.id)
    own = [each for each in found if isinstance(each, AgentRun)]
    line = _line([each for each in own if not each.part])
    steps = tuple(step for entry in found for step in _steps(entry))
    called = ZERO
    for entry in found:
        if isinstance(entry, Call | ToolCalled):
            called = EXACT.add(called, entry.charge)
    return RunTrace(
        line=line,
        key=own[0].key,
        program=own[-1].program,
        model_version=own[0].model_version,
        reference=own[0].reference,
        called=Money(called, own[0].currency),
        steps=steps,
    )


def _steps(entry: Entry) -> Iterator[TraceStep]:
    if isinstance(entry, AgentRun):
        what = f"handed on by {entry.handed_by}" if entry.handed_by else "run"
        why = entry.limit or entry.rule or entry.fault or entry.waits_for or entry.asks
        yield TraceStep(entry.at, "run", entry.id, entry.agent, what, entry.status, why, step=entry.part)
    elif isinstance(entry, Call):
        yield TraceStep(
            entry.began,
            "model",
            entry.id,
            entry.purpose.agent,
            entry.purpose.model,
            entry.status,
            entry.fault or "",
            entry.latency_ms,
            entry.usage.total,
            _money(entry.held, entry.currency),
            _money(entry.charge, entry.currency),
        )
    elif isinstance(entry, ToolCalled):
        yield TraceStep(
            entry.began,
            "tool",
            entry.id,
            entry.purpose.agent,
            entry.tool,
            entry.status,
            entry.decision.rule or entry.fault,
            entry.latency_ms,
            charge=_money(entry.charge, entry.currency),
            step=entry.step,
        )
    elif isinstance(entry, ApprovalRequest):
        yield TraceStep(
            entry.at, "approval", entry.id, ", ".join(entry.roles), entry.subject, "asked", entry.summary
        )
    elif isinstance(entry, Approval):
        yield TraceStep(entry.at, "approval", entry.id, entry.author, entry.request, entry.said)


def _money(amount: Decimal, currency: str) -> Money:
    return Money(amount, currency)

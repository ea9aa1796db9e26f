"""Agents as people look at them: what each may do by itself, its runs, and one run from step to step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from remit.declare.agent import Agent
from remit.record.agent_entry import ENDED, AgentRun, AgentRunStatus
from remit.record.call_entry import Call, Refusal
from remit.record.tool_entry import ToolCalled
from remit.report.autonomy import ToolLevel, UseCaseAutonomy


@dataclass(frozen=True, slots=True)
class AgentLine:
    """An agent, or whatever acts with the keys of a use case that declares none.

    `stops` are the addresses of kill switches that hold it.
    """

    id: str
    name: str
    declared: Agent | None
    autonomy: UseCaseAutonomy
    tools: tuple[ToolLevel, ...]
    live: int
    waiting: int
    stops: tuple[str, ...] = ()

    @property
    def fell(self) -> int:
        """Count the levels that were taken back within the days that count."""
        return sum(bool(each.level.fell) for each in self.tools)


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as its newest entry has it, and when its first one was written."""

    run: str
    agent: str
    use_case: str
    key: str
    status: AgentRunStatus
    began: datetime
    at: datetime
    turns: int
    tool_calls: int
    tokens: int
    charge: Decimal
    currency: str
    worked_ms: int
    said: str
    waits_for: str
    stop_ms: int | None

    @property
    def is_live(self) -> bool:
        return self.status not in ENDED


def run_lines(entries: Iterable[AgentRun]) -> tuple[RunLine, ...]:
    """Sum up entries of runs: those that are live first, then the youngest first."""
    by_run: dict[str, list[AgentRun]] = {}
    for entry in entries:
        if not entry.part:
            by_run.setdefault(entry.run, []).append(entry)
    lines = [_line(sorted(found, key=lambda each: each.id)) for found in by_run.values()]
    return tuple(sorted(lines, key=lambda each: (each.is_live, each.at), reverse=True))


def _line(found: Sequence[AgentRun]) -> RunLine:
    first, last = found[0], found[-1]
    return RunLine(
        run=last.run,
        agent=last.agent,
        use_case=last.use_case,
        key=last.key,
        status=last.status,
        began=first.at,
        at=last.at,
        turns=last.turns,
        tool_calls=last.tool_calls,
        tokens=last.tokens,
        charge=last.charge,
        currency=last.currency,
        worked_ms=last.worked_ms,
        said=_said(last),
        waits_for=last.waits_for,
        stop_ms=last.stop_ms,
    )


def _said(entry: AgentRun) -> str:
    """Say in a few words why a run stands where it does."""
    if entry.limit:
        return f"it reached `{entry.limit}`"
    if entry.waits_for:
        return "a person has to answer"
    if entry.asks:
        return "whoever began it has to carry out a step"
    return entry.rule or entry.fault


StepKind = Literal["run", "model", "tool"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run: it began, waited or ended; its model was asked; or a tool was."""

    at: datetime
    kind: StepKind
    what: str
    came: str
    why: str
    entry: str
    took_ms: int = 0
    charge: Decimal | None = None
    tool: ToolCalled | None = None
    refused: bool = False


def trace(entries: Iterable[object]) -> tuple[Step, ...]:
    """Put the entries of one run in their order, as steps."""
    steps = [step for entry in entries if (step := _step(entry)) is not None]
    return tuple(sorted(steps, key=lambda each: (each.at, each.entry)))


def _step(entry: object) -> Step | None:
    match entry:
        case AgentRun():
            of = f"{entry.agent}, for {entry.handed_by}" if entry.handed_by else entry.agent
            refused = entry.status in ("refused", "failed", "stopped", "limited", "stranded")
            return Step(entry.at, "run", of, entry.status, _said(entry), entry.id, refused=refused)
        case ToolCalled():
            why = entry.decision.summary or entry.fault
            if entry.status == "completed" and entry.approval:
                why = why or "a person approved just this call"
            return Step(
                entry.began,
                "tool",
                entry.tool,
                entry.status,
                why,
                entry.id,
                entry.latency_ms,
                entry.charge,
                entry,
                refused=entry.status in ("refused", "failed", "unknown"),
            )
        case Call():
            failed = entry.status != "completed"
            return Step(
                entry.began,
                "model",
                entry.purpose.model,
                entry.status,
                "",
                entry.id,
                entry.latency_ms,
                entry.charge,
                refused=failed,
            )
        case Refusal():
            model = entry.purpose.model if entry.purpose else ""
            return Step(entry.at, "model", model, "refused", entry.decision.summary, entry.id, refused=True)
    return None


def agents_title(agents: Sequence[AgentLine], runs: Sequence[RunLine], waiting: int) -> str:
    """Say what somebody has to look at first."""
    live = sum(each.is_live for each in runs)
    fell = sum(bool(each.fell) for each in agents)
    stopped = sum(bool(each.stops) for each in agents)
    parts = []
    if waiting:
        parts.append(f"{waiting:,} call{'s wait' if waiting != 1 else ' waits'} for a person")
    if fell:
        parts.append(f"{fell:,} of {len(agents):,} agents lost autonomy")
    if stopped:
        parts.append(f"{stopped:,} {'are' if stopped != 1 else 'is'} stopped")
    if live:
        parts.append(f"{live:,} run{'s are' if live != 1 else ' is'} live")
    if parts:
        return "; ".join(parts)
    if not agents:
        return "no use case has an agent or a tool"
    return f"{len(agents):,} agent{'s' if len(agents) != 1 else ''}, and nothing waits"

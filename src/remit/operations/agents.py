"""Agents at work: what one process keeps of the runs that it works on, and how a run is begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from remit.declare.agent import Agent
from remit.enforce.agent import Spent
from remit.enforce.decision import Decision
from remit.enforce.grant import retired
from remit.enforce.key import Key
from remit.enforce.request import Message, Tool
from remit.enforce.stop import Stop, of_caller, refusal, stopped
from remit.kernel.errors import NotFound, RemitError
from remit.kernel.suggest import did_you_mean
from remit.operations.call_tool import end_run, open_run
from remit.operations.keep_run import own_run
from remit.operations.remember import key_for
from remit.operations.tool_gate import ToolGate
from remit.operations.view import View
from remit.operations.worker import Worker
from remit.ports_agents import AgentLoop, DurableRuns, Json
from remit.record.agent_entry import AgentRun, AgentRunStatus

PROGRAM = "1"
"""The version of the steps that a run takes. Whoever changes which steps follow from what came back, or what
is kept of one, counts it up: what another version began is not gone on with, and said to be so."""

WAIT_TOPIC = "wait "
"""What the topic begins with on which a run hears of a step that waits."""

LIVE_MAX = 1_000
"""How many runs may be under way at once, those that wait included."""

ASKED_MAX = 100_000
TURNS_MAX = 200
FUNCTIONS_MAX = 64
REFERENCE_MAX = 200
ACTOR_MAX = 200


class Given(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a run is given at its beginning: whose it is, what was asked, what whoever asks carries out."""

    agent: str
    key: str
    use_case: str
    unit: str
    stage: str
    model_version: int
    asked: tuple[Message, ...]
    functions: tuple[Tool, ...] = ()
    reference: str | None = None
    actor: str = ""


@dataclass(slots=True)
class Live:
    """A run that is under way here. `agents` work in it, the last for those before.

    `approval` is the request that it waits for, and `effect` the step of which nobody knows what became;
    `topic` is where it hears of them. What it waits for is `fresh` until somebody has looked at it.
    """

    run: str
    given: Given
    agents: list[str] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)
    topic: str = ""
    approval: str = ""
    effect: str = ""
    heard: int = 0
    fresh: bool = False
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class Agents:
    """What runs of agents stand on: the gate with its worker, durable runs, the loop, and what is live."""

    gate: ToolGate
    runs: DurableRuns
    loop: AgentLoop
    live: dict[str, Live] = field(default_factory=dict)

    @property
    def worker(self) -> Worker:
        return self.gate.worker


class CannotRun(RemitError):
    """A run that may not begin: the decision says why."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.summary, help=decision.help, code=decision.rule)
        self.decision = decision


def find_agent(view: View, key: Key, name: str) -> Agent:
    """Find an agent that a key may run; one of another use case is answered like one that is not there."""
    mine = {id: each for id, each in view.model.agents.items() if each.use_case == key.use_case}
    if key.agent:
        mine = {id: each for id, each in mine.items() if id == key.agent}
    if name not in mine:
        raise NotFound(
            f"this key runs no agent `{name[:80]}`",
            help=did_you_mean(name, mine, otherwise="`remit agent list` shows whose each is"),
        )
    return mine[name]


def stop_of(view: View, given: Given, run: str, agents: Sequence[str]) -> Stop | None:
    """Find the kill switch that a run falls under, if one is on."""
    if not view.stops or given.use_case not in view.model.use_cases:
        return None
    units = view.model.lineage(view.model.use_cases[given.use_case].unit)
    addresses = of_caller(units=units, use_case=given.use_case, agent="", key=given.key)
    more = (*(f"agent/{each}" for each in agents), f"run/{run}")
    return stopped(view.stops, (*addresses, *more))


async def start_run(
    agents: Agents,
    key: Key,
    name: str,
    *,
    asked: Sequence[Message],
    functions: Sequence[Tool] = (),
    reference: str | None = None,
    actor: str = "",
) -> str:
    """Begin a run of an agent and return its id; its work goes on by itself.

    `asked` ends with what the person says now; `functions` are such as whoever begins it carries out;
    `actor` is whom it is for, of whom it may remember things. Raises
    NotFound for an agent that is not the key's, and CannotRun where nothing may be begun.
    """
    worker = agents.worker
    view, now = worker.view, worker.system.clock.now()
    find_agent(view, key, name)
    _require_fits(agents, asked, functions, reference)
    if key.use_case in view.retired:
        raise CannotRun(retired(key.use_case, owner=view.model.organisation.contact))
    remit = view.remit(key.use_case)
    given = Given(
        agent=name,
        key=key.id,
        use_case=key.use_case,
        unit=remit.unit,
        stage=remit.stage,
        model_version=view.version,
        asked=tuple(asked),
        functions=tuple(functions),
        reference=reference,
        actor=actor[:ACTOR_MAX],
    )
    stop = stop_of(view, given, "", (name,))
    if stop is not None:
        raise CannotRun(refusal(stop))
    words = "\n".join(each.text for each in asked if each.role == "user")
    acting = key_for(worker.system, key, name, given.actor)
    run = await open_run(agents.gate, acting, asked=words, agent=name, reference=reference)
    agents.live[run] = Live(run, given, [name])
    record(agents, agents.live[run], "begun", at=now)
    await agents.runs.begin(run, msgspec.to_builtins(given))
    return run


def _require_fits(
    agents: Agents, asked: Sequence[Message], functions: Sequence[Tool], reference: str | None
) -> None:
    characters = sum(len(each.text) for each in asked)
    if not asked or asked[-1].role != "user" or not asked[-1].text.strip():
        raise RemitError(
            "an agent is asked something", help="end with the person's words", code="invalid-field"
        )
    for what, count, most in (
        ("characters in what is asked", characters, ASKED_MAX),
        ("turns", len(asked), TURNS_MAX),
        ("functions", len(functions), FUNCTIONS_MAX),
        ("characters in the reference", len(reference or ""), REFERENCE_MAX),
    ):
        if count > most:
            raise RemitError(
                f"there are {count:,} {what}; at most {most:,} are taken",
                help="say it in fewer",
                code="value-too-long",
            )
    if len(agents.live) >= LIVE_MAX:
        raise RemitError(
            f"{LIVE_MAX:,} runs are under way", help="wait until some have ended", code="too-many-at-once"
        )


def record(
    agents: Agents, live: Live, status: AgentRunStatus, *, at: datetime | None = None, **more: Any
) -> AgentRun:
    """Write down what becomes of a run; raises JournalError."""
    worker, given, spent = agents.worker, live.given, live.spent
    now = at or worker.system.clock.now()
    entry = AgentRun(
        id=worker.system.ids.new(now),
        at=now,
        run=live.run,
        agent=more.pop("agent", given.agent),
        use_case=given.use_case,
        unit=given.unit,
        stage=given.stage,
        key=given.key,
        status=status,
        turns=spent.turns,
        tool_calls=spent.tool_calls,
        tokens=spent.tokens,
        charge=spent.cost,
        worked_ms=int(spent.seconds * 1000),
        currency=worker.view.model.organisation.currency,
        program=agents.runs.version,
        model_version=given.model_version,
        reference=given.reference,
        **more,
    )
    worker.record(entry)
    return entry


async def answer_function(agents: Agents, key: Key, run: str, *, call: str, output: str) -> None:
    """Give a run what a function brought that whoever began it carries out.

    Raises NotFound for a run that is not the key's own, and for a call that it does not wait for.
    """
    own_run(agents.gate, key, run)
    last = [each for each in await agents.runs.heard(run) if each["kind"] in ("requires_action", "resumed")]
    if not last or (last[-1]["kind"], last[-1]["step"]) != ("requires_action", call):
        raise NotFound(
            f"run `{run}` does not wait for `{call[:80]}`",
            help="its `requires_action` says what it waits for",
        )
    if len(output) > ASKED_MAX:
        raise RemitError(
            f"the output has {len(output):,} characters; at most {ASKED_MAX:,} are taken",
            help="give back less of it",
            code="value-too-long",
        )
    await agents.runs.answer(run, f"{WAIT_TOPIC}{call}", {"output": output}, once=call)


def own_live(agents: Agents, key: Key, run: str) -> Live:
    """Find a run of the key's own that is under way; any other is answered like one that is not there."""
    live = agents.live.get(run)
    if live is None or (live.given.key, live.given.use_case) != (key.id, key.use_case):
        raise NotFound(f"no run `{run[:40]}` of this key is under way", help="look at how it ended")
    return live


async def stop_run(agents: Agents, live: Live, stop: Stop) -> None:
    """Stop a run at once: no step of it begins any more, and the one under way is ended."""
    if live.stopping:
        return
    live.stopping = True
    await agents.runs.stop(live.run)
    now = agents.worker.system.clock.now()
    stop_ms = max(0, int((now - stop.since).total_seconds() * 1000))
    record(agents, live, "stopped", rule="kill-switch", stop_ms=stop_ms)
    await close_run(agents, live)


async def close_run(agents: Agents, live: Live) -> None:
    """Have the gate forget what a run knew, and let it call nothing any more."""
    agents.live.pop(live.run, None)
    await end_run(agents.gate, Key(live.given.key, live.given.use_case), live.run)


def read_given(given: Json) -> Given:
    return msgspec.convert(given, Given)


def as_kept(values: Mapping[str, Any]) -> Json:
    found: Json = msgspec.to_builtins(values)
    return found

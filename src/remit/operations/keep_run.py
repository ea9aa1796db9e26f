"""Keep a run: begin it, find it for whoever it belongs to, know what it knows, and end it."""

from __future__ import annotations

from remit.enforce.key import Key
from remit.enforce.tool.learned import decoded, encoded, knowing, learned
from remit.enforce.tool.run import Run, begun
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.operations.tool_gate import ToolGate
from remit.record.tool_effect import KeptRun

ASKED_MAX = 100_000
"""How many characters of what a person asked are kept."""

REFERENCE_MAX = 200
AGENT_MAX = 80
DEPTH_MAX = 8
"""How many runs may stand within each other."""

KNOWN_MAX = 64
"""Of how many runs a worker remembers what they know."""


def begin_run(
    gate: ToolGate, key: Key, *, asked: str, agent: str = "", parent: str = "", reference: str | None = None
) -> KeptRun:
    """Begin a run and keep it; raises NotFound for a parent that is not the caller's own.

    A run within another begins with all that the other knows. What the person said is the outermost run's;
    what one run hands to another was written by an agent, and names nobody that its run did not know.
    """
    _require_short("request", asked, ASKED_MAX)
    _require_short("reference", reference or "", REFERENCE_MAX)
    _require_short("agent's name", agent, AGENT_MAX)
    now, actor = gate.worker.system.clock.now(), key.actor
    if parent:
        above = lineage(gate, own_run(gate, key, parent))
        if len(above) >= DEPTH_MAX:
            raise RemitError(
                f"runs stand {DEPTH_MAX} deep within each other, and no deeper",
                help="let the run above do it, or begin one of its own",
                code="run-too-deep",
            )
        if above[0].ended is not None:
            raise over(above[0])
        state, actor = known(gate, above[0]), above[0].actor
    else:
        state = begun(asked)
    run = KeptRun(
        id=gate.worker.system.ids.new(now),
        use_case=key.use_case,
        key=key.id,
        began=now,
        agent=agent or key.agent,
        parent=parent,
        reference=reference or "",
        actor=actor,
    )
    gate.effects.open_run(run, encoded(learned(Run(), state)))
    return run


def own_run(gate: ToolGate, key: Key, id: str) -> KeptRun:
    """Find a run of the caller's own; another's is answered like one that does not exist."""
    found = gate.effects.run(id[:64])
    if found is None or (found.use_case, found.key) != (key.use_case, key.id):
        raise NotFound(f"there is no run `{id[:40]}`", help="begin one, and give its id with each call")
    return found


def over(run: KeptRun) -> Conflict:
    return Conflict(f"run `{run.id}` has ended", help="begin another run", code="run-over")


def lineage(gate: ToolGate, run: KeptRun) -> tuple[KeptRun, ...]:
    """List a run and those that it was begun within, the outermost last."""
    found = [run]
    while found[-1].parent and len(found) < DEPTH_MAX:
        above = gate.effects.run(found[-1].parent)
        if above is None:
            break
        found.append(above)
    return tuple(found)


def known(gate: ToolGate, run: KeptRun) -> Run:
    """Say what a run knows, as it was last read; only what it has learned since the last time is read."""
    steps, state = gate.known.pop(run.id, (0, Run()))
    if steps != run.learned:
        for more in gate.effects.learned(run.id, after=steps):
            state = knowing(state, decoded(more))
            steps += 1
    while len(gate.known) >= KNOWN_MAX:
        del gate.known[next(iter(gate.known))]
    if run.ended is None:
        gate.known[run.id] = steps, state
    return state


def close_run(gate: ToolGate, key: Key, id: str) -> None:
    """End a run of the caller's own and forget its texts, and those of all that it began."""
    run = own_run(gate, key, id)
    gate.effects.end_run(run.id, gate.worker.system.clock.now())
    gate.known.pop(run.id, None)


def _require_short(what: str, text: str, most: int) -> None:
    if len(text) > most:
        raise RemitError(
            f"the {what} has {len(text):,} characters; at most {most:,} are kept",
            help="say it in fewer words",
            code="value-too-long",
        )

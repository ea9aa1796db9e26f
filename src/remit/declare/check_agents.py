"""Check agents: whether what they name is there, of the right kind, and within their use case's remit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.agent import DEPTH_MAX, Agent
from remit.declare.fault import Fault
from remit.declare.scope import Scope, Spot

_KINDS: Mapping[str, tuple[str, ...]] = {
    "model": ("model", "route"),
    "prompt": ("prompt",),
    "tools": ("tool",),
    "knowledge": ("knowledge",),
}


def check_agents(scope: Scope) -> Iterator[Fault]:
    """Check every agent."""
    agents: Mapping[str, Agent] = scope.sections["agents"]
    for name, agent in agents.items():
        spot = scope.spot("agents", name)
        if not scope.has("use_cases", agent.use_case):
            yield spot.undeclared("use_case", target=agent.use_case, code="undeclared-use-case")
        yield from _blocks(spot, agent)
        yield from _told(spot, agent)
        yield from _outside(spot, agent)
        yield from _hands(spot, agent, agents)


def _blocks(spot: Spot, agent: Agent) -> Iterator[Fault]:
    for field, kinds in _KINDS.items():
        said = getattr(agent, field)
        named = said if isinstance(said, tuple) else (said,)
        for index, address in enumerate(each for each in named if each is not None):
            rest: tuple[str | int, ...] = (field, index) if isinstance(said, tuple) else (field,)
            if address.partition("/")[0] not in kinds:
                yield spot.fault(
                    *rest,
                    code="agent-names-wrong-kind",
                    summary=f"agent `{spot.name}` names `{address}` under `{field}`",
                    help="name a block whose address begins with "
                    + " or ".join(f"`{each}/`" for each in kinds),
                )
            elif not spot.scope.has("blocks", address):
                yield spot.undeclared(*rest, target=address, code="undeclared-block")


def _told(spot: Spot, agent: Agent) -> Iterator[Fault]:
    if (agent.instructions is None) == (agent.prompt is None):
        both = agent.prompt is not None
        yield spot.fault(
            *(("prompt",) if both else ()),
            code="agent-instructions-unclear",
            summary=f"agent `{spot.name}` " + ("has two sets of instructions" if both else "is told nothing"),
            help="write `instructions:`, or name a prompt block under `prompt:`; one of the two",
            at="key",
        )


def _outside(spot: Spot, agent: Agent) -> Iterator[Fault]:
    """Warn of tools that the use case's own layer leaves out: no call of them can pass."""
    use_case = spot.scope.sections["use_cases"].get(agent.use_case)
    listed = None if use_case is None else use_case.remit.tools
    if not isinstance(listed, Mapping):
        return
    for index, address in enumerate(agent.tools):
        if address not in listed and address.partition("@")[0] not in listed:
            yield spot.fault(
                "tools",
                index,
                code="agent-tool-outside-remit",
                summary=f"agent `{spot.name}` names `{address}`, which `{agent.use_case}` does not list",
                help=f"add it to `tools` of the remit of `{agent.use_case}`, or take it out here",
                severity="warning",
            )


def _hands(spot: Spot, agent: Agent, agents: Mapping[str, Agent]) -> Iterator[Fault]:
    for index, name in enumerate(agent.hands_to):
        if not spot.scope.has("agents", name):
            yield spot.undeclared("hands_to", index, target=name, code="undeclared-agent")
        elif name in agents and agents[name].use_case != agent.use_case:
            yield spot.fault(
                "hands_to",
                index,
                code="agent-of-another-use-case",
                summary=f"agent `{spot.name}` hands on to `{name}`, which acts for another use case",
                help=f"declare an agent of `{agent.use_case}` for it: what is spent and read belongs to one",
            )
    depth = _depth(agents, spot.name, ())
    if depth is None or depth > DEPTH_MAX:
        found = "comes back to itself" if depth is None else f"leads through {depth} agents"
        yield spot.fault(
            "hands_to",
            code="agents-in-a-circle",
            summary=f"what agent `{spot.name}` hands on {found}",
            help=f"leave out a step: at most {DEPTH_MAX} agents stand in a row, and none twice",
        )


def _depth(agents: Mapping[str, Agent], name: str, before: tuple[str, ...]) -> int | None:
    """Say how many agents stand in the longest row from one; None where one of them comes back."""
    if name in before:
        return None
    if name not in agents or len(before) > DEPTH_MAX:
        return len(before) + (name in agents)
    found = [_depth(agents, each, (*before, name)) for each in agents[name].hands_to]
    depths = [each for each in found if each is not None]
    return None if len(depths) < len(found) else max(depths, default=len(before) + 1)

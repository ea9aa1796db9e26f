"""Find a tool: what a name means to a run, and how its server describes it now."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from remit.declare.block import ToolBlock
from remit.declare.version import covers, family
from remit.enforce.key import Key
from remit.enforce.stop import Stop, of_tool, stopped
from remit.enforce.tool.given import pin_of
from remit.kernel.errors import RemitError, where
from remit.operations.keep_run import lineage
from remit.operations.tool_gate import ToolGate, ToolRequest
from remit.ports_tools import ToolNotReached, ToolSource, ToolText
from remit.record.tool_effect import KeptRun

_LOG = logging.getLogger("remit.tools")

NAME_MAX = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """One call as it is asked for, and where it is asked.

    `address` is the exact address that the name means, or the name where it means none. `source` and `text`
    are the server and how it describes the tool now; None where it has not said.
    """

    key: Key
    run: KeptRun
    runs: tuple[KeptRun, ...]
    request: ToolRequest
    address: str
    block: ToolBlock | None
    source: ToolSource | None = None
    text: ToolText | None = None
    fault: RemitError | None = None

    @property
    def whose(self) -> str:
        whose = f"{self.key.use_case}/{self.key.id}"
        server = self.block.server if self.block else None
        if server is None or (server.memory or server.knowledge) is None:
            return whose
        # Who reads or remembers here is an agent, for one actor; sessions elsewhere are the key's.
        return f"{whose}/{self.run.agent}/{self.run.actor}"

    @property
    def pin(self) -> str:
        return pin_of(self.text.name, self.text.description, self.text.schema) if self.text else ""


def found_only(gate: ToolGate, key: Key, run: KeptRun, request: ToolRequest) -> Asked:
    """Find what a name means, without asking any server."""
    view = gate.worker.view
    name = request.tool[:NAME_MAX]
    address = view.model.meant(name, view.day(gate.worker.system.clock.now())) or name
    block = view.model.blocks.get(address)
    above = lineage(gate, run)
    return Asked(key, run, above, request, address, block if isinstance(block, ToolBlock) else None)


async def find_tool(gate: ToolGate, key: Key, run: KeptRun, request: ToolRequest) -> Asked:
    """Find what a name means, and have its server say how it describes the tool now.

    What cannot be asked is a fault of the call.
    """
    asked = found_only(gate, key, run, request)
    block = asked.block
    # What is refused in any case starts and reaches no server.
    if block is None or block.server is None or not _may_be(gate, asked):
        return asked
    try:
        source = gate.sources.source(asked.address, block.server, whose=asked.whose)
        texts = await source.texts()
    except RemitError as error:
        return replace(asked, fault=error)
    except Exception as error:  # noqa: BLE001 (a door: code of others answers here)
        _LOG.error("a tool's server failed: %s", where(error))
        fault = ToolNotReached(f"the server of `{asked.address}` failed", help="ask whoever runs it")
        return replace(asked, fault=fault)
    called = called_as(asked.address, block)
    return replace(asked, source=source, text=next((each for each in texts if each.name == called), None))


def _may_be(gate: ToolGate, asked: Asked) -> bool:
    """Say whether a use case's remit lists a tool, and nothing is stopped that it needs."""
    tools = gate.worker.view.remit(asked.key.use_case).tools
    listed = tools is not None and (isinstance(tools, str) or covers(tools, asked.address))
    return listed and stop_of(gate, asked) is None


def stop_of(gate: ToolGate, asked: Asked) -> Stop | None:
    """Find the widest kill switch that holds a call."""
    view = gate.worker.view
    if not view.stops:
        return None
    runs = tuple(each.id for each in asked.runs)
    agents = tuple(dict.fromkeys(each.agent for each in asked.runs))
    return stopped(view.stops, (*view.whose(asked.key), *of_tool(asked.address, runs, agents)))


def named_tools(gate: ToolGate, key: Key) -> list[str]:
    """List the names of tools that a key's remit has: those that it lists, or all where it lists any."""
    model, tools = gate.worker.view.model, gate.worker.view.remit(key.use_case).tools
    if tools is None:
        return []
    if isinstance(tools, Mapping):
        return sorted(tools)
    return sorted({family(name) for name, block in model.blocks.items() if isinstance(block, ToolBlock)})


def called_as(address: str, block: ToolBlock) -> str:
    """Say what a tool is called at its server."""
    said = block.server.called if block.server else None
    return said or family(address).partition("/")[2]

"""A process that works on runs of agents, whose tools write to a world of their own and can be held up.

    python agents_process.py forks SOCKET
    python agents_process.py HOME WORLD VERSION

The first loads all of it once, and the second is forked from that for whoever asks.

WORLD is a directory. Its `world.sqlite` has an effect for each claim. `stop-NAME-before` and `-after` hold
a tool up before it does something and after it has, and `at-NAME-before` and `at-NAME-after` say that it is
there. With `silent` the world cannot say what it has done.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

import forked_command
from remit.adapters.loop_pydantic import PydanticLoop
from remit.adapters.runs_dbos import DbosRuns, sqlite_url
from remit.agentgate.serve import serve_agents
from remit.bootstrap import open_effects, open_system
from remit.declare.tool import ToolServer
from remit.operations.agents import Agents
from remit.operations.system import AGENTS
from remit.operations.tool_gate import ToolGate
from remit.operations.worker import Worker
from remit.ports_tools import ToolAnswer, ToolAsk, ToolText
from remit.serving import bind
from remit.settings import read_settings

SCHEMA = {"type": "object"}
NAMES = ("lookup", "page", "pay", "tag")


class FileWorld:
    """The tools of the house, whose effects outlive this process."""

    def __init__(self, root: Path) -> None:
        self.root = root
        with self._open() as world:
            world.execute("create table if not exists done (claim text, name text, text text)")

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.root / "world.sqlite")

    async def texts(self) -> tuple[ToolText, ...]:
        return tuple(ToolText(each, f"It does {each}.", SCHEMA) for each in NAMES)

    async def call(self, ask: ToolAsk) -> ToolAnswer:
        await self._held(ask.name, "before")
        with self._open() as world:
            world.execute("insert into done values (?, ?, ?)", (ask.claim, ask.name, f"{ask.name} is done"))
        await self._held(ask.name, "after")
        return ToolAnswer(f"{ask.name} is done")

    async def _held(self, name: str, when: str) -> None:
        while (self.root / f"stop-{name}-{when}").exists():
            (self.root / f"at-{name}-{when}").touch()
            await asyncio.sleep(0.02)

    async def outcome(self, claim: str) -> ToolAnswer | None:
        (self.root / "asked-outcome").touch()
        if (self.root / "silent").exists():
            return None
        with self._open() as world:
            found = world.execute("select text from done where claim = ?", (claim,)).fetchone()
        return ToolAnswer(found[0]) if found else ToolAnswer("it was not done", is_error=True)

    async def close(self) -> None:
        pass

    def source(self, address: str, declared: ToolServer, *, whose: str) -> FileWorld:
        return self


async def serve(home: str, root: Path, version: str) -> None:
    settings = read_settings({"REMIT_HOME": home, "REMIT_AGENTS_LISTEN": "127.0.0.1:0"})
    with (
        open_system(settings) as system,
        bind(settings.address("agents")) as listener,
        system.journals.exclusive(AGENTS, wait_s=5) as journal,
        open_effects(settings) as effects,
    ):
        worker = Worker(system, journal, name=AGENTS, shares=True)
        runs = DbosRuns(sqlite_url(settings.home / "runs.sqlite"), b"s" * 32, version=version)
        agents = Agents(ToolGate(worker, FileWorld(root), effects), runs, PydanticLoop())
        port = listener.getsockname()[1]

        def ready() -> None:
            sys.stdout.write(f"listening on http://127.0.0.1:{port}\n")
            sys.stdout.flush()

        await serve_agents(agents, (), listener, ready, asyncio.Event())


if __name__ == "__main__":
    if sys.argv[1] == "forks":
        forked_command.serve(sys.argv[2])
    _, home, world, version = sys.argv
    asyncio.run(serve(home, Path(world), version))

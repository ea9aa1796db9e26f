"""A house with agents: a scripted model over loopback, tools that write to a world, a process that works."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from openai import OpenAI

from conftest import BASE, House
from forked_command import Forks, Process
from remit.bootstrap import open_effects
from remit.decide.approval import seen_code
from remit.operations.agents import PROGRAM
from remit.operations.answer_approval import answer_approval
from remit.operations.kill_switch import switch_on
from remit.operations.read_approvals import find_request
from remit.operations.resolve_effect import resolve_effect
from remit.settings import read_settings
from tooled_house import declared
from upstream import Answer, Upstream, as_json, serving

WAIT_S = 20.0
HELPS = "Tag what you are told to."
USAGE = {"prompt_tokens": 30, "completion_tokens": 10, "total_tokens": 40}

Say = Callable[[dict[str, Any]], dict[str, Any]]


def says(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def asks(name: str, arguments: dict[str, Any], *, id: str = "call_0") -> dict[str, Any]:
    call = {"id": id, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def results(body: dict[str, Any]) -> list[str]:
    """List what the model was told that its calls brought."""
    return [each["content"] for each in body["messages"] if each["role"] == "tool"]


@dataclass
class Script:
    """What the model says, turn by turn: each answer by how many results it has seen. It can be held up.

    `helper` is what it says as the other agent.
    """

    turns: list[dict[str, Any]]
    helper: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    goes: threading.Event = field(default_factory=threading.Event)
    came: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.goes.set()

    def answer(self, body: dict[str, Any]) -> Answer:
        self.asked.append(body)
        self.came.set()
        self.goes.wait(WAIT_S)
        turns = self.helper if HELPS in body["messages"][0]["content"] else self.turns
        message = turns[min(len(results(body)), len(turns) - 1)]
        reason = "tool_calls" if message.get("tool_calls") else "stop"
        choice = {"index": 0, "message": message, "finish_reason": reason}
        return as_json({"model": "scripted", "choices": [choice], "usage": USAGE})


AGENT = """
agents:
  desk:
    name: Desk
    use_case: pilot
    purpose: Pays what people ask for.
    model: model/scripted
    instructions: Do what the person asks, with the tools.
    tools: [tool/lookup, tool/page, tool/pay, tool/tag]
    limits: {LIMITS}
    hands_to: [HANDS]
  helper:
    name: Helper
    use_case: pilot
    purpose: Tags records.
    model: model/scripted
    instructions: Tag what you are told to.
    tools: [tool/tag, tool/lookup]
"""


def model_of(upstream: Upstream) -> str:
    return f"""
providers:
  scripted: {{technology: openai, base_url: "{upstream.address}"}}
blocks:
  model/scripted:
    name: Scripted
    provider: scripted
    context_tokens: 100000
    output_tokens_max: 1000
    prices: [{{starts: 2020-01-01, input: 1.00, output: 2.00}}]
"""


@dataclass
class AgentHouse:
    """A house, its agents' process and its world."""

    house: House
    forks: Forks
    script: Script
    world: Path
    version: str = PROGRAM
    address: str = ""
    process: Process | None = None
    secret: str = ""

    def start(self) -> None:
        arguments = [str(self.house.home), str(self.world), self.version]
        reading, writing = os.pipe()
        with (self.world / "log").open("a") as log, open(os.devnull, "rb") as nothing:
            streams = (nothing.fileno(), writing, log.fileno())
            self.process = self.forks.start(
                arguments, env=self.house.environment, cwd=self.world, streams=streams
            )
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as said:
            line = said.readline()
        assert line.startswith("listening on "), (self.world / "log").read_text()
        self.address = line.removeprefix("listening on ").strip()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(WAIT_S)
        self.process = None

    @property
    def client(self) -> OpenAI:
        return OpenAI(base_url=f"{self.address}/v1", api_key=self.secret, max_retries=0, timeout=WAIT_S)

    def ask(self, method: str, path: str, body: Any = None, *, secret: str = "") -> httpx.Response:
        headers = {"authorization": f"Bearer {secret or self.secret}"}
        return httpx.request(method, f"{self.address}{path}", json=body, headers=headers, timeout=WAIT_S)

    def begin(self, asked: str, agent: str = "desk", **more: Any) -> str:
        begun = self.ask("POST", f"/api/agents/{agent}/runs", {"input": asked, **more})
        assert begun.status_code == 202, begun.text
        return str(begun.json()["id"])

    def look(self, run: str, agent: str = "desk") -> dict[str, Any]:
        found = self.ask("GET", f"/api/agents/{agent}/runs/{run}")
        assert found.status_code == 200, found.text
        return dict(found.json())

    def hear(self, run: str, until: str = "ended", agent: str = "desk") -> list[dict[str, Any]]:
        """Hear what is told of a run until something is."""
        heard = []
        url = f"{self.address}/api/agents/{agent}/runs/{run}/events"
        headers = {"authorization": f"Bearer {self.secret}"}
        with httpx.stream("GET", url, headers=headers, timeout=WAIT_S) as lines:
            for line in lines.iter_lines():
                if line.startswith("data: "):
                    heard.append(json.loads(line.removeprefix("data: ")))
                    if heard[-1]["kind"] == until:
                        break
        return heard

    def hold(self, name: str, when: str) -> None:
        (self.world / f"stop-{name}-{when}").touch()

    def wait_at(self, name: str, when: str) -> None:
        """Wait until a tool is held up."""
        _until((self.world / f"at-{name}-{when}").exists)

    def let_go(self) -> None:
        for each in self.world.glob("stop-*"):
            each.unlink()

    def effects(self, name: str = "pay") -> int:
        with sqlite3.connect(self.world / "world.sqlite") as world:
            return int(world.execute("select count(*) from done where name = ?", (name,)).fetchone()[0])

    def entries(self, run: str) -> list[dict[str, Any]]:
        return [each for each in self.house.entries("agent_run") if each["run"] == run]

    def approve(self, request: str, *, yes: bool = True) -> None:
        with self.house.system() as system:
            found = find_request(system, request, system.clock.now())
            answer_approval(
                system,
                [request],
                said="approved" if yes else "denied",
                author="desk-lead@example.com",
                seen=seen_code([found.request]),
                reason="Seen.",
            )

    def resolve(self) -> None:
        """Say of what nobody knows that it was done."""
        settings = read_settings(self.house.environment)
        with self.house.system() as system, open_effects(settings) as effects:
            for each in [each for each in effects.effects() if each.state == "unknown"]:
                resolve_effect(
                    system,
                    effects,
                    each.claim,
                    done=True,
                    author="risk@example.com",
                    reason="It is on the bill.",
                )

    def switch_on(self, address: str) -> None:
        with self.house.system() as system:
            switch_on(system, address, author="risk@example.com", reason="a test")


def _until(true: Callable[[], bool]) -> None:
    event = threading.Event()
    for _ in range(int(WAIT_S / 0.02)):
        if true():
            return
        event.wait(0.02)
    raise AssertionError("it never came")


@contextmanager
def agent_forks() -> Iterator[Forks]:
    """Keep a process that those who work on runs are forked from: to load what they need takes seconds."""
    with tempfile.TemporaryDirectory(prefix="remit-agents-") as directory:
        path = Path(directory) / "socket"
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("agents_process.py")), "forks", str(path)],
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield Forks(path)
        finally:
            process.stdin.close()
            process.stdout.close()
            process.wait()


TOOLS = (
    "{tool/lookup: {}, tool/page: {}, tool/pay: {calls_per_run: 5, money_per_day: 100},"
    " tool/tag: {calls_per_day: 9}}"
)


@contextmanager
def agent_house(
    house: House,
    forks: Forks,
    *turns: dict[str, Any],
    limits: str = "turns: 8",
    hands: str = "",
    level: str = "act_within_limits",
) -> Iterator[AgentHouse]:
    """Declare agents over a scripted model, and have a process of their own work on their runs."""
    script = Script(list(turns))
    world = house.root / "world"
    world.mkdir(exist_ok=True)
    with serving({"/chat/completions": script.answer}) as upstream:
        agent = AGENT.replace("{LIMITS}", f"{{{limits}}}").replace("HANDS", hands)
        house.apply(BASE, *declared(TOOLS, level=level), model_of(upstream), agent)
        found = AgentHouse(house, forks, script, world, secret=house.key())
        found.start()
        try:
            yield found
        finally:
            script.goes.set()
            if found.process is not None:
                found.kill()

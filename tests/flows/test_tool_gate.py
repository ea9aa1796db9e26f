"""Tools over MCP, through a real server, with the official client, from a real server of tools."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from conftest import CASE, House, Server
from remit.enforce.tool.given import pin_of
from remit.operations.answer_approval import answer_approval
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_inbox import read_requests
from remit.report.snippets import mcp_snippet
from tool_server_mcp import mcp_server
from tool_servers import World

LEAD = "desk-lead@example.com"
TESTS = Path(__file__).parents[1]


def pins() -> dict[str, str]:
    """Pin the tools as their server describes them."""

    async def listed() -> dict[str, str]:
        async with Client(mcp_server(World(Path("/nowhere")))) as client:
            found = (await client.list_tools()).tools
            return {each.name: pin_of(each.name, each.description or "", each.input_schema) for each in found}

    return asyncio.run(listed())


def declared(world: Path) -> tuple[str, str]:
    known = pins()
    command = json.dumps([sys.executable, str(TESTS / "tool_server_mcp.py"), "stdio", str(world)])
    server = f"server: {{stdio: {command}, outcome: claim_outcome, called: "
    text = f"""
blocks:
  tool/look-up:
    name: Look up a claim
    owner: tools@example.com
    effect: reads
    data_goes: stays
    returns: {{trust: trusted, registers: [payee]}}
    pin: {known["look_up"]}
    {server}look_up}}
  tool/pay:
    name: Pay
    owner: tools@example.com
    effect: writes
    data_goes: targets
    arguments: {{payee: target, amount: money}}
    asked_as: [pay]
    pin: {known["pay"]}
    {server}pay}}
  tool/die:
    name: End in the middle
    owner: tools@example.com
    effect: writes
    data_goes: stays
    asked_as: [die]
    pin: {known["die"]}
    {server}die}}
  tool/slow:
    name: Take a while
    owner: tools@example.com
    effect: reads
    data_goes: stays
    pin: {"0" * 64}
    {server}slow}}
"""
    tools = "{tool/look-up: {}, tool/pay: {money_per_day: 100}, tool/die: {calls_per_day: 9}, tool/slow: {}}"
    may = "autonomy_max: act_within_limits, autonomy_evidence: {approvals: 1}, agency_max: write"
    remit = f"\n    remit: {{{may}, tools: {tools}}}\n"
    # What is earned is bounded by the stage, and at `experiment` every write waits.
    return text, CASE.replace("stage: experiment", "stage: launch") + remit


@dataclass
class Gate:
    """A tool gate that serves, the key of an agent, and the world that its tools act on."""

    house: House
    server: Server
    key: str
    world: World

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        asked = urllib.request.Request(self.server.address + path, body or None, sent, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=30) as reply:
                said = reply.read()
                return reply.status, json.loads(said) if said else None
        except urllib.error.HTTPError as reply:
            with reply:
                return reply.code, json.loads(reply.read() or b"null")

    def begin(self, asked: str) -> str:
        status, found = self.ask("POST", "/runs", json.dumps({"asked": asked}).encode())
        assert status == 201
        return str(found["id"])

    def talk(self, work: Callable[[Client], Awaitable[Any]], **headers: str) -> Any:
        """Do something with the official client."""

        async def within() -> Any:
            sent = {"Authorization": f"Bearer {self.key}", **headers}
            async with (
                httpx2.AsyncClient(headers=sent, timeout=30) as http,
                Client(streamable_http_client(f"{self.server.address}/mcp", http_client=http)) as client,
            ):
                return await work(client)

        return asyncio.run(within())

    def consent(self, request: str) -> None:
        with self.house.system() as system:
            fold_ledger(system)
            _, code = read_requests(system, [request], reader=LEAD)
            answer_approval(system, [request], said="approved", author=LEAD, seen=code, reason="Looked.")

    def call(self, tool: str, arguments: dict[str, Any], **headers: str) -> Any:
        return self.talk(lambda client: client.call_tool(tool, arguments), **headers)

    def agreed(self, asked: str, tool: str, arguments: dict[str, Any]) -> tuple[str, Any]:
        """Have a person agree to a call that waits, and make it then; gives its run and its answer."""
        run = self.begin(asked)
        waits = self.call(tool, arguments, **{"x-remit-run": run})
        if "approval" not in (waits.structured_content or {}):
            # Another test has earned it already.
            return run, waits
        self.consent(waits.structured_content["approval"])
        return run, self.call(tool, arguments, **{"x-remit-run": run})


@pytest.fixture(scope="module")
def gate(shared_house: House, tmp_path_factory: pytest.TempPathFactory) -> Gate:
    world = tmp_path_factory.mktemp("world")
    base = shared_house.base.replace("  experiment:\n", "  launch:\n")
    shared_house.apply(base, *declared(world))
    return Gate(shared_house, shared_house.serve("toolgate"), shared_house.key(), World(world))


def test_a_client_sees_the_tools_of_its_remit_and_calls_them(gate: Gate) -> None:
    async def work(client: Client) -> tuple[list[str], Any]:
        names = [each.name for each in (await client.list_tools()).tools]
        return names, await client.call_tool("look-up", {"number": "C-1"})

    names, found = gate.talk(work)
    # What does not read as it was pinned is not told of.
    assert names == ["die", "look-up", "pay"]
    assert not found.is_error
    assert found.structured_content == {"number": "C-1", "payee": "acc-7"}


def test_what_a_person_agreed_to_once_is_done_by_itself_the_next_time(gate: Gate) -> None:
    run, done = gate.agreed("please pay bob 20", "pay", {"payee": "bob", "amount": 20})
    assert not done.is_error
    entry = [each for each in gate.house.entries("tool_call") if each["run"] == run][-1]
    assert f"{entry['claim']} pay bob 20.0" in gate.world.deeds()
    assert entry["status"] == "completed"
    run = gate.begin("please pay bob 21")
    ends = time.monotonic() + 60
    # The gate feels what was earned within two seconds of when the ledger is folded.
    while gate.call("pay", {"payee": "bob", "amount": 21}, **{"x-remit-run": run}).is_error:
        assert time.monotonic() < ends
    assert sum("pay bob 21.0" in each for each in gate.world.deeds()) == 1
    came_to = {each["status"] for each in gate.house.entries("tool_call") if each["run"] == run}
    assert came_to <= {"waiting", "completed"}


def test_what_waits_is_a_structured_answer_that_can_be_polled_and_is_done_once_agreed(gate: Gate) -> None:
    run = gate.begin("look at claim C-1")
    asked = {"payee": "eve", "amount": 30}
    waits = gate.call("pay", asked, **{"x-remit-run": run})
    told = waits.structured_content
    assert waits.is_error
    assert (told["error"], told["poll"]) == ("approval_required", f"/runs/{run}/approvals/{told['approval']}")
    assert told["who_decides"]
    status, polled = gate.ask("GET", told["poll"])
    assert (status, polled["state"], polled["tool"]) == (200, "open", "tool/pay")
    gate.consent(told["approval"])
    assert gate.ask("GET", told["poll"])[1]["state"] == "approved"
    other = gate.call("pay", asked | {"amount": 31}, **{"x-remit-run": run})
    assert other.structured_content["error"] == "approval_required"
    done = gate.call("pay", asked, **{"x-remit-run": run})
    assert not done.is_error
    assert gate.ask("GET", told["poll"])[1]["used"]
    assert sum("eve 30" in each for each in gate.world.deeds()) == 1


def test_a_program_that_dies_in_a_call_is_asked_what_came_of_it_by_its_successor(gate: Gate) -> None:
    run, lost = gate.agreed("die for me", "die", {})
    assert lost.is_error
    assert lost.structured_content["error"] == "outcome_unknown"
    assert sum(each.endswith(" die") for each in gate.world.deeds()) == 1
    assert not gate.call("look-up", {"number": "C-2"}, **{"x-remit-run": run}).is_error


def test_another_key_has_no_part_in_a_run(gate: Gate) -> None:
    run = gate.begin("pay bob 20")
    other = Gate(gate.house, gate.server, gate.house.key(), gate.world)
    assert other.ask("GET", f"/runs/{run}/approvals/{run}")[0] == 404
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
    assert other.ask("POST", "/mcp", body, x_remit_run=run)[0] == 404
    assert other.ask("POST", "/mcp", body)[0] == 400
    assert Gate(gate.house, gate.server, "remit_unknown", gate.world).ask("POST", "/mcp", body)[0] == 401


HOSTILE = {
    "no JSON": (b"\xff{", 400),
    "half of a message": (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/ca', 400),
    "several at once": (b"[]", 400),
    "another protocol": (b'{"id": 1, "method": "ping"}', 400),
    "an id that is none": (b'{"jsonrpc": "2.0", "id": {"a": 1}, "method": "ping"}', 400),
    "an id that is long": (b'{"jsonrpc": "2.0", "id": "%b", "method": "ping"}' % (b"x" * 300), 400),
    "parameters that are a list": (
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": [1]}',
        400,
    ),
    "an answer nobody asked for": (b'{"jsonrpc": "2.0", "id": 1, "result": {}}', 202),
    "an unknown method": (b'{"jsonrpc": "2.0", "id": 1, "method": "resources/list"}', 200),
    "arguments that are no object": (
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "pay", "arguments": 7}}',
        200,
    ),
    "values that never end": (
        b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": %b' % (b"[" * 9000),
        400,
    ),
    "too much": (b"x" * (5 << 20), 413),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_is_sent_is_answered_and_nothing_is_done(gate: Gate, what: str) -> None:
    body, expected = HOSTILE[what]
    before = gate.world.deeds()
    run = gate.begin("")
    status, said = gate.ask("POST", "/mcp", body, x_remit_run=run)
    assert status == expected
    assert said is None or "error" in said
    assert gate.world.deeds() == before
    assert gate.ask("GET", "/healthz")[0] == 200


def test_a_page_of_another_site_is_not_served(gate: Gate) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode()
    assert gate.ask("POST", "/mcp", body, Origin="https://evil.example.com")[0] == 403
    assert gate.ask("GET", "/mcp")[0] == 405


def test_the_program_that_the_page_gives_lists_the_tools(gate: Gate) -> None:
    text = mcp_snippet(gate.server.address).text
    ran = subprocess.run(
        [sys.executable, "-c", text],
        env={**os.environ, "REMIT_KEY": gate.key},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "look-up - Look up a claim by its number." in ran.stdout

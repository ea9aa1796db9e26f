"""A governed call of a tool beside the direct one, over MCP, in one run, by the official client.

.venv/bin/python benchmarks/tools.py

The server of tools is the official SDK's, over streamable HTTP, in a process of its own; so is the tool gate.
Calls take turns, so that whatever else the machine does meets both alike. With `REMIT_CONTEXTFORGE` naming
the `bin` directory of an environment that has `mcp-contextforge-gateway`, that is measured as well.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from remit.bootstrap import open_system
from remit.cli.directory import load_directory
from remit.enforce.tool.given import pin_of
from remit.operations.apply_model import apply_model
from remit.operations.issue_key import issue_key
from remit.settings import read_settings

TESTS = Path(__file__).parents[1] / "tests"
CALLS, WARM = 300, 20
RATIO_MAX = 2.5
"""What a governed call may take of a direct one, in the middle of many."""

FORGE_PORT, FORGE_START_S = 9391, 90.0
MODEL = """
organisation:
  name: Bench
  contact: administrator@example.com
  currency: EUR
  remit: {{models: any, data_class_max: confidential, spend: [{{limit: 1000.00 EUR, per: month}}]}}
units:
  desk: {{name: Desk, lead: lead@example.com}}
providers: {{echo: {{technology: echo}}}}
stages:
  experiment: {{description: A pilot., remit: {{calls: true}}}}
blocks:
  tool/look-up:
    name: Look up
    owner: tools@example.com
    effect: reads
    data_goes: stays
    pin: {look_up}
    server: {{url: "{url}", called: look_up}}
  tool/pay:
    name: Pay
    owner: tools@example.com
    effect: writes
    data_goes: targets
    arguments: {{payee: target, amount: money}}
    asked_as: [pay]
    pin: {pay}
    server: {{url: "{url}", called: pay}}
use_cases:
  pilot:
    name: Pilot
    unit: desk
    owner: owner@example.com
    purpose: Measure.
    adoption: {{stage: experiment, basis: It runs here.}}
    remit:
      autonomy_max: act_within_limits
      agency_max: write
      tools: {{tool/look-up: {{}}, tool/pay: {{calls_per_run: 1000000}}}}
"""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to the same tool: its address, what is sent along, and what the tool is called there."""

    name: str
    url: str
    headers: dict[str, str]
    reads: str = "look_up"
    writes: str = "pay"


@contextmanager
def process(*command: str, **environment: str) -> Iterator[str]:
    """Run a program until the block is left; gives the first line that it says."""
    running = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environment},
    )
    assert running.stdout is not None
    try:
        yield running.stdout.readline().strip()
    finally:
        running.terminate()
        running.wait(20)
        running.stdout.close()


async def pins(url: str) -> dict[str, str]:
    async with Client(url) as client:
        found = (await client.list_tools()).tools
    return {each.name: pin_of(each.name, each.description or "", each.input_schema) for each in found}


def prepared(root: Path, url: str) -> str:
    """Put the tools in force in a directory; returns a key."""
    (root / "declared").mkdir()
    (root / "declared" / "model.yaml").write_text(MODEL.format(url=url, **asyncio.run(pins(url))))
    with open_system(read_settings({"REMIT_HOME": str(root / "home")})) as system:
        loaded = load_directory(root / "declared")
        assert loaded.operating_model is not None, loaded.diagnostics
        apply_model(system, loaded.operating_model, author="bench@example.com", reason="A measure.")
        return issue_key(system, "pilot", author="bench@example.com").secret


def asked(url: str, key: str, body: Any, method: str = "POST") -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    sent = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(
        urllib.request.Request(url, sent, headers, method=method), timeout=30
    ) as reply:
        return json.loads(reply.read() or b"null")


async def measured(ways: list[Way]) -> dict[tuple[str, str], list[float]]:
    """Let all ways take turns, each with one kept client."""
    taken: dict[tuple[str, str], list[float]] = {}
    async with AsyncExitStack() as stack:
        clients = []
        for way in ways:
            http = await stack.enter_async_context(httpx2.AsyncClient(headers=way.headers, timeout=60))
            transport = streamable_http_client(way.url, http_client=http)
            clients.append((way, await stack.enter_async_context(Client(transport))))
        for number in range(CALLS + WARM):
            for way, client in clients:
                for kind, tool, arguments in (
                    ("reads", way.reads, {"number": f"C-{number}"}),
                    ("writes", way.writes, {"payee": "bob", "amount": 1 + number}),
                ):
                    began = perf_counter()
                    answer = await client.call_tool(tool, arguments)
                    if number >= WARM:
                        taken.setdefault((way.name, kind), []).append(perf_counter() - began)
                    assert not answer.is_error, answer
    return taken


@contextmanager
def forge(root: Path, upstream: str) -> Iterator[Way | None]:
    """Run ContextForge before the same server, if it is installed."""
    where = os.environ.get("REMIT_CONTEXTFORGE")
    if not where:
        yield None
        return
    secret = "bench-secret-that-is-long-enough-to-sign"
    environment = {
        "DATABASE_URL": f"sqlite:///{root}/forge.db",
        "JWT_SECRET_KEY": secret,
        "PLATFORM_ADMIN_EMAIL": "admin@example.com",
        "PLATFORM_ADMIN_PASSWORD": "Bench-2026-password!",
        "CACHE_TYPE": "memory",
        "LOG_LEVEL": "ERROR",
        "TOOL_RATE_LIMIT": "1000000",
        "RATE_LIMIT_ENABLED": "false",
        "RATE_LIMITING_ENABLED": "false",
        "SSRF_ALLOW_LOCALHOST": "true",
        "SSRF_ALLOW_PRIVATE_NETWORKS": "true",
    }
    log = (root / "forge.log").open("wb")
    running = subprocess.Popen(
        [f"{where}/mcpgateway", "--host", "127.0.0.1", "--port", str(FORGE_PORT)],
        stdout=log,
        stderr=log,
        cwd=root,
        env={**os.environ, **environment},
    )
    base = f"http://127.0.0.1:{FORGE_PORT}"
    token = subprocess.run(
        [f"{where}/python", "-m", "mcpgateway.utils.create_jwt_token", "--username", "admin@example.com",
         "--admin", "--exp", "600", "--secret", secret],
        capture_output=True, text=True, check=False, env={**os.environ, **environment}, cwd=root,
    ).stdout.strip().splitlines()[-1:]  # fmt: skip
    key = token[0] if token else "none"
    try:
        deadline = monotonic() + FORGE_START_S
        while monotonic() < deadline:
            try:
                asked(f"{base}/health", key, None, "GET")
                break
            except OSError:
                sleep(0.5)
        asked(f"{base}/gateways", key, {"name": "up", "url": upstream, "transport": "STREAMABLEHTTP"})
        tools = asked(f"{base}/tools", key, None, "GET")
        names = {
            re.sub(r"[^a-z]", "", each["name"].lower().removeprefix("up")): each["name"] for each in tools
        }
        server = asked(
            f"{base}/servers",
            key,
            {"server": {"name": "bench", "associated_tools": [each["id"] for each in tools]}},
        )
        headers = {"Authorization": f"Bearer {key}"}
        yield Way(
            "ContextForge", f"{base}/servers/{server['id']}/mcp", headers, names["lookup"], names["pay"]
        )
    finally:
        running.terminate()
        running.wait(30)
        log.close()


def main() -> int:
    with tempfile.TemporaryDirectory() as where:
        root = Path(where)
        mcp = (sys.executable, str(TESTS / "tool_server_mcp.py"), "http", where)
        with process(*mcp, PYTHONPATH=str(TESTS)) as port:
            upstream = f"http://127.0.0.1:{port}/mcp"
            key = prepared(root, upstream)
            settings = {"REMIT_HOME": str(root / "home"), "REMIT_TOOLGATE_LISTEN": "127.0.0.1:0"}
            gate = (sys.executable, "-m", "remit", "serve", "toolgate")
            with process(*gate, **settings) as said, forge(root, upstream) as other:
                address = said.removeprefix("listening on ")
                run = asked(f"{address}/runs", key, {"asked": "please pay bob"})["id"]
                headers = {"Authorization": f"Bearer {key}", "x-remit-run": run}
                governed = Way("governed", f"{address}/mcp", headers, "look-up", "pay")
                ways = [Way("direct", upstream, {}), governed, *([other] if other else [])]
                taken = asyncio.run(measured(ways))
    direct = {kind: statistics.median(taken["direct", kind]) for kind in ("reads", "writes")}
    worst = 0.0
    for (name, kind), each in sorted(taken.items(), key=lambda found: found[0][1]):
        middle, late = statistics.median(each) * 1000, statistics.quantiles(each, n=20)[-1] * 1000
        ratio = middle / direct[kind] / 1000
        worst = max(worst, ratio if (name, kind) == ("governed", "reads") else 0.0)
        print(f"{kind:<7} {name:<13} p50 {middle:6.2f} ms, p95 {late:6.2f} ms, {ratio:5.2f} x direct")
    if worst > RATIO_MAX:
        print(f"a governed call takes {worst:.2f} times the direct one, above {RATIO_MAX}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

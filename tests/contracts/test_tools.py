"""What every way of asking for tools keeps to, against real servers: two over MCP, an HTTP API, functions."""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from remit.adapters.tool_sources import DeclaredTools
from remit.declare.tool import ToolServer
from remit.kernel.errors import RemitError
from remit.ports_tools import ToolAnswer, ToolAsk, ToolNotReached, ToolSource, ToolUnclear
from tool_servers import World

TESTS = Path(__file__).parents[1]
SECRETS = {"tool-one": "first-secret", "tool-two": "other-secret", "tool-oauth": "client:word"}
OVER_MCP = ("stdio", "http", "http-json")
OTHERS = (*OVER_MCP, "api")
EVERY = (*OTHERS, "python")

FUNCTIONS = '''
import os
from pathlib import Path
from tool_servers import World, act

def _world():
    return World(Path(os.environ["TOOLS_WORLD"]))

def look_up(number: str) -> dict:
    """Look up a claim by its number."""
    return act(_world(), "look_up", {"number": number}, "")

def pay(payee: str, amount: float, claim: str) -> dict:
    """Pay an amount to a payee."""
    return act(_world(), "pay", {"payee": payee, "amount": amount}, claim)

def slow(seconds: float) -> dict:
    return act(_world(), "slow", {"seconds": seconds}, "")

def big(size: int) -> str:
    return act(_world(), "big", {"size": size}, "")

def claim_outcome(claim: str) -> dict:
    return act(_world(), "claim_outcome", {"claim": claim}, "")
'''


@dataclass
class Served:
    """Servers that run, by their kind, and the world that they act on."""

    world: World
    root: Path
    ports: Mapping[str, int]

    def server(self, kind: str, tool: str = "pay", **more: Any) -> ToolServer:
        if kind == "stdio":
            command = (sys.executable, str(TESTS / "tool_server_mcp.py"), "stdio", str(self.root))
            return ToolServer(stdio=command, outcome="claim_outcome", called=tool, **more)
        if kind == "python":
            return ToolServer(python=tool, outcome="claim_outcome", **more)
        if kind == "api":
            url = f"http://127.0.0.1:{self.ports['api']}/openapi.json"
            return ToolServer(openapi=url, outcome="claim_outcome", called=tool, **more)
        url = f"http://127.0.0.1:{self.ports[kind]}/mcp"
        return ToolServer(url=url, outcome="claim_outcome", called=tool, **more)


@contextmanager
def running(*command: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    asked = [sys.executable, *command]
    process = subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("world")
    mcp, api = str(TESTS / "tool_server_mcp.py"), str(TESTS / "tool_servers.py")
    folder = root / "installed"
    info = folder / "contract_tools-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "contract_tools.py").write_text(FUNCTIONS)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: contract-tools\nVersion: 1.0\n")
    names = ("look_up", "pay", "slow", "big", "claim_outcome")
    points = "".join(f"{name} = contract_tools:{name}\n" for name in names)
    (info / "entry_points.txt").write_text(f"[remit.tools]\n{points}")
    with (
        pytest.MonkeyPatch.context() as patch,
        running(mcp, "http", str(root)) as (_, http),
        running(mcp, "http-json", str(root)) as (_, plain),
        running(api, str(root)) as (_, port),
    ):
        patch.syspath_prepend(folder)
        patch.setenv("TOOLS_WORLD", str(root))
        yield Served(World(root), root, {"http": http, "http-json": plain, "api": port})
    sys.modules.pop("contract_tools", None)


def within(work: Callable[[DeclaredTools], Awaitable[Any]], **more: Any) -> Any:
    async def run() -> Any:
        tools = DeclaredTools(SECRETS.get, **more)
        try:
            return await work(tools)
        finally:
            await tools.close()

    return asyncio.run(run())


async def call(
    source: ToolSource,
    tool: str,
    claim: str = "c",
    whose: str = "pilot/k",
    timeout_s: float = 20,
    **arguments: Any,
) -> ToolAnswer:
    return await source.call(ToolAsk(tool, arguments, claim, whose, timeout_s))


@pytest.mark.parametrize("kind", EVERY)
def test_a_tool_is_described_and_answers_with_text_and_fields(served: Served, kind: str) -> None:
    async def work(tools: DeclaredTools) -> None:
        source = tools.source("tool/x", served.server(kind, "look_up"), whose="pilot/k")
        [text] = [each for each in await source.texts() if each.name in ("look_up", "x")]
        assert text.description == "Look up a claim by its number."
        assert text.schema["properties"]["number"]["type"] == "string"
        assert await source.texts() == await source.texts()
        found = await call(source, "look_up", number="C/1")
        assert found.fields == {"number": "C/1", "payee": "acc-7"} or kind == "api"
        assert '"payee"' in found.text
        assert not found.is_error

    within(work)


@pytest.mark.parametrize("kind", EVERY)
def test_the_target_hears_the_claim_and_says_what_came_of_it(served: Served, kind: str) -> None:
    async def work(tools: DeclaredTools) -> None:
        source = tools.source("tool/x", served.server(kind), whose="pilot/k")
        for _ in range(2):
            assert (await call(source, "pay", f"once-{kind}", payee="bob", amount=5)).fields["paid"] == 5
        assert [each for each in served.world.deeds() if f"once-{kind} " in each] == [
            f"once-{kind} pay bob 5.0"
        ] or (f"once-{kind} pay bob 5" in served.world.deeds())
        done, undone = await source.outcome(f"once-{kind}"), await source.outcome("never")
        assert done is not None
        assert undone is not None
        assert (done.is_error, undone.is_error) == (False, True)
        silent = served.server(kind).model_copy(update={"outcome": None})
        assert await tools.source("tool/x", silent, whose="pilot/k").outcome("c") is None

    within(work)


@pytest.mark.parametrize("kind", EVERY)
def test_what_a_tool_says_it_did_not_do_is_no_fault(served: Served, kind: str) -> None:
    async def work(tools: DeclaredTools) -> None:
        source = tools.source("tool/x", served.server(kind), whose="pilot/k")
        refused = await call(source, "pay", "much", payee="bob", amount=5000)
        assert refused.is_error
        assert "more than one payment may be" in refused.text
        assert not served.world.has("much")

    within(work)


@pytest.mark.parametrize("kind", EVERY)
def test_what_takes_too_long_or_says_too_much_is_unclear(served: Served, kind: str) -> None:
    async def work(tools: DeclaredTools) -> None:
        slow = tools.source("tool/x", served.server(kind, "slow"), whose="pilot/k")
        await slow.texts()
        with pytest.raises(ToolUnclear):
            await call(slow, "slow", timeout_s=0.2, seconds=1)
        big = tools.source("tool/x", served.server(kind, "big"), whose="pilot/k")
        with pytest.raises(ToolUnclear):
            await call(big, "big", size=5 << 20)
        assert len((await call(big, "big", size=1000)).text) in (1000, 1002)

    within(work)


@pytest.mark.parametrize("kind", EVERY)
def test_what_is_not_there_was_certainly_not_asked(kind: str) -> None:
    gone = {
        "stdio": ToolServer(stdio=("/nowhere/at-all",)),
        "http": ToolServer(url="http://127.0.0.1:1/mcp"),
        "http-json": ToolServer(url="http://127.0.0.1:0/mcp"),
        "api": ToolServer(openapi="http://127.0.0.1:1/openapi.json"),
        "python": ToolServer(python="nobody_installed_this"),
    }[kind]

    async def work(tools: DeclaredTools) -> None:
        source = tools.source("tool/x", gone, whose="pilot/k")
        for ask in (source.texts, lambda: call(source, "pay", payee="bob", amount=1)):
            with pytest.raises(ToolNotReached):
                await ask()

    within(work)


@pytest.mark.parametrize("kind", OTHERS)
def test_a_credential_is_sealed_and_reaches_its_own_server_alone(served: Served, kind: str) -> None:
    where = "TOOL_KEY" if kind == "stdio" else "x-tool-key"

    async def work(tools: DeclaredTools) -> None:
        one = served.server(kind, "whoami", credential="one", credential_in=where)
        two = served.server(kind, "whoami", credential="two", credential_in=where)
        said = [
            (await call(tools.source("tool/x", each, whose="pilot/k"), "whoami")).fields
            for each in (one, two)
        ]
        assert [each["credential"] for each in said] == ["first-secret", "other-secret"]
        assert [each["seen"] for each in said] == [[], []]
        lost = served.server(kind, "whoami", credential="unsealed", credential_in=where)
        with pytest.raises(ToolNotReached) as fault:
            await call(tools.source("tool/x", lost, whose="pilot/k"), "whoami")
        assert "tool-unsealed" in fault.value.summary

    within(work)


@pytest.mark.parametrize("kind", OVER_MCP)
def test_one_conversation_is_kept_for_each_caller_and_shared_with_nobody(served: Served, kind: str) -> None:
    async def work(tools: DeclaredTools) -> None:
        async def at(whose: str, tool: str) -> Any:
            source = tools.source("tool/x", served.server(kind, tool), whose=whose)
            return (await call(source, "whoami", whose=whose)).fields["at"]

        found = [
            await at(*each) for each in (("pilot/a", "whoami"), ("pilot/a", "pay"), ("pilot/b", "whoami"))
        ]
        assert found[0] == found[1] != found[2]

    within(work)


@pytest.mark.parametrize("kind", ["http", "api"])
def test_a_token_is_fetched_with_the_credential_and_kept_while_it_lasts(served: Served, kind: str) -> None:
    token_url = f"http://127.0.0.1:{served.ports['api']}/token"

    async def work(tools: DeclaredTools) -> None:
        server = served.server(kind, "whoami", credential="oauth", token_url=token_url, scope="claims")
        source = tools.source("tool/x", server, whose="pilot/k")
        said = [(await call(source, "whoami")).fields["credential"] for _ in range(2)]
        assert said == ["Bearer made-cmQ="] * 2

    within(work)


def test_a_redirect_is_not_followed(served: Served) -> None:
    async def work(tools: DeclaredTools) -> None:
        source = tools.source("tool/x", served.server("api", "away"), whose="pilot/k")
        with pytest.raises(ToolUnclear, match="redirects"):
            await call(source, "away")

    within(work)


def test_a_program_that_ends_is_started_again_and_none_is_left_behind(served: Served) -> None:
    async def work(tools: DeclaredTools) -> list[int]:
        server = served.server("stdio", "whoami")
        source = tools.source("tool/x", server, whose="pilot/k")
        first = (await call(source, "whoami")).fields["at"]
        with pytest.raises(ToolUnclear):
            await call(source, "die", "died")
        second = (await call(source, "whoami")).fields["at"]
        assert served.world.has("died")
        return [first, second]

    pids = within(work)
    assert pids[0] != pids[1]
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_no_more_servers_are_held_open_than_may_be(served: Served) -> None:
    async def work(tools: DeclaredTools) -> None:
        async def pid(whose: str) -> int:
            source = tools.source("tool/x", served.server("stdio", "whoami"), whose=whose)
            return int((await call(source, "whoami", whose=whose)).fields["at"])

        first = await pid("pilot/a")
        await pid("pilot/b")
        assert await pid("pilot/a") != first

    within(work, targets_max=1)


def test_a_source_refuses_what_is_meant_for_somebody_else(served: Served) -> None:
    async def work(tools: DeclaredTools) -> None:
        source = tools.source("tool/x", served.server("api"), whose="pilot/a")
        with pytest.raises(AssertionError):
            await call(source, "pay", whose="pilot/b", payee="bob", amount=1)
        await tools.close()
        with pytest.raises(RemitError):
            await call(source, "pay", whose="pilot/a", payee="bob", amount=1)

    within(work)


ALONE = """
import asyncio, sys
from remit.adapters.tool_sources import DeclaredTools
from remit.declare.tool import ToolServer
from remit.ports_tools import ToolAsk

async def main():
    source = DeclaredTools({}.get).source("tool/x", ToolServer(stdio=tuple(sys.argv[1:])), whose="a/b")
    answer = await source.call(ToolAsk("whoami", {}, "c", "a/b", 20))
    print(answer.fields["at"], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a program sees that nobody writes to it")
def test_a_program_ends_with_whoever_started_it_also_if_that_is_killed(served: Served) -> None:
    command = (sys.executable, str(TESTS / "tool_server_mcp.py"), "stdio", str(served.root))
    with running("-c", ALONE, *command) as (process, pid):
        os.kill(pid, 0)
        process.kill()
        process.wait()
        watched = os.pidfd_open(pid) if Path(f"/proc/{pid}").exists() else None
        if watched is not None:
            assert select.select([watched], [], [], 10)[0] == [watched]
            os.close(watched)

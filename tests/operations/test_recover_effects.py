"""What becomes of calls whose worker was killed, and how people resolve what nobody can tell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import House
from remit.kernel.errors import Conflict, NotFound
from remit.operations.read_tools import read_effects
from remit.operations.recover_effects import recover_effects
from remit.operations.resolve_effect import resolve_effect
from remit.operations.verify_ledger import verify_ledger
from remit.ports_tools import ToolAnswer, ToolAsk, ToolUnclear
from remit.record.tool_effect import BEGUN, Effect, Taken
from remit.record.tool_entry import ToolCalled
from tooled_house import Desk, World, at_desk, declared

TOOLS = "{tool/lookup: {}, tool/pay: {calls_per_run: 5}}"
PAY = {"to": "bob", "amount": 20}


@dataclass
class Outside(World):
    """A world that outlasts whoever asks it: each payment is a line of a file."""

    path: Path = Path()
    dies: str = ""

    async def call(self, ask: ToolAsk) -> ToolAnswer:
        if self.dies == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        with self.path.open("a") as file:
            file.write(ask.claim + "\n")
        if self.dies == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return ToolAnswer("paid")

    async def outcome(self, claim: str) -> ToolAnswer | None:
        if not self.tells:
            return None
        return ToolAnswer("paid") if claim in self.paid else ToolAnswer("not paid", is_error=True)

    @property
    def paid(self) -> list[str]:
        return self.path.read_text().split() if self.path.exists() else []


LIFE = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from conftest import House
from test_recover_effects import Outside, one_life
one_life(House(Path(sys.argv[1])), Outside(path=Path(sys.argv[1]) / "paid", dies=sys.argv[2]))
"""


def one_life(house: House, world: Outside, *texts: str) -> Any:
    """Begin a run or go on with the one that was begun, with the same key, and pay in it."""
    known = house.root / "run"

    async def work(desk: Desk) -> tuple[str, str]:
        if known.exists():
            run, key = known.read_text().split()
        else:
            run, key = await desk.begin(), desk.key.id
            known.write_text(f"{run} {key}")
        mine = Desk(desk.gate, type(desk.key)(key, "pilot"), world)
        found = await mine.call(run, "pay", PAY, step="1")
        return found.status, found.text

    return at_desk(house, work, *texts, world=world)


@pytest.mark.parametrize(
    ("dies", "tells", "came"),
    [
        ("before", True, ("failed", "not paid")),
        ("after", True, ("completed", "paid")),
        ("before", False, ("unknown", "")),
        ("after", False, ("unknown", "")),
    ],
)
def test_what_was_begun_when_its_worker_was_killed_is_never_done_twice(
    house: House, dies: str, tells: bool, came: tuple[str, str]
) -> None:
    house.apply(house.base, *declared(TOOLS))
    here = Path(__file__).parent
    command = [sys.executable, "-c", LIFE, str(house.root), dies, str(here), str(here.parent)]
    killed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    world = Outside(path=house.root / "paid", tells=tells)
    assert len(world.paid) == (dies == "after")
    for _ in range(2):
        assert one_life(house, world) == came
    assert len(world.paid) == (dies == "after")

    async def look(desk: Desk) -> list[str]:
        assert verify_ledger(desk.gate.worker.system).faults == ()
        return [each.status for each in desk.entries()]

    assert at_desk(house, look, world=world) == [came[0]]


def test_what_another_worker_began_is_asked_about_once_that_one_is_gone(house: House) -> None:
    def begun(desk: Desk, run: str, claim: str) -> Effect:
        known = desk.gate.effects.effect(desk.world.asked[0].claim)
        assert known is not None
        # Another entry of the same kind, as it is drafted for a claim.
        entry = msgspec.json.decode(known.entry, type=ToolCalled)
        drafted = msgspec.structs.replace(entry, id=desk.gate.worker.system.ids.new(entry.at), claim=claim)
        body = msgspec.json.encode(drafted)
        return replace(known, claim=claim, run=run, step=claim, holder="gateway-7", state="begun", entry=body)

    async def work(desk: Desk) -> None:
        run, effects = await desk.begin(), desk.gate.effects
        await desk.call(run, "pay", PAY, step="1")
        nothing = Taken("tool/pay", (), Decimal(0))
        assert effects.claim(begun(desk, run, "c1"), nothing, ()) is None
        with desk.gate.worker.system.journals.exclusive("gateway-7"):
            going = await desk.call(run, "pay", PAY, step="c1")
            assert (going.status, going.retry_after_s) == ("unknown", 1)
            assert await recover_effects(desk.gate) == 0
        # It has ended, and its target says of that claim that it never heard of it.
        assert (await desk.call(run, "pay", PAY, step="c1")).status == "unknown"
        assert effects.effects(states=BEGUN) == []
        assert effects.claim(begun(desk, run, "c2"), nothing, ()) is None
        assert await recover_effects(desk.gate) == 1
        assert {each.state for each in effects.effects()} == {"completed", "unknown"}
        assert desk.world.count("pay") == 1

    at_desk(house, work, *declared(TOOLS))


def test_a_person_says_what_nobody_could_tell(house: House) -> None:
    async def work(desk: Desk) -> None:
        async def broke_off(ask: ToolAsk) -> ToolAnswer:
            raise ToolUnclear("it broke off", help="look")

        desk.world.tools["pay"] = broke_off
        run = await desk.begin()
        await desk.call(run, "pay", PAY, step="1")
        system, effects = desk.gate.worker.system, desk.gate.effects
        [unknown] = read_effects(effects)
        with pytest.raises(NotFound):
            resolve_effect(system, effects, "none", done=True, author="a@example.com", reason="Seen.")
        said = resolve_effect(
            system, effects, unknown.claim, done=True, author="a@example.com", reason="Seen on the statement."
        )
        with pytest.raises(Conflict) as known:
            resolve_effect(system, effects, unknown.claim, done=False, author="b@example.com", reason="No.")
        assert known.value.code == "effect-known"
        found = await desk.call(run, "pay", PAY, step="1")
        assert (found.status, found.entry) == ("completed", said.id)
        first, second = desk.entries()
        assert (first.status, second.status, second.resolves) == ("unknown", "completed", first.id)
        assert (second.author, second.charge) == ("a@example.com", Decimal(0))
        assert read_effects(effects) == []
        assert verify_ledger(system).faults == ()

    at_desk(house, work, *declared(TOOLS))


def test_what_may_still_be_under_way_is_not_resolved(house: House) -> None:
    async def work(desk: Desk) -> None:
        system, effects = desk.gate.worker.system, desk.gate.effects

        async def looked_at(ask: ToolAsk) -> ToolAnswer:
            with pytest.raises(Conflict) as going:
                resolve_effect(system, effects, ask.claim, done=True, author="a@example.com", reason="Seen.")
            assert going.value.code == "effect-under-way"
            return ToolAnswer("done")

        desk.world.tools["pay"] = looked_at
        assert (await desk.call(await desk.begin(), "pay", PAY)).status == "completed"

    at_desk(house, work, *declared(TOOLS))


def test_commands_show_what_was_called_and_what_is_not_known(house: House) -> None:
    async def work(desk: Desk) -> tuple[str, str, str]:
        async def broke_off(ask: ToolAsk) -> ToolAnswer:
            raise ToolUnclear("it broke off", help="look")

        run = await desk.begin("please pay bob")
        await desk.call(run, "lookup", {})
        waits = await desk.call(run, "pay", {"to": "eve", "amount": 3})
        desk.world.tools["pay"] = broke_off
        await desk.call(run, "pay", PAY)
        return run, waits.approval, read_effects(desk.gate.effects)[0].claim

    run, request, claim = at_desk(house, work, *declared(TOOLS))
    assert "tool/pay" in house.run("tool", "list")
    shown = msgspec.json.decode(house.run("tool", "show", "pay", "--json"))
    assert shown["allowed"] == {"pilot": {"calls_per_run": 5}}
    assert "to is target" in house.run("tool", "show", "pay")
    assert "did you mean" in house.try_run("tool", "show", "tool/pai").stderr
    calls = msgspec.json.decode(house.run("tool", "calls", "--json", "--run", run))
    assert [each["status"] for each in calls] == ["unknown", "waiting", "completed"]
    assert "tool-unclear" in house.run("tool", "calls", "--tool", "tool/pay")
    [effect] = msgspec.json.decode(house.run("tool", "effects", "--json"))
    assert (effect["claim"], effect["state"]) == (claim, "unknown")
    assert run in house.run("tool", "runs")
    assert '"to": "eve"' in house.run("tool", "waiting", request)
    house.run("tool", "resolve", claim, code=2)
    house.run("tool", "resolve", claim, "--not-done", "--reason", "It is on no statement.")
    assert house.run("tool", "effects") == ""
    assert "run/" in house.run("stop", "--run", run, "--reason", "A test.")
    assert "tool/pay" in house.run("stop", "--tool", "pay", "--reason", "A test.")
    house.run("stop", "--run", "01JZZZZZZZZZZZZZZZZZZZZZZZ", "--reason", "A test.", code=1)
    house.run("stop", "--tool", "nothing", "--reason", "A test.", code=1)
    house.run("stop", "--reason", "A test.", code=2)
    assert "stopped" in house.run("tool", "list")

"""What the tool gate itself takes of a processor: for one decision, and for a whole call with its two writes.

.venv/bin/python benchmarks/tool_gate.py
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from remit.bootstrap import open_effects, open_system
from remit.cli.directory import load_directory
from remit.declare.tool import ToolServer
from remit.enforce.key import Key
from remit.enforce.tool.decision import decide
from remit.enforce.tool.given import pin_of
from remit.enforce.tool.policy import evaluate
from remit.operations.apply_model import apply_model
from remit.operations.authenticate import authenticate
from remit.operations.call_tool import ToolGate, ToolRequest, call_tool, open_run
from remit.operations.decide_tool import decided
from remit.operations.find_tool import find_tool
from remit.operations.issue_key import issue_key
from remit.operations.keep_run import own_run
from remit.operations.refused import Refused
from remit.operations.system import GATEWAY
from remit.operations.tools_in_force import policies_of
from remit.operations.worker import Worker
from remit.ports_tools import ToolAnswer, ToolAsk, ToolText
from remit.settings import read_settings

DECISIONS, CALLS = 1_000, 300
BUDGET_MS = 0.3
"""What rules and policies may take of a processor at 100 policies."""
PINS = {name: pin_of(name, f"It does {name}.", {"type": "object"}) for name in ("lookup", "pay")}
MODEL = f"""
organisation:
  name: Bench
  contact: administrator@example.com
  currency: EUR
  remit: {{models: any, data_class_max: confidential, spend: [{{limit: 1000000.00 EUR, per: month}}]}}
units:
  desk: {{name: Desk, lead: lead@example.com}}
providers: {{echo: {{technology: echo}}}}
stages:
  experiment: {{description: A pilot., remit: {{calls: true}}}}
blocks:
  tool/lookup:
    name: Look up
    owner: tools@example.com
    status: approved
    effect: reads
    data_goes: stays
    server: {{python: lookup}}
    pin: {PINS["lookup"]}
  tool/pay:
    name: Pay
    owner: tools@example.com
    status: approved
    effect: writes
    data_goes: targets
    data_class_max: confidential
    arguments: {{to: target, amount: money, number: record}}
    asked_as: [pay]
    price_per_call: 0.01 EUR
    server: {{python: pay}}
    pin: {PINS["pay"]}
use_cases:
  pilot:
    name: Pilot
    unit: desk
    owner: owner@example.com
    risk_owner: risk@example.com
    data_class: internal
    purpose: Measure.
    adoption: {{stage: experiment, basis: It runs here.}}
    remit:
      autonomy_max: act_within_limits
      agency_max: write
      tools: {{tool/lookup: {{}}, tool/pay: {{calls_per_run: 1000000, money_per_day: 100000000}}}}
"""
POLICY = """
@id("p{number}")
@owner("tools@example.com")
@summary("no more than so many at once")
forbid (principal, action == Action::"call_tool", resource)
when {{ context.targets > {number} && resource.writes }};
"""


class Tools:
    """Tools in this process that answer at once."""

    async def texts(self) -> tuple[ToolText, ...]:
        return tuple(ToolText(name, f"It does {name}.", {"type": "object"}) for name in PINS)

    async def call(self, ask: ToolAsk) -> ToolAnswer:
        return ToolAnswer("done")

    async def outcome(self, claim: str) -> ToolAnswer | None:
        return None

    async def close(self) -> None:
        pass

    def source(self, address: str, declared: ToolServer, *, whose: str) -> Tools:
        return self


async def decisions(gate: ToolGate, key: Key) -> tuple[float, float]:
    """Return what rules and policies take of a processor, and that with all facts, in ms, in the middle."""
    run = await open_run(gate, key, asked="please pay bob")
    request = ToolRequest(tool="tool/pay", arguments={"to": "bob", "amount": 1}, run=run)
    asked = await find_tool(gate, key, own_run(gate, key, run), request)
    found = decided(gate, asked)
    assert found.decision.effect == "allow", found
    assert found.call is not None
    call, policies = found.call, policies_of(gate, found.view)[0]
    lineage, local = found.view.model.lineage("desk"), found.at

    def ruled() -> str:
        if decide(call).effect != "allow":
            return "deny"
        answer = evaluate(call, policies, lineage=lineage, key=key.id, approved=False, local=local)
        return answer.decision.effect

    return _middle(ruled), _middle(lambda: decided(gate, asked).decision.effect)


def _middle(decision: Callable[[], str]) -> float:
    taken = []
    for _ in range(DECISIONS):
        began = process_time()
        assert decision() == "allow"
        taken.append(process_time() - began)
    return statistics.median(taken) * 1000


async def calls(gate: ToolGate, key: Key, tool: str) -> tuple[float, float]:
    """Return what one call takes by the clock in the middle of many, and of a processor on average, in ms."""
    run = await open_run(gate, key, asked="please pay bob")
    taken, began_cpu = [], process_time()
    for number in range(CALLS):
        arguments = {"to": "bob", "amount": 1, "number": number}
        began = perf_counter()
        done = await call_tool(gate, key, ToolRequest(tool=tool, arguments=arguments, run=run))
        taken.append(perf_counter() - began)
        assert done.status == "completed", done
    return statistics.median(taken) * 1000, (process_time() - began_cpu) / CALLS * 1000


def measured(policies: int, say: Callable[[str], object]) -> float:
    with tempfile.TemporaryDirectory() as where:
        root = Path(where)
        (root / "declared").mkdir()
        (root / "declared" / "model.yaml").write_text(MODEL)
        if policies:
            written = "".join(POLICY.format(number=number + 5) for number in range(policies))
            (root / "declared" / "tools.cedar").write_text(written)
        settings = read_settings({"REMIT_HOME": str(root / "home")})
        with open_system(settings) as system, open_effects(settings) as effects:
            loaded = load_directory(root / "declared")
            assert loaded.operating_model is not None, loaded.diagnostics
            apply_model(system, loaded.operating_model, author="bench@example.com", reason="A measure.")
            secret = issue_key(system, "pilot", author="bench@example.com").secret
            with system.journals.exclusive(GATEWAY) as journal:
                worker = Worker(system, journal)
                gate = ToolGate(worker, Tools(), effects)
                key = authenticate(worker, secret)
                assert not isinstance(key, Refused)

                async def all() -> float:
                    one = await decisions(gate, key)
                    reads = await calls(gate, key, "tool/lookup")
                    writes = await calls(gate, key, "tool/pay")
                    say(
                        f"{policies + 1:>4} policies: rules and policies {one[0]:.2f} ms, with all facts"
                        f" {one[1]:.2f} ms of a processor; a call that reads {reads[0]:.1f} ms,"
                        f" {reads[1]:.1f} of a processor, one that writes {writes[0]:.1f} ms,"
                        f" {writes[1]:.1f} of a processor"
                    )
                    await worker.close()
                    return one[0]

                return asyncio.run(all())


def main() -> int:
    for policies in (0, 9):
        measured(policies, print)
    took = measured(99, print)
    if took > BUDGET_MS:
        print(f"a decision at 100 policies takes {took:.3f} ms of a processor, above {BUDGET_MS}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Sixteen workers that call tools at once: neither a budget nor a limit is passed by all of them together."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from decimal import Decimal

import pytest

from conftest import House
from remit.operations.authenticate import authenticate
from remit.operations.call_tool import ToolGate
from remit.operations.fold_ledger import fold_ledger
from remit.operations.issue_key import issue_key
from remit.operations.refused import Refused
from remit.operations.system import journal_of
from remit.operations.verify_ledger import verify_ledger
from remit.operations.worker import Worker
from tooled_house import Desk, World, declared, effects_of

WORKERS, EACH = 16, 2


@pytest.mark.parametrize(
    ("limits", "more", "most", "rule"),
    [
        ("{}", ", spend: [{limit: 5.20 EUR, per: month}]", 10, "budget-exhausted"),
        ("{money_per_day: 9}", "", 9, "tool-limit-reached"),
        ("{calls_per_day: 11}", "", 11, "tool-limit-reached"),
    ],
)
def test_what_sixteen_workers_do_together_passes_nothing(
    house: House, limits: str, more: str, most: int, rule: str
) -> None:
    house.apply(house.base, *declared(f"{{tool/pay: {limits}}}", level="autonomous", more=more))
    world = World()

    async def call(desk: Desk) -> list[str]:
        run = await desk.begin("pay bob")
        found = [await desk.call(run, "pay", {"to": "bob", "amount": 1, "n": each}) for each in range(EACH)]
        return [each.decision.rule or each.status for each in found]

    async def race(workers: list[Worker], gates: list[ToolGate], secret: str) -> list[str]:
        keeping = [asyncio.ensure_future(each.keep_leases()) for each in workers]
        try:
            desks = []
            for gate in gates:
                key = authenticate(gate.worker, secret)
                assert not isinstance(key, Refused)
                desks.append(Desk(gate, key, world))
            found = await asyncio.gather(*map(call, desks))
            return [rule for each in found for rule in each]
        finally:
            for worker in workers:
                await worker.close()
            for each in keeping:
                each.cancel()
                with suppress(asyncio.CancelledError):
                    await each

    with house.system() as system, ExitStack() as stack:
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        workers, gates = [], []
        for number in range(1, WORKERS + 1):
            name = journal_of(number)
            journal = stack.enter_context(system.journals.exclusive(name))
            workers.append(Worker(system, journal, name=name, shares=True))
            gates.append(ToolGate(workers[-1], world, stack.enter_context(effects_of(house))))
        came = asyncio.run(race(workers, gates, secret))
        fold_ledger(system)
        assert came.count("completed") == world.count("pay") <= most
        assert set(came) == {"completed", rule}
        posted = max(system.store.posted().values())
        assert posted == Decimal("0.50") * world.count("pay")
        assert verify_ledger(system).faults == ()

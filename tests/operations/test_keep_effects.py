"""What runs have read is forgotten in time, and an open effect never."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from conftest import House
from remit.adapters.clock_set import SetClock
from remit.operations.call_tool import end_run
from remit.operations.keep_effects import KEPT, forget_old
from tooled_house import Desk, at_desk, declared


def test_an_ended_run_is_forgotten_in_time_and_one_that_goes_on_is_not(house: House) -> None:
    async def work(desk: Desk) -> None:
        gate = desk.gate
        ended, open_one = await desk.begin("look at it"), await desk.begin("look again")
        await end_run(gate, desk.key, ended)
        forget_old(gate)
        assert gate.effects.run(ended) is not None
        system = gate.worker.system
        later = SetClock(system.clock.now() + KEPT + timedelta(days=1))
        gate.worker.system = replace(system, clock=later)
        forget_old(gate)
        assert gate.effects.run(ended) is None
        assert gate.effects.run(open_one) is not None

    at_desk(house, work, *declared("{}"))

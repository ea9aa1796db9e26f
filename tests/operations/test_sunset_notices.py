"""Sunset rules through the outbox: told once while they fire, and nothing is ended without a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from approvals_house import OWNER, SetClock, model
from remit.decide.watch import Watch
from remit.operations.apply_model import apply_model
from remit.operations.notify import Notifier
from remit.operations.read_sunsets import read_sunsets

HOOK = """
webhooks:
  operations:
    url: http://127.0.0.1:9/
    owner: operations@example.com
    events: [sunset.due]
"""


def told(system: Any) -> list[str]:
    return [each.notice.data["rule"] for each in reversed(system.outbox.deliveries(limit=100))]


def test_a_rule_is_told_once_by_whoever_looks_and_leaves_the_stage_alone(house: Any) -> None:
    declared = model(more=HOOK)
    rules = {"too-long": {"stage_days": 10}, "unused": {"idle_days": 30}}
    desk = declared.units["desk"].model_validate(
        {**declared.units["desk"].model_dump(exclude_unset=True), "sunset": rules}
    )
    declared = declared.model_copy(update={"units": {**declared.units, "desk": desk}})
    with house.system() as opened:
        system = replace(opened, clock=SetClock(opened.clock))
        apply_model(system, declared, author=OWNER, reason="")
        looking = Notifier(system)
        for days in (0, 9, 11, 12, 29, 31, 60):
            system.clock.ahead = timedelta(days=days)
            looking.look()
            Notifier(system).look()
        assert told(system) == ["too-long", "unused"]
        firing = read_sunsets(system, declared)
        assert len(firing) == 2
        stages = system.store.stages(system.clock.now())
        assert all(stages[each.use_case].stage == each.stage != "retired" for each in firing)
        known = Watch.over(declared, system.outbox.begin(now=system.clock.now()).memory).known
        assert sum(key.startswith("sunset:") for key in known) == len(firing)

"""How long a plan takes beyond loading: 10,000 use cases, 100 of them changed, and one change for all.

.venv/bin/python benchmarks/declare.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

from remit.declare.operating_model import OperatingModel
from remit.declare.plan import plan
from remit.enforce.effect import Standing, Use, effects

USE_CASES, UNITS, CHANGED = 10_000, 200, 100
BUDGET_S = 1.0
RUNS = 5


def make_model(*, limit: int, models: int) -> OperatingModel:
    """Make a large model: units three levels deep, and budgets of use cases, the first of them as given."""
    units: dict[str, Any] = {}
    for number in range(UNITS):
        above = {"parent": f"unit-{number // 10}"} if number >= 10 else {}
        units[f"unit-{number}"] = {"name": f"Unit {number}", "lead": "lead@example.com", **above}
    cases = {
        f"case-{number}": {
            "name": f"Use case {number}",
            "unit": f"unit-{number % UNITS}",
            "purpose": "Get an answer sooner to whoever waits for one. " * 4,
            "owner": "owner@example.com",
            "remit": {"spend": [{"limit": f"{limit if number < CHANGED else 5} EUR", "per": "month"}]},
        }
        for number in range(USE_CASES)
    }
    block = {"name": "A model", "provider": "local", "context_tokens": "4096", "output_tokens_max": "1000"}
    return OperatingModel.model_validate(
        {
            "organisation": {
                "name": "Large", "contact": "head@example.com", "currency": "EUR", "remit": {"models": "any"},
            },
            "units": units,
            "stages": {"experiment": {"description": "A pilot.", "remit": {"calls": "true"}}},
            "use_cases": cases,
            "blocks": {f"model/m{number}": block for number in range(models)},
            "providers": {"local": {"technology": "local"}},
        }
    )  # fmt: skip


def measure(before: OperatingModel, after: OperatingModel) -> tuple[int, int]:
    used = {"model/m0": Use(keys=1, calls=10)}
    standings = {name: Standing("experiment", date(2026, 1, 1), 1, used) for name in before.use_cases}
    planned = plan(before, after)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    found = effects(before, after, planned, standings=standings, posted={}, now=now)
    return len(planned.changes), len(found)


def best_s(work: Callable[[], Any]) -> float:
    """Take the quickest of some runs: the others were disturbed."""
    times = []
    for _ in range(RUNS):
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return min(times)


def main() -> int:
    before = make_model(limit=5, models=2)
    slow = False
    for name, after in (
        (f"{CHANGED} use cases changed", make_model(limit=7, models=2)),
        ("a model for everyone", make_model(limit=5, models=3)),
    ):
        changes, found = measure(before, after)
        seconds = best_s(lambda after=after: measure(before, after))  # type: ignore[misc]  # bound at once
        slow |= seconds > BUDGET_S
        print(f"{USE_CASES:,} use cases, {name}: {changes} changes, {found} effects, {seconds:.2f} s")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())

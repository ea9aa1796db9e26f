"""How long 10,000 use cases take: to load, check and resolve, and to plan a change of 100 of them, or of all.

.venv/bin/python benchmarks/declare.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib import resources
from time import perf_counter
from typing import Any

from remit.cli.main import collect_rarely
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import plan
from remit.declare.scope import SHIPPED
from remit.enforce.effect import effects
from remit.enforce.remit import Remit, Resolver, resolve
from remit.enforce.standing import Standing, Use

USE_CASES, UNITS, CHANGED = 10_000, 200, 100
RUNS = 5


def make_model(*, limit: int = 5, models: int = 2, **changed: Any) -> OperatingModel:
    """Make a large model: units three levels deep, and budgets of use cases, the first of them as given.

    `changed` are fields of the model that all use cases call.
    """
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
    block = {
        "name": "A model", "provider": "local", "context_tokens": "4096", "output_tokens_max": "1000",
        "prices": [{"starts": "2026-01-01", "input": "1", "output": "2"}],
    }  # fmt: skip
    blocks = {f"model/m{number}": block for number in range(models)}
    blocks["model/m0"] = {**block, **changed}
    return OperatingModel.model_validate(
        {
            "organisation": {
                "name": "Large", "contact": "head@example.com", "currency": "EUR", "remit": {"models": "any"},
            },
            "units": units,
            "stages": {"experiment": {"description": "A pilot.", "remit": {"calls": "true"}}},
            "use_cases": cases,
            "blocks": blocks,
            "providers": {"local": {"technology": "local"}},
        }
    )  # fmt: skip


def texts() -> dict[str, str]:
    """Write the large model as people would: a file of units and blocks, and one of use cases."""
    shipped = resources.files("remit.declare").joinpath("shipped")
    files = {f"{SHIPPED}{file.name}": file.read_text("utf-8") for file in shipped.iterdir()}
    cases = "".join(
        f"""  case-{number}:
    name: Use case {number}
    unit: unit-{number % UNITS}
    owner: owner@example.com
    risk_owner: risk@example.com
    purpose: Get an answer sooner to whoever waits for one.
    data_class: internal
    personal_data: false
    labels: {{bureau: north, topic: service}}
    adoption: {{stage: experiment, since: 2026-01-15, basis: Row {number} of a list.}}
    outcomes:
      minutes: {{name: Minutes, unit: minute, direction: down, baseline: 42, target: 20}}
    remit:
      models: [model/m0, model/m1]
      spend: [{{limit: 5.00 EUR, per: month}}]
"""
        for number in range(USE_CASES)
    )
    units = "".join(f"  unit-{n}: {{name: Unit {n}, lead: lead@example.com}}\n" for n in range(UNITS))
    block = "name: M, provider: local, context_tokens: 4096, output_tokens_max: 1000, prices: [PRICE]"
    block = block.replace("PRICE", "{starts: 2026-01-01, input: 1, output: 2}")
    files["base.yaml"] = (
        "organisation: {name: Large, contact: head@example.com, currency: EUR, remit: {models: any}}\n"
        f"units:\n{units}providers: {{local: {{technology: local}}}}\n"
        f"blocks:\n  model/m0: {{{block}}}\n  model/m1: {{{block}}}\n"
    )
    files["use-cases.yaml"] = f"use_cases:\n{cases}"
    return files


def resolve_all(model: OperatingModel) -> list[Remit]:
    """Resolve every use case as reports do: what stands above those of one unit is met once."""
    resolver = Resolver(model)
    return [resolver.remit(name, "experiment") for name in model.use_cases]


def load_and_resolve() -> None:
    """Print how long loading with all checks takes, and one resolution, cold and from a view's cache."""
    files = texts()
    size = sum(map(len, files.values())) / 1e6
    loaded = load(files)
    assert loaded.operating_model is not None, loaded.diagnostics[:3]
    model = loaded.operating_model
    loading = best_s(lambda: load(files))
    resolving = best_s(lambda: resolve_all(model))
    alone = best_s(lambda: [resolve(model, name, "experiment") for name in model.use_cases])
    remits = {name: resolve(model, name, "experiment") for name in model.use_cases}
    cached = best_s(lambda: [remits[name] for name in model.use_cases])
    each, kept = alone / USE_CASES * 1e6, cached / USE_CASES * 1e6
    print(
        f"{USE_CASES:,} use cases, {size:.1f} MB: load and check {loading:.2f} s, resolve {resolving:.2f} s"
    )
    print(f"one resolution: cold {each:.0f} µs, cached {kept:.2f} µs")


def measure(before: OperatingModel, after: OperatingModel) -> tuple[int, int]:
    standings = {
        name: Standing("experiment", date(2026, 1, 1), 1, {"model/m0": Use(1, 10, 900 + number, 80)})
        for number, name in enumerate(before.use_cases)
    }
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
    collect_rarely()  # as every command does
    load_and_resolve()
    before = make_model()
    dearer = [{"starts": "2026-01-01", "input": "3", "output": "15"}]
    for name, after in (
        (f"{CHANGED} use cases changed", make_model(limit=7)),
        ("a model for everyone", make_model(models=3)),
        ("the model of all rejected", make_model(status="rejected", reason="Unsafe.")),
        ("the model of all dearer", make_model(prices=dearer)),
        (
            f"{CHANGED} use cases changed, the model of all dearer and smaller",
            make_model(limit=7, prices=dearer, context_tokens="50", output_tokens_max="40"),
        ),
    ):
        changes, found = measure(before, after)
        seconds = best_s(lambda after=after: measure(before, after))  # type: ignore[misc]  # bound at once
        print(f"{USE_CASES:,} use cases, {name}: {changes} changes, {found} effects, {seconds:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A house whose ledger has ten weeks of calls, and something of everything that leaders decide on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

from completed_call import completed
from conftest import House
from gated_house import SetClock
from remit.cli.directory import shipped_files
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.declare.price import Rates
from remit.kernel.usage import Usage
from remit.operations.apply_model import apply_model
from remit.operations.change_stage import retire
from remit.operations.evaluation_run import run_of
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import CONTROL, GATEWAY, System
from remit.record.call_entry import Call, Origin, Purpose
from worth_house import result

CENTRE = "head-of-ai@example.com"
APPLIED = datetime(2026, 9, 14, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
OWN = "use-case/letters:month:2026-11-01"
LARGE = Rates(date(2026, 1, 1), Decimal(3), Decimal(15))
SMALL = Rates(date(2026, 1, 1), Decimal("0.2"), Decimal("0.8"))
TEXT = """
organisation:
  name: Harbour Mutual
  contact: head-of-ai@example.com
  currency: EUR
  remit: {models: any, data_class_max: confidential, spend: [{limit: 5000.00 EUR, per: month}]}
providers:
  cloud: {technology: openai, base_url: "https://models.example.com/v1"}
blocks:
  model/large:
    name: Large
    owner: platform@example.com
    provider: cloud
    context_tokens: 200_000
    output_tokens_max: 8_000
    data_class_max: confidential
    prices: [{starts: 2026-01-01, input: 3.00, output: 15.00}]
  model/small:
    name: Small
    owner: platform@example.com
    provider: cloud
    context_tokens: 200_000
    output_tokens_max: 8_000
    data_class_max: confidential
    prices: [{starts: 2026-01-01, input: 0.20, output: 0.80}]
capacity:
  kept-ready: {name: Units kept ready, kind: provisioned, model: model/small, units: 1, per_hour: 0.50 EUR,
    input_tokens_per_minute: 20_000, starts: 2026-11-01, unit: service}
units:
  claims: {name: Claims, lead: claims-lead@example.com}
  motor: {name: Motor claims, parent: claims, lead: motor-lead@example.com}
  service: {name: Customer service, lead: service-lead@example.com}
portfolio:
  economics:
    platform: {gateway: {name: Gateway, kind: tools, amount: 310.00 EUR, every: month}}
use_cases:
  triage:
    name: Sort claims
    unit: motor
    owner: triage@example.com
    purpose: Sort claims.
    adoption: {stage: launch, basis: It ran before.}
    economy: {answers_within_seconds: 172_800}
    costs: {team: {name: Team, kind: people, amount: 900.00 EUR, every: month}}
    outcomes: {minutes: {name: Minutes for a claim, unit: minute, direction: down, baseline: 24, target: 15,
      value_of_one: 2.40 EUR, volume_per_year: 10_000, link: business, kind: productivity}}
  letters:
    name: Draft letters
    unit: service
    owner: letters@example.com
    purpose: Draft letters.
    adoption: {stage: scale, basis: It ran before.}
    remit: {spend: [{limit: 90.00 EUR, per: month}]}
    outcomes: {minutes: {name: Minutes for a letter, unit: minute, direction: down, baseline: 20, target: 14,
      value_of_one: 0.70 EUR, volume_per_year: 6_000, link: business, kind: productivity}}
  photos:
    name: Look at photos
    unit: motor
    owner: photos@example.com
    purpose: Look at photos.
    adoption: {stage: experiment, basis: It was begun before.}
    costs:
      start: {name: Set-up, kind: change, amount: 2400.00 EUR, every: once, since: 2026-09-14}
      team: {name: Team, kind: people, amount: 600.00 EUR, every: month, since: 2026-09-14}
  appetite:
    name: Ask about risk appetite
    unit: claims
    owner: appetite@example.com
    purpose: Answer questions.
    adoption: {stage: experiment, basis: It was begun before.}
"""


@cache
def model() -> OperatingModel:
    loaded = load(shipped_files() | {"house.yaml": TEXT})
    assert loaded.operating_model is not None, [each.render() for each in loaded.diagnostics]
    return loaded.operating_model


def called(run: str) -> Iterator[Call]:
    """Ten weeks of calls: claims by the large model, letters by both, and a pilot that went quiet.

    One call of claims is of the evaluation `run`, one judged another, and one was served in a tier without
    rates.
    """
    numbers = count()

    def call(use_case: str, at: datetime, tokens: tuple[int, int], rates: Rates, **more: Any) -> Call:
        stage = {"triage": "launch", "letters": "scale"}.get(use_case, "experiment")
        purpose = Purpose(
            key="key-1",
            use_case=use_case,
            unit=model().use_cases[use_case].unit,
            stage=stage,
            model="model/large" if rates is LARGE else "model/small",
            model_version=1,
            remit="r",
        )
        stated = {"latency_ms": 900 if rates is SMALL else 2_400, "output_tokens_max": 1_000, **more}
        usage = Usage(*tokens)
        return completed(f"c{next(numbers):025d}", at, usage, rates, purpose=purpose, **stated)

    for back in range(70, 0, -1):
        day = NOW - timedelta(days=back)
        this_month = {"accounts": (OWN,)} if day >= datetime(2026, 11, 1, tzinfo=UTC) else {}
        for hour in range(6):
            at = day + timedelta(hours=hour)
            checked: dict[int, dict[str, Any]] = {
                0: {"origin": Origin(run=run)},
                1: {"judges": "c1"},
                2: {"unpriced": ("tier",), "tier": "priority"},
            }
            more = checked.get(hour, {}) if back == 5 else {}
            yield call("triage", at, (600_000 + back % 3 * 60_000, 20_000), LARGE, **more)
            yield call("letters", at, (150_000, 9_000), LARGE, **this_month)
            yield call("letters", at, (150_000, 9_000), SMALL, **this_month)
        if back > 55:
            yield call("appetite", day, (900_000, 40_000), LARGE)
    for minute in range(40):
        yield call("photos", NOW - timedelta(days=2, minutes=minute), (9_000, 400), LARGE, simulated=True)


def found() -> Iterator[Any]:
    """What studies found: claims by an experiment, letters before and after."""
    at = NOW - timedelta(days=9)
    yield result("r1", known=at, use_case="triage", study="triage-2026")
    yield result(
        "r2", known=at, use_case="letters", study="letters-2026", grade="before_after", effect=-2.0, low=-3.5,
        high=-0.5,
    )  # fmt: skip


@contextmanager
def told_house(house: House, told: OperatingModel | None = None, *, reason: str = "") -> Iterator[System]:
    """A ledger with something of everything, on the day on which leaders ask.

    `told` is the same model with other words.
    """
    with house.system() as opened:
        clock = SetClock(APPLIED)
        system = replace(opened, clock=clock)
        apply_model(system, told or model(), author=CENTRE, reason=reason)
        with system.journals.exclusive(GATEWAY) as journal:
            journal.append(sorted(called(run_of(system, "triage", "e1")), key=lambda each: each.at))
        with system.journals.exclusive(CONTROL) as journal:
            journal.append([*found()])
        fold_ledger(system)
        clock.on(days=30)
        retire(system, "appetite", author=CENTRE, reason="Nobody asked it.")
        clock.at = NOW
        yield system

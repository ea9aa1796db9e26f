"""Finances through the door: what a month cost, its closing, and what one call costs."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from completed_call import completed
from conftest import House
from remit.declare.price import Rates
from remit.kernel.usage import Usage
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import GATEWAY
from remit.record.call_entry import Purpose
from strategies import utc

RATES = Rates(date(2026, 1, 1), Decimal(1), Decimal(2))
DECLARED = """
providers:
  cloud: {technology: openai, base_url: "https://models.example.com/v1"}
blocks:
  model/kept:
    name: Kept
    provider: cloud
    context_tokens: 200_000
    output_tokens_max: 8_000
    prices: [{starts: 2026-01-01, input: 1.00, output: 2.00}]
  tool/unused: {name: Unused, effect: reads, cost_per_month: 4.00 EUR, cost_to_build: 10.00 EUR}
capacity:
  units:
    name: Kept units
    kind: provisioned
    model: model/kept
    per_hour: 1.00 EUR
    input_tokens_per_minute: 100
    starts: 2026-10-01
    ends: 2026-10-02
units:
  paying: {name: Paying, lead: paying@example.com, charging: chargeback}
use_cases:
  letters: {name: Letters, unit: paying, purpose: Write letters.}
"""


@pytest.fixture
def told(house: House) -> House:
    """A house in which the pilot and the letters called in October, and something was simulated."""
    house.apply(house.base, house.case, DECLARED)
    entries = []
    for number, (use_case, unit, tokens, month) in enumerate(
        (
            ("pilot", "desk", 100_000, 10),
            ("letters", "paying", 44_000, 10),
            ("pilot", "desk", 3_000, 8),
            ("pilot", "desk", 6_000, 9),
        )
    ):
        purpose = Purpose(
            key="k",
            use_case=use_case,
            unit=unit,
            stage="s",
            model="model/kept",
            model_version=1,
            remit="r",
            user="u",
        )
        usage = Usage(input_tokens=tokens)
        entries.append(completed(f"c{number}", utc(2026, month, 1, 12), usage, RATES, purpose=purpose))
    entries.append(replace(entries[0], id="c9", simulated=True))
    with house.system() as system:
        with system.journals.exclusive(GATEWAY) as journal:
            journal.append(entries)
        fold_ledger(system)
    return house


def test_a_month_is_shown_closed_and_shown_again_as_it_was(told: House) -> None:
    shown = told.try_run("finops", "showback", "--period", "2026-10")
    assert "letters" in shown.stdout
    assert "idle: units: 50.0 % of 288,000 input tokens were served" in shown.stderr
    assert "reaches no use case: tool/unused: no use case stands on it" in shown.stderr
    assert "1 cost in no period, for want of a day or an exchange rate: tool/unused" in shown.stderr
    assert "1 simulated call cost nothing" in shown.stderr
    for month in ("2026-08", "2026-09"):
        told.run("close-period", month)
    closed = told.try_run("finops", "close-period", "2026-10")
    assert "paying" in closed.stdout
    assert "chargeback" in closed.stdout
    again = told.try_run("finops", "showback", "--period", "2026-10", "--csv", "october.csv")
    assert again.stdout == shown.stdout
    assert "closed by entry" in again.stderr
    with (told.root / "october.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal("52.144")
    assert {row["rest"] for row in rows} == {"", "idle", "unreached"}
    refused = told.try_run("close-period", "2026-10", "--json")
    assert (refused.returncode, "period-closed" in refused.stderr) == (1, True)
    (listed,) = [each for each in told.entries("period_closed") if each["period"] == "2026-10"]
    assert listed["booked"] == {"paying": listed["units"]["paying"]}, "the others are only shown"


def test_days_that_are_none_are_refused(told: House) -> None:
    for days in ("2026-10-09..2026-10-01", "2026-13", "2026-10-01..", "2020-01-01..2026-01-01"):
        assert told.try_run("finops", "showback", "--period", days).returncode == 2
    week = json.loads(told.run("finops", "showback", "--period", "2026-10-01..2026-10-07", "--json"))
    assert (week["period"], week["before_period"]) == ("2026-10-01..2026-10-07", "2026-09-24..2026-09-30")


def test_days_that_are_not_judged_are_named_beside_those_that_were_off(told: House) -> None:
    found = told.run("finops", "anomalies", "--json")
    assert json.loads(found) == {"anomalies": [], "uncounted": [], "counts_simulated": False}


def test_what_one_costs_is_shown_for_all_and_for_one(told: House) -> None:
    both = told.try_run("finops", "unit-cost", "--last", "60")
    assert "letters" in both.stdout
    assert "a session" not in both.stdout, "nobody named any"
    one = told.try_run("finops", "unit-cost", "pilot", "--last", "60")
    assert "2026-10" in one.stdout
    assert "a call in full ↑" in one.stderr
    assert "no outcome metric is declared" in one.stderr
    assert "1 simulated call cost nothing" in one.stderr
    found: dict[str, Any] = json.loads(told.run("finops", "unit-cost", "pilot", "--last", "60", "--json"))
    by_label = {each["label"]: each["each"]["call"]["marginal"] for each in found["periods"] if each["each"]}
    assert by_label == {"2026-08": "0.003", "2026-09": "0.006", "2026-10": "0.1"}
    few = told.try_run("finops", "unit-cost", "letters", "--by", "week", "--last", "1")
    assert "fewer than three whole periods" in few.stderr

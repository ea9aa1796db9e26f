"""A month goes out as a FOCUS file by the command line, and anybody's file is checked there."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

DATA = Path(__file__).parents[1] / "report/data/focus"


def test_calls_through_the_door_leave_as_csv_and_as_parquet_with_the_same_sum(house: Any, pilot: Any) -> None:
    for _ in range(2):
        pilot().chat.completions.create(
            model="echo", messages=[{"role": "user", "content": "What is billed?"}]
        )
    calls = house.entries("call")
    month = calls[-1]["at"][:7]
    asked = ("export", "focus", "--month", month, "--per", "month", "--simulated")
    rows = list(csv.DictReader(io.StringIO(house.run(*asked))))
    assert {row["x_Simulated"] for row in rows} == {"true"}
    charged = sum(Decimal(call["charge"]) for call in calls if call["at"][:7] == month)
    assert sum(Decimal(row["BilledCost"]) for row in rows) == charged > 0
    target = house.root / "costs.parquet"
    house.run(*asked, "--format", "parquet", "--out", str(target))
    packed = pq.read_table(target).to_pylist()
    assert [row["BilledCost"] for row in packed] == [Decimal(row["BilledCost"]) for row in rows]
    assert not list(house.root.glob(".remit-export-*"))
    left_out = house.try_run("export", "focus", "--month", month)
    assert "simulated calls left out" in left_out.stderr
    assert left_out.stdout.count("\n") == 1


def test_a_file_s_findings_are_shown_and_counted_among_all_rules(house: Any) -> None:
    sound = house.try_run("export", "check", str(DATA / "drawdown_via_prepayment.csv"), "--ai-draft")
    assert (sound.returncode, "of 621 rules" in sound.stderr) == (0, True)
    old = house.try_run("export", "check", str(DATA / "per_token_foundation_model_api.csv"), "--ai-draft")
    assert old.returncode == 1
    assert "SkuPriceDetails-C-017-C" in old.stdout
    said = json.loads(house.run("export", "check", str(DATA / "ai_prompt_caching_a.csv"), "--json", code=1))
    assert said["coverage"]["rules"] == 621
    assert {each["rule"] for each in said["conformance"]["findings"] if each["must"]} == {
        "SkuPriceDetails-C-017-C"
    }


def test_every_rule_is_listed_with_how_it_is_decided(house: Any) -> None:
    listed = json.loads(house.run("export", "check", "--rules", "--json"))
    assert len(listed["rules"]) == 621
    shown = house.run("export", "check", "--rules")
    assert shown.count("\n") == 621 + 2 + len(listed["functions"])


@pytest.mark.parametrize(
    "wrong",
    [
        ("focus", "--month", "2026-13"),
        ("focus", "--month", "2026-11", "--format", "parquet"),
        ("check",),
        ("check", str(DATA / "ai_prompt_caching_a.csv"), "--applies", "NOTHING"),
    ],
)
def test_what_was_asked_for_wrongly_is_told(house: Any, wrong: tuple[str, ...]) -> None:
    assert house.try_run("export", *wrong).returncode == 2

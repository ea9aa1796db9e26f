"""Choosing through the door: as data, within what is asked, and what is said where nothing is possible."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples/harbour-mutual"


@pytest.fixture(scope="module")
def example(shared_house: Any) -> Any:
    (shared_house.root / "example").symlink_to(EXAMPLE)
    shared_house.run("apply", "example")
    return shared_house


def test_a_choice_is_data_with_its_proof_and_its_reasons(example: Any) -> None:
    said = json.loads(example.run("portfolio", "select", "--json"))
    assert (said["status"], said["gap"], said["worth"]) == ("optimal", "0", said["bound"])
    assert {"claim-letter-drafts", "claims-triage"} <= {each["id"] for each in said["chosen"]}
    reason = said["rejected"][0]["reason"]
    assert (reason["kind"], reason["proved"]) == ("displaces", True)
    assert reason["displaced"]


def test_one_budget_stands_for_every_period_that_is_asked_about(example: Any) -> None:
    asked = ("--budget", "70000 EUR", "--capacity", "engineering=12", "--periods", "2", "--json")
    said = json.loads(example.run("portfolio", "select", *asked))
    most = {(each["kind"], each["period"]): each["most"] for each in said["uses"] if each["kind"] == "money"}
    assert most == {("money", 1): "70000", ("money", 2): "70000"}
    for each in said["uses"]:
        assert Decimal(each["taken"]) <= Decimal(each["most"])


def test_by_money_no_weight_enters(example: Any) -> None:
    said = json.loads(example.run("portfolio", "select", "--by", "money", "--json"))
    assert (said["unit"], said["draws"], said["chosen"][0]["stays"]) == ("EUR", 0, None)


def test_a_rank_is_data_with_its_draws_and_what_is_missing(example: Any) -> None:
    said = json.loads(example.run("portfolio", "rank", "--draws", "200", "--seed", "7", "--json"))
    assert (said["draws"], said["seed"], said["concentration"]) == (200, 7, 50)
    assert said["ranked"][0]["stability"]["top"] == 3
    assert {each["id"] for each in said["apart"]} == {
        "load-rehearsal",
        "renewal-reminders",
        "service-summaries",
    }
    only = json.loads(example.run("portfolio", "rank", "--unit", "claims", "--json"))
    assert {each["unit"] for each in only["ranked"]} == {"claims", "home-claims", "motor-claims"}


def test_what_cannot_be_asked_is_said(example: Any) -> None:
    lean = example.root / "wrong.yaml"
    lean.write_text("scenario: {name: x, without: [nobody]}\n")
    for words, code in (
        (("--budget", "5 USD"), "mixed-currency"),
        (("--what-if", str(lean)), "undeclared-use-case"),
        (("--capacity", "enginering=3"), "undeclared-skill"),
    ):
        assert f"error[{code}]" in example.try_run("portfolio", "select", *words).stderr
    wrong: tuple[tuple[str, ...], ...] = (
        ("--budget", "much"),
        ("--capacity", "engineering"),
        ("--budget", "1 EUR", "--budget", "2 EUR", "--periods", "3"),
    )
    for unreadable in wrong:
        assert example.try_run("portfolio", "select", *unreadable).returncode == 2


LAW = """
use_cases:
  law: {name: Law, unit: desk, purpose: Obey., needs: {cost: [9.00 EUR], mandatory: true}}
"""


def test_where_what_is_mandatory_does_not_fit_the_clash_is_named(house: Any) -> None:
    house.apply(house.base, LAW)
    done = house.try_run("portfolio", "select", "--budget", "8 EUR")
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:3] == ["  the budget of period 1", "  `law` is mandatory"]

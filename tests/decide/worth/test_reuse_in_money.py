"""Reuse in money: a block is paid once, and what others did not spend is a claim."""

from __future__ import annotations

from decimal import Decimal

from remit.decide.worth.reuse import all_avoided, avoided
from worth_house import NOW, case, model


def test_two_use_cases_on_one_block_pay_it_once_and_the_second_saves_it_whole() -> None:
    blocks = {
        "tool/a": {
            "name": "A",
            "effect": "reads",
            "cost_to_build": "1000.00 EUR",
            "days_to_build": "20",
        },
        "tool/b": {"name": "B", "effect": "reads", "days_to_build": "5"},
        "tool/c": {"name": "C", "effect": "reads"},
        "prompt/letter@1": {"name": "Letter", "text": "Write.", "cost_to_build": "7.00 EUR"},
        "prompt/letter@2": {"name": "Letter", "text": "Write.", "cost_to_build": "9.00 EUR"},
    }
    made = model(
        blocks=blocks,
        one=case(blocks=["tool/a", "prompt/letter"]),
        two=case(blocks=["tool/a", "tool/b", "prompt/letter@2"]),
        gone=case(blocks=["tool/a"]),
    )
    found = avoided(made, ["one", "two"], today=NOW.date(), called=[("one", "tool/b"), ("gone", "tool/a")])
    assert [(each.address, each.avoided, each.days_saved) for each in found] == [
        ("tool/a", Decimal(1000), 20),
        ("prompt/letter@2", Decimal(9), None),
        ("tool/b", None, 5),
        ("prompt/letter@1", Decimal(0), None),
    ]
    assert {each.grade for each in found} == {"claimed"}
    assert found[0].use_cases == ("one", "two")
    assert all_avoided(found) == 1009

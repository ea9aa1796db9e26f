"""The report for leaders through the door, in a house that has hardly begun."""

from __future__ import annotations

import json

from conftest import BASE, CASE, House


def test_a_house_that_has_spent_nothing_is_told_so(house: House) -> None:
    house.apply(BASE, CASE)
    text = house.run("finops", "report")
    assert text.startswith("No decision is about money now")
    assert "Experiments that never launched" in text
    found = json.loads(house.run("finops", "report", "--unit", "desk", "--json"))
    assert (found["unit"], found["spending"]["total"], found["proposed"]["top"]) == ("desk", "0", [])
    assert "value in launch and scale: none" in house.run("finops", "report", "--period", "2099-01")
    assert "no real call was made" in house.run("finops", "report", "pilot")
    assert "`--unit`" in house.try_run("finops", "report", "pilot", "--unit", "desk").stderr
    house.run("finops", "report", "--unit", "nobody", code=1)
    house.run("finops", "report", "nobody", code=1)

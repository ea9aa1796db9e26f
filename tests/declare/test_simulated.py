"""What is simulated counts in no figure for leaders, unless the organisation declares so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from remit.declare.history import read_past, studies_text
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts, counts_simulated


@dataclass(frozen=True)
class Call:
    simulated: bool


def model(more: str = "") -> OperatingModel:
    text = f"organisation:\n  name: A\n  contact: a@example.com\n  currency: EUR\n{more}"
    made = load({"organisation.yaml": text}).operating_model
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("more", "counted"), [("", False), ("  simulated: apart\n", False), ("  simulated: counted\n", True)]
)
def test_what_is_real_always_counts_and_what_is_simulated_only_where_it_is_declared(
    more: str, counted: bool
) -> None:
    made = model(more)
    assert counts(made, Call(simulated=False))
    assert counts(made, Call(simulated=True)) is counted
    assert counts_simulated(made) is counted


PAST = """
history:
  days: 60
  seed: a test
  author: simulation@example.com
  studies:
    drawn: {use_case: a, metric: m, hypothesis: It helps., estimator: experiment, starts: 40, ends: 10,
            smallest_effect: -2, treated: 0.8}
    before: {use_case: a, metric: m, hypothesis: It helps., estimator: before_after,
             baseline: {since: 59, until: 41}, starts: 40, ends: 10, smallest_effect: -2}
"""


def test_studies_of_a_past_are_dated_from_the_day_on_which_it_ends() -> None:
    past, faults = read_past(PAST, "past.yaml")
    assert past is not None, faults
    text = studies_text(past, date(2026, 12, 1))
    assert text.count('"starts": "2026-10-22"') == text.count('"ends": "2026-11-21"') == 2
    assert '"since": "2026-10-03"' in text
    assert '"assignment": {\n    "treated": "0.8"' in text

"""A row of outcomes is read without guessing; whatever is refused says what to do, and quotes no value."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.called_facts import Left, Results, called_facts, most_results
from remit.decide.outcome_row import OutcomeRow, RefusedRow, Terms, Told, entry_of, row_of, told
from remit.declare.use_case import OutcomeMetric

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
METRICS = {
    "hours": OutcomeMetric.model_validate(
        {"name": "Hours", "unit": "hour", "direction": "down", "baseline": "8"}
    ),
    "solved": OutcomeMetric.model_validate(
        {
            "name": "Solved",
            "unit": "case",
            "direction": "up",
            "baseline": "0.01",
            "lowest": "0",
            "highest": "1",
            "since": "2026-06-01",
        }
    ),
    "money": OutcomeMetric.model_validate({"name": "Money", "unit": "euro", "direction": "up"}),
}
TERMS = Terms("pilot", METRICS, ZoneInfo("Europe/Berlin"), NOW)
ROW = {"metric": "hours", "value": "7.5", "happened": "2026-11-23", "key": "c1"}


def read(**changed: Any) -> Told | RefusedRow:
    row = row_of(ROW | changed, 3)
    return row if isinstance(row, RefusedRow) else told(row, 3, terms=TERMS)


def test_a_day_is_its_first_instant_where_the_organisation_is() -> None:
    found = read()
    assert isinstance(found, Told)
    assert found.happened == datetime(2026, 11, 22, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "code", "says"),
    [
        ({"value": "480"}, "outcome-implausible", "50 times or more away"),
        ({"value": "0.13"}, "outcome-implausible", "50 times or more away"),
        ({"value": "8000"}, "outcome-implausible", "50 times or more away"),
        ({"before": "8000"}, "outcome-implausible", "`before`"),
        ({"metric": "solved", "value": "2"}, "outcome-implausible", "above its highest, 1 case"),
        ({"metric": "solved", "value": "-1"}, "outcome-implausible", "below its lowest, 0 case"),
        ({"metric": "solved", "value": "1", "happened": "2026-05-31"}, "outcome-unsound", "2026-06-01"),
        ({"metric": "hour"}, "undeclared-metric", "`hour`"),
        ({"metric": ""}, "undeclared-metric", "names no `metric`"),
        ({"happened": "2026-11-23T10:00:00"}, "outcome-unsound", "zone"),
        ({"happened": "23.11.2026"}, "outcome-unsound", "neither a day"),
        ({"happened": "2026-12-01"}, "outcome-unsound", "future"),
        ({"happened": "1999-12-31"}, "outcome-unsound", "2000-01-01"),
        ({"value": "7,5"}, "outcome-unsound", "`value` is no number"),
        ({"value": "1_000"}, "outcome-unsound", "`value` is no number"),
        ({"value": "NaN"}, "outcome-unsound", "`value` is no number"),
        ({"metric": "money", "value": "1e15"}, "outcome-unsound", "digits"),
        ({"value": "7.0000000001"}, "outcome-unsound", "decimals"),
        ({"value": None}, "outcome-unsound", "no `value`"),
        ({"key": None}, "outcome-unsound", "neither `key` nor `reference`"),
        ({"key": "someone@example.com"}, "outcome-unsound", "mail address"),
        ({"key": "x" * 201}, "outcome-unsound", "200"),
        ({"key": "a\x00b"}, "outcome-unsound", "characters"),
        ({"arm": "Arm One"}, "outcome-unsound", "`arm`"),
        ({"count": "0"}, "outcome-unsound", "`count`"),
        ({"count": "many"}, "outcome-unsound", "`count` cannot be read"),
        ({"colour": "blue"}, "outcome-unsound", "no row of outcomes"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(changed: dict[str, Any], code: str, says: str) -> None:
    found = read(**changed)
    assert isinstance(found, RefusedRow)
    assert (found.row, found.code) == (3, code)
    assert says in found.summary + found.help


@pytest.mark.parametrize(
    "changed",
    [
        {"value": "0"},
        {"value": "399"},
        {"value": 7},
        {"metric": "solved", "value": "1"},
        {"metric": "money", "value": "-123456789.5"},
        {"key": None, "reference": "claim-1"},
        {"value": None, "happened": None, "withdrawn": "true"},
    ],
)
def test_what_a_metric_can_be_is_taken(changed: dict[str, Any]) -> None:
    assert isinstance(read(**changed), Told)


@pytest.mark.parametrize("row", [3, [], "text", None])
def test_what_is_no_row_is_refused(row: Any) -> None:
    assert isinstance(row_of(row, 1), RefusedRow)


@given(st.dictionaries(st.sampled_from(OutcomeRow.__struct_fields__), st.text(max_size=20) | st.integers()))
def test_any_row_is_read_or_refused(fields: dict[str, Any]) -> None:
    row = row_of(ROW | fields, 1)
    found = row if isinstance(row, RefusedRow) else told(row, 1, terms=TERMS)
    assert isinstance(found, Told | RefusedRow)


def test_an_entry_says_its_value_in_one_way_only() -> None:
    found = read(value="7.50", before="8.0")
    assert isinstance(found, Told)
    entry = entry_of(found, id="1", at=NOW, use_case="pilot", source="crm", cluster="", author="tester")
    assert (str(entry.value), str(entry.before)) == ("7.5", "8")


def test_calls_cost_so_much_for_each_result_of_the_metric_that_has_most() -> None:
    left = Left(results=most_results({"hours": {False: 2}, "solved": {False: 4, True: 9}}))
    left.real.calls = left.real.charged = 10
    left.real.charge = Decimal(2)
    [fact] = [each for each in called_facts(left, now=NOW) if each.measure == "cost_per_outcome"]
    assert (fact.value, fact.simulated) == (Decimal("0.5"), False)
    assert "4 results of `solved`" in fact.basis


def test_where_simulated_calls_are_counted_both_are_summed_up_and_labelled() -> None:
    left = Left(counted="counted")
    left.real.calls, left.simulated.calls = 3, 40
    left.real.failed, left.simulated.failed = 1, 2
    [calls] = [each for each in called_facts(left, now=NOW) if each.measure == "calls"]
    assert (calls.value, calls.simulated) == (Decimal(40), True)
    left.counted = "apart"
    [calls] = [each for each in called_facts(left, now=NOW) if each.measure == "calls"]
    assert (calls.value, calls.simulated) == (Decimal(2), False)


def test_simulated_outcomes_count_for_simulated_calls_alone() -> None:
    left = Left(results=Results("solved", real=0, simulated=4))
    left.real.calls = left.real.charged = 10
    assert "cost_per_outcome" not in {each.measure for each in called_facts(left, now=NOW)}
    left = Left(results=Results("solved", real=0, simulated=4))
    left.simulated.calls = left.simulated.charged = 10
    left.simulated.charge = Decimal(2)
    [fact] = [each for each in called_facts(left, now=NOW) if each.measure == "cost_per_outcome"]
    assert fact.simulated

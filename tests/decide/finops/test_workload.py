"""Workloads: the calls of a use case in the days of the organisation."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib import resources
from itertools import pairwise

import numpy as np

from finops_columns import columns
from finops_house import DAY, LARGE, call, house, work
from remit.decide.finops.every_saving import savings
from remit.decide.finops.tier_rule import read_tier_rules
from remit.decide.finops.workload import Around, by_use_case, day_bounds, take
from remit.declare.operating_model import OperatingModel

DAY_S = 86_400


def test_a_workload_has_the_real_calls_of_one_use_case_within_its_days() -> None:
    made = [
        call(-1),
        call(0),
        call(DAY_S),
        call(2 * DAY_S),
        call(1, use_case="letters"),
        call(2, cached=True),
        call(3, simulated=True),
    ]
    workload = work(made, days=2)
    assert workload.day.tolist() == [0, 1]
    assert work(made, days=2, simulated=True).day.tolist() == [0]
    assert len(work(made, days=2, use_case="").calls) == 3
    assert (workload.unit, work(made, use_case="").unit) == ("insurance", "")


def test_a_use_case_without_calls_has_none_and_saves_nothing() -> None:
    workload = work([call(use_case="letters")])
    assert len(workload.calls) == 0
    assert savings(workload) == ()


def test_days_begin_at_midnight_where_the_organisation_is_and_may_have_25_hours() -> None:
    declared = house().model_dump(mode="json", exclude_unset=True)
    declared["organisation"]["time_zone"] = "Europe/Amsterdam"
    model = OperatingModel.model_validate(declared)
    bounds = day_bounds(model, date(2026, 10, 24), date(2026, 10, 26))
    assert datetime.fromtimestamp(bounds[0] / 1_000, UTC) == datetime(2026, 10, 23, 22, tzinfo=UTC)
    assert [(end - start) / 3_600_000 for start, end in pairwise(bounds.tolist())] == [24, 25, 24]


def test_columns_are_split_by_use_case_in_the_order_in_which_calls_began() -> None:
    made = columns([call(place, use_case=("a", "b")[place % 2], prefix=[place]) for place in range(6)])
    found = dict(by_use_case(made))
    assert set(found) == {"a", "b"}
    assert np.diff(found["a"].began_ms).tolist() == [2_000, 2_000]
    assert found["b"].prefix.tolist() == [1, 3, 5]
    assert found["b"].prefix_starts.tolist() == [0, 1, 2, 3]
    assert list(by_use_case(take(made, np.empty(0, np.int64)))) == []


def test_all_calls_are_taken_as_they_are() -> None:
    made = columns([call()])
    assert take(made, np.arange(1)) is made


def test_what_stands_in_a_column_is_found_by_name() -> None:
    workload = work([call(prompt=""), call(1, prompt="prompt/b"), call(2, prompt="prompt/a")])
    assert workload.found("prompt") == ("prompt/a", "prompt/b")
    assert workload.where("prompt", "prompt/a").tolist() == [2]
    assert workload.where("model", "model/gone").tolist() == []
    assert workload.where("model", LARGE).tolist() == [0, 1, 2]


def test_rules_of_tiers_ship_with_their_source() -> None:
    text = resources.files("remit.decide.finops").joinpath("tiers.yaml").read_text(encoding="utf-8")
    rules = read_tier_rules(text)
    assert {(each.technology, each.tier) for each in rules.rules} == {
        ("openai", "batch"),
        ("openai", "flex"),
        ("anthropic", "batch"),
        ("gemini", "batch"),
        ("gemini", "flex"),
        ("bedrock", "batch"),
    }
    assert all(each.source.startswith("https://") and 0 < each.factor < 1 for each in rules.rules)


def test_the_span_of_days_is_said() -> None:
    around = Around(house(), DAY, DAY)
    workload = around.workload(columns([call()]))
    assert (workload.days, workload.dates, workload.currency) == (1, (DAY,), "EUR")

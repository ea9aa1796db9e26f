"""Batch and flexible tiers, for calls that can wait."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from finops_columns import MadeCall
from finops_house import LARGE, call, house, model, work
from remit.decide.finops.saving import Saving
from remit.decide.finops.tier_rule import TierRules
from remit.decide.finops.waiting import patient, waiting
from remit.decide.finops.workload import Workload
from remit.declare.operating_model import OperatingModel

DAY_S = 86_400
PRICES = {"2026-01-01": "3", "2026-06-02": "2", "2026-09-01": "1"}


def rules(**fields: Any) -> TierRules:
    both = {
        "technology": "openai",
        "starts": "2024-01-01",
        "factor": "0.5",
        "cached": "lost",
        "source": "a list",
        "verified": "2026-01-01",
    }
    return TierRules.model_validate(
        {
            "rules": [
                {**both, "tier": "batch", "answers_within_seconds": DAY_S, **fields},
                {**both, "tier": "flex", "answers_within_seconds": 900},
            ]
        }
    )


def patience(seconds: int) -> OperatingModel:
    return house(economy={"answers_within_seconds": str(seconds)})


def found(workload: Workload) -> dict[str, Saving]:
    return {each.kind: each for each in waiting(workload)}


def test_without_a_declared_wait_only_calls_of_batches_can() -> None:
    made = [call(), call(1, batch=True)]
    savings = found(work(made, tiers=rules()))
    assert {kind: each.calls for kind, each in savings.items()} == {"batch": 1, "flex": 1}
    assert savings["batch"].figures["came in batches"] == "1"
    assert not found(work([call()], tiers=rules()))


def test_calls_that_may_take_a_day_cost_half_in_batches_with_the_same_answers() -> None:
    saving = found(work([call(), call(1, streamed=True)], of=patience(DAY_S), tiers=rules()))["batch"]
    assert (saving.calls, saving.charged, saving.would) == (1, Decimal("0.0045"), Decimal("0.00225"))
    assert saving.quality.verdict == "same"
    assert saving.figures["calls that can wait"] == "1 of 2 (50 %)"
    assert saving.figures["rates by"] == "a list, read 2026-01-01"


def test_calls_that_may_take_an_hour_can_be_flexible_and_not_in_a_batch() -> None:
    assert set(found(work([call()], of=patience(3_600), tiers=rules()))) == {"flex"}
    assert not found(work([call()], of=patience(60), tiers=rules()))


def test_calls_that_are_in_a_tier_already_are_left_there() -> None:
    assert not found(work([call(tier="flex")], of=patience(DAY_S), tiers=rules()))
    assert set(found(work([call(tier="default")], of=patience(DAY_S), tiers=rules()))) == {"batch", "flex"}


def arriving(*minutes: int) -> list[MadeCall]:
    return [call(60 * each) for each in minutes]


def test_calls_are_collected_only_as_long_as_the_first_of_them_can_wait() -> None:
    workload = work(arriving(0, 5, 59, 60, 61), of=patience(DAY_S + 3_600))
    wait = patient(workload, workload.rows, within_s=DAY_S, calls_min=3)
    assert (wait.rows.tolist(), wait.collect_s) == ([0, 1, 2], 3_600)
    everyone = patient(workload, workload.rows, within_s=DAY_S)
    assert len(everyone.rows) == 5


def test_a_batch_with_too_few_calls_is_not_sent() -> None:
    savings = found(work([call(batch=True)] * 99, tiers=rules(calls_min="100")))
    assert set(savings) == {"flex"}
    assert found(work([call(batch=True)] * 100, tiers=rules(calls_min="100")))["batch"].calls == 100


def test_rates_of_a_tier_that_a_price_has_are_taken_before_any_rule() -> None:
    price = {"starts": "2026-01-01", "input": "3", "output": "15", "tiers": {"flex": {"factor": "0.9"}}}
    priced = house(
        economy={"answers_within_seconds": "3600"}, blocks={LARGE: model("Large", "3", "15", prices=[price])}
    )
    for each in (rules(), TierRules()):
        saving = found(work([call()], of=priced, tiers=each))["flex"]
        assert saving.would == Decimal("0.00405")
        assert saving.figures["rates by"] == "the price's own tier"
        assert [(each.address, each.path) for each in saving.edits] == [
            ("use-case/claims", f"service_tiers.{LARGE}")
        ]
        assert (saving.edits[0].value, saving.by_hand) == ("flex", "")


def test_a_tier_without_rates_is_declared_with_a_further_price() -> None:
    (edit, served) = found(work([call()], of=patience(3_600), tiers=rules()))["flex"].edits
    assert (served.path, served.value) == (f"service_tiers.{LARGE}", "flex")
    assert (edit.address, edit.path) == (LARGE, "prices")
    assert edit.value == [
        {"starts": "2026-01-01", "input": "3", "output": "15"},
        {"starts": "2026-06-02", "input": "3", "output": "15", "tiers": {"flex": {"factor": "0.5"}}},
    ]


def test_a_price_that_begins_on_the_day_after_or_later_is_kept_and_has_the_tier_as_well() -> None:
    rows = [{"starts": day, "input": rate, "output": "15"} for day, rate in PRICES.items()]
    priced = house(
        economy={"answers_within_seconds": "3600"}, blocks={LARGE: model("Large", "3", "15", prices=rows)}
    )
    edit, _ = found(work([call()], of=priced, tiers=rules()))["flex"].edits
    flex = {"tiers": {"flex": {"factor": "0.5"}}}
    assert edit.value == [rows[0], rows[1] | flex, rows[2] | flex]


def test_lines_of_batches_are_sent_to_the_providers_own_by_one_declaration() -> None:
    made = [call(batch=True), call(1), call(2)]
    by_id = {each.id: each for each in waiting(work(made, of=patience(DAY_S), tiers=rules()))}
    name = LARGE.partition("/")[2]
    sent, alone = by_id[f"batch:claims:{name}"], by_id[f"batch:claims:{name}/by-hand"]
    assert [(each.address, each.path) for each in sent.edits] == [(LARGE, "prices"), (LARGE, "batch")]
    assert (sent.calls, sent.edits[1].value) == (1, "provider")
    # Of calls that come alone only their application knows which can wait.
    assert (alone.calls, alone.edits) == (2, ())
    assert "in batches" in alone.by_hand


def test_where_batches_are_sent_on_already_there_is_nothing_to_declare_again() -> None:
    prices = [{"starts": "2026-01-01", "input": "3", "output": "15", "tiers": {"batch": {"factor": "0.5"}}}]
    sends = house(
        economy={"answers_within_seconds": str(DAY_S)},
        blocks={LARGE: model("Large", "3", "15", prices=prices, batch="provider")},
    )
    kinds = list(waiting(work([call(batch=True), call(1)], of=sends, tiers=rules())))
    assert [(each.kind, each.edits) for each in kinds if each.kind == "batch"] == [("batch", ())]


def test_a_tier_that_costs_no_less_is_no_saving() -> None:
    assert not found(work([call()], of=patience(DAY_S), tiers=rules(factor="1.5"))).get("batch")


def test_models_that_write_nothing_and_models_that_are_gone_are_passed_over() -> None:
    words = house(
        economy={"answers_within_seconds": str(DAY_S)},
        blocks={"model/words": model("Words", "1", "0", output_tokens_max=0)},
    )
    made = [call(model="model/words"), call(1, model="model/gone")]
    assert not found(work(made, of=words, tiers=rules()))

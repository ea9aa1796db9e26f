"""Capacity on offer: provisioned units, machines, customised models."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from finops_columns import MadeCall
from finops_house import LARGE, SMALL, call, capacity, house, model, tried, work
from remit.decide.finops.capacity_saving import capacity_savings, offers
from remit.decide.finops.saving import Edit, Saving
from remit.decide.finops.workload import Workload
from remit.declare.capacity import Capacity
from remit.declare.operating_model import OperatingModel

BUSY = [call(60 * place, input_tokens=100_000) for place in range(1_000)]
"""A call each minute, for 0.3015 EUR."""
QUIET = [call()]


def found(made: list[MadeCall], offer: Capacity, **around: Any) -> dict[str, Saving]:
    workload: Workload = work(made, offers={"units": offer}, **around)
    return {each.kind: each for each in capacity_savings(workload)}


def test_units_that_cost_less_than_the_calls_they_serve_are_taken_from_the_day_after() -> None:
    saving = found(BUSY, capacity(per_hour="2.00 EUR", input_tokens_per_minute=100_000))["provisioned"]
    assert (saving.charged, saving.would) == (Decimal("301.5"), Decimal(48))
    assert saving.quality.verdict == "same"
    assert saving.edits == (
        Edit("capacity/units", "starts", "2026-06-02"),
        Edit("capacity/units", "units", 1),
    )
    assert saving.figures["recommended size"] == "1"
    assert saving.figures["used"] == "69.4 %"
    assert saving.id == "provisioned:claims:units"


def test_units_pay_from_so_many_tokens_a_minute_on() -> None:
    saving = found(BUSY, capacity(per_hour="2.00 EUR", input_tokens_per_minute=100_000))["provisioned"]
    even = saving.break_even
    assert even is not None
    # 2 EUR an hour are 1/30 EUR a minute; a token costs 301.5 EUR / 100,100,000.
    assert round(even.at) == round(Decimal(100_100_000) / Decimal("301.5") / 30)
    assert round(even.now) == round(100_100_000 / (24 * 60))
    assert even.of == "tokens a minute"
    assert even.at < even.now


def test_where_no_unit_pays_the_size_is_none_and_the_loss_is_said() -> None:
    saving = found(QUIET, capacity(per_hour="2.00 EUR"))["provisioned"]
    assert saving.figures["recommended size"] == "0"
    assert saving.would == 48
    assert saving.a_month < 0
    assert not saving.edits
    assert saving.summary.endswith("none of it would have paid")
    assert saving.break_even is not None
    assert saving.break_even.at > saving.break_even.now


def test_an_offer_in_another_currency_is_held_against_calls_at_its_rate_of_the_day() -> None:
    dollars = {"source": "the central bank", "rates": [{"starts": "2026-01-01", "rate": "0.5"}]}
    declared = house().model_dump(mode="json", exclude_unset=True) | {"exchange_rates": {"USD": dollars}}
    offer = capacity(per_hour="4.00 USD", once="10.00 USD", input_tokens_per_minute=100_000)
    saving = found(BUSY, offer, of=OperatingModel.model_validate(declared))["provisioned"]
    assert (saving.would, saving.once) == (Decimal(48), Decimal(5))
    assert not found(BUSY, offer), "without a rate nothing is said of it"


def test_what_runs_already_is_not_on_offer() -> None:
    assert not found(BUSY, capacity(starts="2026-01-01"))


def test_provisioned_units_serve_the_very_model_or_one_that_its_maker_names_alike() -> None:
    maker = {"developer": "Maker", "family": "Great", "version": "5"}
    alike = house(
        blocks={
            LARGE: model("Large", "3", "15", maker=maker),
            "model/kept": model("Kept", "0", "0", maker=maker),
        }
    )
    saving = found(BUSY, capacity(of="model/kept", per_hour="2.00 EUR"), of=alike)["provisioned"]
    assert saving.would == 48
    assert saving.quality.verdict == "same"
    assert not found(BUSY, capacity(of=SMALL))
    assert not found(BUSY, capacity(of="model/gone"))
    assert not found([call(model="model/gone")], capacity())


def test_a_model_on_machines_of_ones_own_is_another_one_until_an_evaluation_shows_it() -> None:
    offer = capacity("self_hosted", SMALL, per_hour="1.00 EUR", input_tokens_per_minute=50_000)
    saving = found(BUSY, offer)["self-host"]
    assert saving.quality.verdict == "unknown"
    assert saving.figures["units for the greatest minute"] == "2"
    shown = found(BUSY, offer, tried=[tried("+" * 300, "+" * 300)])["self-host"]
    assert shown.quality.verdict == "not-worse"
    assert shown.id == "self-host:claims:units-for-large"


TUNED = house(
    blocks={
        LARGE: model("Large", "3", "15", maker={"developer": "Maker", "family": "Great"}),
        "model/tuned": model("Tuned", "1", "5", maker={"developer": "Maker", "family": "Great"}),
        "model/student": model("Student", "0.5", "2", maker={"developer": "Maker", "family": "Little"}),
        "prompt/long": {"name": "Long", "messages": [{"role": "system", "text": "x" * 20_000}] * 10},
    }
)


def test_a_customised_model_is_paid_once_and_comes_back_after_so_many_months() -> None:
    offer = capacity("hosting", "model/tuned", per_hour="1.00 EUR", once="600.00 EUR", term_months=6)
    saving = found(BUSY, offer, of=TUNED)["fine-tune"]
    assert saving.would == Decimal("100.5") + 24
    assert saving.once == 600
    assert saving.break_even is not None
    assert saving.break_even.months == Decimal("0.1")
    assert saving.figures["taken for at least"] == "6 months"
    assert saving.figures["paid over that time"] == "4,320.00 EUR"
    assert not any("not in the use case's remit" in each for each in saving.risks)


def test_a_customised_model_of_another_family_was_distilled() -> None:
    offer = capacity("hosting", "model/student", per_hour="1.00 EUR")
    assert set(found(BUSY, offer, of=TUNED)) == {"distil"}
    already = [call(model="model/student")]
    assert not found(already, offer, of=TUNED)


def test_what_a_customised_model_costs_without_the_fixed_words_is_said_apart() -> None:
    offer = capacity("hosting", "model/tuned", per_hour="1.00 EUR")
    prompted = [call(60 * place, input_tokens=100_000, prompt="prompt/long") for place in range(100)]
    saving = found([*prompted, call(9_000, input_tokens=100_000)], offer, of=TUNED)["fine-tune"]
    # 50,000 of 100,000 tokens of each prompted call are left out at 1 EUR for a million.
    shorter = Decimal(saving.figures["with the fixed words left out"].removesuffix(" EUR"))
    assert saving.would - shorter == 5


def test_what_lies_outside_the_remit_is_said() -> None:
    narrow = house(remit={"models": [LARGE]})
    saving = found(BUSY, capacity("self_hosted", SMALL), of=narrow)["self-host"]
    assert any("not in the use case's remit" in each for each in saving.risks)
    assert any("no throughput is declared" in each for each in saving.risks)


def test_all_use_cases_share_what_is_paid_by_the_hour() -> None:
    both = [
        *BUSY[:500],
        *(call(60 * place + 30, input_tokens=100_000, use_case="letters") for place in range(500)),
    ]
    offer = capacity(per_hour="2.00 EUR", input_tokens_per_minute=200_000)
    alone = found(both, offer)["provisioned"]
    together = found(both, offer, use_case="")["provisioned"]
    assert (alone.calls, together.calls) == (500, 1_000)
    assert together.id == "provisioned:units"
    other = found(both, capacity("self_hosted", SMALL), use_case="")["self-host"]
    assert other.quality.verdict == "unknown"


def test_models_that_only_read_serve_none_that_write() -> None:
    words = house(blocks={"model/words": model("Words", "1", "0", output_tokens_max=0)})
    workload = work(BUSY, of=words, offers={"u": capacity("self_hosted", "model/words")})
    assert not list(offers(workload))


def test_free_calls_have_no_break_even() -> None:
    free = house(blocks={SMALL: model("Small", "9", "90")})
    saving = found(BUSY, capacity("self_hosted", SMALL), of=free)["self-host"]
    assert saving.break_even is None


def test_a_model_without_a_price_is_not_held_against_anything() -> None:
    unpriced = house(blocks={"model/mystery": model("Mystery", "0", "0", prices=[])})
    assert not found(BUSY, capacity("self_hosted", "model/mystery"), of=unpriced)


def test_where_a_call_is_larger_than_any_number_of_units_it_spills() -> None:
    offer = capacity("self_hosted", SMALL, input_tokens_per_minute=0)
    saving = found(QUIET, offer)["self-host"]
    assert saving.figures["recommended size"] == "0"
    assert saving.figures["units for the greatest minute"] == "more than anybody rents"
    assert saving.figures["calls served"] == "0 of 1 (0 %)"

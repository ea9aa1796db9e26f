"""Which level of customisation a use case warrants."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from finops_columns import rates
from finops_house import LARGE, SMALL, call, capacity, house, tried, work
from remit.decide.finops.customisation import Customisation, Level, customisation
from remit.decide.finops.every_saving import savings
from remit.declare.operating_model import OperatingModel

BUSY = [call(60 * place, input_tokens=100_000) for place in range(1_000)]


def gated(**case: Any) -> OperatingModel:
    """A house whose gate into `scale` asks for a pass rate of 0.9."""
    criterion = {
        "name": "Good",
        "measure": "pass_rate",
        "at_least": "0.9",
        "evidence": "evaluation",
        "pillar": "business",
        "help": "Evaluate it.",
    }
    plain = house(**case).model_dump(mode="json", exclude_unset=True)
    gate = {"description": "Good enough.", "criteria": {"good": criterion}}
    return OperatingModel.model_validate({**plain, "gates": {"scale": gate}})


def answer(made: list[Any] | None = None, **around: Any) -> Customisation:
    workload = work(BUSY if made is None else made, **around)
    return customisation(workload, savings(workload))


def level(found: Customisation, name: str) -> Level:
    return next(each for each in found.levels if each.name == name)


def test_prompting_is_enough_where_nothing_falls_short_and_nothing_else_is_offered() -> None:
    found = answer()
    assert (found.now, found.warranted) == ("prompting", "prompting")
    assert found.says == "prompting is enough: nothing shows that its answers fall short"
    assert level(found, "prompting").a_month == Decimal("301.5") * 30
    assert {each.name: each.verdict for each in found.levels} == {
        "prompting": "in-use",
        "retrieval": "not-warranted",
        "customised-model": "not-offered",
        "own-model": "not-offered",
    }


def test_what_retrieval_costs_is_said_for_a_thousand_tokens_of_context() -> None:
    assert level(answer(), "retrieval").a_month == Decimal(1_000) * 1_000 * 3 / 1_000_000 * 30


def test_a_declared_knowledge_base_is_retrieval() -> None:
    found = answer(of=house(blocks={"knowledge/files": {"name": "Files"}}, uses=["knowledge/files"]))
    assert (found.now, level(found, "retrieval").verdict) == ("retrieval", "in-use")
    assert level(found, "prompting").verdict == "not-warranted"


def test_answers_that_fall_short_of_the_next_gate_ask_for_retrieval_to_be_tried() -> None:
    found = answer(of=gated(), tried=[tried("+" * 60 + "-" * 40, "+" * 100)])
    assert (found.asked, found.share, found.falls_short) == (0.9, 0.6, True)
    assert level(found, "retrieval").verdict == "to-show"
    assert found.says.startswith("prompting stays; retrieval would have to be shown first")
    fine = answer(of=gated(), tried=[tried("+" * 95 + "-" * 5, "+" * 100)])
    assert not fine.falls_short


def test_a_model_of_ones_own_is_warranted_where_it_pays_and_is_shown_to_be_as_good() -> None:
    offers = {"machines": capacity("self_hosted", SMALL, per_hour="0.50 EUR")}
    found = answer(offers=offers, tried=[tried("+" * 300, "+" * 300)])
    assert found.warranted == "own-model"
    assert "it pays from" in found.says
    unshown = answer(offers=offers)
    assert (unshown.warranted, level(unshown, "own-model").verdict) == ("prompting", "to-show")
    assert "would have to be shown first" in unshown.says


def test_where_it_does_not_pay_it_is_not_warranted() -> None:
    offers = {"machines": capacity("hosting", SMALL, per_hour="500.00 EUR", once="10.00 EUR")}
    found = answer([call(model=LARGE)], offers=offers)
    customised = level(found, "customised-model")
    assert customised.verdict == "not-warranted"
    assert customised.saving is not None
    assert found.warranted == "prompting"


def test_where_its_model_is_dearer_no_volume_pays() -> None:
    offers = {"machines": capacity("self_hosted", "model/other", per_hour="1.00 EUR")}
    cheap = [call(model=SMALL, rates=rates("0.5", "2"))]
    assert level(answer(cheap, offers=offers), "own-model").why.endswith("at no volume would it pay")


def test_simulated_evaluations_say_nothing_of_real_answers() -> None:
    pretended = tried("+" * 10 + "-" * 90, "+" * 100, a={"simulated": True}, b={"simulated": True})
    assert answer(of=gated(), tried=[pretended]).share is None

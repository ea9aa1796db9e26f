"""Other models for the same calls."""

from __future__ import annotations

from decimal import Decimal

from finops_columns import rates
from finops_house import LARGE, OTHER, SMALL, call, house, model, tried, work
from remit.decide.finops.every_saving import other_models
from remit.decide.finops.other_model import CANDIDATES_MAX, candidates
from remit.decide.finops.saving import Saving
from remit.decide.finops.workload import Workload

GOOD = tried("+" * 300, "+" * 300)


def whole(workload: Workload) -> dict[str, Saving]:
    return {each.subject: each for each in other_models(workload) if each.kind == "model"}


def test_calls_are_priced_as_another_models_and_shown_to_be_not_worse() -> None:
    found = whole(work([call()], tried=[GOOD]))["large-to-small"]
    assert (found.charged, found.would, found.a_month) == (
        Decimal("0.0045"),
        Decimal("0.0007"),
        Decimal("0.114"),
    )
    assert found.quality.verdict == "not-worse"
    assert found.summary == (
        "call `model/small` in place of `model/large`: 0.0007 EUR instead of 0.0045 EUR for the same calls"
    )
    assert found.id == "model:claims:large-to-small"


def test_what_is_not_shown_says_which_evaluation_would_show_it() -> None:
    found = whole(work([call()]))["large-to-other"]
    assert found.quality.verdict == "unknown"
    assert any("remit evaluate claims" in each for each in found.risks)
    assert any("provider `elsewhere`" in each for each in found.risks)


def test_a_dearer_model_is_no_saving() -> None:
    small = work([call(model=SMALL, rates=rates("0.5", "2"))])
    assert not whole(small)
    assert {each.other for each in candidates(small)} == {LARGE, OTHER}


def test_tokens_are_corrected_by_what_an_evaluation_measured() -> None:
    measured = tried(
        "+" * 300,
        "+" * 300,
        a={"input_tokens": 400, "output_tokens": 100},
        b={"input_tokens": 800, "output_tokens": 100},
    )
    found = whole(work([call()], tried=[measured]))["large-to-small"]
    assert found.would == Decimal("0.0012")
    assert "as the evaluation counted them" in found.basis
    assert not any("more tokens" in each for each in found.risks)


def test_only_models_of_the_remit_are_looked_at() -> None:
    narrow = house(remit={"models": [LARGE, SMALL]})
    assert set(whole(work([call()], of=narrow))) == {"large-to-small"}
    stopped = house(remit={"calls": "false"})
    assert not whole(work([call()], of=stopped))


def test_models_that_may_not_be_called_are_left_out() -> None:
    unfit = house(
        data_class="confidential",
        blocks={
            SMALL: model("Small", "0.5", "2", data_class_max="internal"),
            OTHER: model("Other", "1", "5", status="draft"),
            "model/words": model("Words", "0.01", "0", output_tokens_max=0),
            "model/echo": model("Echo", "0.01", "0.01", provider="pretend"),
        },
    )
    assert not whole(work([call()], of=unfit))


def test_simulated_calls_are_held_against_simulated_models_too() -> None:
    pretending = house(blocks={"model/echo": model("Echo", "0.01", "0.01", provider="pretend")})
    assert "large-to-echo" in whole(work([call(simulated=True)], of=pretending, simulated=True))
    assert not whole(work([call(simulated=True)], of=pretending))


def test_calls_that_do_not_fit_stay_where_they_are() -> None:
    short = house(
        remit={"models": [LARGE, SMALL]}, blocks={SMALL: model("Small", "0.5", "2", context_tokens=2_000)}
    )
    found = whole(work([call(), call(1, input_tokens=5_000)], of=short))["large-to-small"]
    assert (found.calls, found.figures["calls that fit"]) == (1, "1 of 2 (50 %)")
    none = house(
        remit={"models": [LARGE, SMALL]}, blocks={SMALL: model("Small", "0.5", "2", context_tokens=10)}
    )
    assert not whole(work([call()], of=none))


def test_calls_of_a_model_that_is_not_declared_any_more_are_left_alone() -> None:
    assert not whole(work([call(model="model/gone")]))


def test_the_cheapest_models_are_looked_at_and_those_that_were_evaluated() -> None:
    many = house(blocks={f"model/m{place}": model("M", f"0.{place}", "1") for place in range(1, 9)})
    found = {each.other for each in candidates(work([call()], of=many, tried=[tried("+", "+", other=OTHER)]))}
    assert len(found) == CANDIDATES_MAX + 1
    assert OTHER in found


def test_a_route_of_its_own_is_declared_which_leads_to_the_other_model_first() -> None:
    (edit,) = whole(work([call()]))["large-to-small"].edits
    assert edit.address == "route/claims-economy"
    assert edit.value == {
        "name": "The economical way of claims",
        "owner": "lead@example.com",
        "targets": [
            {"to": SMALL, "when": {"use_cases": ["claims"]}},
            {"to": LARGE, "when": {"use_cases": ["claims"]}},
        ],
    }


def test_what_a_cache_serves_may_differ() -> None:
    found = whole(work([call(cache_read_tokens=10)]))["large-to-small"]
    assert any("prompt cache" in each for each in found.risks)

"""Routes by length and by difficulty."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_columns import MadeCall
from finops_house import LARGE, SMALL, call, house, model, tried, work
from remit.decide.finops.every_saving import other_models
from remit.decide.finops.other_model import candidates
from remit.decide.finops.route_length import bytes_of_a_token, thresholds
from remit.decide.finops.saving import Saving
from remit.decide.finops.workload import Workload
from remit.kernel.money import EXACT

LENGTHS = [call(place, input_tokens=100 * (place + 1), output_tokens=10) for place in range(40)]
ONLY_SMALL = house(remit={"models": [LARGE, SMALL]})


def routes(workload: Workload) -> dict[str, Saving]:
    return {each.subject: each for each in other_models(workload) if each.kind == "route"}


def by_hand(made: list[MadeCall], limit: int) -> Decimal:
    """Price one call after the other: the short ones at 0.5 and 2, the others as they were charged."""
    total = Decimal(0)
    for each in made:
        read, write = (Decimal("0.5"), 2) if each.input_tokens <= limit else (Decimal(3), 15)
        total = EXACT.add(total, (each.input_tokens * read + each.output_tokens * write) / 1_000_000)
    return total


def test_each_threshold_saves_what_pricing_call_by_call_does() -> None:
    workload = work(LENGTHS, of=ONLY_SMALL)
    (found,) = candidates(workload)
    steps = thresholds(workload, found)
    charged = by_hand(LENGTHS, 0)
    assert len(steps) == 19
    for step in steps:
        assert step.saved == EXACT.subtract(charged, by_hand(LENGTHS, step.input_tokens))
        assert step.calls == sum(each.input_tokens <= step.input_tokens for each in LENGTHS)


def test_where_nothing_is_shown_the_greatest_saving_is_named_and_not_shown() -> None:
    found = routes(work(LENGTHS, of=ONLY_SMALL))["short-large-to-small"]
    assert found.quality.verdict == "unknown"
    assert found.would == by_hand(LENGTHS, 3_800)
    assert found.figures["calls routed"] == "38 of 40 (95 %)"


def test_where_short_cases_alone_are_shown_to_be_as_good_the_limit_is_theirs() -> None:
    # Cases up to a charge of 0.30 pass with both models; of the dearer ones the small model fails a third.
    shown = tried("+" * 1_200, "+" * 300 + "++-" * 300)
    dear = [call(place, input_tokens=10_000 * (place + 1), output_tokens=10) for place in range(40)]
    found = routes(work(dear, of=ONLY_SMALL, tried=[shown]))["short-large-to-small"]
    assert found.quality.verdict == "not-worse"
    assert found.figures["input tokens at most"] == "100,000"


def test_the_limit_is_written_in_bytes_as_routes_count_them() -> None:
    (edit,) = routes(work(LENGTHS, of=ONLY_SMALL))["short-large-to-small"].edits
    assert isinstance(edit.value, dict)
    assert edit.value["targets"] == [
        {"to": SMALL, "when": {"use_cases": ["claims"], "input_tokens_max": 3_800 * 4}},
        {"to": LARGE, "when": {"use_cases": ["claims"]}},
    ]


def test_where_calls_say_how_long_they_were_their_bytes_count() -> None:
    workload = work([call(input_tokens=1_000, prompt_bytes=2_500), call(1)], of=ONLY_SMALL)
    (found,) = candidates(workload)
    assert bytes_of_a_token(workload, found) == (3, "its longer calls had")


def test_there_is_no_route_where_the_other_model_is_as_good_throughout_or_saves_nothing() -> None:
    assert not routes(work(LENGTHS, of=ONLY_SMALL, tried=[tried("+" * 300, "+" * 300)]))
    dear = house(remit={"models": [LARGE, "model/dear"]}, blocks={"model/dear": model("Dear", "9", "90")})
    assert not routes(work(LENGTHS, of=dear, tried=[tried("+" * 9, "-" * 9, other="model/dear")]))


def test_trying_the_cheaper_model_first_pays_twice_for_each_that_fails() -> None:
    shown = tried("+" * 100, "+" * 75 + "-" * 25)
    found = routes(work(LENGTHS, of=ONLY_SMALL, tried=[shown]))["hard-small-then-large"]
    assert found.would == pytest.approx(by_hand(LENGTHS, 10**6) + by_hand(LENGTHS, 0) / 4)
    assert found.quality.verdict == "unknown"
    assert found.figures["asked twice"] == "25 %"
    assert not found.edits


def test_where_most_fail_trying_first_saves_nothing() -> None:
    shown = tried("+" * 100, "+" * 5 + "-" * 95)
    assert "hard-small-then-large" not in routes(work(LENGTHS, of=ONLY_SMALL, tried=[shown]))

"""Output limits: what is held for answers that nobody writes, and what cutting the tail would save."""

from __future__ import annotations

from decimal import Decimal

from finops_columns import MadeCall
from finops_house import call, house, work
from remit.decide.finops.output_limit import CALLS_LEAST, output_limits
from remit.decide.finops.saving import Edit, Saving
from remit.decide.finops.workload import Workload

ANSWERS = [call(place, output_tokens=100, output_tokens_max=4_096) for place in range(199)]
LONG = call(500, output_tokens=2_000, output_tokens_max=4_096)


def limits(workload: Workload) -> dict[str, Saving]:
    return {each.subject: each for each in output_limits(workload)}


def test_a_limit_at_the_longest_answer_changes_no_answer_and_saves_no_charge() -> None:
    found = limits(work([*ANSWERS, LONG]))["longest"]
    assert found.quality.verdict == "same"
    assert found.a_month == 0
    assert found.figures["limit"] == "2,048"
    assert found.figures["held for output"] == "12.288 EUR"
    assert found.figures["would be held"] == "6.144 EUR"
    assert found.edits == (Edit("use-case/claims", "remit.output_tokens_max", 2_048),)


def test_a_limit_at_the_tail_saves_the_cut_tokens_and_says_how_many_answers_end_early() -> None:
    found = limits(work([*ANSWERS, LONG]))["tail"]
    assert found.figures["limit"] == "128"
    assert found.charged - found.would == Decimal(2_000 - 128) * 15 / 1_000_000
    assert found.quality.verdict == "unknown"
    assert found.figures["answers cut"] == "1 (0.5 %)"
    assert "`length`" in found.risks[0]


def test_there_is_nothing_to_limit_where_limits_are_as_tight_or_calls_are_few() -> None:
    tight = [call(place, output_tokens=100, output_tokens_max=128) for place in range(CALLS_LEAST)]
    assert not limits(work(tight))
    assert not limits(work(ANSWERS[: CALLS_LEAST - 1]))


def prompted(address: str) -> list[MadeCall]:
    return [call(place, output_tokens_max=4_096, prompt=address) for place in range(CALLS_LEAST)]


def test_where_all_calls_come_by_one_prompt_the_prompt_is_limited() -> None:
    words = {"name": "Words", "text": "Sort this."}
    declared = house(blocks={"prompt/sort": words, "prompt/sum@2": words})
    (edit,) = limits(work(prompted("prompt/sort"), of=declared))["longest"].edits
    assert edit == Edit("prompt/sort", "parameters.output_tokens_max", 128)
    # A version that was approved stays what it was.
    (edit,) = limits(work(prompted("prompt/sum@2"), of=declared))["longest"].edits
    assert edit.address == "use-case/claims"

"""How guardrails did on a data set, from what somebody said of its rows and what was found in them."""

from __future__ import annotations

from typing import Any

import pytest

from remit.enforce.guardrail.dataset import Gold, Row
from remit.enforce.guardrail.evaluation import Evaluation, Hit, Measured, Seen, evaluate
from remit.enforce.guardrail.finding import Confidence
from remit.enforce.guardrail.trust import Policy

LOOKED_FOR: dict[str, Policy] = {"HATE": "content", "PROMPT_ATTACK": "content", "EMAIL": "sensitive"}


def hit(type: str, start: int = 0, end: int = 4, confidence: Confidence = "high") -> Hit:
    policy = LOOKED_FOR.get(type, "grounding" if type == "GROUNDING" else "content")
    return Hit(policy, type, start, end, confidence)


def seen(number: int, *hits: Hit, **fields: Any) -> Seen:
    beside = {name: fields.pop(name) for name in ("swept", "other", "score", "cpu_ns") if name in fields}
    row = Row(number, "some text", "input", "person", **fields)
    return Seen(row, hits, beside.pop("cpu_ns", 1_000), **beside)


def counts(measured: tuple[Measured, ...]) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    return {
        (each.policy, each.type): (
            each.measure.found,
            each.measure.missed,
            each.measure.false_alarms,
            each.measure.passed,
        )
        for each in measured
    }


def test_a_label_that_names_no_type_is_about_anything_and_about_each_policy_alone() -> None:
    found = evaluate(
        [
            seen(1, hit("PROMPT_ATTACK"), positive=True),
            seen(2, hit("EMAIL"), positive=True),
            seen(3, positive=True),
            seen(4, hit("HATE"), positive=False),
            seen(5, positive=False),
        ],
        LOOKED_FOR,
    )
    assert found.rows == 5
    assert counts(found.measured) == {
        ("", ""): (2, 1, 1, 1),
        ("content", ""): (1, 2, 1, 1),
        ("content", "HATE"): (0, 3, 1, 1),
        ("content", "PROMPT_ATTACK"): (1, 2, 0, 2),
        ("sensitive", ""): (1, 2, 0, 2),
        ("sensitive", "EMAIL"): (1, 2, 0, 2),
    }
    assert (found.missed_rows, found.false_alarm_rows) == ((3,), (4,))


def test_such_labels_can_be_said_to_be_about_one_type() -> None:
    rows = [seen(1, hit("HATE"), positive=True), seen(2, hit("EMAIL"), positive=False)]
    assert counts(evaluate(rows, LOOKED_FOR, of="PROMPT_ATTACK").measured) == {
        ("", ""): (0, 1, 0, 1),
        ("content", ""): (0, 1, 0, 1),
        ("content", "PROMPT_ATTACK"): (0, 1, 0, 1),
    }


def test_labels_that_name_types_count_for_these_and_what_is_not_looked_for_is_left_out() -> None:
    found = evaluate(
        [
            seen(1, hit("HATE"), types=frozenset(("HATE", "EMAIL"))),
            seen(2, types=frozenset(("CITY",))),
            seen(3, hit("UNVERIFIED_LANGUAGE"), types=frozenset()),
        ],
        LOOKED_FOR,
    )
    assert counts(found.measured) == {
        ("", ""): (1, 0, 0, 2),
        ("content", ""): (1, 0, 0, 2),
        ("content", "HATE"): (1, 0, 0, 2),
        ("sensitive", ""): (0, 1, 0, 2),
        ("sensitive", "EMAIL"): (0, 1, 0, 2),
    }
    assert found.not_looked_for == {"CITY": 1}


def spans(golds: list[Gold], *hits: Hit) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    row = seen(1, *hits, spans=tuple(golds), types=frozenset(each.type for each in golds))
    return counts(evaluate([row], LOOKED_FOR).spans)


def test_a_span_is_found_if_half_of_it_is() -> None:
    gold = [Gold("EMAIL", 10, 20)]
    assert spans(gold, hit("EMAIL", 15, 30)) == {("sensitive", "EMAIL"): (1, 0, 0, 0)}
    assert spans(gold, hit("EMAIL", 16, 30)) == {("sensitive", "EMAIL"): (0, 1, 1, 0)}
    assert spans(gold, hit("HATE", 10, 20)) == {
        ("", ""): (0, 1, 1, 0),
        ("content", "HATE"): (0, 0, 1, 0),
        ("sensitive", "EMAIL"): (0, 1, 0, 0),
    }


def test_a_span_is_found_once_and_more_within_it_is_no_false_alarm() -> None:
    gold = [Gold("EMAIL", 10, 20)]
    assert spans(gold, hit("EMAIL", 10, 16), hit("EMAIL", 17, 20)) == {("sensitive", "EMAIL"): (1, 0, 0, 0)}
    assert spans(gold, hit("EMAIL", 10, 20), hit("EMAIL", 30, 40)) == {("sensitive", "EMAIL"): (1, 0, 1, 0)}
    assert spans([], hit("EMAIL")) == {("sensitive", "EMAIL"): (0, 0, 1, 0)}
    assert spans([Gold("CITY", 0, 4)]) == {}


def test_a_stronger_filter_finds_all_that_a_weaker_one_does() -> None:
    found = evaluate(
        [
            seen(1, swept=(hit("HATE", confidence="low"),), types=frozenset(("HATE",))),
            seen(2, swept=(hit("HATE", confidence="medium"),), types=frozenset()),
            seen(3, swept=(hit("HATE"), hit("HATE", confidence="low")), types=frozenset(("HATE",))),
        ],
        LOOKED_FOR,
    )
    by_level = {
        each.strength: (
            each.measure.found,
            each.measure.missed,
            each.measure.false_alarms,
            each.measure.passed,
        )
        for each in found.strengths
    }
    assert by_level == {"low": (1, 1, 0, 1), "medium": (1, 1, 1, 0), "high": (2, 0, 1, 0)}
    assert {each.type for each in found.strengths} == {"HATE"}


def answers(*scores: tuple[float, bool]) -> Evaluation:
    return evaluate(
        [
            seen(number, sources=("s",), positive=unsupported, score=score)
            for number, (score, unsupported) in enumerate(scores, 1)
        ],
        LOOKED_FOR,
    )


def test_scores_are_swept_and_the_threshold_is_named_that_tells_most_apart() -> None:
    found = answers((0.1, True), (0.3, True), (0.35, False), (0.9, False)).scores
    assert found is not None
    assert (found.auc, found.best, found.balanced_accuracy) == (1.0, 0.31, 1.0)
    assert [each.threshold for each in found.thresholds] == [step / 100 for step in range(100)]
    half = found.thresholds[50].measure
    assert (half.found, half.missed, half.false_alarms, half.passed) == (2, 0, 1, 1)


def test_scores_of_one_kind_alone_tell_nothing_apart() -> None:
    found = answers((0.1, True), (0.3, True)).scores
    assert found is not None
    assert (found.auc, found.best) == (None, None)


def test_an_answer_is_only_weighed_against_its_sources() -> None:
    assert answers((0.1, True)).measured == ()
    rows = [seen(1, hit("GROUNDING"), hit("RELEVANCE"), sources=("s",), positive=True, score=0.2)]
    found = evaluate(rows, {**LOOKED_FOR, "GROUNDING": "grounding", "RELEVANCE": "grounding"})
    assert counts(found.measured) == {
        ("", ""): (1, 0, 0, 0),
        ("grounding", ""): (1, 0, 0, 0),
        ("grounding", "GROUNDING"): (1, 0, 0, 0),
    }


def test_two_guardrails_are_compared_by_the_rows_that_each_finds_something_in() -> None:
    found = evaluate(
        [
            seen(1, hit("HATE"), other=(hit("HATE"),), positive=True),
            seen(2, hit("HATE"), other=(), positive=False),
            seen(3, other=(hit("EMAIL"),), positive=True),
            seen(4, other=(), positive=True),
        ],
        LOOKED_FOR,
    ).compared
    assert found is not None
    assert (found.both, found.neither) == (1, 1)
    assert (found.only_this, found.only_this_right, found.only_this_rows) == (1, 0, (2,))
    assert (found.only_other, found.only_other_right, found.only_other_rows) == (1, 1, (3,))
    assert evaluate([seen(1, positive=True)], LOOKED_FOR).compared is None


def test_costs_are_by_text_and_by_kilobyte() -> None:
    cost = evaluate(
        [seen(number, positive=False, cpu_ns=number * 1_000_000) for number in range(1, 21)], LOOKED_FOR
    ).cost
    assert cost is not None
    assert (cost.ms_p50, cost.ms_p95) == (10.0, 19.0)
    assert cost.ms_per_kb == pytest.approx(10.5 * 1024 / len(b"some text"), rel=1e-3)


def test_rows_are_named_up_to_a_limit() -> None:
    found = evaluate([seen(number, positive=True) for number in range(1, 200)], LOOKED_FOR)
    assert found.missed_rows == tuple(range(1, 51))

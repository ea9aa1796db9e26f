"""Data sets: YAML and JSON lines read to the same cases, and every fault named by its line."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.evaluation_case import DataSet
from remit.decide.evaluation_text import read_data_set


def name_of(said: bytes) -> str:
    return sha256(said).hexdigest()[:12]


def read(text: str, file: str = "set.jsonl", *, adversarial: bool = False) -> DataSet:
    found, faults = read_data_set(text, file, name_of=name_of, adversarial=adversarial)
    assert found is not None, [each.render() for each in faults]
    return found


def faults(text: str, file: str = "set.jsonl") -> list[str]:
    found, diagnostics = read_data_set(text, file, name_of=name_of)
    assert found is None
    return [f"{each.span.line}: {each.code}: {each.summary}" for each in diagnostics]


words = st.text("ab 1'\"\\:-{}[]#%é\u200b", min_size=1, max_size=12).filter(str.strip)
cases = st.lists(
    st.fixed_dictionaries(
        {"input": words, "expected": words}, optional={"sources": st.lists(words, min_size=1, max_size=2)}
    ),
    min_size=1,
    max_size=4,
    unique_by=str,
)


@given(cases)
def test_a_case_is_the_same_in_yaml_and_in_json(written: list[dict[str, object]]) -> None:
    lines = "\n".join(map(json.dumps, [{"dataset": {"scorers": ["contains"]}}, *written]))
    # Escapes alone: what nobody can see may not stand in YAML as it is.
    tree = yaml.safe_dump({"scorers": ["contains"], "cases": written}, default_style='"')
    one, other = read(lines).cases, read(tree, "set.yaml").cases
    assert [(each.id, each.messages, each.expected, each.sources) for each in one] == [
        (each.id, each.messages, each.expected, each.sources) for each in other
    ]


@given(cases, st.randoms(use_true_random=False))
def test_what_a_case_is_called_does_not_depend_on_its_place(
    written: list[dict[str, object]], random: object
) -> None:
    lines = [json.dumps({**each, "scorers": "exact"}) for each in written]
    one = {case.id: case.expected for case in read("\n".join(lines)).cases}
    random.shuffle(lines)  # type: ignore[attr-defined]  # a random.Random
    assert {case.id: case.expected for case in read("\n".join(lines)).cases} == one


def test_numbers_and_truths_are_texts_as_they_stand() -> None:
    text = '{"input": "q", "expected": 1.50, "scorers": "exact"}\n'
    text += '{"input": "r", "expected": true, "scorers": "exact"}'
    assert [case.expected for case in read(text).cases] == ["1.5", "true"]


def test_a_schema_may_be_written_as_json() -> None:
    schema = '{"type": "object", "minProperties": 1}'
    text = f'{{"input": "q", "scorers": [{{"scorer": "json_schema", "value": {schema}}}]}}'
    assert read(text).cases[0].scorers[0].value == schema


def test_scorers_of_a_case_stand_in_the_place_of_the_sets() -> None:
    text = """
scorers: [contains]
cases:
  - {id: one, input: q, expected: a}
  - {id: two, input: q, expected: a, scorers: [exact, numeric], answer: "4"}
"""
    found = read(text.replace("expected: a, scorers", 'expected: "4", scorers'), "set.yaml")
    assert [[scorer.label for scorer in case.scorers] for case in found.cases] == [
        ["contains"],
        ["exact", "numeric"],
    ]
    assert found.cases[1].answer == "4"


def test_what_no_answer_may_hold_is_a_scorer_by_itself() -> None:
    found = read('{"input": "q", "must_not": "secret"}', adversarial=True)
    assert found.adversarial
    assert [scorer.label for scorer in found.cases[0].scorers] == ["must-not"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "",
            "1: not-a-data-set: the file has no cases",
        ),
        (
            "[1]",
            "1: not-a-data-set: the line is not a JSON object",
        ),
        (
            '{"input": "q", "input": "r"}',
            "1: not-a-data-set: the line is not a JSON object",
        ),
        (
            "[" * 100_000,
            "1: not-a-data-set: the line is not a JSON object",
        ),
        (
            '{"expected": "a", "scorers": "exact"}',
            "1: case-unsound: the case asks nothing",
        ),
        (
            '{"input": "q", "expected": "a"}',
            "1: case-unsound: nothing scores the case",
        ),
        (
            '{"input": "q", "scorers": "exact"}',
            "1: scorer-unsound: `exact` has nothing to hold the answer against",
        ),
        (
            '{"input": "q", "scorers": "grounding"}',
            "1: scorer-unsound: `grounding` has nothing that the answer must rest on",
        ),
        (
            '{"input": "q", "scorers": "judge"}',
            "1: scorer-unsound: `judge` has no `model`",
        ),
        (
            '{"input": "q", "expected": "two", "scorers": "numeric"}',
            "1: scorer-unsound: `numeric` is to find no number",
        ),
        (
            '{"input": "q", "scorers": [{"scorer": "regex", "value": "(?=x)"}]}',
            "1: scorer-unsound: the pattern of `regex` cannot be used: invalid perl operator: (?=",
        ),
        (
            '{"input": "q", "scorers": [{"scorer": "json_schema", "value": {"type": "no"}}]}',
            "1: scorer-unsound: the value of `json_schema` is no JSON Schema",
        ),
        (
            '{"input": "q", "scorers": [{"scorer": "refusal", "at_least": 0.5}]}',
            "1: scorer-unsound: `refusal` takes no `at_least`",
        ),
        (
            '{"input": "q", "expected": "a", "scorers": ["exact", "exact"]}',
            "1: scorer-unsound: two scorers have the same name",
        ),
        (
            '{"input": "q", "scorers": "jugde"}',
            "1: invalid-value: `jugde` is not a valid `scorer`",
        ),
        (
            '{"input": "q", "wanted": "a"}',
            "1: unknown-field: unknown field `wanted`",
        ),
        (
            '{"id": "my own", "input": "q"}',
            "1: invalid-value: `my own` is not a valid `id`",
        ),
        (
            '\n{"id": "a", "input": "q", "expected": "x", "scorers": "exact"}\n' * 2,
            "4: repeated-case: a second case is called `a`",
        ),
        (
            '{"id": "a", "input": "q  r", "expected": "x", "scorers": "exact"}\n'
            '{"id": "b", "input": "q r ", "expected": "y", "scorers": "exact"}\n'
            '{"id": "c", "input": "q r", "expected": "x", "scorers": "contains"}',
            "3: repeated-case: `c` asks and expects the same as `a`, and counts once",
        ),
        (
            '{"input": "q", "must_not": "x", "attack": true}\n'
            '{"input": "q", "expected": "x", "scorers": "exact"}',
            "2: case-unsound: attacks and other cases stand in one data set",
        ),
    ],
)
def test_a_fault_is_named_by_its_line(text: str, fault: str) -> None:
    assert faults(text) == [fault]


def test_a_fault_never_says_what_a_case_says() -> None:
    told = faults(json.dumps({"input": "a secret " * 20_000, "expected": {"a": 1}, "scorers": "exact"}))
    assert told == ["1: invalid-value: `content` cannot be read"]
    told = faults("cases: [{input: q, answer: [a secret], scorers: exact}]", "set.yml")
    assert told == ["1: invalid-value: `answer` cannot be read"]


def test_faults_in_yaml_stand_at_their_line() -> None:
    text = "cases:\n  - {input: q, expected: a, scorers: exact}\n  - {input: q, scorers: [exactly]}\n"
    assert faults(text, "set.yaml") == ["3: invalid-value: `exactly` is not a valid `scorer`"]
    assert faults("cases: []\n", "set.yaml") == ["1: not-a-data-set: the file has no cases"]


def test_what_is_wrong_before_the_first_case_is_told_at_its_place() -> None:
    assert faults("x: [1, 2", "set.yaml") == ["2: yaml-syntax: did not find expected ',' or ']'"]
    assert faults("\x00", "set.yaml") == [
        "1: invalid-character: character U+0000 may not stand in declared text"
    ]
    told = faults("scorers: jugde\ncases: [{input: q}]\n", "set.yaml")
    assert told == ["1: invalid-value: `jugde` is not a valid `scorer`"]
    assert faults('{"dataset": {"naem": "x"}}\n{"input": "q"}') == ["1: unknown-field: unknown field `naem`"]


def test_limits_hold() -> None:
    assert faults('{"input": "q", "pad": "' + " " * 2_000_000 + '"}') == [
        "1: not-a-data-set: the line has 2,000,025 characters; at most 2,000,000 are read"
    ]
    assert faults(" " * 33_554_433) == [
        "1: file-too-large: the file has 33,554,433 characters; at most 33,554,432 are read"
    ]
    many = {"input": "q", "expected": "a", "scorers": "exact", "sources": ["x"] * 51}
    assert faults(json.dumps(many)) == ["1: case-unsound: `sources` has 51 items; at most 50 are read"]


@pytest.mark.parametrize("row", ['{"input": "q", "answer": []}', '{"input": "q"}'])
def test_of_very_many_faults_the_first_are_told(row: str) -> None:
    told = faults("\n".join([row] * 300))
    assert (len(told), told[-1].partition(":")[0]) == (50, "50")
    told = faults("cases:\n" + f"  - {row}\n" * 300, "set.yaml")
    assert (len(told), told[-1].partition(":")[0]) == (50, "51")


def test_more_cases_than_anybody_tries_are_too_many() -> None:
    text = "\n".join(
        f'{{"id": "c{at}", "input": "q", "must_not": "x", "attack": true}}' for at in range(10_002)
    )
    told = faults(text)
    assert told == ["10001: file-too-large: the data set has more than 10,000 cases"]


def test_a_scorer_that_finds_nothing_to_look_for_is_told() -> None:
    told = faults('{"input": "q", "scorers": "excludes"}')
    assert told == ["1: scorer-unsound: `excludes` has nothing to look for"]
    assert faults('{"input": "q", "scorers": 5}') == ["1: invalid-value: `5` is not a valid `scorer`"]
    assert faults('{"input": "q", "scorers": {"scorer": "exact"}}') == [
        "1: invalid-value: `scorers` cannot be a mapping"
    ]
    assert faults('{"input": "q", "expected": NaN}') == ["1: not-a-data-set: the line is not a JSON object"]

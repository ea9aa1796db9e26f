"""What each guardrail by itself says of what was found, and how much it read for that."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.guardrail import CustomRule, GuardrailPolicies
from remit.enforce.guardrail.assess import Said, Units, missed, read_by, said_of_noted, said_of_texts, unsure
from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.noted import noted
from remit.enforce.guardrail.screen import Finding, Guard, Looking, Question, Word
from remit.enforce.guardrail.trust import Span


def guard(name: str = "one", **policies: Any) -> Guard:
    return Guard(f"guardrail/{name}", "organisation", "a@example.com", GuardrailPolicies(**policies))


def looking(*words: tuple[Any, str, int], scores: tuple[int, ...] = ()) -> Looking:
    found: dict[Any, tuple[Word, ...]] = {}
    for policy, type, number in words:
        found[policy, type] = (*found.get((policy, type), ()), Word(number, "block"))
    return Looking(found, None, None, {}, None, tuple(("GROUNDING", each, 0.7, "block") for each in scores))


def finding(type: str, said: Any, **more: Any) -> Finding:
    fields: dict[str, Any] = {
        "policy": "sensitive",
        "type": type,
        "trust": "person",
        "span": 0,
        "start": 0,
        "end": 2,
        "confidence": "high",
        "action": "none",
        "said": said,
    }
    return Finding(**fields | more)


BOTH = looking(("sensitive", "EMAIL", 0), ("topic", "1/tax", 1), ("content", "PROMPT_ATTACK", 1))


@pytest.mark.parametrize(
    ("number", "side", "units", "guarded"),
    [
        (0, "input", Units(sensitive=2), 1_600),
        # Its topics and attacks are sought in what a person says, and attacks in a tool's result as well.
        (1, "input", Units(topic=1, content=2), 1_500),
        # Nobody seeks attacks in what comes from a model.
        (1, "output", Units(topic=1), 1_000),
    ],
)
def test_units_are_of_what_a_policy_reads(number: int, side: Any, units: Units, guarded: int) -> None:
    spans = [Span("p" * 1_000, "person"), Span("t" * 500, "tool"), Span("s" * 100, "system")]
    read = read_by(BOTH, number, side, spans)
    assert (read.units, read.guarded, read.total) == (units, guarded, 1_600)


def test_a_unit_is_a_thousand_characters_or_a_part_of_that() -> None:
    for length, units in ((0, 0), (1, 1), (1_000, 1), (1_001, 2)):
        assert read_by(BOTH, 0, "input", [Span("a" * length, "person")]).units == Units(sensitive=units)


def test_grounding_reads_the_sources_too_and_nothing_where_there_are_none() -> None:
    spans, found = [Span("a" * 900, "answer")], looking(scores=(0,))
    assert read_by(found, 0, "output", spans, beside=200).units == Units(grounding=2)
    assert read_by(found, 0, "output", spans).units == Units()


def test_guardrails_by_others_read_where_they_are_asked() -> None:
    question = Question(0, "guardrail/one", "tone", CustomRule(python="tone"), True)
    found = Looking({}, None, None, {}, None, questions=(question,))
    spans = [Span("a" * 1_500, "person"), Span("s", "system")]
    assert read_by(found, 0, "input", spans, judged=True).units == Units(custom=2)
    assert read_by(found, 1, "input", spans, judged=True).units == Units()
    assert read_by(found, 0, "input", spans).units == Units()


def test_each_guardrail_has_its_own_word_and_one_in_shadow_does_nothing() -> None:
    found = [finding("EMAIL", ((0, "anonymize"), (1, "block")), shadowed=((2, "block"),), action="block")]
    words = [[each.action for each in said_of_texts(number, "input", found)] for number in range(4)]
    assert words == [["anonymize"], ["block"], ["none"], []]


def test_the_words_are_given_back_out_of_the_texts_alone() -> None:
    found = [finding("EMAIL", ((0, "none"),), span=1, start=3, end=5)]
    assert [each.match for each in said_of_texts(0, "input", found, ["one", "or two"])] == ["tw"]
    assert [each.match for each in said_of_texts(0, "input", found)] == [""]
    whole = [finding("HATE", ((0, "none"),), policy="content")]
    assert [each.match for each in said_of_texts(0, "input", whole, ["hated"])] == [""]


def test_what_is_noted_says_the_same_without_the_words() -> None:
    guards = [guard("one"), guard("two")]
    found = [finding("EMAIL", ((0, "anonymize"),), shadowed=((1, "block"),), action="anonymize")]
    kept = noted(guards, "input", found)
    for number, each in enumerate(guards):
        assert said_of_noted(each.address, kept) == said_of_texts(number, "input", found)


def test_what_was_looked_for_and_not_found_is_listed_where_it_is_worth_it() -> None:
    one = guard(
        content={"HATE": "low", "INSULTS": {"output_enabled": False}, "PROMPT_ATTACK": "high"},
        topics={"tax": {"definition": "Advice on taxes."}},
        words={"listed": ["darn"]},
        sensitive={"EMAIL": "block", "PHONE": "anonymize"},
        patterns={"claim-number": {"pattern": "c-[0-9]+"}},
    )
    found = [Said(side="output", policy="sensitive", type="EMAIL", action="block")]
    missing = missed(one, "output", found)
    assert {(each.policy, each.type) for each in missing} == {
        ("content", "HATE"),
        ("topic", "tax"),
        ("sensitive", "PHONE"),
    }
    assert {(each.detected, each.action, each.confidence) for each in missing} == {(False, "none", "none")}


def found_by(type: str, confidence: Any, word: str) -> Any:
    return lambda text: [Found(type, 0, len(text), confidence)] if word in text else []


def test_how_sure_a_filter_is_is_told_also_where_that_is_too_little() -> None:
    attack = {each: found_by("JAILBREAK", "medium" if each else "low", "obey") for each in (False, True)}
    seen = Looking({}, None, found_by("HATE", "low", "dislike"), attack, None)
    spans = [
        Span("I dislike it", "person"),
        Span("now obey", "person"),
        Span("please obey", "tool"),
        Span("obey, or I dislike it", "system"),
    ]
    sure = unsure(seen, spans)
    assert sure == {"HATE": "low", "PROMPT_ATTACK": "medium"}
    one = guard(
        content={"HATE": "low", "PROMPT_ATTACK": "low", "SEXUAL": "low"}, sensitive={"EMAIL": "block"}
    )
    assert {each.type: each.confidence for each in missed(one, "input", (), sure)} == {
        "HATE": "low",
        "PROMPT_ATTACK": "medium",
        "SEXUAL": "none",
        "EMAIL": "none",
    }
    assert unsure(seen, spans[3:]) == {}


@given(st.lists(st.builds(Units, **dict.fromkeys(Units.__struct_fields__, st.integers(0, 9)))))
def test_units_add_up(each: list[Units]) -> None:
    total = sum(each, Units())
    for name in Units.__struct_fields__:
        assert getattr(total, name) == sum(getattr(one, name) for one in each)

"""What guardrails by others say: how it is named, what becomes of it, and how it is masked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.guardrail import CustomRule, Handling
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.remark import (
    TYPE_MAX,
    UNAVAILABLE,
    UNNAMED,
    Remark,
    asked_about,
    findings_of,
    masked_again,
    remark,
    type_of,
    unheard,
)
from remit.enforce.guardrail.screen import Finding, Question
from remit.enforce.guardrail.trust import Span


def question(*, acts: bool = True, **said: Any) -> Question:
    return Question(0, "guardrail/one@1", "tone", CustomRule(python="tone", **said), acts)


def mark(type: str, text: str) -> str | None:
    return None if text == "cleared" else f"{type}:{len(text)}"


def found(texts: list[str], *remarks: list[Remark], **said: Any) -> list[Finding]:
    asked = list(enumerate(Span(text, "person") for text in texts))
    return list(findings_of(question(**said), asked, remarks, mark))


@given(st.text())
def test_a_type_is_short_and_plain_whatever_it_was_called(text: str) -> None:
    type = type_of(text)
    assert 0 < len(type) <= TYPE_MAX
    assert set(type) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
    assert type != UNAVAILABLE


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ("toxicity", "TOXICITY"),
        ("S3", "S3"),
        ("self-harm / intent", UNNAMED),
        ("ann@example.com", UNNAMED),
        ("DE 4711", UNNAMED),
        ("UNAVAILABLE", UNNAMED),
        ("x" * 41, UNNAMED),
        ("", UNNAMED),
    ],
)
def test_what_could_quote_a_text_is_not_shown(text: str, type: str) -> None:
    assert type_of(text) == type


def test_the_rules_texts_of_others_are_asked_about_and_no_empty_ones() -> None:
    spans = [Span("be kind", "system"), Span("hello", "person"), Span(" \n", "tool"), Span("42", "tool")]
    assert asked_about(spans) == [(1, spans[1]), (3, spans[3])]


@pytest.mark.parametrize(
    ("declared", "most", "action"),
    [
        ("block", "block", "block"),
        ("block", "anonymize", "anonymize"),
        ("block", "none", "none"),
        ("anonymize", "block", "anonymize"),
        ("none", "block", "none"),
    ],
)
def test_no_more_is_done_than_is_declared_and_than_is_wanted(
    declared: Handling, most: Handling, action: Handling
) -> None:
    [finding] = found(["hello"], [remark("rude", 0, 5, most=most)], action=declared)
    assert (finding.policy, finding.type, finding.kind) == ("custom", "RUDE", "tone")
    assert (finding.action, finding.said, finding.shadowed) == (action, ((0, action),), ())


def test_a_guardrail_in_shadow_has_its_word_noted_and_does_nothing() -> None:
    [finding] = found(["hello"], [remark("rude", 0, 5)], acts=False)
    assert (finding.action, finding.said, finding.shadowed) == ("none", (), ((0, "block"),))


def test_places_outside_of_the_text_are_cut_and_empty_ones_dropped() -> None:
    findings = found(["hello"], [remark("a", -3, 99), remark("b", 5, 9), remark("c", 3, 2)])
    assert [(each.type, each.start, each.end) for each in findings] == [("A", 0, 5)]


def test_what_people_said_is_no_finding_is_none() -> None:
    assert found(["cleared"], [remark("rude", 0, 7)]) == []


@pytest.mark.parametrize(("on_failure", "action"), [("block", "block"), ("pass", "none")])
def test_a_guardrail_that_says_nothing_stops_a_text_or_is_noted(on_failure: str, action: Handling) -> None:
    asked = [(3, Span("hello", "tool"))]
    finding = unheard(question(on_failure=on_failure, action="none"), asked)
    assert (finding.type, finding.action, finding.span, finding.trust) == (UNAVAILABLE, action, 3, "tool")
    shadow = unheard(question(on_failure=on_failure, acts=False), asked)
    assert (shadow.action, shadow.shadowed) == ("none", ((0, action),))


def masked(texts: list[str], *remarks: list[Remark], vault: Vault, values: int = 0) -> tuple[str, ...] | None:
    return masked_again(texts, found(texts, *remarks, action="anonymize"), vault, values=values)


def test_places_that_overlap_are_masked_as_one() -> None:
    vault = Vault()
    text = "call Ann Lee at home"
    given = [remark("person", 5, 12), remark("place", 9, 20), remark("verb", 0, 4)]
    assert masked([text], given, vault=vault) == ("{VERB_1} {PERSON_1}",)
    assert vault.restored("{VERB_1} {PERSON_1}") == text


def test_a_token_that_stands_there_is_not_cut_and_comes_back_with_the_rest() -> None:
    vault = Vault()
    text = f"write to {vault.token('EMAIL', 'ann@example.com')} today"
    out = masked([text], [remark("contact", 6, 12)], vault=vault)
    assert out == ("write {CONTACT_1} today",)
    assert vault.restored(out[0]) == "write to ann@example.com today"


@given(st.text(alphabet="ab_1EMAIL ", max_size=40), st.data())
def test_masking_again_never_raises_and_restores_to_what_stood_there(text: str, data: st.DataObject) -> None:
    vault = Vault()
    text = vault.token("EMAIL", "ann@example.com").join(text.partition("b")[::2])
    places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    given = [remark("x", *each) for each in data.draw(st.lists(places, max_size=5))]
    out = masked([text], given, vault=vault)
    assert out is not None
    assert vault.restored(out[0]) == vault.restored(text)


def test_what_was_put_into_a_prompt_is_masked_where_it_stands() -> None:
    texts = ["Answer Ann Lee politely. Ann Lee is a customer.", "Ann Lee"]
    out = masked(texts, [], [remark("person", 0, 7)], vault=Vault(), values=1)
    assert out == ("Answer {PERSON_1} politely. {PERSON_1} is a customer.", "{PERSON_1}")


def test_what_stands_nowhere_cannot_be_masked() -> None:
    texts = ["Answer {NAME_1} politely.", "Ann Lee"]
    assert masked(texts, [], [remark("person", 0, 7)], vault=Vault(), values=1) is None


def test_a_type_that_is_the_words_that_were_found_is_not_shown() -> None:
    said = found(["ask Ann Lee now"], [remark("Ann Lee", 4, 11), remark("name", 4, 11)])
    assert [each.type for each in said] == [UNNAMED, "NAME"]
    assert not [each for each in said if "ANN" in each.mark]

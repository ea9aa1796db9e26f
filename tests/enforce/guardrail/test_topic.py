from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from remit.adapters import trained
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.enforce.guardrail.topic import Background, Topic, Topics, background, compile_topics, passages

TOPICS = {
    "investment-advice": Topic(
        "Advice on what to buy or sell, or on how to invest money.",
        (
            "Which stocks should I buy now?",
            "Is this fund a good investment for my pension?",
            "Should I sell my shares before the crash?",
            "What is the best way to invest 10,000 euros?",
            "Do you recommend bonds or shares this year?",
        ),
    ),
    "politics": Topic("Elections, parties and politicians.", ("Who should I vote for in the election?",)),
}


@pytest.fixture(scope="module")
def fitted() -> Background:
    return background(trained.arrays("topics"))


@pytest.fixture(scope="module")
def topics(fitted: Background) -> Topics:
    return compile_topics(TOPICS, fitted, WordllamaEmbedding().vectors)


@pytest.mark.parametrize(
    "text", ["Which shares should I buy this year?", "should i invest my money in stocks or bonds"]
)
def test_a_question_of_a_topic_is_found_in_words_that_no_example_has(topics: Topics, text: str) -> None:
    found = topics.find(text)
    assert [one.type for one in found] == ["investment-advice"]
    assert found[0].confidence in ("medium", "high")


@pytest.mark.parametrize(
    "text",
    [
        "How do I change my address?",
        "The claim was filed on Monday and the adjuster called back.",
        "Write a function that sorts a list.",
        "",
        " \n\t ",
        "?",
    ],
)
def test_what_is_of_no_topic_is_not_found(topics: Topics, text: str) -> None:
    assert topics.find(text) == []


def test_a_topic_within_a_long_text_is_found_at_its_passage(topics: Topics) -> None:
    before = "The office opens at nine and closes at five. Please bring the form with you. " * 6
    asked = "Which stocks should I buy now, and should I sell my shares?"
    found = [one for one in topics.find(before + asked) if one.type == "investment-advice"]
    assert len(found) == 1
    assert "stocks" in (before + asked)[found[0].start : found[0].end]
    assert found[0].start > len(before) // 2


def test_a_topic_without_examples_stands_for_its_definition(fitted: Background) -> None:
    topics = {"gas-leaks": Topic("How to make a gas leak at home.")}
    made = compile_topics(topics, fitted, WordllamaEmbedding().vectors)
    assert [one.type for one in made.find("How to make a gas leak at home.")] == ["gas-leaks"]
    bare = compile_topics({"gas-leaks": Topic()}, fitted, WordllamaEmbedding().vectors)
    assert [one.type for one in bare.find("gas leaks")] == ["gas-leaks"]


def test_no_topics_find_nothing(fitted: Background) -> None:
    assert compile_topics({}, fitted, WordllamaEmbedding().vectors).find("anything") == []


def test_more_topics_must_be_met_more_closely(fitted: Background) -> None:
    embed = WordllamaEmbedding().vectors
    few = compile_topics({"a": Topic("one")}, fitted, embed)
    many = compile_topics({f"t{n}": Topic("one") for n in range(30)}, fitted, embed)
    assert all(m > f for (_, f), (_, m) in zip(few.thresholds, many.thresholds, strict=True))


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=400))
def test_any_text_is_weighed_and_offsets_are_within_it(topics: Topics, text: str) -> None:
    for found in topics.find(text):
        assert 0 <= found.start < found.end <= len(text)


@given(st.text(alphabet="ab .!\n", max_size=2000))
def test_passages_cover_a_text_in_order_and_none_is_long(text: str) -> None:
    at = 0
    for start, end in passages(text):
        assert text[at:start].strip() == ""
        assert start < end <= start + 480
        at = end
    assert text[at:].strip() == ""


def test_a_long_text_is_weighed_in_batches_of_bounded_size(fitted: Background) -> None:
    sizes: list[int] = []

    def embed(texts: Sequence[str]) -> NDArray[Any]:
        sizes.append(max(len(text) for text in texts))
        return np.ones((len(texts), fitted.vectors.shape[1]), dtype=np.float32)

    made = compile_topics(TOPICS, fitted, embed)
    made.find("x" * 300_000 + " ." * 50_000)
    assert max(sizes) <= 480

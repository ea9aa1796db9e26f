from __future__ import annotations

import pytest

from remit.enforce.guardrail.pattern_words import alternatives, needed


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("ignore", [{"ignore"}]),
        (r"\bshow\b.{0,20}(?:rules|orders)", [{"show"}, {"rules", "orders"}]),
        ("colou?r", [{"color", "colour"}]),
        ("(?:dis)?regard", [{"regard", "disregard"}]),
        (r"(?:set aside|ignor\w*)\s+all", [{"set aside", "ignor"}, {"all"}]),
        ("r[eè]gle", [{"regle", "règle"}]),
        ("[^a]bc", [{"bc"}]),
        ("(?:ab){2,}", [{"abab"}]),
        ("(?:ab){0,2}cd", [{"cd"}]),
        (r"\?\.", [{"?."}]),
        (r"\w+", []),
        ("a|bc", []),
        ("ab|cd", [{"ab", "cd"}]),
        ("(?:ab.*|.*cd)e", [{"ab", "cd"}]),
        ("(?:ab|.*)cd", [{"cd"}]),
        ('"{3}', [{'"""'}]),
    ],
)
def test_one_word_of_each_set_stands_in_whatever_matches(pattern: str, words: list[set[str]]) -> None:
    assert [set(each) for each in needed(pattern)] == words


def test_a_bar_inside_a_group_or_a_class_parts_nothing() -> None:
    assert alternatives(r"a(?:b|c)|[|]|\|") == ["a(?:b|c)", "[|]", r"\|"]

"""Look: whatever several guardrails say of a text, none takes away what another one asks for."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from remit.adapters.detectors import TrainedKit
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.declare.block import GuardrailBlock
from remit.enforce.answer import Delta
from remit.enforce.guardrail.look import look
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.noted import NOTED_MAX, noted
from remit.enforce.guardrail.screen import Guard, Screen, Screening, compile_screen
from remit.enforce.guardrail.trust import Span, Trust
from remit.enforce.guardrail.watch import Watch

MAILED = "ask ann@example.com now"
NOTED = {"input_action": "none", "output_action": "none"}
STOPPED = {"input_action": "block", "output_action": "block"}


@cache
def kit() -> TrainedKit:
    return TrainedKit(WordllamaEmbedding())


def screen_of(*each: dict[str, Any]) -> Screen:
    return compile_screen(
        [
            Guard(
                f"guardrail/g{number}@1",
                "organisation",
                "risk@example.com",
                GuardrailBlock.model_validate({"name": "G", **policies}),
            )
            for number, policies in enumerate(each)
        ],
        kit(),
    )


def mark(type: str, text: str) -> str:
    return f"{type}:{len(text)}"


def seen(*each: dict[str, Any], text: str = MAILED, trust: Trust = "person") -> Screening:
    return look(screen_of(*each), "input", [Span(text, trust)], Vault(), mark=mark)


@pytest.mark.parametrize(
    "other",
    [
        {"words": {"listed": ["example"], **NOTED}},
        {"patterns": {"site": {"pattern": "example", **NOTED}}},
        {"mode": "shadow", "words": {"listed": ["example"]}},
        {"sensitive": {"URL": "none"}},
    ],
)
@pytest.mark.parametrize("action", ["block", "anonymize"])
def test_what_is_only_noted_hides_nothing_that_overlaps_it(other: dict[str, Any], action: str) -> None:
    own = {"sensitive": {"EMAIL": action}}
    for each in ((own, other), (other, own)):
        assert seen(*each).action == action
        watch = Watch(screen_of(*each), Vault(), mark)
        out = "".join(piece.text for piece in [*watch.feed([Delta(MAILED)]), *watch.close()])  # type: ignore[union-attr]
        assert watch.stopped == (action == "block")
        assert "ann@example.com" not in out


@pytest.mark.parametrize(
    "stops", [{"patterns": {"site": {"pattern": "example", **STOPPED}}}, {"words": {"listed": ["example"]}}]
)
def test_what_would_be_masked_hides_nothing_that_is_stopped(stops: dict[str, Any]) -> None:
    masks = {"patterns": {"whole": {"pattern": "ask [a-z]+@[a-z.]+"}}}
    assert seen(masks, stops).action == "block"


@pytest.mark.parametrize("trust", ["system", "assistant"])
def test_a_word_that_is_not_looked_for_in_a_text_hides_nothing_in_it(trust: Trust) -> None:
    policies = {"sensitive": {"EMAIL": "anonymize"}, "words": {"listed": ["example"]}}
    assert seen(policies, trust=trust).texts == ("ask {EMAIL_1} now",)


def test_several_guardrails_have_more_patterns_together_than_one_may() -> None:
    each = [
        {"patterns": {f"p-{number}": {"pattern": f"{letter}{number}x+"} for number in range(30)}}
        for letter in "ab"
    ]
    assert seen(*each, text="a1x b29x").texts == ("{p-1_1} {p-29_1}",)


def test_of_more_kinds_of_findings_than_are_noted_those_that_stop_are() -> None:
    watched = [
        {
            "patterns": {
                f"{letter}-{number}": {"pattern": f"{letter}{number}x", **NOTED} for number in range(29)
            }
        }
        for letter in "ab"
    ]
    text = " ".join(f"{letter}{number}x" for letter in "ab" for number in range(29))
    found = seen(*watched, {"words": {"listed": ["darn"]}}, text=f"{text} darn")
    kept = noted(screen_of(*watched, {"words": {"listed": ["darn"]}}).guards, "input", found.findings)
    assert len(kept) == NOTED_MAX
    assert [(each.policy, each.action) for each in kept if each.action != "none"] == [("word", "block")]


def test_a_guardrail_in_shadow_changes_nothing_about_who_gets_something_back() -> None:
    assert screen_of({"restores": "everybody"}, {"mode": "shadow"}).restores == "everybody"
    assert screen_of({"restores": "everybody"}, {"restores": "people"}).restores == "people"

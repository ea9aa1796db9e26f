"""Watch: an answer is masked and stopped the same, however it comes."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail_texts import texts
from remit.adapters.detectors import TrainedKit
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.declare.block import GuardrailBlock
from remit.enforce.answer import Delta, Piece, Thought, ToolDelta, ToolStart
from remit.enforce.guardrail.look import look
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.screen import Guard, Screen, compile_screen
from remit.enforce.guardrail.slice import slices
from remit.enforce.guardrail.trust import Span
from remit.enforce.guardrail.watch import Watch

MAIL = "bo@example.com"
MASKED = {
    "sensitive": {"EMAIL": "anonymize", "PHONE": "anonymize", "SECRET": "anonymize", "NAME": "anonymize"}
}
SECRET = "We call it Project Falcon"
STOPPED = {"words": {"listed": ["project falcon"]}}


@cache
def kit() -> TrainedKit:
    return TrainedKit(WordllamaEmbedding())


def screen_of(**policies: Any) -> Screen:
    block = GuardrailBlock.model_validate({"name": "G", **policies})
    return compile_screen([Guard("guardrail/g@1", "organisation", "risk@example.com", block)], kit())


@cache
def masking() -> Screen:
    return screen_of(**MASKED, patterns={"case-number": {"pattern": r"\bC-[0-9]{4,8}\b"}})


def mark(type: str, text: str) -> str:
    return f"{type}:{len(text)}"


def said(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, Delta))


def watched(screen: Screen, *pieces: Piece) -> tuple[list[Piece], Watch]:
    watch = Watch(screen, Vault(), mark)
    out = [each for piece in pieces for each in watch.feed([piece])]
    return [*out, *(watch.close() if not watch.stopped else [])], watch


def cut(text: str, cuts: list[int]) -> list[Delta]:
    pieces, at = [], 0
    for length in [*cuts, len(text)]:
        pieces.append(Delta(text[at : at + length], 1))
        at += length
    return pieces


@settings(deadline=None)
@given(texts, st.lists(st.integers(1, 12), max_size=80))
def test_a_stream_is_masked_as_its_whole_is(text: str, cuts: list[int]) -> None:
    batch = look(masking(), "output", [Span(text, "answer")], Vault(), mark=mark)
    pieces, watch = watched(masking(), *cut(text, cuts))
    assert said(pieces) == batch.texts[0]
    assert [each.type for each in watch.findings] == [each.type for each in batch.findings]


@given(st.lists(st.integers(1, 12), max_size=40))
@settings(deadline=None)
def test_the_tokens_of_what_is_held_are_counted_when_it_goes(cuts: list[int]) -> None:
    pieces, _ = watched(masking(), *(parts := cut(f"Write to {MAIL} or call, and thank you.", cuts)))
    assert sum(piece.tokens for piece in pieces if isinstance(piece, Delta)) == len(parts)


@given(st.lists(st.integers(1, 12), max_size=40))
def test_nothing_of_a_word_that_stops_the_answer_is_let_go_nor_what_follows(cuts: list[int]) -> None:
    pieces, watch = watched(
        screen_of(**STOPPED), *cut("We call it Project Falcon, and it begins in May.", cuts)
    )
    assert watch.stopped
    assert SECRET.startswith(said(pieces).rstrip())
    assert "Proj" not in said(pieces)


def test_in_windows_nothing_leaves_before_its_window_was_read() -> None:
    screen = screen_of(**STOPPED, streaming="windowed", window_characters="100")
    watch = Watch(screen, Vault(), mark)
    assert watch.feed([Delta("It is fine. " * 5)]) == []
    later = said([each for _ in range(40) for each in watch.feed([Delta("It is fine. ")])])
    assert later.startswith("It is fine. It is")
    assert said([Delta(later), *watch.close()]) == "It is fine. " * 45


def test_an_audit_lets_go_at_once_and_stops_later() -> None:
    screen = screen_of(**STOPPED, streaming="audit")
    watch = Watch(screen, Vault(), mark)
    assert said(watch.feed([Delta("We call it Project")])) == "We call it Project"
    stopped = [watch.stopped]
    watch.feed([Delta(" Falcon, and ")])
    assert [*stopped, watch.stopped] == [False, True]
    assert watch.feed([Delta("more")]) == []


def test_what_is_written_to_a_tool_is_masked_within_its_texts() -> None:
    pieces, _ = watched(
        masking(),
        Delta("I write. "),
        ToolStart("1", "send"),
        ToolDelta('{"to": "bo@exam'),
        ToolDelta('ple.com", "n": 1}'),
    )
    assert pieces == [Delta("I write. "), ToolStart("1", "send"), ToolDelta('{"to":"{EMAIL_1}","n":1}', 2)]


def test_what_a_tool_is_told_stays_as_the_model_wrote_it_where_nothing_is_found() -> None:
    written = '{ "to" : "nobody", "n": 1.0 }'
    pieces, _ = watched(masking(), ToolStart("1", "send"), ToolDelta(written))
    assert pieces == [ToolStart("1", "send"), ToolDelta(written)]


def test_a_signature_follows_what_was_thought() -> None:
    pieces, _ = watched(
        masking(), Thought("I mull it ", 2), Thought("over.", 2), Thought(signature="s"), Delta("So.")
    )
    thoughts = [piece for piece in pieces if isinstance(piece, Thought)]
    assert "".join(thought.text for thought in thoughts) == "I mull it over."
    assert thoughts[-1] == Thought(signature="s")
    assert pieces[-1] == Delta("So.")


@pytest.mark.parametrize("mode", ["enforce", "shadow"])
def test_a_guardrail_in_shadow_notes_and_does_nothing(mode: str) -> None:
    pieces, watch = watched(screen_of(**STOPPED, mode=mode), Delta("We call it Project Falcon."))
    assert watch.stopped is (mode == "enforce")
    (finding,) = watch.findings
    assert bool(finding.said) is (mode == "enforce")
    assert bool(finding.shadowed) is (mode == "shadow")
    if mode == "shadow":
        assert said(pieces) == "We call it Project Falcon."


@pytest.mark.parametrize(
    "said", ['{"card": 4111111111111111}', '{"4111111111111111": 1}', '{"a":{"b":"4111 1111 1111 1111"}}']
)
def test_what_is_written_to_a_tool_is_read_however_it_stands_there(said: str) -> None:
    screen = screen_of(sensitive={"CREDIT_DEBIT_CARD_NUMBER": "block"})
    out, watch = watched(screen, ToolStart("1", "pay"), ToolDelta(said))
    assert watch.stopped
    assert out == []


def test_a_thought_that_comes_whole_keeps_what_signs_it() -> None:
    pieces, _ = watched(masking(), Thought(f"I ask {MAIL}.", 4, signature="s", id="t"), Delta("So.", 1))
    assert pieces == [
        Thought("I ask {EMAIL_1}.", 4, id="t"),
        Thought(signature="s", id="t"),
        Delta("So.", 1),
    ]


def test_a_long_thought_that_is_cut_is_signed_once_and_at_its_end() -> None:
    thought = Thought("a" * 4500, 9, signature="s", id="t")
    parts = [piece for lot in slices([thought]) for piece in lot]
    assert [(len(part.text), part.tokens, part.signature) for part in parts if isinstance(part, Thought)] == [
        *((2000, 9, ""), (2000, 0, ""), (500, 0, "")),
        (0, 0, "s"),
    ]

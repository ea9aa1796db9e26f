"""How an answer is let go of as it comes, in the strictest of the ways of streaming that are asked for."""

from __future__ import annotations

from typing import Any

import pytest

from remit.declare.guardrail import GuardrailPolicies, Streaming
from remit.enforce.answer import Delta
from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.look import Mark
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.screen import Guard, Looking, Screen, Word
from remit.enforce.guardrail.watch import Watch

NOTHING = Looking({}, None, None, {}, None)
MARK: Mark = lambda type, text: "a-mark"  # noqa: E731 (a mark is a function of two texts)


def hateful(text: str) -> list[Found]:
    return [Found("HATE", 0, len(text))] if "hateful" in text else []


def watch(streaming: Streaming, least: Streaming = "audit") -> Watch:
    """Watch an answer for one thing that is said as a whole."""
    policies = GuardrailPolicies(streaming=streaming, window_characters=100, blocked_output="Stopped.")
    guard = Guard("guardrail/one", "organisation", "a@example.com", policies)
    output = Looking({("content", "HATE"): (Word(0, "block"),)}, None, hateful, {}, None)
    kit: Any = None
    return Watch(Screen((guard,), NOTHING, output, kit), Vault(), MARK, least=least)


def fed(made: Watch, *texts: str) -> list[str]:
    """Say how much had been let go of after each text, and after the end."""
    out, gone = [], ""
    for text in texts:
        gone += "".join(each.text for each in made.feed([Delta(text)]) if isinstance(each, Delta))
        out.append(gone)
    gone += "".join(each.text for each in made.close() if isinstance(each, Delta))
    return [*out, gone]


GOOD = "a kind word "


def test_what_is_held_back_is_let_go_of_as_it_comes() -> None:
    assert fed(watch("hold_back"), GOOD, GOOD) == [GOOD, GOOD * 2, GOOD * 2]


def test_a_window_is_let_go_of_when_it_was_weighed_and_not_before() -> None:
    window = GOOD * 25
    assert fed(watch("windowed"), GOOD, window, GOOD) == ["", GOOD + window, GOOD + window, GOOD * 27]


@pytest.mark.parametrize("before", [0, 1, 30, 60])
def test_nothing_leaves_of_a_window_in_which_something_is_found(before: int) -> None:
    made = watch("windowed")
    gone = fed(made, *[GOOD] * before, "hateful words")
    assert made.stopped
    # What was let go of was weighed before that came.
    assert (GOOD * before).startswith(gone[-1])


@pytest.mark.parametrize(
    ("own", "asked", "holds"),
    [
        ("audit", "audit", "audit"),
        ("hold_back", "audit", "hold_back"),
        ("hold_back", "windowed", "windowed"),
        ("windowed", "audit", "windowed"),
        ("audit", "windowed", "windowed"),
    ],
)
def test_a_caller_can_ask_for_a_stricter_way_and_for_no_other(
    own: Streaming, asked: Streaming, holds: Streaming
) -> None:
    assert watch(own, asked).streaming == holds

"""Which live calls are drawn, and what of them can be scored."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completed_call import completed
from remit.decide.evaluation_case import WORDS_MAX, Case, Scorer
from remit.decide.live_sample import case_of, drawn_order, is_live, scorer_needs
from remit.declare.price import Rates
from remit.enforce.request import Media, Message, Text, ToolResult, ToolUse
from remit.kernel.usage import Usage
from remit.record.call_entry import Origin, Purpose
from remit.record.captured import Captured
from strategies import MOMENT

CONTAINS = Scorer(scorer="contains", value="claim")
GROUNDING = Scorer(scorer="grounding")
ASKED = Message.of("user", "What is covered?")


def captured(*messages: Message, answer: tuple[Any, ...] = (Text("Your claim."),), **fields: Any) -> Captured:
    said = messages or (ASKED,)
    return Captured(
        call="c1", use_case="triage", at=MOMENT, mode="masked", messages=said, answer=answer, **fields
    )


def case(found: Captured, *scorers: Scorer) -> Case:
    made = case_of(found, scorers or (CONTAINS,))
    assert isinstance(made, Case)
    return made


@given(st.lists(st.text("abc", min_size=1, max_size=4), unique=True, max_size=12), st.text(max_size=8))
def test_the_order_of_a_lot_depends_on_the_seed_and_on_nothing_else(calls: list[str], seed: str) -> None:
    order = drawn_order(calls, seed)
    assert sorted(order) == sorted(calls)
    assert drawn_order(reversed(calls), seed) == order
    fewer = [call for call in order if call != order[0]]
    assert drawn_order(fewer, seed) == order[1:]


def test_every_call_is_as_likely_as_any_other_to_be_drawn() -> None:
    calls = [f"call-{number}" for number in range(10)]
    first = Counter(drawn_order(calls, str(seed))[0] for seed in range(4_000))
    assert set(first) == set(calls)
    # Of 4,000 draws each is first 400 times, give or take four times their standard deviation of 19.
    assert all(324 <= times <= 476 for times in first.values())


@pytest.mark.parametrize(
    ("change", "live"),
    [
        ({}, True),
        ({"status": "failed"}, False),
        ({"status": "blocked"}, False),
        ({"judges": "c0"}, False),
        ({"hedge_of": "c0"}, False),
        ({"origin": Origin(operation="embeddings")}, False),
        ({"origin": Origin(run="evaluation-01K")}, False),
        ({"origin": Origin(run="agent-7")}, True),
    ],
)
def test_only_calls_that_somebody_made_and_that_were_answered_are_live(
    change: dict[str, Any], live: bool
) -> None:
    purpose = Purpose(
        key="k1",
        use_case="triage",
        unit="motor",
        stage="launch",
        model="model/a",
        model_version=1,
        remit="r1",
    )
    rates = Rates(date(2026, 1, 1), Decimal(1), Decimal(2))
    assert is_live(completed("c1", MOMENT, Usage(1, 1), rates, purpose=purpose, **change)) is live


def test_a_call_becomes_a_case_with_the_answer_that_it_was_given() -> None:
    found = case(captured(Message.of("system", "Be brief."), ASKED, answer=(Text("Your "), Text("claim."))))
    assert (found.id, found.answer, found.question) == ("c1", "Your claim.", "What is covered?")
    assert [turn.role for turn in found.messages] == ["system", "user"]
    assert found.scorers == (CONTAINS,)


def test_what_was_looked_up_is_what_an_answer_must_rest_on() -> None:
    source = Message("user", (Text("Storms are covered.", label="source"), Text("Covered?")))
    found = case(captured(source), GROUNDING, CONTAINS)
    assert found.sources == ("Storms are covered.",)
    assert found.scorers == (GROUNDING, CONTAINS)
    tool = Message("user", (ToolResult("t1", (Text("Hail is covered."),)),))
    assert case(captured(ASKED, tool), GROUNDING).sources == ("Hail is covered.",)


def test_a_call_without_sources_is_scored_by_what_is_left() -> None:
    assert case(captured(), GROUNDING, CONTAINS).scorers == (CONTAINS,)
    assert case_of(captured(), [GROUNDING]) == "unscored"


@pytest.mark.parametrize(
    "found",
    [
        captured(cut=True),
        captured(answer=()),
        captured(answer=(Text("  "),)),
        captured(answer=(ToolUse("t1", "look", "{}"),)),
        captured(Message("user", (Text("See this"), Media("image", "image/png", "aGk=")))),
        captured(ASKED, Message("user", (ToolResult("t", (Media("image", "image/png", "aGk="),)),))),
        captured(Message("user", (ToolResult("t", (Text("only a result"),)),))),
        captured(answer=(Text("x" * (WORDS_MAX + 1)),)),
    ],
)
def test_what_is_not_there_as_a_whole_text_is_no_case(found: Captured) -> None:
    assert case_of(found, [CONTAINS]) == "unreadable"


def test_scorers_that_need_to_know_what_is_right_are_turned_down() -> None:
    assert scorer_needs([CONTAINS, GROUNDING, Scorer(scorer="refusal")]) is None
    found = scorer_needs([CONTAINS, Scorer(scorer="exact")])
    assert found is not None
    assert found[0] == "`exact` has nothing to hold the answer against"

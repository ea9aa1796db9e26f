"""An answer is given again only where the remit says so, and only to what asks for the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.operating_model import OperatingModel
from remit.enforce.answer import Delta, Finish, Thought, ToolDelta, ToolStart, gathered
from remit.enforce.cache import LONGEST_S, asked_alone, is_whole, joined, kept_s, repeats
from remit.enforce.effect import widens
from remit.enforce.remit import Remit, resolve
from remit.enforce.request import EmbedRequest, Media, Message, ModelRequest, Text, ToolResult
from remit.kernel.usage import Usage
from strategies import operating_model


def declared(**layers: Any) -> OperatingModel:
    root = {"name": "Harbour", "contact": "head@example.com", "currency": "EUR"}
    case = {"name": "Triage", "unit": "motor", "purpose": "Sort claims.", "remit": layers.get("case", {})}
    return operating_model(
        organisation={**root, "remit": layers.get("organisation", {})}, use_cases={"triage": case}
    )


def remit(**layers: Any) -> Remit:
    return resolve(declared(**layers), "triage", "launch")


@pytest.mark.parametrize(
    ("case", "organisation", "seconds"),
    [
        ({}, {}, 0),
        ({"cache_minutes": "60"}, {}, 3600),
        ({"cache_minutes": "0"}, {}, 0),
        ({}, {"cache_minutes": "5"}, 300),
        ({"cache_minutes": "60"}, {"cache_minutes": "5"}, 300),
        ({"cache_minutes": "60"}, {"cache_minutes": "0"}, 0),
        ({"cache_minutes": "60"}, {"capture_max": "off"}, 0),
        ({"cache_minutes": "60"}, {"capture_max": "masked"}, 0),
        ({"cache_minutes": "60", "capture_max": "raw"}, {}, 3600),
        ({"cache_minutes": "3000", "retention_days": "1"}, {}, 86_400),
        ({"cache_minutes": "60", "retention_days": "0"}, {}, 0),
        ({"cache_minutes": "60", "retention_days": "unlimited"}, {}, 3600),
        ({"cache_minutes": "999_999_999"}, {}, LONGEST_S),
    ],
)
def test_an_answer_is_kept_as_long_as_every_layer_allows(case: Any, organisation: Any, seconds: int) -> None:
    assert kept_s(remit(case=case, organisation=organisation)) == seconds


def test_the_layer_that_narrowed_it_last_is_named() -> None:
    found = remit(case={"cache_minutes": "60"}, organisation={"cache_minutes": "90"})
    decider = found.decider("cache_minutes")
    assert (found.cache_minutes, decider and decider.address) == (60, "use-case/triage")


@pytest.mark.parametrize(
    ("before", "after", "wider"),
    [(None, 60, True), (None, 0, False), (60, None, False), (0, 1, True), (60, 59, False), (60, 60, False)],
)
def test_where_nothing_is_said_nothing_is_kept_so_to_state_minutes_widens(
    before: int | None, after: int | None, wider: bool
) -> None:
    assert widens("cache_minutes", before, after) is wider


IMAGE = Media("image", media_type="image/png", data="aGk=")
THERE = Media("image", url="https://example.com/a.png")


@pytest.mark.parametrize(
    ("parts", "same"),
    [
        ((Text("a"),), True),
        ((Text("a"), IMAGE), True),
        ((THERE,), False),
        ((ToolResult("1", (Text("a"), IMAGE)),), True),
        ((ToolResult("1", (THERE,)),), False),
    ],
)
def test_what_stands_at_an_address_may_change(parts: Any, same: bool) -> None:
    assert repeats(ModelRequest("model/a", (Message("user", parts),))) is same
    assert repeats(EmbedRequest("model/a", ("x",)))


def test_who_asks_is_left_out_and_nothing_that_is_asked() -> None:
    words = Message.of("user", "x")
    bare = ModelRequest("model/a", (words,), temperature=0.5, seed=1, stop=("a",), service_tier="auto")
    told = ModelRequest(
        "model/a", (words,), temperature=0.5, seed=1, stop=("a",), service_tier="auto",
        end_user="somebody", tags=(("team", "a"),), cache_key="k",
    )  # fmt: skip
    assert asked_alone(told) == bare
    assert asked_alone(EmbedRequest("model/a", ("x",), 8, "somebody")) == EmbedRequest("model/a", ("x",), 8)


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("stop", True), ("length", True), ("stop_sequence", True), ("tool_use", True),
        ("content_filter", False), ("refusal", False), ("context_full", False), ("pause", False),
    ],
)  # fmt: skip
def test_an_answer_that_did_not_end_well_is_not_given_again(reason: Any, kept: bool) -> None:
    assert is_whole(Finish(reason, Usage(), "a")) is kept


words = st.text(max_size=3)
pieces = st.lists(
    st.builds(Delta, words, st.integers(0, 3), st.booleans())
    | st.builds(Thought, words, signature=words, sealed=words)
    | st.builds(ToolStart, words, words)
    | st.builds(ToolDelta, words, st.integers(0, 3)),
    max_size=12,
)


def tokens(found: Any) -> int:
    return sum(each.tokens for each in found)


@given(pieces)
def test_pieces_that_are_put_together_add_up_to_the_same_answer(found: Any) -> None:
    together = joined(found)
    assert tokens(together) == tokens(found)
    ordered = [each for each in found if not isinstance(each, Delta) or each.text]
    assert gathered(joined(ordered)) == gathered(ordered)  # type: ignore[arg-type]
    assert len(together) <= len(found)

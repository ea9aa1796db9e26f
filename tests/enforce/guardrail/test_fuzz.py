"""Whatever comes in, nothing raises, places lie within the text, and what is masked is gone.

`REMIT_FUZZ` says how many examples are tried; `make fuzz` tries many.
"""

from __future__ import annotations

import os
from functools import cache
from itertools import cycle
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail_texts import disguised_texts, texts
from remit.adapters.detectors import TrainedKit
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.declare.block import GuardrailBlock
from remit.declare.remit_layer import CONTENT_FILTERS
from remit.declare.sensitive_type import TYPES
from remit.enforce.answer import Delta, Piece, Thought, ToolDelta, ToolStart
from remit.enforce.guardrail.dataset import BadRow, Row, read_row
from remit.enforce.guardrail.look import look, shown
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.restore import Restorer
from remit.enforce.guardrail.screen import Guard, Screen, Screening, compile_screen
from remit.enforce.guardrail.spans import (
    arguments_of,
    spans_of,
    strings_of,
    with_strings,
    with_texts,
    written,
)
from remit.enforce.guardrail.trust import LOOKED_FOR, Side, Span
from remit.enforce.guardrail.watch import Watch
from remit.enforce.request import Message, ModelRequest, Text, ToolResult, ToolUse
from remit.gateway.bedrock_guardrail import Given, decode
from remit.gateway.wire import Failure

FUZZ = settings(deadline=None, max_examples=int(os.environ.get("REMIT_FUZZ", "60")))
LABELS = st.sampled_from(sorted(LOOKED_FOR))
SIDES: st.SearchStrategy[Side] = st.sampled_from(("input", "output"))
TEXTS = st.one_of(texts, disguised_texts, st.text(st.characters(codec=None), max_size=200))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
ARGUMENTS = st.one_of(
    st.dictionaries(st.text(max_size=6), JSON, max_size=4).map(
        lambda value: msgspec.json.encode(value).decode()
    ),
    texts,
)


@cache
def everything() -> Screen:
    """Every policy there is, in a guardrail that masks what can be masked."""
    policies: dict[str, Any] = {
        "content": dict.fromkeys(CONTENT_FILTERS, "high"),
        "topics": {"weather": {"definition": "Forecasts of the weather.", "examples": ["Will it rain?"]}},
        "words": {"listed": ["darn", "the cat"], "profanity": True},
        "sensitive": {one.identifier: "anonymize" for one in TYPES},
        "patterns": {"claim-number": {"pattern": "CL-[0-9]{4}"}},
        "grounding": {"threshold": "0.5"},
        "relevance": {"threshold": "0.5"},
    }
    block = GuardrailBlock.model_validate({"name": "G", **policies})
    return compile_screen([Guard("guardrail/g@1", "organisation", "a@example.com", block)], kit())


@cache
def kit() -> TrainedKit:
    return TrainedKit(WordllamaEmbedding())


def mark(type: str, text: str) -> str:
    return "a-mark"


def check(seen: Screening, spans: list[Span]) -> None:
    """Say that places are in order and within their texts, and of what is masked only a type is left."""
    for number, span in enumerate(spans):
        left, at = "", 0
        for each in seen.findings:
            if each.span == number:
                assert 0 <= each.start <= each.end <= len(span.text)
            if each.span == number and each.action == "anonymize":
                assert at <= each.start < each.end
                left, at = left + span.text[at : each.start] + f"{{{shown(each.type)}}}", each.end
        assert seen.texts[number] == left + span.text[at:]


@FUZZ
@given(SIDES, st.lists(st.tuples(TEXTS, LABELS), max_size=3))
def test_any_texts_are_looked_at(side: Side, said: list[tuple[str, Any]]) -> None:
    spans = [Span(text, label) for text, label in said]
    seen = look(everything(), side, spans, Vault("type"), mark=mark)
    check(seen, spans)
    assert look(everything(), side, spans, Vault("type"), mark=mark) == seen


@FUZZ
@given(
    st.lists(
        st.one_of(
            st.builds(Delta, TEXTS),
            st.builds(Thought, TEXTS),
            st.builds(ToolStart, st.text(max_size=3), st.text(max_size=3)),
            st.builds(ToolDelta, ARGUMENTS),
        ),
        max_size=6,
    ),
    st.sampled_from(("audit", "hold_back", "windowed")),
)
def test_any_answer_is_watched(pieces: list[Piece], least: Any) -> None:
    watch = Watch(everything(), Vault(), mark, least=least, sources=["It rains."], query="Does it?")
    out = [each for piece in pieces for each in watch.feed([piece])]
    out += [] if watch.stopped else watch.close()
    if watch.stopped and least != "audit":
        # An answer that has to be grounded is kept until its end.
        assert out == []
    assert sum(getattr(piece, "tokens", 0) for piece in out) <= sum(
        getattr(each, "tokens", 0) for each in pieces
    )


@FUZZ
@given(TEXTS, st.lists(st.text(max_size=10), min_size=1, max_size=12), ARGUMENTS)
def test_texts_go_back_to_where_they_stood(text: str, others: list[str], arguments: str) -> None:
    parts = (Text(text), ToolUse("1", "f", arguments), ToolResult("1", (Text(text), Text("b"))))
    asked = ModelRequest("model/x", (Message("user", parts),))
    spans = spans_of(asked)
    assert with_texts(asked, [span.text for span in spans]) == asked
    changed = [f"« {number} {other}" for number, other in zip(range(len(spans)), cycle(others), strict=False)]
    assert [span.text for span in spans_of(with_texts(asked, changed))] == changed


@FUZZ
@given(ARGUMENTS)
def test_what_a_model_writes_to_a_tool_is_read_and_written(arguments: str) -> None:
    value = arguments_of(arguments)
    changed = with_strings(value, lambda text: f"« {text}")
    assert list(strings_of(changed)) == [f"« {text}" for text in strings_of(value)]
    assert arguments_of(written(value)) == value


@FUZZ
@given(
    st.lists(
        st.tuples(st.sampled_from(("EMAIL", "claim-number", "a_b")), st.text(min_size=1, max_size=8)),
        max_size=8,
    ),
    st.lists(
        st.one_of(
            st.sampled_from(("{EMAIL_1}", "claim number-1", "<<A B 2", ">", "{", " ")), st.text(max_size=5)
        )
    ),
    st.lists(st.integers(1, 5), min_size=1, max_size=9),
    st.sampled_from(("number", "key", "type")),
)
def test_any_answer_is_restored(
    masked: list[tuple[str, str]], said: list[str], cuts: list[int], masks: Any
) -> None:
    vault = Vault(masks, lambda text: f"K{len(text):011}")
    tokens = [vault.token(*each) for each in masked]
    text = "".join((*said, *tokens))
    restorer, out, at = Restorer(vault), "", 0
    for place in range(len(text)):
        step = cuts[place % len(cuts)]
        out += restorer.feed(text[at : at + step])
        at += step
    assert out + restorer.close() == vault.restored(text)


@FUZZ
@given(
    st.one_of(
        st.binary(max_size=200),
        JSON.map(msgspec.json.encode),
        st.fixed_dictionaries(
            {"source": st.sampled_from(("INPUT", "OUTPUT", "x", 1)), "content": st.lists(JSON, max_size=3)},
            optional={"outputScope": JSON},
        ).map(msgspec.json.encode),
        st.lists(
            st.fixed_dictionaries(
                {"text": st.fixed_dictionaries({"text": st.text(max_size=9)}, optional={"qualifiers": JSON})}
            ),
            max_size=3,
        ).map(lambda content: msgspec.json.encode({"source": "INPUT", "content": content})),
    ),
    st.text(max_size=9),
    st.sampled_from(("1", "DRAFT", "", "x")),
)
def test_any_body_is_read_or_refused(body: bytes, name: str, version: str) -> None:
    assert isinstance(decode(body, name, version), Given | Failure)
    assert isinstance(decode(body, "house", "1"), Given | Failure)


@FUZZ
@given(
    st.one_of(
        st.binary(max_size=120),
        JSON.map(msgspec.json.encode),
        st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(
                ("text", "answer", "source", "query", "label", "spans", "side", "trust"), JSON
            ),
        ).map(msgspec.json.encode),
        st.fixed_dictionaries(
            {"text": st.text(max_size=9)},
            optional={
                "label": st.one_of(st.booleans(), st.integers(), st.text(max_size=4)),
                "spans": st.lists(
                    st.fixed_dictionaries({"type": st.text(max_size=4), "start": JSON, "end": st.integers()})
                ),
            },
        ).map(msgspec.json.encode),
    )
)
def test_any_line_of_a_data_set_is_a_row_or_says_why_not(line: bytes) -> None:
    found = read_row(1, line)
    assert isinstance(found, Row | BadRow)
    if isinstance(found, Row):
        assert all(0 <= each.start < each.end <= len(found.text) for each in found.spans or ())

"""Formats of training sets: what is written of an example, and what a reader does not take."""

from __future__ import annotations

import json
from typing import Any

import pytest

from remit.decide.training_set import Example, Said
from remit.gateway.openai_chat import decode
from remit.gateway.wire import Ask
from remit.report.training_format import FORMATS, FormatName, read_line, unfit_format, write_line

TURNS = (
    Said("system", ("Be brief.",)),
    Said("user", ("A source.", "Is hail covered?")),
    Said("assistant", ("It is.",)),
)


def test_openai_reads_messages_whose_texts_are_parts_where_there_are_several() -> None:
    line = json.loads(write_line("openai-chat", TURNS))
    assert line == {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "A source."},
                    {"type": "text", "text": "Is hail covered?"},
                ],
            },
            {"role": "assistant", "content": "It is."},
        ]
    }
    assert isinstance(decode(json.dumps({"model": "small", **line}).encode()), Ask)


@pytest.mark.parametrize("name", ["bedrock-converse", "bedrock-distillation"])
def test_bedrock_reads_conversations_of_its_schema_whose_speakers_take_turns(name: FormatName) -> None:
    apart = (*TURNS[:1], Said("user", ("A source.",)), Said("user", ("Is hail covered?",)), TURNS[2])
    assert write_line(name, apart) == write_line(name, TURNS)
    assert json.loads(write_line(name, TURNS)) == {
        "schemaVersion": "bedrock-conversation-2024",
        "system": [{"text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"text": "A source."}, {"text": "Is hail covered?"}]},
            {"role": "assistant", "content": [{"text": "It is."}]},
        ],
    }


def test_distillation_goes_without_an_answer_and_nothing_else_does() -> None:
    assert read_line("bedrock-distillation", write_line("bedrock-distillation", TURNS[:2])) == TURNS[:2]
    for name in ("openai-chat", "bedrock-converse"):
        with pytest.raises(ValueError, match="take turns"):
            read_line(name, write_line(name, TURNS[:2]))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("openai-chat", b"{}\n"),
        ("openai-chat", b'{"messages": []}\n'),
        ("openai-chat", write_line("openai-chat", TURNS).rstrip()),
        ("openai-chat", write_line("openai-chat", TURNS[::-1])),
        ("openai-chat", write_line("bedrock-converse", TURNS)),
        ("openai-chat", write_line("openai-chat", TURNS).replace(b"It is.", b" ")),
        ("openai-chat", write_line("openai-chat", TURNS).replace(b'"assistant"', b'"tool"')),
        ("bedrock-converse", write_line("bedrock-converse", TURNS).replace(b"2024", b"2023")),
        ("bedrock-converse", write_line("bedrock-converse", TURNS).replace(b'"text"', b'"image"')),
    ],
)
def test_what_is_not_of_a_format_is_not_read_and_not_quoted(name: FormatName, line: bytes) -> None:
    with pytest.raises(ValueError) as raised:
        read_line(name, line)
    assert "hail" not in str(raised.value)


@pytest.mark.parametrize(
    ("turns", "name", "reason"),
    [
        (TURNS, "bedrock-distillation", None),
        ((*TURNS, *TURNS[1:]), "bedrock-distillation", "several_turns"),
        ((*TURNS, *TURNS[1:]), "bedrock-converse", None),
        ((Said("user", ("Assistant: no",)), TURNS[2]), "bedrock-converse", "reserved_word"),
        ((Said("user", ("Assistant: no",)), TURNS[2]), "openai-chat", None),
    ],
)
def test_a_format_says_what_it_does_not_take(
    turns: tuple[Said, ...], name: FormatName, reason: str | None
) -> None:
    assert unfit_format(name, Example("c1", turns)) == reason


def test_every_format_says_where_its_facts_are_from() -> None:
    found: dict[str, Any] = {name: (each.source[:8], each.verified_on.year) for name, each in FORMATS.items()}
    assert set(found.values()) == {("https://", 2026)}

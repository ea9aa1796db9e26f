"""Formats of training sets: how an example is written as one line for a provider, and read again.

What each provider takes is of the pages that `source` names, as they stood on `verified_on`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Literal

import msgspec

from remit.decide.training_set import Example, LeftOut, Said

FormatName = Literal["openai-chat", "bedrock-converse", "bedrock-distillation"]

EXAMPLES_MAX = 20_000
"""The most examples that are written, in whichever format."""

_MIB, _GIB = 1 << 20, 1 << 30

_NOVA_RESERVED = ("User:", "Bot:", "Assistant:", "System:", "<image>", "<video>", "[EOS]")
"""With one of these in a prompt, a job that trains an Amazon Nova model fails."""


@dataclass(frozen=True, slots=True)
class TrainingFormat:
    """What a file may be. Fewer than `examples_few` are less than the provider takes, or advises."""

    version: str
    examples_few: int
    examples_max: int
    bytes_max: int
    validation_bytes_max: int
    source: str
    verified_on: date
    one_turn: bool = False
    answers_optional: bool = False
    reserved: tuple[str, ...] = ()


FORMATS: dict[FormatName, TrainingFormat] = {
    "openai-chat": TrainingFormat(
        version="chat",
        examples_few=10,
        examples_max=EXAMPLES_MAX,
        bytes_max=512 * _MIB,
        validation_bytes_max=512 * _MIB,
        source="https://developers.openai.com/docs/guides/distillation",
        verified_on=date(2026, 11, 30),
    ),
    "bedrock-converse": TrainingFormat(
        version="bedrock-conversation-2024",
        examples_few=100,
        examples_max=EXAMPLES_MAX,
        bytes_max=_GIB,
        validation_bytes_max=100 * _MIB,
        source="https://docs.aws.amazon.com/nova/latest/userguide/fine-tune-prepare-data-understanding.html",
        verified_on=date(2026, 11, 30),
        reserved=_NOVA_RESERVED,
    ),
    "bedrock-distillation": TrainingFormat(
        version="bedrock-conversation-2024",
        examples_few=100,
        examples_max=15_000,
        bytes_max=_GIB,
        validation_bytes_max=100 * _MIB,
        source="https://docs.aws.amazon.com/bedrock/latest/userguide/distillation-data-prep-option-1.html",
        verified_on=date(2026, 11, 30),
        one_turn=True,
        answers_optional=True,
        reserved=_NOVA_RESERVED,
    ),
}


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["text"]
    text: str


class _ChatMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: Literal["system", "user", "assistant"]
    content: str | tuple[_Part, ...]


class _Chat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    messages: tuple[_ChatMessage, ...]


class _Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str


class _Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: tuple[_Block, ...]


class _Conversation(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True
):
    # A default of its own would be left out where it is the same.
    schema_version: Literal["bedrock-conversation-2024"]
    messages: tuple[_Turn, ...]
    system: tuple[_Block, ...] = ()


_ENCODER = msgspec.json.Encoder()
_CHAT = msgspec.json.Decoder(_Chat, strict=True)
_CONVERSATION = msgspec.json.Decoder(_Conversation, strict=True)


def unfit_format(name: FormatName, example: Example) -> LeftOut | None:
    """Say why a format does not take an example; None if it does."""
    wanted = FORMATS[name]
    if wanted.one_turn and sum(turn.role != "system" for turn in joined(example.turns)) > 2:
        return "several_turns"
    texts = (text for turn in example.turns for text in turn.texts)
    return "reserved_word" if any(word in text for text in texts for word in wanted.reserved) else None


def joined(turns: Iterable[Said]) -> tuple[Said, ...]:
    """Join turns of one speaker that follow each other, as formats want speakers to take turns.

    >>> joined([Said("user", ("a",)), Said("user", ("b",)), Said("assistant", ("c",))])
    (Said(role='user', texts=('a', 'b')), Said(role='assistant', texts=('c',)))
    """
    return tuple(
        Said(role, tuple(text for turn in run for text in turn.texts))
        for role, run in groupby(turns, key=attrgetter("role"))
    )


def write_line(name: FormatName, turns: Sequence[Said]) -> bytes:
    """Write what is said in one example as a line of JSON, with its end."""
    said = joined(turns)
    if name == "openai-chat":
        line = _ENCODER.encode(_Chat(tuple(_ChatMessage(turn.role, _content(turn)) for turn in said)))
    else:
        system = tuple(_Block(text) for turn in said if turn.role == "system" for text in turn.texts)
        spoken = tuple(
            _Turn(turn.role, tuple(map(_Block, turn.texts))) for turn in said if turn.role != "system"
        )
        line = _ENCODER.encode(_Conversation("bedrock-conversation-2024", spoken, system))
    return line + b"\n"


def _content(turn: Said) -> str | tuple[_Part, ...]:
    return turn.texts[0] if len(turn.texts) == 1 else tuple(_Part("text", text) for text in turn.texts)


def read_line(name: FormatName, line: bytes) -> tuple[Said, ...]:
    """Read what is said in one example; raises ValueError if the format does not have it so.

    The system comes first, then a person, speakers take turns, and the last word is the model's; where
    answers are optional it can be the person's.
    """
    if not line.endswith(b"\n"):
        raise ValueError("a line has no end")
    try:
        turns = _read_chat(line) if name == "openai-chat" else _read_conversation(line)
    except msgspec.DecodeError:
        # What it says of the fault could quote the line.
        raise ValueError("a line is not of this format") from None
    spoken = [turn.role for turn in turns if turn.role != "system"]
    ordered = all(role == ("user", "assistant")[number % 2] for number, role in enumerate(spoken))
    ended = len(spoken) > 1 and spoken[-1] == "assistant"
    ended |= FORMATS[name].answers_optional and spoken == ["user"]
    system_first = all(turn.role != "system" for turn in turns[1:])
    if not (ordered and ended and system_first):
        raise ValueError("speakers do not take turns as the format wants it")
    if not all(turn.texts and all(text.strip() for text in turn.texts) for turn in turns):
        raise ValueError("a turn has no words")
    return turns


def _read_chat(line: bytes) -> tuple[Said, ...]:
    return tuple(
        Said(
            each.role,
            (each.content,) if isinstance(each.content, str) else tuple(part.text for part in each.content),
        )
        for each in _CHAT.decode(line).messages
    )


def _read_conversation(line: bytes) -> tuple[Said, ...]:
    found = _CONVERSATION.decode(line)
    system = (Said("system", tuple(block.text for block in found.system)),) if found.system else ()
    return (*system, *(Said(each.role, tuple(b.text for b in each.content)) for each in found.messages))

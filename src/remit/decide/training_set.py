"""A training set: which kept calls examples are made of, and which are left out, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Literal

from remit.enforce.request import Media, Message, Role, Text, ToolResult, ToolUse
from remit.record.call_entry import EVALUATION_RUN, Call
from remit.record.captured import SEALED_REASONING, Captured

LeftOut = Literal[
    "not_completed",
    "blocked",
    "nobodys_work",
    "given_again",
    "cut_short",
    "simulated",
    "another_prompt",
    "another_model",
    "not_passed",
    "not_consented",
    "over_age",
    "not_kept",
    "unreadable",
    "not_whole",
    "with_tools",
    "refused",
    "no_words",
    "out_of_order",
    "found_by_others",
    "not_masked",
    "several_turns",
    "reserved_word",
    "duplicate",
    "over_limit",
]

LEFT_OUT: dict[LeftOut, str] = {
    "not_completed": "failed, or their callers left",
    "blocked": "a guardrail stopped them",
    "nobodys_work": "are of evaluations, judges, hedges or embeddings",
    "given_again": "gave a kept answer again",
    "cut_short": "have an answer that did not end by itself",
    "simulated": "were made to simulated models",
    "another_prompt": "were made with another prompt",
    "another_model": "were served by another model",
    "not_passed": "did not pass in the evaluations that were named",
    "not_consented": "were made while their remit did not allow training",
    "over_age": "are older than they may be kept",
    "not_kept": "are not kept, or erased",
    "unreadable": "cannot be opened",
    "not_whole": "are not kept whole, or have images or documents",
    "with_tools": "offer or use tools, whose definitions are not kept",
    "refused": "have an answer in which the model refuses",
    "no_words": "have no words asked or answered",
    "out_of_order": "have turns in an order that no format takes",
    "found_by_others": "are kept raw, and a guardrail by others found something in them",
    "not_masked": "could not be masked",
    "several_turns": "have more than one turn, which this format does not take",
    "reserved_word": "have a word that this format reserves",
    "duplicate": "ask the same as a newer one",
    "over_limit": "are more than are wanted, or than fit",
}
"""Why a call is no example, in the order in which it is looked at, and what is said of such calls."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which calls are wanted of a use case; empty fields choose nothing, `passed` None neither."""

    since: datetime | None = None
    until: datetime | None = None
    prompt: str = ""
    model: str = ""
    passed: frozenset[str] | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What one speaker says, text by text, with nothing in between."""

    role: Role
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One call to learn from, masked: what was asked, and as its last turn what was answered."""

    call: str
    turns: tuple[Said, ...]

    @property
    def asked(self) -> tuple[Said, ...]:
        return self.turns[:-1]


def unfit_call(call: Call, choice: Choice) -> LeftOut | None:
    """Say by its entry alone why a call is no example; None if nothing there speaks against it."""
    tests: tuple[tuple[LeftOut, bool], ...] = (
        ("blocked", call.status == "blocked" or call.stop_reason == "guardrail"),
        ("not_completed", call.status != "completed"),
        ("nobodys_work", _is_nobodys(call)),
        ("given_again", bool(call.cached)),
        ("cut_short", call.stop_reason not in ("stop", "stop_sequence", "refusal")),
        ("refused", call.stop_reason == "refusal"),
        ("simulated", call.simulated and not choice.simulated),
        ("another_prompt", bool(choice.prompt) and call.prompt_block != choice.prompt),
        ("another_model", bool(choice.model) and call.purpose.model != choice.model),
        ("not_passed", choice.passed is not None and call.id not in choice.passed),
    )
    return next((reason for reason, holds in tests if holds), None)


def _is_nobodys(call: Call) -> bool:
    return (
        call.origin.operation != "chat"
        or bool(call.judges)
        or bool(call.hedge_of)
        or call.origin.run.startswith(EVALUATION_RUN)
    )


def unfit_text(call: Call, captured: Captured) -> LeftOut | None:
    """Say why what is kept of a call is no example; None if masked it could be one.

    What a guardrail by others found is masked when a call is kept masked; of one that is kept raw it is not
    known any more which words those were.
    """
    parts = (*_parts(captured.messages), *captured.answer)
    tests: tuple[tuple[LeftOut, bool], ...] = (
        ("not_whole", captured.cut or any(each != SEALED_REASONING for each in captured.left_out)),
        ("not_whole", bool(captured.inputs) or any(isinstance(each, Media) for each in parts)),
        (
            "with_tools",
            bool(captured.tools) or any(isinstance(each, ToolUse | ToolResult) for each in parts),
        ),
        ("refused", any(isinstance(each, Text) and each.refusal for each in captured.answer)),
        (
            "found_by_others",
            captured.mode == "raw" and _others_found(call),
        ),
    )
    return next((reason for reason, holds in tests if holds), None)


def _others_found(call: Call) -> bool:
    return any(each.policy == "custom" for each in call.findings)


def _parts(messages: Iterable[Message]) -> Iterator[object]:
    for message in messages:
        for part in message.parts:
            yield part
            if isinstance(part, ToolResult):
                yield from part.parts


def to_mask(captured: Captured) -> tuple[Message, ...]:
    """List what is to be masked of a call as one conversation, its answer as the last turn."""
    answer = Message("assistant", tuple(part for part in captured.answer if isinstance(part, Text)))
    return (*(_words(message) for message in captured.messages), answer)


def _words(message: Message) -> Message:
    """Give a turn's words alone, without who is named in it and what its model thought."""
    return Message(message.role, tuple(Text(part.text) for part in message.parts if isinstance(part, Text)))


def example_of(call: str, conversation: Iterable[Message]) -> Example | LeftOut:
    """Make an example of a masked conversation, whose last turn is the answer, or say why it is none.

    Formats want the system's words first, then a person's, and an answer to them as the last.
    """
    turns = [Said(each.role, _texts(each)) for each in conversation]
    if not turns or turns[-1].role != "assistant" or not turns[-1].texts:
        return "no_words"
    spoken = tuple(turn for turn in turns if turn.texts)
    others = [turn.role for turn in spoken if turn.role != "system"]
    if "user" not in others:
        return "no_words"
    leading = len(spoken) - len(others)
    system_first = all(turn.role == "system" for turn in spoken[:leading])
    if not system_first or others[0] != "user" or others[-2] != "user":
        return "out_of_order"
    return Example(call, spoken)


def _texts(message: Message) -> tuple[str, ...]:
    found = tuple(part.text for part in message.parts if isinstance(part, Text) and part.text.strip())
    # An answer is one text, however it was cut on its way.
    return ("".join(found),) if message.role == "assistant" and found else found


def asked_digest(example: Example) -> bytes:
    """Return the SHA-256 of what an example asks, however it is written."""
    digest = sha256()
    for turn in example.asked:
        for text in (turn.role, *turn.texts, ""):
            body = text.encode()
            digest.update(len(body).to_bytes(8))
            digest.update(body)
    return digest.digest()


def is_held_back(digest: bytes, share: Decimal) -> bool:
    """Say whether an example is for validation, by what it asks alone: the same is always on the same side.

    A larger share has all that a smaller one has.

    >>> is_held_back(bytes(32), Decimal("0.1")), is_held_back(b"\\xff" * 32, Decimal("0.1"))
    (True, False)
    """
    return int.from_bytes(digest[:8]) < share * (1 << 64)

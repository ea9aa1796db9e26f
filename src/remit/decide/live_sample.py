"""A sample of live calls: which are drawn, and what of them can be scored where nobody says what is right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Literal

from remit.decide.evaluation_case import SOURCES_MAX, TURNS_MAX, WORDS_MAX, Case, Scorer, Turn
from remit.decide.evaluation_scorer import scorer_fault
from remit.enforce.guardrail.spans import grounding_of
from remit.enforce.request import Media, Message, ModelRequest, Text, ToolResult
from remit.record.call_entry import Call
from remit.record.captured import Captured

SAMPLE_MAX = 2_000
"""The most live calls that are looked at in one go."""

Unfit = Literal["unreadable", "unscored"]
"""Why a kept call is no case: it is not whole, or no text; or none of the scorers can score it."""


def is_live(call: Call) -> bool:
    """Say whether a call was somebody's and brought an answer: no judge's, no evaluation's, no double."""
    return (
        call.status == "completed"
        and call.origin.operation == "chat"
        and not call.judges
        and not call.hedge_of
        and not call.origin.evaluates
    )


def drawn_order(calls: Iterable[str], seed: str) -> list[str]:
    """Put the ids of calls in an order that a seed gives: every call is as likely as any other to be first.

    Which calls are drawn depends on nothing but the seed and the calls that there are.

    >>> drawn_order(["a", "b", "c"], "x") == drawn_order(["c", "a", "b"], "x")
    True
    """
    return sorted(calls, key=lambda id: sha256(f"{seed}\0{id}".encode()).digest())


def scorer_needs(scorers: Sequence[Scorer]) -> tuple[str, str] | None:
    """Say what keeps a scorer from scoring any live call, and what would help; None if nothing does."""
    probe = Case("probe", 1, (Turn(role="user", content="?"),), sources=("source",), answer="!")
    for scorer in scorers:
        if (fault := scorer_fault(scorer, probe)) is not None:
            return fault
    return None


def case_of(captured: Captured, scorers: Sequence[Scorer]) -> Case | Unfit:
    """Make a case of a call that is kept, with the answer that it was given, or say why it is none.

    Scorers that need sources are left out where the call had none.
    """
    answer = "".join(part.text for part in captured.answer if isinstance(part, Text))
    turns = tuple(_turns(captured.messages))
    sources, _ = grounding_of(ModelRequest("", captured.messages))
    whole = not captured.cut and not any(isinstance(part, Media) for part in _parts(captured.messages))
    lengths = (len(answer), *map(len, sources), *(len(turn.content) for turn in turns))
    bounded = max(lengths) <= WORDS_MAX and len(turns) <= TURNS_MAX and len(sources) <= SOURCES_MAX
    if not (whole and bounded and answer.strip() and turns):
        return "unreadable"
    bare = Case(captured.call, 0, turns, sources=sources, answer=answer)
    fitting = tuple(scorer for scorer in scorers if scorer_fault(scorer, bare) is None)
    if not fitting:
        return "unscored"
    return Case(captured.call, 0, turns, sources=sources, scorers=fitting, answer=answer)


def _parts(messages: Iterable[Message]) -> Iterator[object]:
    for message in messages:
        for part in message.parts:
            yield part
            if isinstance(part, ToolResult):
                yield from part.parts


def _turns(messages: Iterable[Message]) -> Iterator[Turn]:
    """Write what was said as turns; what tools gave back is no turn, and is read as a source."""
    for message in messages:
        if message.text.strip():
            yield Turn(role=message.role, content=message.text)

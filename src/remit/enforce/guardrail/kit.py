"""Kit: what makes detectors, which need lists and numbers that somebody has to read from files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from remit.declare.guardrail import TopicRule
from remit.enforce.guardrail.finding import Found

Find = Callable[[str], Sequence[Found]]
"""Finds what is in a text."""


class Hold(Protocol):
    """Finds the same in a text that comes in pieces as in the whole of it, and lets go of what is settled."""

    def feed(self, text: str) -> str:
        """Take the next piece, and give what no later piece can change any more."""
        ...

    def close(self) -> str:
        """Give what is left."""
        ...


class Spotter(Protocol):
    """Finds texts within a text: personal data, secrets, patterns, words."""

    def find(self, text: str, *, words: bool = True) -> list[Found]:
        """Give what is found in order, nothing in two of them; without `words`, as if none were listed."""
        ...

    def hold(self, replace: Callable[[str, str], str]) -> Hold:
        """Begin a text that comes in pieces; `replace` says what stands in the place of a type's text."""
        ...


class Grounded(msgspec.Struct, frozen=True):
    """How well an answer is supported and to the point, from 0 to 1, and what speaks against it."""

    grounding: float
    relevance: float
    reasons: tuple[Found, ...] = ()


class Kit(Protocol):
    """Makes detectors. What is made is kept by whoever asks for it, and waits for nothing."""

    def spotter(
        self,
        types: Collection[str],
        patterns: Mapping[str, str],
        words: Mapping[str, str],
        *,
        profanity: bool,
        shifts: Mapping[str, int],
    ) -> Spotter:
        """Make what finds texts: types of personal data, patterns by their names, words with their types.

        Profanity of the list that comes with Remit has the type `PROFANITY`. Of what overlaps, the one with
        the higher rank stands, and `shifts` says by how much those of a type are other than they would be.
        """
        ...

    def content(self) -> Find:
        """Make what weighs a text by the content filters but that of attacks."""
        ...

    def attack(self, *, untrusted: bool) -> Find:
        """Make what finds attacks: those of a person, or any instruction where none belongs."""
        ...

    def topics(self, topics: Mapping[str, TopicRule]) -> Find: ...

    def ground(self, answer: str, sources: Sequence[str], query: str) -> Grounded: ...

    def unverified(self, policy: str, text: str) -> bool:
        """Say if a text is in a language that a policy's detectors were not made for."""
        ...

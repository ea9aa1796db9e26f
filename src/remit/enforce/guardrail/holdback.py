"""Masking a text that arrives piece by piece, so that it comes out as if it had been masked whole.

What cannot change any more is let go at once; what may still be the beginning of something is held. Three
facts make that exact, whatever the pieces are. A candidate depends on `BEHIND` characters before it and
`AHEAD` after it alone (`rule`), so those are kept and waited for. Which of two that overlap stands is known
once everything is known that begins before the first ends (`weigh`). And each detector says from where on
more text could still begin or change something (`open_from`). A piece is looked at with what is held and a
little of what went before, never with all that went before, so that the cost of a stream is in proportion to
its length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.rule import BEHIND
from remit.enforce.guardrail.weigh import Source, weigh

Mask = Callable[[str, str], str]
"""A type and the characters that are of it, to what is written in their place."""


class Detector(Protocol):
    """What finds candidates in a text, and knows how much of it can be decided."""

    def sources(self, text: str) -> list[Source]: ...

    def open_from(self, text: str, start: int) -> int: ...


class Released(NamedTuple):
    """Text that may be shown, masked, and what was found in it, by its place in the text as it was."""

    text: str
    found: tuple[Found, ...]


def find_all(detectors: Sequence[Detector], text: str) -> list[Found]:
    """Give what these detectors find in a whole text, in order, none overlapping another."""
    sources = [source for detector in detectors for source in detector.sources(text)]
    standing, _ = weigh(sources, start=0)
    return [Found(one.type, one.start, one.end, one.confidence) for one in standing]


def mask_all(text: str, found: Sequence[Found], mask: Mask) -> str:
    """Write a text with what was found in it masked."""
    pieces: list[str] = []
    at = 0
    for one in found:
        pieces += text[at : one.start], mask(one.type, text[one.start : one.end])
        at = one.end
    return "".join(pieces) + text[at:]


class Holdback:
    """One stream: what of it is held, and where in the stream that begins."""

    def __init__(self, detectors: Sequence[Detector], mask: Mask) -> None:
        self._detectors = tuple(detectors)
        self._mask = mask
        # What is kept, where in the stream it begins, and up to where in it all is decided.
        self._text = ""
        self._begins = 0
        self._decided = 0

    @property
    def held(self) -> int:
        """How many characters have come in and not gone out."""
        return len(self._text) - self._decided

    def feed(self, text: str) -> Released:
        """Take more of the stream, and give what is decided by it."""
        self._text += text
        limit = len(self._text)
        for detector in self._detectors:
            limit = min(limit, detector.open_from(self._text, self._decided))
            if limit <= self._decided:
                return Released("", ())
        return self._release(limit)

    def close(self) -> Released:
        """End the stream, and give the rest of it."""
        return self._release(None)

    def _release(self, limit: int | None) -> Released:
        text, start = self._text, self._decided
        sources = [source for detector in self._detectors for source in detector.sources(text)]
        standing, decided = weigh(sources, start=start, limit=limit)
        if limit is None:
            decided = len(text)
        released: list[str] = []
        at = start
        for one in standing:
            released += text[at : one.start], self._mask(one.type, text[one.start : one.end])
            at = one.end
        released.append(text[at:decided])
        found = tuple(
            Found(one.type, self._begins + one.start, self._begins + one.end, one.confidence)
            for one in standing
        )
        cut = max(0, decided - 2 * BEHIND)
        self._text, self._begins, self._decided = text[cut:], self._begins + cut, decided - cut
        return Released("".join(released), found)

"""Masking a text that arrives piece by piece, so that it comes out as if it had been masked whole.

What cannot change any more is let go at once; what may still be the beginning of something is held. Three
facts make that exact, whatever the pieces are. A candidate depends on `BEHIND` characters before it and
`AHEAD` after it alone (`rule`), so those are kept and waited for. Which of two that overlap stands is known
once everything is known that begins before the first ends (`weigh`). And each detector says from where on
more text could still begin or change something (`open_from`). A piece is looked at with what is held and a
little of what went before, never with all that went before, so that the cost of a stream is in proportion to
its length. All of this holds of a text as it is and, while something in it is disguised, of the same text
undisguised; what is found in either is weighed against the other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from remit.enforce.guardrail.disguise import Placed, Undisguised, is_plain, undisguised
from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.rule import BEHIND
from remit.enforce.guardrail.weigh import Source, weigh

_SHARE = 8

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
    sources = _sources(detectors, text)
    if (seen := undisguised(text)) is not None:
        sources += [Placed(source, seen.starts) for source in _sources(detectors, seen.text)]
    standing, _ = weigh(sources, start=0)
    return [Found(one.type, one.start, one.end, one.confidence) for one in standing]


def _sources(detectors: Sequence[Detector], text: str) -> list[Source]:
    return [source for detector in detectors for source in detector.sources(text)]


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
        # The same, undisguised, while anything in it may be disguised.
        self._seen: Undisguised | None = None

    @property
    def held(self) -> int:
        """How many characters have come in and not gone out."""
        return len(self._text) - self._decided

    def feed(self, text: str) -> Released:
        """Take more of the stream, and give what is decided by it."""
        self._take(text)
        limit = len(self._text)
        for detector in self._detectors:
            limit = min(limit, detector.open_from(self._text, self._decided))
            if limit <= self._decided:
                return Released("", ())
        if self._seen is not None:
            limit = min(limit, self._open_from(self._seen))
            if limit <= self._decided:
                return Released("", ())
        # All that is held is read for what goes: where much is held, a little is not let go by itself.
        if limit - self._decided < (len(self._text) - self._decided) // _SHARE:
            return Released("", ())
        return self._release(limit)

    def close(self) -> Released:
        """End the stream, and give the rest of it."""
        self._take("", last=True)
        return self._release(None)

    def _take(self, text: str, *, last: bool = False) -> None:
        if self._seen is None and not is_plain(text):
            self._seen = Undisguised(self._text, self._begins)
        self._text += text
        if self._seen is not None:
            self._seen.feed(text, last=last)

    def _open_from(self, seen: Undisguised) -> int:
        """Give the place in what is kept from which on more text could change what is found undisguised."""
        start = bisect_left(seen.starts, self._begins + self._decided)
        limit = min((each.open_from(seen.text, start) for each in self._detectors), default=len(seen.text))
        return seen.place(limit) - self._begins

    def _release(self, limit: int | None) -> Released:
        text, start = self._text, self._decided
        sources = _sources(self._detectors, text)
        if self._seen is not None and self._seen.text != text:
            starts = [place - self._begins for place in self._seen.starts]
            sources += [Placed(source, starts) for source in _sources(self._detectors, self._seen.text)]
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
        if self._seen is not None:
            self._forget(self._seen)
        return Released("".join(released), found)

    def _forget(self, seen: Undisguised) -> None:
        """Keep as much of what was undisguised as is kept of what was given."""
        decided = bisect_left(seen.starts, self._begins + self._decided)
        seen.forget(max(0, decided - 2 * BEHIND))
        if is_plain(self._text):
            self._seen = None

"""Patterns that customers write, run by RE2 alone, so that none can take more than linear time or much
memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import re2

from remit.enforce.guardrail.pattern_prefix import beginnings
from remit.enforce.guardrail.rule import Candidate

PATTERNS_MAX = 30
PATTERN_CHARACTERS_MAX = 500
MATCH_MAX = 512
"""The most bytes of text that one match may span."""
RANK = 95
_MEMORY = 8 << 20


def compile_pattern(name: str, pattern: str) -> re2._Regexp:
    """Compile one, or say in a sentence why it cannot be used.

    >>> compile_pattern("id", "(?=x)")
    Traceback (most recent call last):
        ...
    ValueError: pattern `id` cannot be used: invalid perl operator: (?=
    """
    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise ValueError(
            f"pattern `{name}` has {len(pattern)} characters, and may have {PATTERN_CHARACTERS_MAX}"
        )
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        compiled = re2.compile(pattern.encode(), options)
    except (re2.error, UnicodeEncodeError) as fault:
        reason = fault.args[0].decode() if isinstance(fault.args[0], bytes) else str(fault)
        raise ValueError(f"pattern `{name}` cannot be used: {reason}") from None
    if compiled.search(b"") is not None:
        raise ValueError(f"pattern `{name}` matches no characters at all, so it would match everywhere")
    return compiled


class CustomPatterns:
    """A customer's patterns, by the name that their findings bear."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        if len(patterns) > PATTERNS_MAX:
            raise ValueError(f"there are {len(patterns)} patterns, and there may be {PATTERNS_MAX}")
        self._compiled = [(name, compile_pattern(name, pattern)) for name, pattern in patterns.items()]
        self._together = None
        self._open: re2._Regexp | None = None
        if not patterns:
            return
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _MEMORY * 4
        self._together = re2.Set.SearchSet(options)
        for pattern in patterns.values():
            self._together.Add(pattern)
        self._together.Compile()
        known = [beginnings(pattern) for pattern in patterns.values()]
        if None not in known:
            try:
                self._open = re2.compile(rf"(?:{'|'.join(filter(None, known))})\z".encode(), options)
            except re2.error:
                self._open = None

    def open_from(self, text: str, start: int) -> int:
        """Give the first place from which on the end of the text is what a match may begin with."""
        end = len(text)
        if self._together is None:
            return end
        start = max(start, end - MATCH_MAX)
        if self._open is None:
            return start
        tail = text[start:].encode("utf-8", "surrogatepass")
        match = self._open.search(tail)
        return end if match is None else start + len(tail[: match.start()].decode("utf-8", "surrogatepass"))

    def sources(self, text: str, data: bytes) -> list[CustomSource]:
        if self._together is None:
            return []
        return [
            CustomSource(*self._compiled[place], text=text, data=data)
            for place in sorted(self._together.Match(data) or ())
        ]


class CustomSource:
    """What one pattern matches, from left to right, each match looked for when it is asked for."""

    def __init__(self, name: str, pattern: re2._Regexp, *, text: str, data: bytes) -> None:
        self._type = name
        self._pattern = pattern
        self._data = data
        self._ascii = len(text) == len(data)
        self._text = text
        # A place in characters and the same in bytes, from which later ones are counted.
        self._known = (0, 0)
        self._head: Candidate | None = None
        self._done = False

    def first(self, start: int) -> Candidate | None:
        if self._done or (self._head is not None and self._head.start >= start):
            return self._head
        span = self._search(self._bytes_at(start))
        if span is None:
            self._head, self._done = None, True
        else:
            begin = self._characters_at(span[0])
            end = begin + len(self._data[span[0] : span[1]].decode("utf-8", "surrogatepass"))
            self._head = Candidate(begin, end, RANK, self._type)
        return self._head

    def rivals(self, held: Candidate) -> Sequence[Candidate]:
        head = self._head
        return (head,) if head is not None and held.start <= head.start < held.end else ()

    def _search(self, start: int) -> tuple[int, int] | None:
        """Search piece by piece: a match is sought in no more bytes than one may span, so cost stays
        linear."""
        size = len(self._data)
        while start < size:
            limit = min(size, start + 4 * MATCH_MAX)
            match = self._pattern.search(self._data, start, limit)
            if match is None:
                start = limit if limit == size else limit - MATCH_MAX
                continue
            begin, end = match.span()
            if begin + MATCH_MAX > limit and limit < size and begin > start:
                start = begin
                continue
            if end - begin > MATCH_MAX:
                match = self._pattern.match(self._data, begin, begin + MATCH_MAX)
                end = match.end() if match is not None else begin
            if end > begin:
                return begin, end
            start = begin + 1
        return None

    def _bytes_at(self, place: int) -> int:
        if self._ascii:
            return place
        characters, at = self._known
        if place < characters:
            characters, at = 0, 0
        at += len(self._text[characters:place].encode("utf-8", "surrogatepass"))
        self._known = (place, at)
        return at

    def _characters_at(self, place: int) -> int:
        if self._ascii:
            return place
        characters, at = self._known
        return characters + len(self._data[at:place].decode("utf-8", "surrogatepass"))

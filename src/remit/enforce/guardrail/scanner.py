"""Find which of many patterns a text holds, in one pass whatever their number."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import re2

hyperscan: Any = None  # it is built for one kind of processor; the slower engine finds the same
with suppress(ImportError):
    import hyperscan


class Scanner:
    """Patterns compiled together. INVARIANT: time is linear in the text, whatever stands in it."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._set: Any = None
        self._spaces: deque[Any] = deque()
        if hyperscan is None:
            self._set = re2.Set.SearchSet(_options())
            for pattern in patterns:
                self._set.Add("(?s)" + pattern)
            self._set.Compile()
            return
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[pattern.encode() for pattern in patterns],
            ids=list(range(len(patterns))),
            elements=len(patterns),
            flags=hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL,
        )
        self._space = hyperscan.Scratch(self._database)

    def held(self, text: str) -> list[int]:
        """Give the places, in the order given, of the patterns that match anywhere in a text."""
        data = text.encode("utf-8", "replace")
        if self._set is not None:
            return sorted(self._set.Match(data) or ())
        found: list[int] = []

        def note(pattern: int, _start: int, _end: int, _flags: int, _context: object) -> None:
            found.append(pattern)

        # Two scans at once, of two threads, need a space each; a space that is free is used again.
        try:
            space = self._spaces.pop()
        except IndexError:
            space = self._space.clone()
        self._database.scan(data, match_event_handler=note, scratch=space)
        self._spaces.append(space)
        return sorted(found)


def _options() -> Any:
    options = re2.Options()
    options.max_mem = 256 << 20
    options.log_errors = False
    return options

"""One pass over a text says which of many patterns can hold anything in it.

Hyperscan reads all patterns at once at about a gigabyte a second. Where a machine has none, RE2's set of
patterns gives the same answer more slowly. The answer is only which patterns occur: what they hold is found
by the rules themselves, so that both machines find the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import re2

try:
    import hyperscan
except ImportError:  # there is no build for this processor
    hyperscan = None  # type: ignore[assignment]  # so that its want is seen

Gate = Callable[[bytes], Sequence[int]]
"""Bytes of a text in UTF-8 to the places of the patterns that occur in it, in order."""


def has_hyperscan() -> bool:
    return hyperscan is not None


def compile_gate(patterns: Sequence[str], *, fast: bool | None = None) -> Gate:
    """Make ready to look for all these patterns; `fast` asks for one machine or the other."""
    if not patterns:
        return lambda _: ()
    if has_hyperscan() if fast is None else fast:
        return _hyperscan_gate(patterns)
    return _re2_gate(patterns)


def _hyperscan_gate(patterns: Sequence[str]) -> Gate:
    database = hyperscan.Database()
    flags = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY
    database.compile(
        expressions=[pattern.encode() for pattern in patterns],
        ids=list(range(len(patterns))),
        elements=len(patterns),
        flags=[flags] * len(patterns),
    )

    def fired(data: bytes) -> list[int]:
        hits: list[int] = []

        def note(pattern: int, start: int, end: int, flags: int, context: object) -> None:
            hits.append(pattern)

        try:
            database.scan(data, match_event_handler=note)
        except hyperscan.ScratchInUseError:
            hits.clear()
            database.scan(data, match_event_handler=note, scratch=hyperscan.Scratch(database))
        hits.sort()
        return hits

    return fired


_ESCAPED = re.compile(r"\\x([89a-f][0-9a-f])")


def _re2_gate(patterns: Sequence[str]) -> Gate:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 64 << 20
    options.log_errors = False
    together = re2.Set.SearchSet(options)
    for pattern in patterns:
        together.Add(pattern)
    together.Compile()

    def fired(data: bytes) -> list[int]:
        return sorted(together.Match(data) or ())

    return fired

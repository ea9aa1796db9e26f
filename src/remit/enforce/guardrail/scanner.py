"""Find which of many patterns a text holds: their words in one pass, then what has all its words there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import re2
from ahocorasick_rs import BytesAhoCorasick

from remit.enforce.guardrail.pattern_words import alternatives, needed


class _Way(msgspec.Struct, frozen=True, gc=False):
    """One way in which a pattern can match: a bit for each set of words it needs, and what is then asked."""

    owner: int
    bits: int
    asked: Any


class Scanner:
    """Patterns compiled together. INVARIANT: time is linear in the text, whatever stands in it."""

    def __init__(self, patterns: Sequence[str]) -> None:
        sets: dict[frozenset[str], int] = {}
        self._ways: dict[int, list[_Way]] = defaultdict(list)  # by the set of words that is rarest
        self._always: list[_Way] = []
        for owner, pattern in enumerate(patterns):
            for one in alternatives(pattern):
                words = needed(one)
                bits = [sets.setdefault(each, len(sets)) for each in words]
                way = _Way(owner, sum(1 << bit for bit in set(bits)), re2.compile("(?s)" + one, _options()))
                rarest = max(range(len(words)), key=lambda at: min(map(len, words[at])), default=None)
                (self._always if rarest is None else self._ways[bits[rarest]]).append(way)
        every = sorted(set().union(*sets))
        self._finder = BytesAhoCorasick([word.encode() for word in every])
        self._sets = [frozenset(bit for held, bit in sets.items() if word in held) for word in every]

    def held(self, text: str) -> list[int]:
        """Give the places, in the order given, of the patterns that match anywhere in a text."""
        data = text.encode("utf-8", "replace")
        words = {found[0] for found in self._finder.find_matches_as_indexes(data, overlapping=True)}
        seen = set().union(*(self._sets[word] for word in words))
        bits = sum(1 << bit for bit in seen)
        ways = [way for bit in seen if bit in self._ways for way in self._ways[bit]]
        found: set[int] = set()
        for way in [*self._always, *ways]:
            if way.bits & bits == way.bits and way.owner not in found and way.asked.search(data):
                found.add(way.owner)
        return sorted(found)


def _options() -> Any:
    options = re2.Options()
    options.max_mem = 1 << 23
    options.log_errors = False
    return options

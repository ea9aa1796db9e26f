"""Read off a pattern which words must stand in a text that it matches.

Most patterns are lists of words with gaps between them. Whether the words are there is found for all patterns
at once, and fast; only then is a pattern itself asked. Reading off too little costs time and never a match.
"""

from __future__ import annotations

import re
from itertools import product

import msgspec

_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|.", re.DOTALL)
_QUANTIFIER = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\??")
_NO_WIDTH = {"\\b", "\\B", "^", "$", "\\A", "\\Z"}
_WAYS_MAX = 200

Words = frozenset[str]


class _Read(msgspec.Struct, frozen=True, gc=False):
    """What a part of a pattern can be word for word, if that is few things, and what it needs otherwise."""

    whole: Words | None
    needed: tuple[Words, ...]


def alternatives(pattern: str) -> list[str]:
    """Give what stands between the outermost bars.

    >>> alternatives(r"a(?:b|c)|[|]d")
    ['a(?:b|c)', '[|]d']
    """
    found, start = [], 0
    for at, _, _ in _elements(pattern):
        if pattern[at] == "|":
            found.append(pattern[start:at])
            start = at + 1
    return [*found, pattern[start:]]


def needed(pattern: str) -> tuple[Words, ...]:
    """Give sets of words: of each set, one stands in every text that the pattern matches.

    >>> [sorted(words) for words in needed(r"(?:show|tell)\\\\b[^.]{0,30}?(?:rule|order)s?")]
    [['show', 'tell'], ['order', 'rule']]
    """
    read = _either(pattern)
    found = read.needed if read.whole is None else (read.whole,)
    return tuple(words for words in found if _telling(words))


def _telling(words: Words) -> bool:
    """Say whether few texts hold one of these: a single letter of an alphabet stands in every one."""
    return all(len(word.encode()) > 1 or not (word.isalnum() or word.isspace()) for word in words)


def _either(pattern: str) -> _Read:
    ways = [_sequence(one) for one in alternatives(pattern)]
    if len(ways) == 1:
        return ways[0]
    wholes = [way.whole for way in ways]
    if all(whole is not None for whole in wholes):
        return _Read(frozenset().union(*(whole or () for whole in wholes)), ())
    best = [_best(way) for way in ways]
    if any(words is None for words in best):
        return _Read(None, ())
    return _Read(None, (frozenset().union(*(words or () for words in best)),))


def _best(way: _Read) -> Words | None:
    sets = [words for words in (way.needed if way.whole is None else (way.whole,)) if _telling(words)]
    return max(sets, key=lambda words: min(map(len, words)), default=None)


def _sequence(pattern: str) -> _Read:
    run: Words = frozenset({""})
    found: list[Words] = []
    whole = True
    for start, end, quantifier in _elements(pattern):
        atom = pattern[start : end - len(quantifier)]
        if atom in _NO_WIDTH:
            continue
        read = _atom(atom)
        least, once = _times(quantifier)
        if read.whole is not None and once and len(run) * (len(read.whole) + 1) <= _WAYS_MAX:
            options = read.whole if least else read.whole | {""}
            run = frozenset(before + after for before, after in product(run, options))
            continue
        found.append(run)
        run, whole = frozenset({""}), False
        if least and read.whole is not None:
            row = least if len(read.whole) ** least <= _WAYS_MAX else 1
            again = frozenset(map("".join, product(read.whole, repeat=row)))
            if once:
                run = again
            else:
                found.append(again)
        elif least:
            found += read.needed
    return (
        _Read(run, ()) if whole else _Read(None, tuple(words for words in (*found, run) if "" not in words))
    )


def _times(quantifier: str) -> tuple[int, bool]:
    """Give how often an element must stand, and whether it stands once at most."""
    if not quantifier:
        return 1, True
    if quantifier[0] == "?":
        return 0, True
    if quantifier[0] == "{":
        return int(quantifier[1:].split(",")[0].split("}")[0]), False
    return int(quantifier[0] == "+"), False


def _atom(atom: str) -> _Read:
    if atom.startswith("(?:"):
        return _either(atom[3:-1])
    if atom.startswith("["):
        letters = atom[1:-1]
        plain = letters.isalpha() and not letters.startswith("^")
        return _Read(frozenset(letters), ()) if plain else _Read(None, ())
    if len(atom) == 2 and not atom[1].isalnum():
        return _Read(frozenset({atom[1]}), ())
    return _Read(frozenset({atom}), ()) if len(atom) == 1 and atom != "." else _Read(None, ())


def _elements(pattern: str) -> list[tuple[int, int, str]]:
    """Give where each outermost element begins and ends, and how often it may stand."""
    found, depth, start, at = [], 0, 0, 0
    while at < len(pattern):
        atom = _ATOM.match(pattern, at)
        assert atom is not None  # any character is one
        start = at if depth == 0 else start
        depth += (atom[0][0] == "(") - (atom[0] == ")")
        at = atom.end()
        if depth == 0:
            quantifier = _QUANTIFIER.match(pattern, at) if atom[0] != "|" else None
            at = quantifier.end() if quantifier else at
            found.append((start, at, quantifier[0] if quantifier else ""))
    return found

"""Where in a source a sentence comes from: the few sentences of it that share most of what is rare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from remit.enforce.guardrail.contrast import COMMON, stem
from remit.enforce.guardrail.fact import Token, sentences, tokens

Rows = NDArray[np.float32]

BITS = 13
NEAREST = 4
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W\d_]+)*")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


class Source(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A source, made ready to be looked up in: which words of the answer stand in which of its sentences."""

    text: str
    spans: list[tuple[int, int]]
    word: NDArray[np.int64]
    sentence: NDArray[np.int64]
    places: dict[str, int]
    digits: frozenset[str]
    stems: frozenset[str]


def rarity_of(key: str, rarity: Rows) -> float:
    """Return how rare a word is; the commonest ones say nothing."""
    if key in COMMON:
        return 0.15
    return float(rarity[crc32(key.encode("utf-8", "replace")) >> (32 - BITS)])


def ready(text: str, keys: Sequence[str]) -> Source:
    """Make a source ready to be asked about these words."""
    places = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    spans = sentences(text)
    stems: dict[str, str] = {}
    pairs: list[tuple[int, int]] = []
    lower = text.lower() if len(text.lower()) == len(text) else text
    for at, (start, end) in enumerate(spans):
        own = set()
        for word in _WORD.findall(lower, start, end):
            key = stems.get(word)
            if key is None:
                key = stems[word] = stem(word)
            if key in places:
                own.add(places[key])
        pairs.extend((place, at) for place in own)
    flat = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    digits = frozenset(_DIGITS.findall(text))
    return Source(text, spans, flat[:, 0], flat[:, 1], places, digits, frozenset(stems.values()))


def nearest(sentence: Sequence[Token], source: Source, weights: Rows) -> list[int]:
    """Return the sentences of the source that share most with this one, the first best.

    After the first, one counts for what it adds, so that two halves of a statement are both found.
    """
    wanted = np.zeros(len(weights), dtype=np.float32)
    own = [source.places[token.key] for token in sentence]
    wanted[own] = weights[own]
    chosen: list[int] = []
    while len(chosen) < NEAREST and len(source.word):
        totals = np.bincount(source.sentence, wanted[source.word])
        best = int(totals.argmax())
        if totals[best] <= 1e-6 or best in chosen:
            break
        chosen.append(best)
        wanted[source.word[source.sentence == best]] *= 0.1
    return chosen


def of(source: Source, at: int) -> list[Token]:
    start, end = source.spans[at]
    return tokens(source.text[start:end], start)

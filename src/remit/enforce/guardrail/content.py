"""What a text says that may not be wanted: sexual content, violence, hate, insults, misconduct.

A text is weighed a few sentences at a time, by the runs of letters and of words in it and by its meaning as
a vector. The weights were fitted once; so were the thresholds, on harmless texts: how many of them may be
taken for harmful.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from remit.enforce.guardrail import ngrams
from remit.enforce.guardrail.finding import Confidence, Found
from remit.enforce.guardrail.topic import passages

Rows = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Rows]
Category = Literal["SEXUAL", "VIOLENCE", "HATE", "INSULTS", "MISCONDUCT"]

CATEGORIES: tuple[Category, ...] = get_args(Category)
LEVELS: tuple[Confidence, ...] = ("high", "medium", "low")
LETTER_BITS, LETTER_SIZES = 16, (2, 3, 4, 5)
WORD_BITS, WORD_SIZES = 16, (1, 2, 3)
_BATCH = 256


class Content(msgspec.Struct, frozen=True, eq=False):
    """A column for each category; a row of thresholds for each confidence, the highest first."""

    embed: Embed
    known: Mapping[str, int]
    letters: Rows
    words: Rows
    lexicon: Rows
    meaning: Rows
    bias: Rows
    thresholds: Rows

    def odds(self, texts: Sequence[str]) -> Rows:
        """Return a row for each text and a column for each category, as the log of odds."""
        plain = [ngrams.folded(text) for text in texts]
        found = self.embed([text.strip() for text in plain]) @ self.meaning + self.bias
        for at, text in enumerate(plain):
            letters, words = buckets(text)
            found[at] += _sum(self.letters, letters) + _sum(self.words, words)
            found[at] += hits(text, self.known) @ self.lexicon
        return found

    def weigh(self, text: str) -> list[Found]:
        """Return what a text says, each at the passage that says it most."""
        spans = passages(text)
        if not spans:
            return []
        best = np.full(len(CATEGORIES), -np.inf, dtype=np.float32)
        where = np.zeros(len(CATEGORIES), dtype=np.int64)
        for start in range(0, len(spans), _BATCH):
            odds = self.odds([text[first:end] for first, end in spans[start : start + _BATCH]])
            where = np.where(odds.max(axis=0) > best, odds.argmax(axis=0) + start, where)
            best = np.maximum(odds.max(axis=0), best)
        found = []
        for at, category in enumerate(CATEGORIES):
            met = np.flatnonzero(best[at] >= self.thresholds[:, at])
            if len(met):
                start, end = spans[where[at]]
                found.append(Found(category, start, end, LEVELS[met[0]]))
        return found


def buckets(text: str) -> tuple[ngrams.Buckets, ngrams.Buckets]:
    """Return the different runs of letters and of words of a folded text."""
    letters = np.unique(ngrams.of_characters(text, LETTER_SIZES, bits=LETTER_BITS))
    return letters, np.unique(ngrams.of_words(ngrams.words(text), WORD_SIZES, bits=WORD_BITS))


def known_words(lines: Sequence[str]) -> dict[str, int]:
    """Read a list of words, each after its category, into where the category stands."""
    pairs = [line.split("\t") for line in lines]
    places = {category: at for at, category in enumerate(CATEGORIES)}
    return {word: places[category] for category, word in pairs}  # type: ignore[index]  # read from a list


def hits(text: str, known: Mapping[str, int]) -> Rows:
    """Return for each category whether a known word of it is in a folded text, and how many, up to three."""
    found = np.zeros(len(CATEGORIES), dtype=np.float32)
    own = ngrams.words(text)
    for at, word in enumerate(own):
        for run in (word, " ".join(own[at : at + 2]), " ".join(own[at : at + 3])):
            place = known.get(run)
            if place is not None:
                found[place] += 1
                break
    return np.concatenate([np.minimum(found, 1), np.minimum(found, 3) / 3])


def compile_content(arrays: Mapping[str, NDArray[Any]], lines: Sequence[str], embed: Embed) -> Content:
    """Make what was fitted, and the list of words that was gathered, ready to weigh texts."""
    scale = arrays["scale"]
    return Content(
        embed=embed,
        known=known_words(lines),
        lexicon=arrays["lexicon"],
        letters=arrays["letters"].astype(np.float32) * scale[0],
        words=arrays["words"].astype(np.float32) * scale[1],
        meaning=arrays["meaning"].astype(np.float32),
        bias=arrays["bias"],
        thresholds=arrays["thresholds"],
    )


def _sum(weights: Rows, found: ngrams.Buckets) -> Rows:
    total: Rows = weights[found].sum(axis=0) / np.sqrt(max(1, len(found)), dtype=np.float32)
    return total

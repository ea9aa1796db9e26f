"""What a text says that may not be wanted: sexual content, violence, hate, insults, misconduct.

A text is weighed a few sentences at a time, by the runs of letters and words in it, by known words, and by
its meaning as a vector. The weights were fitted once; so were the thresholds, on harmless texts: how many
of them may be taken for harmful. What is said once in a long text must be the clearer the longer the text
is, so that a long text is not taken for harmful more often than a short one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from remit.enforce.guardrail import ngrams
from remit.enforce.guardrail.finding import Confidence, Found
from remit.enforce.guardrail.gram import Codes, grams, phrases
from remit.enforce.guardrail.normalise import normalise
from remit.enforce.guardrail.topic import passages

Rows = NDArray[np.float32]
Places = NDArray[np.int64]
Embed = Callable[[Sequence[str]], Rows]
Category = Literal["SEXUAL", "VIOLENCE", "HATE", "INSULTS", "MISCONDUCT"]

CATEGORIES: tuple[Category, ...] = get_args(Category)
LEVELS: tuple[Confidence, ...] = ("high", "medium", "low")
BITS = 17
TOGETHER = 64
"""How many passages are weighed at once: what is held of a text is bounded, however long it is."""
_FEW = 3
_PREFIX = np.uint64(48)


class Known(msgspec.Struct, frozen=True, eq=False):
    """Words and phrases by their numbers, in order, each with the category that it speaks of."""

    codes: Codes
    places: Places
    begun: NDArray[np.bool_]

    def count(self, words: Codes, at: Places, starts: Places) -> Rows:
        """Return for each passage and category whether a known word is in it, and how many, up to three."""
        found = np.zeros((len(starts), len(CATEGORIES)), dtype=np.float32)
        for codes in phrases(words):
            likely = np.flatnonzero(self.begun[(codes >> _PREFIX).astype(np.int64)])
            if len(likely):
                place = np.minimum(np.searchsorted(self.codes, codes[likely]), len(self.codes) - 1)
                met = self.codes[place] == codes[likely]
                passage = np.searchsorted(starts, at[likely[met]], side="right") - 1
                np.add.at(found, (np.maximum(passage, 0), self.places[place[met]]), 1)
        return np.concatenate([np.minimum(found, 1), np.minimum(found, _FEW) / _FEW], axis=1)


class Content(msgspec.Struct, frozen=True, eq=False):
    """A row for each category in `runs`, a column in the rest; a row of thresholds for each confidence."""

    embed: Embed
    known: Known
    runs: Rows
    lexicon: Rows
    meaning: tuple[Rows, Rows, Rows]
    bias: Rows
    thresholds: Rows
    slope: Rows

    def odds(self, text: str, spans: Sequence[tuple[int, int]]) -> Rows:
        """Return a row for each passage and a column for each category, as the log of odds."""
        first = spans[0][0]
        plain = normalise(text[first : spans[-1][1]])
        starts = np.array([start - first for start, _ in spans])
        if plain.offsets is not None:
            starts = np.searchsorted(plain.offsets, starts)
        found = grams(plain.text, bits=BITS)
        total = sums(self.runs, found.slots, found.at, starts)
        total += self.known.count(found.words, found.words_at, starts) @ self.lexicon
        ends = [*starts[1:].tolist(), len(plain.text)]
        said = [spoken(plain.text[start:end]) for start, end in zip(starts.tolist(), ends, strict=True)]
        return total + self.meant(self.embed(said)) + self.bias

    def meant(self, vectors: Rows) -> Rows:
        within, within_bias, without = self.meaning
        hidden = np.maximum(vectors @ within + within_bias, 0)
        together: Rows = hidden @ without
        return together

    def weigh(self, text: str) -> list[Found]:
        """Return what a text says, each at the passage that says it most."""
        spans = passages(text)
        if not spans:
            return []
        best = np.full(len(CATEGORIES), -np.inf, dtype=np.float32)
        where = np.zeros(len(CATEGORIES), dtype=np.int64)
        for start, odds in self._blocks(text, spans):
            most = odds.max(axis=0)
            where = np.where(most > best, odds.argmax(axis=0) + start, where)
            best = np.maximum(most, best)
        best -= self.slope * np.log(np.float32(len(spans)))
        found = []
        for at, category in enumerate(CATEGORIES):
            met = np.flatnonzero(best[at] >= self.thresholds[:, at])
            if len(met):
                begin, end = spans[where[at]]
                found.append(Found(category, begin, end, LEVELS[met[0]]))
        return found

    def _blocks(self, text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, Rows]]:
        for start in range(0, len(spans), TOGETHER):
            yield start, self.odds(text, spans[start : start + TOGETHER])


def sums(runs: Rows, slots: Places, at: Places, starts: Places) -> Rows:
    """Return a row for each passage: what its runs weigh together, the less each the more there are."""
    if len(starts) == 1:
        weighed = runs.take(slots, axis=1).sum(axis=1)
        alone: Rows = (weighed / np.sqrt(max(1, len(slots)), dtype=np.float32))[None, :]
        return alone
    passage = np.maximum(np.searchsorted(starts, at, side="right") - 1, 0)
    order = np.argsort(passage, kind="stable")
    counts = np.bincount(passage, minlength=len(starts))
    some = np.flatnonzero(counts)
    found = np.zeros((len(starts), len(runs)), dtype=np.float32)
    if len(some):
        begins = (np.cumsum(counts) - counts)[some]
        weighed = np.add.reduceat(runs.take(slots[order], axis=1), begins, axis=1).T
        found[some] = weighed / np.sqrt(counts[some, None], dtype=np.float32)
    return found


def spoken(text: str) -> str:
    """Return a text as it is looked up by its meaning: small letters, one space between words."""
    return ngrams.encodable(" ".join(text.lower().split()))


def known_words(lines: Sequence[str]) -> Known:
    """Read a list of words, each after its category."""
    where = {category: at for at, category in enumerate(CATEGORIES)}
    found: dict[int, int] = {}
    for line in lines:
        category, word = line.split("\t")
        words = grams(normalise(word).text, bits=BITS).words
        runs = phrases(words)
        if 0 < len(words) <= len(runs):
            found.setdefault(int(runs[len(words) - 1][0]), where[category])  # type: ignore[index]  # read from a list
    codes = np.array(sorted(found), dtype=np.uint64)
    begun = np.zeros(1 << 16, dtype=np.bool_)
    begun[(codes >> _PREFIX).astype(np.int64)] = True
    return Known(codes, np.array([found[int(code)] for code in codes], dtype=np.int64), begun)


def compile_content(arrays: Mapping[str, NDArray[Any]], lines: Sequence[str], embed: Embed) -> Content:
    """Make what was fitted, and the list of words that was gathered, ready to weigh texts."""
    return Content(
        embed=embed,
        known=known_words(lines),
        runs=np.ascontiguousarray(arrays["runs"].astype(np.float32) * arrays["scale"][:, None]),
        lexicon=arrays["lexicon"],
        meaning=(
            arrays["within"].astype(np.float32),
            arrays["within_bias"].astype(np.float32),
            arrays["without"].astype(np.float32),
        ),
        bias=arrays["bias"],
        thresholds=arrays["thresholds"],
        slope=arrays["slope"],
    )

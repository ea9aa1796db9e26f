"""Denied topics: what an organisation does not talk about, said by a name, a definition and a few examples.

A text is held against each topic in two ways: by meaning, as the product of vectors, and by the runs of
letters that it shares with the examples. What these say together is weighed by numbers that were fitted
once, on topics that are not the customer's. How near harmless texts come to a topic is part of it, so that
a broad topic must be met more closely than a narrow one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from remit.enforce.guardrail import ngrams
from remit.enforce.guardrail.finding import Confidence, Found

Rows = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Rows]

BITS = 13
SIZES = (3, 4, 5)
PIECE_CHARACTERS = 240
_BATCH = 256
_NEAR_QUANTILE = 0.99
_SENTENCE = re.compile(r"[^.!?。！？\n]*[.!?。！？\n]*\s*")
_END = re.compile(r"[\s?.!。！？]+$")
_WORDS_BETWEEN = re.compile(r"[_\-/]+")

FEATURES = (
    "meaning_mean", "meaning_most", "letters_mean", "letters_most", "examples_agree", "letters_agree",
    "definition", "definition_agrees", "background",
)  # fmt: skip


class Topic(msgspec.Struct, frozen=True):
    """What a topic is: a definition in a sentence, and texts that are of it."""

    definition: str = ""
    examples: tuple[str, ...] = ()


class Background(msgspec.Struct, frozen=True, eq=False):
    """What was fitted once: vectors of harmless texts, how rare runs of letters are, weights and thresholds.

    `turn` turns vectors so that what tells intents apart counts for more than how they are put.

    `levels` has, for each share of texts that may be taken for a topic by mistake, the weight that so few
    of the texts which are not of it reach.
    """

    vectors: Rows
    turn: Rows
    rarity: Rows
    weights: Rows
    bias: float
    shares: Rows
    levels: Rows


def background(arrays: Mapping[str, NDArray[Any]]) -> Background:
    """Read what was fitted from its arrays."""
    vectors = arrays["vectors"].astype(np.float32)
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return Background(
        vectors=vectors / lengths,
        turn=arrays["turn"].astype(np.float32),
        rarity=arrays["rarity"].astype(np.float32),
        weights=arrays["weights"],
        bias=float(arrays["bias"][0]),
        shares=arrays["shares"],
        levels=arrays["levels"],
    )


class Topics(msgspec.Struct, frozen=True, eq=False):
    """Denied topics, made ready. One row of `meanings` and one column of `letters` for each example."""

    names: tuple[str, ...]
    embed: Embed
    turn: Rows
    rarity: Rows
    meanings: Rows
    definitions: Rows
    letters: Rows
    mean: Rows
    first: NDArray[np.int64]
    fixed: Rows
    weights: Rows
    thresholds: tuple[tuple[Confidence, float], ...]

    def weigh(self, texts: Sequence[str]) -> Rows:
        """Return a row for each text and a column for each topic: how far it is of it, as the log of odds."""
        plain = [plainly(text) for text in texts]
        vectors = turned(self.embed(plain), self.turn)
        letters = np.stack([_letters(text, self.rarity, self.letters) for text in plain])
        meaning = vectors @ self.meanings.T
        weights = self.weights
        found: Rows = (
            self.fixed
            + weights[0] * (meaning @ self.mean[0].T)
            + weights[1] * np.maximum.reduceat(meaning, self.first, axis=1)
            + weights[2] * (letters @ self.mean[1].T)
            + weights[3] * np.maximum.reduceat(letters, self.first, axis=1)
            + weights[6] * (vectors @ self.definitions.T)
        )
        return found

    def find(self, text: str) -> list[Found]:
        """Return the topics that a text is of, each at the passage that is most so.

        A long text is weighed a few sentences at a time, so that a topic is found within a text about others.
        """
        spans = passages(text)
        if not self.names or not spans:
            return []
        best = np.full(len(self.names), -np.inf, dtype=np.float32)
        where = np.zeros(len(self.names), dtype=np.int64)
        for start in range(0, len(spans), _BATCH):
            odds = self.weigh([text[first:end] for first, end in spans[start : start + _BATCH]])
            most = odds.max(axis=0)
            where = np.where(most > best, odds.argmax(axis=0) + start, where)
            best = np.maximum(most, best)
        found = []
        for topic, name in enumerate(self.names):
            confidence = next((level for level, least in self.thresholds if best[topic] >= least), None)
            if confidence is not None:
                start, end = spans[where[topic]]
                found.append(Found(name, start, end, confidence))
        return found


# How many of a hundred harmless texts may be taken for any of the topics, for each confidence.
FALSE_ALARMS: tuple[tuple[Confidence, float], ...] = (("high", 0.003), ("medium", 0.01), ("low", 0.03))


def compile_topics(topics: Mapping[str, Topic], background: Background, embed: Embed) -> Topics:
    """Make topics ready to be found. The more topics, the more closely each must be met: alarms add up."""
    names = tuple(topics)
    texts = [_texts(name, topics[name]) for name in names]
    counts = [len(own) for own in texts]
    first = np.cumsum([0, *counts[:-1]]) if names else np.zeros(0, dtype=np.int64)
    none = np.zeros((0, len(background.turn)), dtype=np.float32)
    meanings = turned(embed([text for own in texts for text in own]) if names else none, background.turn)
    said = [plainly(f"{_WORDS_BETWEEN.sub(' ', name)}: {topics[name].definition}") for name in names]
    definitions = turned(embed(said), background.turn) if names else meanings
    letters = np.zeros((1 << BITS, len(meanings)), dtype=np.float32)
    flat = [text for own in texts for text in own]
    for at, text in enumerate(flat):
        buckets, values = _rare(text, background.rarity)
        letters[buckets, at] = values
    mean, fixed = _fixed(counts, first, meanings, letters, definitions, background)
    return Topics(
        names=names,
        embed=embed,
        turn=background.turn,
        rarity=background.rarity,
        meanings=meanings,
        definitions=definitions,
        letters=letters,
        mean=mean,
        first=first,
        fixed=fixed,
        weights=background.weights,
        thresholds=tuple(
            (level, _threshold(share / max(1, len(names)), background)) for level, share in FALSE_ALARMS
        ),
    )


def _fixed(
    counts: Sequence[int],
    first: NDArray[np.int64],
    meanings: Rows,
    letters: Rows,
    definitions: Rows,
    background: Background,
) -> tuple[Rows, Rows]:
    """Return what makes products with examples those with each topic's mean, and what no text changes."""
    mean = np.zeros((2, len(counts), len(meanings)), dtype=np.float32)
    fixed = np.full(len(counts), background.bias, dtype=np.float32)
    weights = background.weights
    harmless = turned(background.vectors, background.turn)
    for at, (start, count) in enumerate(zip(first, counts, strict=True)):
        own = slice(int(start), int(start) + count)
        centre = meanings[own].mean(axis=0)
        agree = float(np.linalg.norm(centre)) or 1.0
        alike = float(np.linalg.norm(letters[:, own].mean(axis=1))) or 1.0
        centre = centre / agree
        mean[0, at, own] = 1 / (count * agree)
        mean[1, at, own] = 1 / (count * alike)
        near = float(np.quantile(harmless @ centre, _NEAR_QUANTILE))
        constants = np.array([agree, alike, float(centre @ definitions[at]), near], dtype=np.float32)
        fixed[at] += constants @ weights[[4, 5, 7, 8]]
    return mean, fixed


def _texts(name: str, topic: Topic) -> list[str]:
    """Return what stands for the topic: its examples, or without any its definition, or its name."""
    stated = [topic.definition] if topic.definition.strip() else [_WORDS_BETWEEN.sub(" ", name)]
    return [plainly(text) for text in topic.examples if text.strip()] or [plainly(text) for text in stated]


def _threshold(share: float, background: Background) -> float:
    return float(np.interp(np.log(share), np.log(background.shares), background.levels))


def turned(vectors: Rows, turn: Rows) -> Rows:
    found = vectors @ turn
    lengths: Rows = np.maximum(np.linalg.norm(found, axis=1, keepdims=True), np.float32(1e-6))
    return found / lengths


def plainly(text: str) -> str:
    return _END.sub("", ngrams.folded(text).strip())


def _rare(text: str, rarity: Rows) -> tuple[NDArray[np.int64], Rows]:
    """Return the runs of letters of a text and how much each says of it, at unit length."""
    buckets, counts = np.unique(ngrams.of_characters(f" {text} ", SIZES, bits=BITS), return_counts=True)
    values = ((1 + np.log(counts)) * rarity[buckets]).astype(np.float32)
    return buckets, values / (float(np.linalg.norm(values)) or 1.0)


def _letters(text: str, rarity: Rows, letters: Rows) -> Rows:
    buckets, values = _rare(text, rarity)
    found: Rows = values @ letters[buckets]
    return found


def passages(text: str) -> list[tuple[int, int]]:
    """Return where the passages of a text begin and end: a few sentences each, all of it together.

    >>> passages("Hello there. How are you?")
    [(0, 25)]
    """
    spans: list[tuple[int, int]] = []
    start = end = 0
    for sentence in _SENTENCE.finditer(text):
        if sentence.end() - start > PIECE_CHARACTERS and end > start:
            spans.append((start, end))
            start = end
        end = sentence.end()
        while end - start > 2 * PIECE_CHARACTERS:
            spans.append((start, start + PIECE_CHARACTERS))
            start += PIECE_CHARACTERS
    if end > start:
        spans.append((start, end))
    return [span for span in spans if not text[span[0] : span[1]].isspace()]

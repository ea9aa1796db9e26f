"""Whether an answer is supported by its sources, and whether it answers what was asked.

Each sentence of the answer is laid beside the sentences of the sources that share most with it. What it
says beyond them is counted: numbers, dates and names that are not there, words that turn the statement
around, and how much of its wording has no counterpart. Small models, fitted once, make one score of these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from remit.enforce.guardrail import alignment
from remit.enforce.guardrail.alignment import Source
from remit.enforce.guardrail.comparison import FEATURES, Reason, compared
from remit.enforce.guardrail.contrast import opposites
from remit.enforce.guardrail.fact import Token, sentences, tokens
from remit.enforce.guardrail.ngrams import encodable
from remit.enforce.guardrail.trees import Trees, trees

Rows = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Rows]

SOURCE_CHARACTERS_MAX = 100_000
QUERY_CHARACTERS_MAX = 1_000
ANSWER_CHARACTERS_MAX = 5_000
_FLAGS = ("numbers", "names", "dates", "negation", "opposite", "quantity", "sureness", "cause")
_AT = {name: len(FEATURES) + at for at, name in enumerate(FEATURES)}
# The score at which right and wrong answers balance on development data is where people set the threshold.
_BALANCED = 0.7
_SHIFT = float(np.log(_BALANCED / (1 - _BALANCED)))


class Grounded(msgspec.Struct, frozen=True):
    """How far an answer is supported and relevant, each from 0 to 1, and what in it is not supported."""

    score: float
    relevance: float
    reasons: tuple[Reason, ...]


class Grounding(msgspec.Struct, frozen=True, eq=False):
    """What answers are held against their sources with: fitted numbers, opposites, and a way to vectors."""

    embed: Embed
    rarity: Rows
    weights: Rows
    bias: float
    trees: Trees
    relevance: Rows
    opposite: Mapping[str, frozenset[str]]

    def ground(self, answer: str, sources: str, query: str = "") -> Grounded:
        """Weigh an answer. What is beyond the greatest lengths is not looked at."""
        answer = encodable(answer[:ANSWER_CHARACTERS_MAX])
        features, reasons = self.features(answer, encodable(sources[:SOURCE_CHARACTERS_MAX]))
        odds = (float(features @ self.weights) + self.bias + self.trees.odds(features)) / 2
        score = _share(odds + _SHIFT) if answer.strip() else 0.0
        asked = encodable(query[:QUERY_CHARACTERS_MAX])
        relevance = _share(float(self.relevant(answer, asked) @ self.relevance)) if asked.strip() else 1.0
        return Grounded(score, relevance, reasons)

    def features(self, answer: str, sources: str) -> tuple[Rows, tuple[Reason, ...]]:
        """Return what is weighed of an answer as a whole: the mean over its sentences, and the worst."""
        spans = sentences(answer)
        said = [(span, tokens(answer[span[0] : span[1]], span[0])) for span in spans]
        said = [(span, own) for span, own in said if own]
        source = alignment.ready(sources, [token.key for _, own in said for token in own])
        weights = np.array([alignment.rarity_of(key, self.rarity) for key in source.places], dtype=np.float32)
        found, reasons = [], []
        for (start, end), own in said:
            row, own_reasons = self._sentence(answer[start:end], own, source, weights)
            found.append(row)
            reasons.extend(own_reasons)
        if not found:
            return _together(np.zeros(2 * len(FEATURES), dtype=np.float32)), ()
        rows = np.stack(found)
        lengths = np.array([len(own) for _, own in said], dtype=np.float32)
        mean = lengths @ rows / lengths.sum()
        return _together(np.concatenate([mean, rows.max(axis=0)])), tuple(reasons)

    def _sentence(
        self, text: str, own: list[Token], source: Source, weights: Rows
    ) -> tuple[Rows, list[Reason]]:
        near = [alignment.of(source, at) for at in alignment.nearest(own, source, weights)]
        texts = [source.text[one[0].start : one[-1].end] for one in near if one]
        return compared(text, own, [one for one in near if one], texts, source, weights, self)

    def relevant(self, answer: str, query: str) -> Rows:
        """Return what is weighed of an answer beside the question."""
        asked, said = tokens(query), {token.key for token in tokens(answer)}
        rare = [alignment.rarity_of(token.key, self.rarity) for token in asked]
        met = sum(value for value, token in zip(rare, asked, strict=True) if token.key in said)
        vectors = self.embed([query, answer])
        near = float(vectors[0] @ vectors[1])
        return np.array([1.0, met / (sum(rare) or 1.0), near, min(met, 20.0) / 20], dtype=np.float32)


def compile_grounding(arrays: Mapping[str, NDArray[Any]], embed: Embed) -> Grounding:
    """Make what was fitted ready to weigh answers."""
    return Grounding(
        embed=embed,
        rarity=arrays["rarity"].astype(np.float32),
        weights=arrays["weights"],
        bias=float(arrays["bias"][0]),
        trees=trees(arrays),
        relevance=arrays["relevance"],
        opposite=opposites(),
    )


def _together(row: Rows) -> Rows:
    """Add what only says something together: a fault in a sentence that is otherwise near to its source."""
    worst = {name: float(row[at]) for name, at in _AT.items()}
    near = 1 - worst["uncovered_best"]
    flags = [worst[name] for name in _FLAGS]
    faults = sum(flags)
    unlike = worst["unlike_words"]
    more = [
        min(faults, 3.0), float(faults > 0), faults * near, *(flag * near for flag in flags[3:]),
        unlike**2, float(row[FEATURES.index("unlike_words")]) ** 2, worst["uncovered_best"] ** 2,
        max(0.0, 0.1 - worst["uncovered_best"]), worst["names_elsewhere"] * near,
        worst["numbers_elsewhere"] * near, float(unlike > 0.05) * near,
    ]  # fmt: skip
    return np.concatenate([row, np.array(more, dtype=np.float32)])


def _share(odds: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(odds, -30, 30))))

"""Fit weights of runs of letters and words, of known words and of meaning together, by small steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.enforce.guardrail.content import BITS, CATEGORIES, Known, spoken
from remit.enforce.guardrail.gram import grams
from remit.enforce.guardrail.normalise import normalise

Array = np.ndarray
HIDDEN = 48
EPOCHS = 14
BATCH = 1_024
RATE = 0.003
DECAY = 0.004
DROPPED = 0.25
"""How many runs and numbers of meaning are left out of each step by chance, so that none is relied on."""


class Features(NamedTuple):
    runs: sparse.csr_matrix
    lexicon: Array
    meaning: Array

    def at(self, chosen: Array) -> Features:
        return Features(self.runs[chosen], self.lexicon[chosen], self.meaning[chosen])


class Model(NamedTuple):
    runs: Array
    lexicon: Array
    within: Array
    within_bias: Array
    without: Array
    bias: Array

    def odds(self, features: Features) -> Array:
        hidden = np.maximum(features.meaning @ self.within + self.within_bias, 0)
        found = (
            features.runs @ self.runs + features.lexicon @ self.lexicon + hidden @ self.without + self.bias
        )
        return np.asarray(found, dtype=np.float64)


def featured(texts: Sequence[str], known: Known) -> Features:
    plain = [normalise(text).text for text in texts]
    slots, lexicon = [], []
    start = np.zeros(1, np.int64)
    for text in plain:
        found = grams(text, bits=BITS)
        slots.append(found.slots)
        lexicon.append(known.count(found.words, found.words_at, start)[0])
    ends = np.cumsum([0, *(len(one) for one in slots)])
    values = np.concatenate([np.full(len(one), 1 / np.sqrt(max(1, len(one))), np.float32) for one in slots])
    runs = sparse.csr_matrix((values, np.concatenate(slots), ends), shape=(len(slots), 1 << BITS))
    runs.sum_duplicates()
    meaning = WordllamaEmbedding().vectors([spoken(text) for text in plain])
    return Features(runs, np.stack(lexicon), meaning)


def fit(features: Features, says: Array, weight: Array, *, seed: int = 3) -> Model:
    """Fit by Adam; what is not known of a text says nothing."""
    chance = np.random.default_rng(seed)
    count = len(CATEGORIES)
    model = Model(
        np.zeros((1 << BITS, count), np.float32),
        np.zeros((features.lexicon.shape[1], count), np.float32),
        chance.normal(0, 0.25, (features.meaning.shape[1], HIDDEN)).astype(np.float32),
        np.zeros(HIDDEN, np.float32),
        chance.normal(0, 0.1, (HIDDEN, count)).astype(np.float32),
        np.full(count, -2.0, np.float32),
    )
    rates = (6.0, 2.0, 1.0, 1.0, 1.0, 1.0)
    first = [np.zeros_like(one) for one in model]
    second = [np.zeros_like(one) for one in model]
    step, steps = 0, EPOCHS * -(-len(says) // BATCH)
    for _ in range(EPOCHS):
        order = chance.permutation(len(says))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            slopes = _slopes(model, features.at(chosen), says[chosen], weight[chosen], chance)
            step += 1
            rate = RATE * min(1.0, 1.1 - step / steps)
            for at, slope in enumerate(slopes):
                first[at] *= 0.9
                first[at] += 0.1 * slope
                second[at] *= 0.99
                second[at] += 0.01 * np.square(slope, out=slope)
                moved = np.sqrt(second[at], out=slope)
                moved *= np.float32((1 - 0.9**step) / np.sqrt(1 - 0.99**step))
                moved += np.float32(1e-6 * (1 - 0.9**step))
                np.divide(first[at], moved, out=moved)
                moved *= np.float32(rate * rates[at])
                model[at][...] *= np.float32(1 - rate * rates[at] * DECAY)
                model[at][...] -= moved
    return model


def _slopes(
    model: Model, batch: Features, says: Array, weight: Array, chance: np.random.Generator
) -> list[Array]:
    runs = batch.runs
    runs.data *= (chance.random(len(runs.data)) >= DROPPED) / np.float32(1 - DROPPED)
    meaning = batch.meaning * (chance.random(batch.meaning.shape) >= DROPPED) / np.float32(1 - DROPPED)
    lexicon = batch.lexicon * (chance.random((len(says), 1)) >= DROPPED)
    before = meaning @ model.within + model.within_bias
    hidden = np.maximum(before, 0)
    odds = runs @ model.runs + lexicon @ model.lexicon + hidden @ model.without + model.bias
    wrong = (1 / (1 + np.exp(-odds)) - says) * (says >= 0) * weight[:, None] / len(says)
    wrong = wrong.astype(np.float32)
    back = (wrong @ model.without.T) * (before > 0)
    return [
        np.asarray(runs.T @ wrong),
        lexicon.T @ wrong,
        meaning.T @ back,
        back.sum(axis=0),
        hidden.T @ wrong,
        wrong.sum(axis=0),
    ]

"""Fit how denied topics are weighed, and say what it measures on intents that were not fitted on.

    python scripts/guardrails/train_topics.py DATA

Each draw denies some intents of a set, each said by a few of its examples, and asks which of all other
texts are of them. What is fitted on one set of intents is measured on the other.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import turn
from files import rows, write_arrays
from sklearn.linear_model import LogisticRegression

from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.enforce.guardrail import ngrams
from remit.enforce.guardrail.topic import (
    BITS,
    FEATURES,
    SIZES,
    Background,
    Embed,
    Rows,
    Topic,
    compile_topics,
    plainly,
)

Part = tuple[list[str], np.ndarray]

ASKED = 3000
SHARES = np.array([1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1], dtype=np.float32)
HARMLESS = {"benign_instructions": 900, "benign_business": 162, "attack_slabs": 500}


class Draw(NamedTuple):
    features: np.ndarray
    is_of: np.ndarray


def main(data: Path) -> None:
    embed = WordllamaEmbedding().vectors
    sets = {"clinc": intents(data, "topics_clinc150"), "banking": intents(data, "topics_banking77")}
    harmless = harmless_texts(data)
    for held, other in (("clinc", "banking"), ("banking", "clinc")):
        background = prepared(harmless + thin(sets[other], each=4), sets[other][0] + harmless, embed)
        fitted = fit(crossed([sets[other]], background, embed, seed=1), background)
        fitted = msgspec.structs.replace(fitted, turn=turn_of([sets[other]], embed))
        test = draws(sets[held], fitted, embed, count=10, seed=2)
        report(f"fitted on {other}, measured on {held}", test, fitted)
    every = sets["clinc"][0] + sets["banking"][0] + harmless
    both = list(sets.values())
    background = prepared(harmless + thin(both[0], each=4) + thin(both[1], each=4), every, embed)
    fitted = fit(crossed(both, background, embed, seed=3), background)
    report("fitted on both, the turn on other intents", crossed(both, background, embed, seed=4), fitted)
    fitted = msgspec.structs.replace(fitted, turn=turn_of(both, embed))
    write_arrays(
        "topics",
        {
            "vectors": np.round(fitted.vectors * 127 / np.abs(fitted.vectors).max()).astype(np.int8),
            "rarity": fitted.rarity.astype(np.float16),
            "turn": fitted.turn.astype(np.float16),
            "weights": fitted.weights,
            "bias": np.array([fitted.bias], dtype=np.float32),
            "shares": fitted.shares,
            "levels": fitted.levels,
        },
    )


def intents(data: Path, name: str) -> Part:
    found = rows(data, name)
    return [row["text"] for row in found], np.array([row["label"] for row in found])


def thin(part: Part, *, each: int) -> list[str]:
    texts, labels = part
    return [texts[at] for label in sorted(set(labels)) for at in np.flatnonzero(labels == label)[:each]]


def harmless_texts(data: Path) -> list[str]:
    texts = []
    for name, most in HARMLESS.items():
        own = [row["text"] for row in rows(data, name) if row["label"] == 0]
        texts += [text[:240] for text in own[:: max(1, len(own) // most)]]
    return texts


def prepared(background: list[str], counted: list[str], embed: Embed) -> Background:
    seen = np.zeros(1 << BITS)
    for text in counted:
        seen[np.unique(ngrams.of_characters(f" {plainly(text)} ", SIZES, bits=BITS))] += 1
    rarity = np.log((len(counted) + 1) / (seen + 1)).astype(np.float32)
    vectors = embed([plainly(text) for text in background])
    none = np.zeros(len(FEATURES), dtype=np.float32)
    levels = np.zeros(len(SHARES), dtype=np.float32)
    return Background(vectors, np.eye(vectors.shape[1], dtype=np.float32), rarity, none, 0.0, SHARES, levels)


def turn_of(sets: Sequence[Part], embed: Embed, keep: int | None = None) -> Rows:
    """Fit the turn of vectors on the intents of sets, or on each other one of them."""
    found = []
    for texts, labels in sets:
        kept = np.isin(labels, halves(labels)[keep]) if keep is not None else np.ones(len(labels), dtype=bool)
        vectors = embed([plainly(text) for text, one in zip(texts, kept, strict=True) if one])
        found.append(turn.Part(vectors, labels[kept]))
    return turn.fitted_turn(found, seed=9)


def halves(labels: np.ndarray) -> tuple[list[str], list[str]]:
    names = [str(label) for label in sorted(set(labels)) if label not in ("oos", "None")]
    names = [names[at] for at in np.random.default_rng(6).permutation(len(names))]
    return names[::2], names[1::2]


def crossed(sets: Sequence[Part], background: Background, embed: Embed, *, seed: int) -> list[Draw]:
    """Draw denied intents from those that the turn was not fitted on."""
    found = []
    for keep in (0, 1):
        own = msgspec.structs.replace(background, turn=turn_of(sets, embed, keep))
        for part in sets:
            pool = halves(part[1])[1 - keep]
            found += draws(part, own, embed, count=4, seed=seed + keep, pool=pool)
    return found


def draws(
    part: Part, background: Background, embed: Embed, *, count: int, seed: int, pool: Sequence[str] = ()
) -> list[Draw]:
    texts, labels = part
    random = np.random.default_rng(seed)
    every = [label for label in sorted(set(labels)) if label not in ("oos", "None")]
    names = list(pool) or every
    plain = [plainly(text) for text in texts]
    known = dict(zip(plain, embed(plain), strict=True))

    def quick(asked: Sequence[str]) -> Rows:
        return np.stack([known[text] if text in known else embed([text])[0] for text in asked])

    found = []
    for _ in range(count):
        denied = list(random.choice(names, len(every) // 10, replace=False))
        chosen = {name: random.choice(np.flatnonzero(labels == name), 5, replace=False) for name in denied}
        topics = {str(n): Topic(examples=tuple(texts[at] for at in chosen[n])) for n in denied}
        rest = np.setdiff1d(np.arange(len(texts)), np.concatenate(list(chosen.values())))
        rest = random.choice(rest, min(ASKED, len(rest)), replace=False)
        columns = []
        asked = [texts[at] for at in rest]
        for at in range(len(FEATURES)):
            alone = np.eye(len(FEATURES), dtype=np.float32)[at]
            one = msgspec.structs.replace(background, weights=alone, bias=0.0)
            columns.append(compile_topics(topics, one, quick).weigh(asked))
        found.append(Draw(np.stack(columns, axis=2), labels[rest][:, None] == np.array(denied)[None]))
    return found


def fit(found: list[Draw], background: Background) -> Background:
    features = np.concatenate([d.features.reshape(-1, d.features.shape[-1]) for d in found])
    is_of = np.concatenate([d.is_of.ravel() for d in found])
    spread = features.std(axis=0) + 1e-6
    model = LogisticRegression(C=0.1, max_iter=1000).fit(features / spread, is_of)
    weights = (model.coef_[0] / spread).astype(np.float32)
    odds = features @ weights + model.intercept_[0]
    levels = np.quantile(odds[~is_of], 1 - SHARES).astype(np.float32)
    return msgspec.structs.replace(
        background, weights=weights, bias=float(model.intercept_[0]), levels=levels
    )


def report(title: str, found: list[Draw], fitted: Background) -> None:
    lines = []
    for draw in found:
        odds = (draw.features @ fitted.weights + fitted.bias).max(axis=1)
        positive = np.asarray(draw.is_of.any(axis=1))
        fixed = np.interp(np.log(0.01 / draw.is_of.shape[1]), np.log(SHARES), fitted.levels)
        own = np.quantile(odds[~positive], 0.99)
        plain = draw.features[:, :, 0].max(axis=1)
        lines.append(
            [
                *measured(plain, positive, np.quantile(plain[~positive], 0.99)),
                *measured(odds, positive, own),
                *measured(odds, positive, fixed),
            ]
        )
    means = np.mean(lines, axis=0)
    for name, at in (
        ("centroid, 1 % exactly", 0),
        ("fitted, 1 % exactly", 3),
        ("fitted, fixed threshold", 6),
    ):
        print(f"{title}: {name}: F1 {means[at]:.3f} recall {means[at + 1]:.3f} alarms {means[at + 2]:.2%}")


def measured(odds: Rows, positive: np.ndarray, threshold: float) -> tuple[float, float, float]:
    said = odds > threshold
    right, wrong, missed = (said & positive).sum(), (said & ~positive).sum(), (~said & positive).sum()
    return 2 * right / (2 * right + wrong + missed), right / positive.sum(), wrong / (~positive).sum()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Fit how texts are weighed for what they say, and say what it measures on families that were not fitted on.

python scripts/guardrails/train_content.py DATA
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from content_data import Row, gathered, made
from files import write_arrays
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from remit.adapters import trained
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.enforce.guardrail import ngrams
from remit.enforce.guardrail.content import CATEGORIES, LETTER_BITS, WORD_BITS, buckets, hits, known_words

# How much of harmless text each category may be taken for, for a confidence of high, medium and low.
ALARMS = (0.0003, 0.001, 0.004)
# No threshold is below these odds, however few ordinary texts reach them.
LEAST = (1.0, -0.5, -2.0)
# Texts that stand near the border on purpose: what is taken for harmful of them is reported, not fixed.
UNUSUAL = ("sounds harmful", "tweets harmless", "made harmless")
MEANING_SCALE = 2.0
Array = np.ndarray


def main(data: Path) -> None:
    rows = unlike(made(seed=7) + gathered(data))
    families = np.array([row.family for row in rows])
    says = np.array([row.says for row in rows])
    features = featured([row.text for row in rows])
    half = np.array([crc32(row.text.lower().rstrip("?!. ").encode()) % 2 for row in rows])
    print({family: int((families == family).sum()) for family in sorted(set(families))})
    levels = thresholds(features, says, families, half)
    for held in (("requests",), ("tweets", "tweets harmless"), ("sounds harmful",)):
        kept = ~np.isin(families, held)
        report(f"not fitted on {held}", fit(features[kept], says[kept]), levels, features, rows, ~kept)
    weights, bias = fit(features, says)
    report("fitted on all", (weights, bias), levels, features, rows, np.ones(len(rows), dtype=bool))
    save(weights, bias, levels)


def unlike(rows: list[Row]) -> list[Row]:
    known: dict[str, Row] = {}
    for row in rows:
        if row.text.strip():
            known.setdefault(row.text, row)
    return list(known.values())


def featured(texts: Sequence[str]) -> sparse.csr_matrix:
    plain = [ngrams.folded(text) for text in texts]
    vectors = WordllamaEmbedding().vectors([text.strip() for text in plain]) * MEANING_SCALE
    both = [buckets(text) for text in plain]
    blocks = [block([one[at] for one in both], bits) for at, bits in ((0, LETTER_BITS), (1, WORD_BITS))]
    known = known_words(trained.lines("content_words"))
    lexicon = sparse.csr_matrix(np.stack([hits(text, known) for text in plain]))
    return sparse.hstack([*blocks, lexicon, sparse.csr_matrix(vectors)], format="csr")


def block(found: Sequence[Array], bits: int) -> sparse.csr_matrix:
    at = np.cumsum([0, *(len(one) for one in found)])
    values = np.concatenate([np.full(len(one), 1 / np.sqrt(max(1, len(one)))) for one in found])
    return sparse.csr_matrix((values, np.concatenate(found), at), shape=(len(found), 1 << bits))


def fit(features: sparse.csr_matrix, says: Array) -> tuple[Array, Array]:
    weights, bias = [], []
    for at in range(len(CATEGORIES)):
        known = says[:, at] >= 0
        line = LogisticRegression(C=12.0, max_iter=40, tol=1e-3, solver="lbfgs")
        line.fit(features[known], says[known, at])
        weights.append(line.coef_[0])
        bias.append(line.intercept_[0])
    return np.stack(weights, axis=1), np.array(bias)


def thresholds(features: sparse.csr_matrix, says: Array, families: Array, half: Array) -> Array:
    """Return thresholds from ordinary texts that each of two fits has not seen."""
    ordinary = (says == 0).all(axis=1) & ~np.isin(families, UNUSUAL)
    odds, which = [], []
    for side in (0, 1):
        weights, bias = fit(features[half == side], says[half == side])
        other = (half != side) & ordinary
        odds.append(features[other] @ weights + bias)
        which.append(families[other])
    found, names = np.concatenate(odds), np.concatenate(which)
    # Each family of harmless texts counts the same.
    share = np.array([1 / (names == name).sum() for name in names])
    return np.array(
        [
            [max(least, _level(found[:, at], share, alarms)) for at in range(found.shape[1])]
            for alarms, least in zip(ALARMS, LEAST, strict=True)
        ]
    )


def _level(odds: Array, share: Array, alarms: float) -> float:
    order = np.argsort(-odds)
    above = np.cumsum(share[order]) / share.sum()
    return float(odds[order][np.searchsorted(above, alarms)])


def report(
    title: str,
    own: tuple[Array, Array],
    levels: Array,
    features: sparse.csr_matrix,
    rows: list[Row],
    test: Array,
) -> None:
    odds = features[test] @ own[0] + own[1]
    chosen = [row for row, one in zip(rows, test, strict=True) if one]
    print(title)
    for family in sorted({row.family for row in chosen}):
        own_rows = np.array([row.family == family for row in chosen])
        said = np.array([row.says for row in chosen])[own_rows]
        line = [f"  {family:22} n {own_rows.sum():5}"]
        for name, level in zip(("high", "medium", "low"), levels, strict=True):
            flagged = odds[own_rows] >= level
            by = [
                flagged[said[:, at] == 1, at].mean() if (said[:, at] == 1).any() else None for at in range(5)
            ]
            text = " ".join("-" if one is None else f"{one:.2f}" for one in by)
            line.append(f"{name} any {flagged.any(axis=1).mean():.3f} [{text}]")
        print("  ".join(line))


def save(weights: Array, bias: Array, levels: Array) -> None:
    letters, words = (
        weights[: 1 << LETTER_BITS],
        weights[1 << LETTER_BITS : (1 << LETTER_BITS) + (1 << WORD_BITS)],
    )
    scale = np.array([np.abs(one).max() / 127 for one in (letters, words)], dtype=np.float32)
    write_arrays(
        "content",
        {
            "letters": np.round(letters / scale[0]).astype(np.int8),
            "words": np.round(words / scale[1]).astype(np.int8),
            "scale": scale,
            "lexicon": weights[-266:-256].astype(np.float32),
            "meaning": (weights[-256:] * MEANING_SCALE).astype(np.float16),
            "bias": bias.astype(np.float32),
            "thresholds": levels.astype(np.float32),
        },
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))

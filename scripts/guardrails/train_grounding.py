"""Fit how answers are weighed against their sources, and say what it measures where it was not fitted.

    python scripts/guardrails/train_grounding.py DATA

Held out in turn: whole domains of BEGIN, and each kind of edit of the statements made from documents.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from edits import EDITS, statements
from files import rows, write_arrays
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.enforce.guardrail import alignment
from remit.enforce.guardrail.contrast import opposites, stem
from remit.enforce.guardrail.grounding import Grounding
from remit.enforce.guardrail.trees import Trees

Rows = np.ndarray
DEPTH = 4
TREES = 120


class Part(NamedTuple):
    features: Rows
    supported: Rows
    group: Rows
    kind: Rows

    def where(self, chosen: Rows) -> Part:
        return Part(*(one[chosen] for one in self))


class Fitted(NamedTuple):
    weights: Rows
    bias: float
    trees: Trees

    def odds(self, features: Rows) -> Rows:
        by_trees = np.array([self.trees.odds(row) for row in features])
        return np.asarray((features @ self.weights + self.bias + by_trees) / 2)


def main(data: Path) -> None:
    begin = rows(data, "grounding_begin")
    documents = [row["text"] for row in rows(data, "benign_business")]
    texts = [row[key] for row in begin for key in ("context", "answer")] + documents
    texts += [row["text"] for row in rows(data, "benign_instructions")]
    means = plain_means(rarity(texts))
    asked = begin_part(begin, means)
    made = made_part(statements(documents, seed=1, each=8), means)
    report(asked, made)
    fitted = fit(asked, made)
    write_arrays(
        "grounding",
        {
            "rarity": means.rarity.astype(np.float16),
            "weights": fitted.weights.astype(np.float32),
            "bias": np.array([fitted.bias], dtype=np.float32),
            "feature": fitted.trees.feature.astype(np.uint8),
            "threshold": fitted.trees.threshold,
            "leaf": fitted.trees.leaf,
            "trees_bias": np.array([fitted.trees.bias], dtype=np.float32),
            "relevance": fit_relevance(begin, means),
        },
    )


def rarity(texts: Sequence[str]) -> Rows:
    seen = np.zeros(1 << alignment.BITS)
    for text in texts:
        keys = {stem(word) for word in alignment._WORD.findall(text.lower())}
        seen[list({crc32(key.encode()) >> (32 - alignment.BITS) for key in keys})] += 1
    return np.asarray((np.log((len(texts) + 1) / (seen + 1)) / np.log(len(texts) + 1)).astype(np.float32))


def plain_means(rare: Rows) -> Grounding:
    none = np.zeros(0, dtype=np.float32)
    no_trees = Trees(np.zeros((0, 1), dtype=np.int64), none, none, 0.0)
    return Grounding(
        WordllamaEmbedding().vectors, rare, none, 0.0, no_trees, np.zeros(4, dtype=np.float32), opposites()
    )


def begin_part(begin: list[dict[str, Any]], means: Grounding) -> Part:
    features = np.stack([means.features(row["answer"], row["context"])[0] for row in begin])
    supported = np.array([row["label"] for row in begin])
    domains = np.array([row["domain"] for row in begin])
    return Part(features, supported, domains, np.array(["begin"] * len(begin)))


def made_part(made: list[tuple[str, str, str]], means: Grounding) -> Part:
    features = np.stack([means.features(statement, document)[0] for document, statement, _ in made])
    kinds = np.array([kind for _, _, kind in made])
    order = {document: str(at % 2) for at, document in enumerate(dict.fromkeys(row[0] for row in made))}
    return Part(features, (kinds == "").astype(int), np.array([order[row[0]] for row in made]), kinds)


def fit(*parts: Part) -> Fitted:
    """Fit a line and trees; each part counts the same, and so do its two answers."""
    features = np.vstack([part.features for part in parts])
    supported = np.concatenate([part.supported for part in parts])
    weight = np.concatenate([0.5 / np.bincount(part.supported)[part.supported] for part in parts])
    weight *= len(weight) / weight.sum()
    spread = features.std(axis=0) + 1e-3
    line = LogisticRegression(C=0.05, max_iter=3000).fit(features / spread, supported, sample_weight=weight)
    boosted = HistGradientBoostingClassifier(
        max_depth=DEPTH, max_iter=TREES, learning_rate=0.06, l2_regularization=1.0, random_state=0
    ).fit(features, supported, sample_weight=weight)
    return Fitted(line.coef_[0] / spread, float(line.intercept_[0]), as_arrays(boosted))


def as_arrays(boosted: HistGradientBoostingClassifier) -> Trees:
    inner = 2**DEPTH - 1
    feature = np.zeros((TREES, inner), dtype=np.int64)
    threshold = np.full((TREES, inner), np.inf, dtype=np.float32)
    leaf = np.zeros((TREES, inner + 1), dtype=np.float32)

    def fill(nodes: Any, tree: int, node: int, at: int) -> None:
        own = nodes[node]
        if at >= inner:
            leaf[tree, at - inner] = own["value"]
        elif own["is_leaf"]:
            fill(nodes, tree, node, 2 * at + 1)
            fill(nodes, tree, node, 2 * at + 2)
        else:
            feature[tree, at], threshold[tree, at] = own["feature_idx"], own["num_threshold"]
            fill(nodes, tree, int(own["left"]), 2 * at + 1)
            fill(nodes, tree, int(own["right"]), 2 * at + 2)

    for tree, (predictor,) in enumerate(boosted._predictors):
        fill(predictor.nodes, tree, 0, 0)
    return Trees(feature, threshold, leaf, float(boosted._baseline_prediction.ravel()[0]))


def report(asked: Part, made: Part) -> None:
    chat = asked.group == "wow"
    learn, test = made.where(made.group == "0"), made.where(made.group == "1")
    for title, fitted, part in (
        ("BEGIN cmu and tc, fitted on wow and edits", fit(asked.where(chat), learn), asked.where(~chat)),
        ("BEGIN wow, fitted on cmu and tc and edits", fit(asked.where(~chat), learn), asked.where(chat)),
        ("edits of other documents, fitted on BEGIN and edits", fit(asked, learn), test),
    ):
        print(title, *measured(fitted, part))
    for kind in sorted(EDITS):
        fitted = fit(asked, learn.where(learn.kind != kind))
        part = test.where((test.kind == kind) | (test.kind == ""))
        print(f"edit `{kind}`, not fitted on", *measured(fitted, part))


def measured(fitted: Fitted, part: Part) -> tuple[str, str]:
    odds = fitted.odds(part.features)
    return (
        f"AUC {roc_auc_score(part.supported, odds):.3f}",
        f"balanced accuracy {balanced_accuracy_score(part.supported, odds > 0):.3f}",
    )


def fit_relevance(begin: list[dict[str, Any]], means: Grounding) -> Rows:
    """Fit on questions beside passages of their own talk and beside those of others."""
    random = np.random.default_rng(5)
    chosen = [row for row in begin if len(str(row["query"]).split()) > 4][::2]
    other = [chosen[at] for at in random.permutation(len(chosen))]
    right = [means.relevant(row["context"], row["query"]) for row in chosen]
    wrong = [means.relevant(one["context"], row["query"]) for one, row in zip(other, chosen, strict=True)]
    features = np.stack(right + wrong)
    is_right = np.array([1] * len(right) + [0] * len(wrong))
    line = LogisticRegression(C=1.0, fit_intercept=False).fit(features, is_right)
    odds = line.decision_function(features)
    print("relevance, BEGIN passages", f"AUC {roc_auc_score(is_right, odds):.3f}")
    return np.asarray(line.coef_[0], dtype=np.float32)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

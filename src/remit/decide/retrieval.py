"""Retrieval, scored: whether what was asked for was found, and how far up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NDCG_AT, RECALL_AT = 10, 100


@dataclass(frozen=True, slots=True)
class RetrievalScore:
    """The means over questions; `questions` is how many had anything to be found."""

    questions: int
    ndcg_at_10: float
    recall_at_100: float


def ndcg(found: Sequence[str], wanted: Mapping[str, float], *, at: int = NDCG_AT) -> float:
    """Weigh what was found by its grade and by the logarithm of its rank, against the best order there is.

    >>> ndcg(["a", "x"], {"a": 1}), round(ndcg(["x", "a"], {"a": 1}), 3)
    (1.0, 0.631)
    """
    best = sorted((grade for grade in wanted.values() if grade > 0), reverse=True)
    ideal = _gain(best[:at])
    return _gain([wanted.get(each, 0.0) for each in found[:at]]) / ideal if ideal else 0.0


def _gain(grades: Sequence[float]) -> float:
    return sum(max(grade, 0.0) / math.log2(rank + 2) for rank, grade in enumerate(grades))


def recall(found: Sequence[str], wanted: Mapping[str, float], *, at: int = RECALL_AT) -> float:
    """Say which share of what was wanted is among the first."""
    relevant = {each for each, grade in wanted.items() if grade > 0}
    return len(relevant.intersection(found[:at])) / len(relevant) if relevant else 0.0


def score(answers: Sequence[tuple[Sequence[str], Mapping[str, float]]]) -> RetrievalScore:
    """Score what was found for several questions; one for which nothing is relevant is left out."""
    asked = [(found, wanted) for found, wanted in answers if any(grade > 0 for grade in wanted.values())]
    count = len(asked)
    if not count:
        return RetrievalScore(0, 0.0, 0.0)
    return RetrievalScore(
        count,
        sum(ndcg(*each) for each in asked) / count,
        sum(recall(*each) for each in asked) / count,
    )

"""Fit how texts are weighed for what they say, and say what it measures on families that were not fitted on.

python scripts/guardrails/train_content.py DATA
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import content_unseen
import numpy as np
from content_data import Row, gathered, made
from content_fit import Features, Model, featured, fit
from files import rows as read
from files import write_arrays

from remit.adapters import trained
from remit.enforce.guardrail.content import CATEGORIES, LEVELS, known_words
from remit.enforce.guardrail.topic import passages

# How many of ordinary texts and documents, and of texts that only sound harmful, may be taken for harmful.
ALARMS = {"high": (0.0003, 0.01), "medium": (0.002, 0.1), "low": (0.01, 0.25)}
SOUNDS = ("sounds harmful", "made harmless", "made prose")
TWEETS = ("tweets harmless",)
# Of whole documents, what stands next to each other in them.
DOCUMENTS = ("benign_business", "benign_instructions", "grounding_begin")
LENGTHS = (4, 10, 25, 60, 150, 400)
DRAWN = 400
"""How many documents of each length are put together of each family, to see the longest of them."""
WEIGHTS = {
    "tweets": 0.4,
    "tweets harmless": 0.7,
    "benign_business": 2.0,
    "requests": 2.0,
    "sounds harmful": 2.0,
}
FOLDS = 3
Array = np.ndarray


class Set:
    """Rows with their features."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = list(rows)
        self.families = np.array([row.family for row in rows])
        self.groups = np.array([row.group for row in rows])
        self.says = np.array([row.says for row in rows])
        self.weight = np.array([WEIGHTS.get(row.family, 1.0) for row in rows], np.float32)
        self.features: Features = featured(
            [row.text for row in rows], known_words(trained.lines("content_words"))
        )

    def fit(self, chosen: Array) -> Model:
        return fit(self.features.at(chosen), self.says[chosen], self.weight[chosen])


def main(data: Path) -> None:
    rows = Set(unlike(made(seed=7) + gathered(data)))
    print({str(family): int((rows.families == family).sum()) for family in np.unique(rows.families)})
    odds = np.zeros(rows.says.shape, np.float32)
    fold = np.array([crc32(group.encode()) % FOLDS for group in rows.groups])
    for one in range(FOLDS):
        test = fold == one
        odds[test] = rows.fit(np.flatnonzero(~test)).odds(rows.features.at(np.flatnonzero(test)))
    slope = slopes(odds, rows)
    levels = thresholds(odds, slope, rows)
    print("slope", slope.round(3), "thresholds", levels.round(2), sep="\n")
    report("groups that were not fitted on", odds, levels, rows, np.ones(len(rows.rows), dtype=bool))
    for held in (
        ("requests", "benign_business", "topics_clinc150"),
        ("tweets", "tweets harmless", "benign_instructions", "topics_banking77"),
    ):
        test = np.isin(rows.families, held)
        odds = np.zeros(rows.says.shape, np.float32)
        odds[test] = rows.fit(np.flatnonzero(~test)).odds(rows.features.at(np.flatnonzero(test)))
        report(f"not fitted on {held}", odds, levels, rows, test)
        documents(odds, slope, levels, rows, test)
    model = rows.fit(np.arange(len(rows.rows)))
    elsewhere(model, slope, levels, data)
    save(model, slope, levels)


def unlike(rows: list[Row]) -> list[Row]:
    known: dict[str, Row] = {}
    for row in rows:
        if row.text.strip():
            known.setdefault(row.text, row)
    return list(known.values())


def slopes(odds: Array, rows: Set) -> Array:
    """Return how far the highest odds of harmless passages rise each time that there are e times as many."""
    own = odds[np.isin(rows.families, DOCUMENTS)]
    highest = np.sort(own, axis=0)[-len(own) // 50 :]
    return np.asarray(1.0 * (highest.mean(axis=0) - highest[0]), np.float32)


def drawn(odds: Array, rows: Set) -> Iterator[tuple[str, Array, Array]]:
    """Give harmless texts by family: the highest odds in each, and of how many passages it is.

    Ordinary passages are texts by themselves; documents are put together of them, and those there are, too.
    """
    chance = np.random.default_rng(5)
    harmless = (rows.says == 0).all(axis=1)
    for family in np.unique(rows.families[harmless]):
        own = np.flatnonzero(harmless & (rows.families == family))
        yield str(family), odds[own], np.ones(len(own))
        if family in DOCUMENTS:
            _, member, counts = np.unique(rows.groups[own], return_inverse=True, return_counts=True)
            order = np.argsort(member, kind="stable")
            yield f"{family} whole", np.maximum.reduceat(odds[own[order]], np.cumsum(counts) - counts), counts
            for length in LENGTHS:
                starts = chance.integers(0, len(own), (DRAWN, max(1, length // 8)))
                runs = (starts[:, :, None] + np.arange(min(length, 8))) % len(own)
                best = odds[own[runs.reshape(DRAWN, -1)]].max(axis=1)
                yield f"{family} {length}", best, np.full(DRAWN, length)


def thresholds(odds: Array, slope: Array, rows: Set) -> Array:
    """Return for each level the least thresholds by which so few harmless texts of each kind are alarms."""
    groups: dict[int, list[Array]] = {0: [], 1: []}
    for family, found, counts in drawn(odds, rows):
        if family not in TWEETS:
            groups[int(family in SOUNDS)].append(found - slope * np.log(counts)[:, None])
    levels = []
    for level in LEVELS:
        least = np.full(len(CATEGORIES), -np.inf)
        for kind, all_found in groups.items():
            least = np.maximum(least, _least(all_found, ALARMS[level][kind]))
        levels.append(least)
    for at in (1, 0):  # a higher confidence never asks for less
        levels[at] = np.maximum(levels[at], levels[at + 1] + 0.3)
    return np.array(levels, np.float32)


def _least(found: Sequence[Array], alarms: float) -> Array:
    """Return thresholds that all categories together pass so seldom, where each family counts the same."""
    together = np.concatenate(found)
    share = np.concatenate([np.full(len(one), 1 / len(one) / len(found)) for one in found])
    orders = np.argsort(-together, axis=0)
    low, high = 0.0, alarms
    for _ in range(12):
        middle = (low + high) / 2
        least = np.array(
            [_level(together[:, at], share, orders[:, at], middle) for at in range(len(CATEGORIES))]
        )
        if share[(together > least).any(axis=1)].sum() > alarms:
            high = middle
        else:
            low = middle
    return np.array([_level(together[:, at], share, orders[:, at], low) for at in range(len(CATEGORIES))])


def _level(odds: Array, share: Array, order: Array, alarms: float) -> float:
    above = np.cumsum(share[order])
    return float(odds[order][np.searchsorted(above, alarms)])


def report(title: str, odds: Array, levels: Array, rows: Set, test: Array) -> None:
    print(title)
    for family in np.unique(rows.families[test]):
        own = test & (rows.families == family)
        line = [f"  {family:22} n {own.sum():5}"]
        for name, level in zip(LEVELS, levels, strict=True):
            flagged, said = odds[own] >= level, rows.says[own]
            by = [
                f"{flagged[said[:, at] == 1, at].mean():.2f}" if (said[:, at] == 1).any() else "-"
                for at in range(5)
            ]
            line.append(f"{name} any {flagged.any(axis=1).mean():.4f} [{' '.join(by)}]")
        print("  ".join(line))


def documents(odds: Array, slope: Array, levels: Array, rows: Set, test: Array) -> None:
    for family, found, counts in drawn(odds, rows):
        if " " in family and test[rows.families == family.split(" ")[0]].any():
            flagged = [
                ((found - slope * np.log(counts)[:, None]) >= level).any(axis=1).mean() for level in levels
            ]
            print(f"  documents {family:28} n {len(found):5}", *(f"{one:.4f}" for one in flagged))


def elsewhere(model: Model, slope: Array, levels: Array, data: Path) -> None:
    """Say what is found in texts of which none of the kind was fitted on."""
    known = known_words(trained.lines("content_words"))
    sets = dict(content_unseen.sets())
    sets["neuralchemy benign"] = [
        row["text"] for row in read(data, "attack_neuralchemy") if row["label"] == 0
    ]
    sets["first turns"] = [
        row["text"] for row in read(data, "benign_instructions") if row["source"].startswith("hh")
    ]
    print("texts of no fitted kind: high, medium, low")
    for name, texts in sets.items():
        spans = [passages(text) for text in texts]
        pieces = [text[start:end] for text, own in zip(texts, spans, strict=True) for start, end in own]
        odds = model.odds(featured(pieces, known))
        at = np.cumsum([0, *(len(own) for own in spans)])
        best = np.stack([odds[first:last].max(axis=0) for first, last in pairwise(at)])
        best -= slope * np.log(np.diff(at))[:, None]
        flagged = [(best >= level).any(axis=1).mean() for level in levels]
        print(f"  {name:28} n {len(texts):5}", *(f"{one:.3f}" for one in flagged))


def save(model: Model, slope: Array, levels: Array) -> None:
    scale = np.abs(model.runs).max(axis=0) / 127
    write_arrays(
        "content",
        {
            "runs": np.ascontiguousarray(np.round(model.runs / scale).astype(np.int8).T),
            "scale": scale.astype(np.float32),
            "lexicon": model.lexicon,
            "within": model.within.astype(np.float16),
            "within_bias": model.within_bias.astype(np.float16),
            "without": model.without.astype(np.float16),
            "bias": model.bias,
            "thresholds": levels,
            "slope": slope,
        },
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))

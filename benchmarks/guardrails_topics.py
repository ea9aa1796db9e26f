"""Measure denied topics: how many texts are found, how many others taken for them, and what it costs.

    python benchmarks/guardrails_topics.py --data DATA

Intents are drawn at random and denied by five of their examples each; every other text is asked about. A
centroid of the same vectors stands beside it, with the threshold that gives it exactly one false alarm in a
hundred. The fitted weights have seen other draws of the same development sets: the script that fits them
measures on intents it has not.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import time
from pathlib import Path

import numpy as np

from remit.adapters import trained
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.enforce.guardrail.topic import Background, Embed, Topic, background, compile_topics

SETS = ("topics_clinc150", "topics_banking77")
DRAWS, EXAMPLES, ASKED = 5, 5, 1_500


def main(data: Path) -> None:
    embed = WordllamaEmbedding().vectors
    fitted = background(trained.arrays("topics"))
    print(f"{'set':18} {'what':22} {'F1':>6} {'recall':>7} {'alarms':>7} {'ms a text':>10}")
    for name in SETS:
        with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        texts, labels = [row["text"] for row in rows], np.array([row["label"] for row in rows])
        random = np.random.default_rng(11)
        found = [measured(texts, labels, random, fitted, embed) for _ in range(DRAWS)]
        for at, what in enumerate(("Remit, medium or more", "centroid at 1 %")):
            means = np.mean([one[at] for one in found], axis=0)
            print(f"{name:18} {what:22} {means[0]:6.3f} {means[1]:7.3f} {means[2]:7.2%} {means[3]:10.3f}")


def measured(
    texts: list[str], labels: np.ndarray, random: np.random.Generator, fitted: Background, embed: Embed
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    names = [label for label in sorted(set(labels)) if label not in ("oos", "None")]
    denied = [str(name) for name in random.choice(names, len(names) // 10, replace=False)]
    chosen = {name: random.choice(np.flatnonzero(labels == name), EXAMPLES, replace=False) for name in denied}
    topics = compile_topics(
        {name: Topic(examples=tuple(texts[at] for at in chosen[name])) for name in denied}, fitted, embed
    )
    rest = np.setdiff1d(np.arange(len(texts)), np.concatenate(list(chosen.values())))
    rest = random.choice(rest, ASKED, replace=False)
    is_of = np.asarray(np.isin(labels[rest], denied))
    start = time.thread_time()
    said = np.asarray([any(one.confidence != "low" for one in topics.find(texts[at])) for at in rest])
    took = (time.thread_time() - start) / len(rest) * 1_000
    centres = np.stack([embed([texts[at] for at in chosen[name]]).mean(axis=0) for name in denied])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    start = time.thread_time()
    near = np.array([float((embed([texts[at]]) @ centres.T).max()) for at in rest])
    took_plain = (time.thread_time() - start) / len(rest) * 1_000
    plain = near > np.quantile(near[~is_of], 0.99)
    return (*scored(said, is_of), took), (*scored(plain, is_of), took_plain)


def scored(said: np.ndarray, is_of: np.ndarray) -> tuple[float, float, float]:
    right, wrong, missed = (said & is_of).sum(), (said & ~is_of).sum(), (~said & is_of).sum()
    return 2 * right / (2 * right + wrong + missed), right / is_of.sum(), wrong / (~is_of).sum()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=os.environ.get("REMIT_GUARDRAIL_DATA"), required=False)
    main(Path(parser.parse_args().data))

"""Measure answers against their sources: balanced accuracy, area under the curve, and what it costs.

    python benchmarks/guardrails_grounding.py --data DATA

The share of an answer's words that the source has stands beside it. The fitted weights have seen these
development sets: the script that fits them measures on domains and kinds of edits that it has not.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from remit.adapters import trained
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.enforce.guardrail.grounding import compile_grounding

ASKED = 1_000
LENGTHS = (1_000, 10_000, 100_000)


def main(data: Path) -> None:
    with gzip.open(data / "grounding_begin.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows = [rows[at] for at in np.random.default_rng(3).permutation(len(rows))[:ASKED]]
    grounding = compile_grounding(trained.arrays("grounding"), WordllamaEmbedding().vectors)
    supported = np.array([row["label"] for row in rows])
    start = time.thread_time()
    scores = np.array([grounding.ground(row["answer"], row["context"]).score for row in rows])
    took = (time.thread_time() - start) / len(rows) * 1_000
    plain = np.array([covered(row["answer"], row["context"]) for row in rows])
    print(f"{'what':30} {'AUC':>6} {'BAcc':>6} {'ms':>7}")
    show("Remit, score of 0.7 or more", supported, scores, 0.7, took)
    show("words that the source has", supported, plain, float(np.median(plain)), 0.0)
    text = " ".join(row["context"] for row in rows)
    for length in LENGTHS:
        start = time.thread_time()
        grounding.ground(rows[0]["answer"], (text * 4)[:length], "what is it")
        print(f"one answer, source of {length:7,} characters: {(time.thread_time() - start) * 1_000:.1f} ms")


def covered(answer: str, source: str) -> float:
    own, known = (re.findall(r"\w+", text.lower()) for text in (answer, source))
    return sum(word in set(known) for word in own) / max(1, len(own))


def show(name: str, supported: np.ndarray, scores: np.ndarray, least: float, took: float) -> None:
    accuracy = balanced_accuracy_score(supported, scores >= least)
    print(f"{name:30} {roc_auc_score(supported, scores):6.3f} {accuracy:6.3f} {took:7.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=os.environ.get("REMIT_GUARDRAIL_DATA"), required=False)
    main(Path(parser.parse_args().data))

"""Measure content filters: how many texts of each family are flagged at each confidence, and what it costs.

    python benchmarks/guardrails_content.py --data DATA

The fitted weights have seen these development sets: the script that fits them measures on families it has
not.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import time
from collections import Counter
from pathlib import Path

from remit.adapters import trained
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.enforce.guardrail.content import LEVELS, compile_content

SETS = {
    "content_hate_offensive": "label",
    "content_harmful_requests": "source",
    "benign_business": "kind",
    "benign_instructions": "source",
    "topics_banking77": "",
    "topics_clinc150": "",
}
ASKED = 1_500


def main(data: Path) -> None:
    content = compile_content(
        trained.arrays("content"), trained.lines("content_words"), WordllamaEmbedding().vectors
    )
    print(f"{'set':58} {'n':>6} {'high':>7} {'medium':>7} {'low':>7} {'ms a text':>10}")
    for name, key in SETS.items():
        with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        rows = rows[:: max(1, len(rows) // ASKED)]
        groups: dict[str, Counter[str]] = {}
        for row in rows:
            start = time.thread_time()
            found = content.weigh(row["text"])
            took = time.thread_time() - start
            counted = groups.setdefault(str(row.get(key, "")).split("/")[0], Counter())
            counted.update(n=1, microseconds=int(took * 1e6))
            best = min((LEVELS.index(one.confidence) for one in found), default=len(LEVELS))
            counted.update(LEVELS[best:])
        for group, counted in sorted(groups.items()):
            n = counted["n"]
            shares = " ".join(f"{counted[level] / n:7.2%}" for level in LEVELS)
            print(f"{name + ' ' + group:58} {n:6} {shares} {counted['microseconds'] / n / 1_000:10.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=os.environ.get("REMIT_GUARDRAIL_DATA"), required=False)
    main(Path(parser.parse_args().data))

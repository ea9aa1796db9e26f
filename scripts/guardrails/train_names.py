"""Learn the weights that words are held for names by, and say how well they do on templates not learnt from.

    python scripts/guardrails/train_names.py DATA

An averaged perceptron over the features of `remit.enforce.guardrail.name`; texts are the shared spans, and
templates of our own filled with Faker's names of many locales, in several languages, with look-alikes
(products, firms, places, months) that are no names.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from name_texts import HELD_OUT, TEMPLATES, Example, fill

from remit.enforce.guardrail import name as names
from remit.enforce.guardrail.rule import Candidate

LISTS = Path(__file__).parents[2] / "src/remit/adapters/trained"
ROUNDS = 8
Sample = tuple[Sequence[str], int, str]
# A feature that fewer templates have says more about them than about names.
TEMPLATES_MIN = 3
# How often a feature of the words around is left out, so that what a word is itself comes to count.
DROPPED = 0.5


def lines(name: str) -> list[str]:
    return gzip.decompress((LISTS / f"{name}.txt.gz").read_bytes()).decode().splitlines()


def shared(data: Path) -> list[tuple[int, Example]]:
    """The shared texts, each with its template."""
    kept = []
    with gzip.open(data / "pii_spans.jsonl.gz", "rt") as rows:
        for row in map(json.loads, rows):
            spans = [(s["start"], s["end"]) for s in row["spans"] if s["type"] == "PERSON"]
            kept.append((row["template"], Example(row["text"], spans)))
    return kept


def unnamed(data: Path) -> list[Example]:
    """Texts in which hardly anybody is named; words in the lists are left out of learning from them."""
    kept = []
    for name, step in (
        ("benign_business", 3),
        ("benign_instructions", 6),
        ("topics_banking77", 9),
        ("topics_clinc150", 9),
    ):
        with gzip.open(data / f"{name}.jsonl.gz", "rt") as rows:
            kept += [
                Example(json.loads(row)["text"][:1500], [])
                for place, row in enumerate(rows)
                if place % step == 0
            ]
    return kept


def samples(model: names.Names, example: Example, *, group: str, weak: bool = False) -> list[Sample]:
    words = model.words(example.text)
    found: list[Sample] = []
    for place, word in enumerate(words):
        if not names._may_name(example.text, word):
            continue
        label = 1 if any(start <= word.start and word.end <= end + 1 for start, end in example.spans) else -1
        near = words[max(0, place - 1) : place + 2]
        if weak and any(one.kind and "c" not in one.kind and "p" not in one.kind for one in near):
            continue
        found.append((names.features(example.text, words, place), label, group))
    return found


def score(model: names.Names, examples: list[Example]) -> tuple[float, float, float]:
    right = found = gold = 0
    for example in examples:
        spans = [(one.start, one.end) for one in pick(model, example.text)]
        gold += len(example.spans)
        found += len(spans)
        for start, end in example.spans:
            right += any(2 * (min(end, b) - max(start, a)) >= end - start for a, b in spans)
    precise = sum(
        any(min(end, b) > max(start, a) for start, end in example.spans)
        for example in examples
        for a, b in [(one.start, one.end) for one in pick(model, example.text)]
    )
    recall, precision = right / max(1, gold), precise / max(1, found)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def pick(model: names.Names, text: str) -> list[Candidate]:
    kept: list[Candidate] = []
    for one in model.candidates(text):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def learn(data: list[Sample], generator: random.Random) -> dict[str, float]:
    groups: dict[str, set[str]] = defaultdict(set)
    for found, _, group in data:
        for feature in found:
            if len(groups[feature]) < TEMPLATES_MIN:
                groups[feature].add(group)
    kept = {feature for feature, held in groups.items() if len(held) >= TEMPLATES_MIN}
    data = [([feature for feature in found if feature in kept], label, group) for found, label, group in data]
    weights: dict[str, float] = defaultdict(float)
    totals: dict[str, float] = defaultdict(float)
    step = 1
    for _ in range(ROUNDS):
        generator.shuffle(data)
        for found, label, _ in data:
            used = [one for one in found if one[0] not in "ab" or generator.random() >= DROPPED]
            if label * sum(weights[feature] for feature in used) <= 1.0:
                for feature in used:
                    weights[feature] += label
                    totals[feature] += step * label
            step += 1
    return {feature: weights[feature] - totals[feature] / step for feature in weights}


def main() -> None:
    data = Path(sys.argv[1])
    generator = random.Random(7)
    listed = lines("names")
    empty = names.Names(listed, [])
    theirs = [(f"t{template}", example) for template, example in shared(data)]
    learnt = [one for one in theirs if int(one[0][1:]) % 4]
    held = [one for one in theirs if int(one[0][1:]) % 4 == 0]
    ours = [(template, fill(template, generator)) for template in TEMPLATES for _ in range(14)]
    ours_held = [(template, fill(template, generator)) for template in HELD_OUT for _ in range(14)]
    weak = [(f"w{place}", example) for place, example in enumerate(unnamed(data))]

    def gather(labelled: list[tuple[str, Example]]) -> list[Sample]:
        found = [one for group, text in labelled for one in samples(empty, text, group=group)]
        return found + [one for group, text in weak for one in samples(empty, text, group=group, weak=True)]

    def as_lines(weights: dict[str, float]) -> list[str]:
        return [
            f"{feature}\t{weight:.2f}" for feature, weight in sorted(weights.items()) if abs(weight) >= 0.15
        ]

    trial = names.Names(listed, as_lines(learn(gather(learnt + ours), generator)))
    for title, texts in (
        ("shared, held out", held),
        ("own, held out", ours_held),
        ("shared, learnt", learnt),
    ):
        precision, recall, both = score(trial, [example for _, example in texts])
        print(f"{title:20} precision {precision:.3f} recall {recall:.3f} F1 {both:.3f}")
    final = as_lines(learn(gather(theirs + ours), generator))
    out = LISTS / "name_weights.txt.gz"
    out.write_bytes(gzip.compress(("\n".join(final) + "\n").encode(), mtime=0))
    print(len(final), "weights", out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()

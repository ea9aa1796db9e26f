"""Measure what finds prompt attacks: recall of each family, false alarms on harmless texts, processor time.

Run: python benchmarks/guardrails_attack.py --data DIRECTORY [--missed]. The directory holds JSON lines,
packed, each with a `text` and a `label` that is 1 for an attack; a `category` or `source` divides a file
further. A row with `untrusted` true is weighed as what a tool returned. The figures say something about new
attacks only on files that nothing was learnt from; beside ours stands a set of plain patterns such as
gateways ship.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from remit.adapters import trained
from remit.enforce.guardrail.attack import Attack, compile_attack

PLAIN = re.compile(
    "|".join(
        (
            r"(?:ignore|disregard|forget|override) (?:all |the )*(?:previous|prior|above|earlier)",
            r"(?:reveal|show|print|repeat) (?:me )?(?:the |your )*(?:system|initial|hidden) prompt",
            r"you are now (?:in )?(?:dan|developer mode|unrestricted|jailbroken)",
            r"(?:act|pretend|behave) as (?:if|though) you (?:have|had) no (?:rules|restrictions|filters)",
            r"do anything now|developer mode enabled|jailbreak(?:ed)? mode",
            r"<\|im_start\|>|\[/?inst\]|<<sys>>|### ?system",
            r"bypass (?:all |any |your |the )*(?:safety|content|security) (?:filters?|rules|guidelines)",
            r"what (?:is|are|were) your (?:system prompt|initial instructions|original instructions)",
            r"new instructions?:|system override|admin override",
        )
    ),
    re.IGNORECASE,
)
LEVELS = ("low", "medium", "high")


class Row(NamedTuple):
    family: str
    text: str
    label: int
    untrusted: bool
    task: str | None


def rows(data: Path) -> Iterator[Row]:
    for path in sorted(data.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if not isinstance(row.get("text"), str):
                    continue
                name = path.name.removesuffix(".jsonl.gz")
                label = row.get("label", 0)
                label = label if label in (0, 1) else 0
                part = row.get("family") or (row.get("source") if "benign" in name else row.get("category"))
                family = f"{name}/{part}" if part else name
                yield Row(family, row["text"], label, bool(row.get("untrusted")), row.get("task"))


def measured(attack: Attack, found: list[Row]) -> None:
    by: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in found:
        by[row.label, row.family].append(row)
    for label, title in ((1, "recall of attacks"), (0, "false alarms")):
        print(f"\n{title:52} {'texts':>6} {'plain':>7} " + " ".join(f"{level:>7}" for level in LEVELS))
        for (side, family), texts in sorted(by.items()):
            if side != label:
                continue
            plain = sum(bool(PLAIN.search(row.text)) for row in texts) / len(texts)
            sure = [attack.weigh(row.text, untrusted=row.untrusted, task=row.task) for row in texts]
            shares = [
                sum(bool(one) and one[0].confidence in LEVELS[at:] for one in sure) / len(texts)
                for at in range(len(LEVELS))
            ]
            print(
                f"{family[:52]:52} {len(texts):6} {plain:7.1%} "
                + " ".join(f"{share:7.1%}" for share in shares)
            )


def missed(attack: Attack, found: list[Row]) -> None:
    shown: dict[str, int] = defaultdict(int)
    for row in found:
        if row.label and shown[row.family] < 5 and not attack.weigh(row.text, untrusted=row.untrusted):
            shown[row.family] += 1
            print(f"missed {row.family}: {row.text[:140]!r}")


def timed(work: Callable[[str], object], text: str, times: int) -> float:
    work(text)
    began = time.thread_time()
    for _ in range(times):
        work(text)
    return (time.thread_time() - began) / times * 1000


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--data", type=Path, default=os.environ.get("REMIT_GUARDRAIL_DATA"))
    arguments.add_argument("--missed", action="store_true", help="show some of what is not found")
    given = arguments.parse_args()
    began = time.thread_time()
    attack = compile_attack(trained.arrays("attack"))
    print(f"made once in {time.thread_time() - began:.2f} s of processor time")
    short = "Could you tell me when my parcel with the blue jacket will arrive?"
    sentence = (
        "The meeting moved to Friday, and the report of the third quarter is attached for your review. "
    )
    ways: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("ours", attack.weigh),
        ("ours, of what a tool returned", lambda text: attack.weigh(text, untrusted=True)),
        ("plain patterns", PLAIN.search),
    )
    for name, work in ways:
        each, page, long = (
            timed(work, short, 300),
            timed(work, sentence * 11, 100),
            timed(work, sentence * 110, 20),
        )
        per_kb = long / (len(sentence) * 110 / 1024)
        print(
            f"{name}: {each:.3f} ms for {len(short)} characters, {page:.3f} ms for 1 KB, "
            f"{per_kb:.3f} ms per KB of 10"
        )
    if given.data:
        found = list(rows(Path(given.data)))
        measured(attack, found)
        if given.missed:
            missed(attack, found)


if __name__ == "__main__":
    main()

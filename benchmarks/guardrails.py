"""Measure guardrails: what each detector finds and costs, and what all policies together cost a call.

    python benchmarks/guardrails.py [--data DIRECTORY] [--page FILE]

Without the directory of development data only the cost of policies is measured. `--page` rewrites the marked
part of a page with what was printed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from marked_block import rewritten
from remit.adapters.detectors import TrainedKit
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.declare.block import GuardrailBlock
from remit.declare.remit_layer import CONTENT_FILTERS
from remit.declare.sensitive_type import TYPES
from remit.enforce.answer import Delta
from remit.enforce.guardrail.look import look
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.screen import Guard, Screen, compile_screen
from remit.enforce.guardrail.trust import Span
from remit.enforce.guardrail.watch import Watch

PARTS = ("attack", "sensitive", "topics", "content", "grounding")
STRUCTURED = ("SECRET", "EMAIL", "PHONE", "CREDIT_DEBIT_CARD_NUMBER", "INTERNATIONAL_BANK_ACCOUNT_NUMBER")
TOPICS = {
    "investment": ("Advice on what to buy", ("Which stocks should I buy?", "Is gold a good idea now?")),
    "politics": ("Parties and elections", ("Who should I vote for?", "Is the minister right?")),
    "medicine": ("Illness and treatment", ("What helps against a rash?", "Is this a fracture?")),
}
SENTENCES = (
    "The customer writes that a branch fell on the car during the storm of last Tuesday.",
    "Her policy began in March and covers glass, hail and fire, with a deductible of 150 euros.",
    "The garage in Leiden says that the roof can be repaired and that the windscreen has to be replaced.",
    "She asks whether a rental car is paid for while the work is done, and for how many days.",
    "An adjuster looked at the photos and found no older damage on the left side.",
    "Please say in a few plain words what is covered, what is not, and what she has to send us.",
    "The file also holds two letters from the municipality about the tree and its maintenance.",
)
REPEATS = 400


def text_of(length: int, number: int) -> str:
    """Write a business text that no other is the same as: what was read before is not read again."""
    start = number % len(SENTENCES)
    sentences = SENTENCES[start:] + SENTENCES[:start]
    return f"Case {number}. {' '.join(sentences * (1 + length // 600))}"[:length]


def screens() -> dict[str, dict[str, Any]]:
    every = {each.identifier: "anonymize" for each in TYPES}
    topics = {name: {"definition": what, "examples": examples} for name, (what, examples) in TOPICS.items()}
    attack = {"content": {"PROMPT_ATTACK": "medium"}}
    return {
        "structured personal data and secrets": {"sensitive": dict.fromkeys(STRUCTURED, "anonymize")},
        "those and prompt attacks": {"sensitive": dict.fromkeys(STRUCTURED, "anonymize"), **attack},
        "all types of personal data": {"sensitive": every},
        "prompt attacks": attack,
        "content filters": {
            "content": {name: "medium" for name in CONTENT_FILTERS if name != "PROMPT_ATTACK"}
        },
        "three denied topics": {"topics": topics},
        "profanity": {"words": {"profanity": True}},
        "all of them": {
            "content": dict.fromkeys(CONTENT_FILTERS, "medium"),
            "sensitive": every,
            "topics": topics,
            "words": {"profanity": True},
        },
    }


def compiled(kit: TrainedKit, policies: dict[str, Any]) -> Screen:
    block = GuardrailBlock.model_validate({"name": "Measured", **policies})
    return compile_screen([Guard("guardrail/measured@1", "organisation", "a@example.com", block)], kit)


def mark(type: str, text: str) -> str:
    return "0" * 16


def cost_us(work: Callable[[int], object]) -> tuple[float, float]:
    """Take the processor time of this thread, median and 99th percentile, in microseconds."""
    took = []
    for number in range(REPEATS + 50):
        began = time.thread_time_ns()
        work(number)
        took.append((time.thread_time_ns() - began) / 1000)
    took = sorted(took[50:])
    return took[len(took) // 2], took[len(took) * 99 // 100]


def read_us(screen: Screen, length: int) -> tuple[float, float]:
    """Measure what it costs to read an input of so many characters."""

    def read(number: int) -> object:
        spans = [Span(text_of(length, number), "person")]
        return look(screen, "input", spans, Vault(), mark=mark)

    return cost_us(read)


def piece_us(screen: Screen) -> float:
    """Measure what each piece of four characters costs in an answer that streams."""
    text = text_of(2_000, 7)
    pieces = [Delta(text[at : at + 4]) for at in range(0, len(text), 4)]
    began = time.thread_time_ns()
    for _ in range(4):
        watch = Watch(screen, Vault(), mark)
        for piece in pieces:
            watch.feed([piece])
        watch.close()
    return (time.thread_time_ns() - began) / 4_000 / len(pieces)


def pipeline() -> str:
    """Measure what policies cost a call, alone and together."""
    kit = TrainedKit(WordllamaEmbedding())
    heads = ("compile, ms", "100 char.", "1 KB", "1 KB p99", "8 KB", "a piece")
    lines = [" ".join([f"{'policies':38}", *(f"{head:>11}" for head in heads)])]
    for name, policies in screens().items():
        began = time.thread_time_ns()
        screen = compiled(kit, policies)
        compile_ms = (time.thread_time_ns() - began) / 1e6
        kilobyte, high = read_us(screen, 1_024)
        figures = (
            compile_ms,
            read_us(screen, 100)[0],
            kilobyte,
            high,
            read_us(screen, 8_192)[0],
            piece_us(screen),
        )
        lines.append(" ".join([f"{name:38}", *(f"{figure:11,.0f}" for figure in figures)]))
    return "\n".join(lines)


def part(name: str, data: Path) -> str:
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name(f"guardrails_{name}.py"))]
    done = subprocess.run([*command, "--data", str(data)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"`{name}` failed:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--data", type=Path, default=os.environ.get("REMIT_GUARDRAIL_DATA"))
    arguments.add_argument("--page", type=Path)
    asked = arguments.parse_args()
    found = {"What all of it costs, in microseconds of one processor": pipeline()}
    print(*found.items(), sep="\n", flush=True)
    if asked.data is not None:
        for name in PARTS:
            found[name.capitalize()] = part(name, Path(asked.data))
            print(f"\n{name}\n{found[name.capitalize()]}", flush=True)
    if asked.page is not None:
        text = "\n\n".join(f"### {name}\n\n```text\n{printed}\n```" for name, printed in found.items())
        asked.page.write_text(rewritten(asked.page.read_text("utf-8"), text), "utf-8")


if __name__ == "__main__":
    main()

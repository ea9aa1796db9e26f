"""Measure what finds sensitive information beside plain patterns and Presidio, on texts made to measure by.

    python benchmarks/guardrails_sensitive.py [--data DIRECTORY] [--count 1000] [--seed 101]

A hit is of the same type and covers half of what is sensitive. Structured types are all but names and
addresses. The shared directory adds business documents. Presidio is measured where
`benchmarks/peer_install.py presidio` put it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "scripts" / "guardrails"))

from name_texts import HELD_OUT, fill  # noqa: E402  # after the path that they stand on
from pii_texts import Span, Text, look_alikes, sensitive_texts  # noqa: E402
from secret_texts import secret_look_alikes, secret_texts  # noqa: E402

from peers import INSTALLED  # noqa: E402
from remit.adapters.trained import lines  # noqa: E402
from remit.declare.sensitive_type import TYPES  # noqa: E402
from remit.enforce.guardrail.holdback import Holdback, find_all, mask_all  # noqa: E402
from remit.enforce.guardrail.sensitive import LISTS, Sensitive, compile_sensitive  # noqa: E402

Finding = tuple[str, int, int]
Find = Callable[[Sequence[str]], list[tuple[float, list[Finding]]]]
SECRETS = frozenset({"SECRET", "PASSWORD", "AWS_ACCESS_KEY", "AWS_SECRET_KEY"})

PLAIN = {
    "EMAIL": r"[\w.+-]+@[\w-]+\.[\w.]+",
    "PHONE": r"\+?\d[\d ().-]{7,}\d",
    "CREDIT_DEBIT_CARD_NUMBER": r"\b(?:\d[ -]?){13,16}\b",
    "US_SOCIAL_SECURITY_NUMBER": r"\b\d{3}-\d{2}-\d{4}\b",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": r"\b[A-Z]{2}\d{2}[A-Z0-9 ]{11,30}\b",
    "IP_ADDRESS": r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
    "URL": r"https?://\S+",
    "SECRET": r"(?i)(?:key|token|secret|password)\s*[=:]\s*\S{8,}"
    r"|AKIA[A-Z0-9]{16}|-----BEGIN [A-Z ]*PRIVATE KEY",
    "NAME": r"\b[A-Z][a-z]+ [A-Z][a-z]+\b",
}
PRESIDIO = {
    "PERSON": "NAME",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CREDIT_DEBIT_CARD_NUMBER",
    "US_SSN": "US_SOCIAL_SECURITY_NUMBER",
    "US_ITIN": "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
    "IBAN_CODE": "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "IP_ADDRESS": "IP_ADDRESS",
    "URL": "URL",
    "MAC_ADDRESS": "MAC_ADDRESS",
    "UK_NINO": "UK_NATIONAL_INSURANCE_NUMBER",
    "ES_NIF": "ES_NIF",
    "ES_NIE": "ES_NIF",
    "IT_FISCAL_CODE": "IT_FISCAL_CODE",
    "PL_PESEL": "PL_PESEL",
    "IN_AADHAAR": "IN_AADHAAR",
    "KR_RRN": "KR_RRN",
    "FI_PERSONAL_IDENTITY_CODE": "FI_PERSONAL_IDENTITY_CODE",
    "CRYPTO": "CRYPTO_WALLET_ADDRESS",
    "ADDRESS": "ADDRESS",
    "US_DRIVER_LICENSE": "DRIVER_ID",
}


class Figures(NamedTuple):
    precision: float
    recall: float
    ms_per_kb: float

    @property
    def both(self) -> float:
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)


def ours(sensitive: Sensitive) -> Find:
    def find(texts: Sequence[str]) -> list[tuple[float, list[Finding]]]:
        answers = []
        for text in texts:
            begun = time.thread_time()
            found = sensitive.find(text)
            spent = time.thread_time() - begun
            answers.append((spent, [(one.type, one.start, one.end) for one in found]))
        return answers

    return find


def plain(types: Iterable[str]) -> Find:
    patterns = [(kind, re.compile(pattern)) for kind, pattern in PLAIN.items() if kind in set(types)]

    def find(texts: Sequence[str]) -> list[tuple[float, list[Finding]]]:
        answers = []
        for text in texts:
            begun = time.thread_time()
            found = [(kind, *match.span()) for kind, pattern in patterns for match in pattern.finditer(text)]
            answers.append((time.thread_time() - begun, found))
        return answers

    return find


def presidio(mode: str) -> Find:
    def find(texts: Sequence[str]) -> list[tuple[float, list[Finding]]]:
        python = INSTALLED / "presidio" / "bin" / "python"
        done = subprocess.run(
            [str(python), str(HERE / "peer_presidio.py"), mode],
            input="".join(f"{json.dumps(text)}\n" for text in texts),
            capture_output=True,
            text=True,
            check=True,
        )
        answers = []
        for line in done.stdout.splitlines():
            spent, found = json.loads(line)
            answers.append((spent, [(PRESIDIO.get(kind, kind), start, end) for kind, start, end in found]))
        return answers

    return find


def weigh(find: Find, texts: Sequence[Text], *, same: frozenset[str] = frozenset()) -> Figures:
    """Precision, recall and the median cost; types in `same` count as one."""
    right = gold = wrong = 0
    costs = []
    for text, (spent, found) in zip(texts, find([one.text for one in texts]), strict=True):
        costs.append(spent * 1e3 / (len(text.text) / 1024))
        hits: set[Finding] = set()
        for span in text.spans:
            alike = [
                one
                for one in found
                if (one[0] == span.type or (one[0] in same and span.type in same))
                and 2 * (min(one[2], span.end) - max(one[1], span.start)) >= span.end - span.start
            ]
            gold += 1
            right += bool(alike)
            hits.update(alike)
        wrong += sum(not any(_within(one, hit) for hit in hits) for one in found)
    return Figures(right / max(1, right + wrong), right / max(1, gold), sorted(costs)[len(costs) // 2])


def _within(one: Finding, hit: Finding) -> bool:
    return hit[1] <= one[1] and one[2] <= hit[2]


def flagged(find: Find, texts: Sequence[str], types: frozenset[str] | None = None) -> float:
    answers = find(texts)
    return sum(any(types is None or one[0] in types for one in found) for _, found in answers) / len(answers)


def show(title: str, figures: Figures, alarms: float) -> None:
    print(
        f"  {title:34} P {figures.precision:.3f}  R {figures.recall:.3f}  F1 {figures.both:.3f}  "
        f"look-alikes {alarms:6.2%}  {figures.ms_per_kb:7.3f} ms/KB"
    )


def stream(sensitive: Sensitive, texts: Sequence[str], seed: int) -> None:
    generator = random.Random(seed)
    held, costs, equal, leaks, spans = [], [], 0, 0, 0
    for text in texts:
        whole = find_all([sensitive], text)
        holdback, out, at = Holdback([sensitive], lambda kind, _: f"{{{kind}}}"), "", 0
        while at < len(text):
            size = generator.randint(2, 8)
            begun = time.thread_time()
            out += holdback.feed(text[at : at + size]).text
            costs.append(time.thread_time() - begun)
            held.append(holdback.held)
            at += size
        out += holdback.close().text
        equal += out == mask_all(text, whole, lambda kind, _: f"{{{kind}}}")
        spans += len(whole)
        leaks += sum(len(said) > 6 and said in out and text.count(said) == 1 for said in _said(text, whole))
    held.sort()
    costs.sort()
    print(f"  {len(texts)} streams, {equal} as the whole, {leaks} of {spans} spans leaked")
    for title, values, unit in (("held, characters", held, 1.0), ("CPU a piece, ms", costs, 1e3)):
        middle, high = values[len(values) // 2] * unit, values[int(len(values) * 0.95)] * unit
        print(f"  {title:20} p50 {middle:.3f}  p95 {high:.3f}")


def _said(text: str, found: Iterable[object]) -> list[str]:
    return [text[one.start : one.end] for one in found]  # type: ignore[attr-defined]  # a `Found`


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", default=os.environ.get("REMIT_GUARDRAIL_DATA"))
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--seed", type=int, default=101)
    asked = options.parse_args()
    lists = {name: lines(name) for name in LISTS}
    every = [one.identifier for one in TYPES]
    structured = [kind for kind in every if kind not in ("NAME", "ADDRESS", "SECRET", "PASSWORD")]
    peers: list[tuple[str, Find]] = []
    if (INSTALLED / "presidio" / ".installed").exists():
        peers = [("Presidio, no model", presidio("blank")), ("Presidio, spaCy small", presidio("model"))]

    print("structured types")
    texts, alike = sensitive_texts(asked.seed, asked.count), look_alikes(asked.seed, asked.count)
    found = ours(compile_sensitive(structured, {}, lists))
    slow = ours(compile_sensitive(structured, {}, lists, fast=False))
    for title, find in [
        ("Remit", found),
        ("Remit without Hyperscan", slow),
        ("plain patterns", plain(structured)),
        *peers,
    ]:
        known = frozenset(structured)
        show(title, weigh(_only(find, known), texts), flagged(find, alike, known))

    print("secrets")
    hidden = [text for _, text in secret_texts(asked.seed, asked.count)]
    plausible = secret_look_alikes(asked.seed, asked.count)
    found = ours(compile_sensitive(sorted(SECRETS), {}, lists))
    for title, find in [("Remit", found), ("plain patterns", plain(["SECRET"]))]:
        show(title, weigh(find, hidden, same=SECRETS), flagged(find, plausible))

    print("names, in templates that nothing was learnt from")
    generator = random.Random(asked.seed)
    named = [fill(template, generator) for template in HELD_OUT for _ in range(asked.count // 25)]
    people = [Text(one.text, [_name(span) for span in one.spans]) for one in named]
    found = ours(compile_sensitive(["NAME"], {}, lists))
    for title, find in [("Remit", found), ("plain patterns", plain(["NAME"])), *peers[1:]]:
        show(title, weigh(_only(find, frozenset({"NAME"})), people), 0.0)

    print("streams, every type")
    whole = compile_sensitive(every, {}, lists)
    messages = [one.text for one in texts + hidden + people]
    generator.shuffle(messages)
    stream(
        whole, [" ".join(messages[at : at + 4]) for at in range(0, min(len(messages), 800), 4)], asked.seed
    )

    if asked.data:
        business(Path(asked.data), compile_sensitive(structured, {}, lists), whole)
    return 0


def _name(span: tuple[int, int]) -> Span:
    return Span("NAME", *span)


def _only(find: Find, types: frozenset[str]) -> Find:
    return lambda texts: [(spent, [one for one in found if one[0] in types]) for spent, found in find(texts)]


def business(data: Path, structured: Sensitive, whole: Sensitive) -> None:
    print("business documents (shared, development)")
    with gzip.open(data / "benign_business.jsonl.gz", "rt") as rows:
        documents = [json.loads(row)["text"] for row in rows]
    for title, sensitive in (("structured", structured), ("every type", whole)):
        costs = sorted(
            spent * 1e3 / (len(text) / 1024)
            for text, (spent, _) in zip(documents, ours(sensitive)(documents), strict=True)
        )
        middle, high = costs[len(costs) // 2], costs[int(len(costs) * 0.95)]
        secrets = flagged(ours(sensitive), documents, SECRETS)
        print(f"  {title:12} p50 {middle:.3f}  p95 {high:.3f} ms/KB, {secrets:.1%} held to have a secret")


if __name__ == "__main__":
    sys.exit(main())

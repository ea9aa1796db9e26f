"""Measure retrieval: time at 100,000 chunks with an access filter, its recall, and how well it finds things.

`REMIT_RETRIEVAL_DATA` names a directory with `documents.jsonl` (`id`, `title`, `text`), and `questions.jsonl`
(`question`, `wanted`: grades by document). The Cranfield collection in this form gives figures that others
publish too. `REMIT_GUARDRAIL_DATA` names the folder of `grounding_begin.jsonl.gz`; without either, only the
time is measured, on made text.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.adapters.knowledge_sqlite import SqliteKnowledge
from remit.decide.retrieval import score
from remit.enforce.knowledge.rank import EMPTY
from remit.enforce.knowledge.reader import Reader
from remit.kernel.errors import RemitError
from remit.operations.chunk_document import chunk_document
from remit.record.knowledge_kept import Chunk, Document, Search

NOW = datetime(2026, 12, 1, tzinfo=UTC)
GROUPS, SEEN = 20, 2
DOCUMENTS, CHUNKS_EACH = 2_000, 50
QUERIES = 200
GOAL_MS, GOAL_RECALL = 20.0, 0.95
ALL = Reader(frozenset({"all"}), "restricted")

Rows = NDArray[np.float32]


def document(source: str, title: str, readers: tuple[str, ...], embedding: str) -> Document:
    return Document(
        id=f"doc_{source}",
        base="knowledge/bench",
        source=source,
        title=title,
        version=1,
        digest=source,
        owner="",
        readers=readers,
        data_class="internal",
        embedding=embedding,
        dated=NOW,
        added=NOW,
    )


def made_sentences(count: int, random: random.Random) -> list[str]:
    """Make sentences whose words are as uneven as words are; the most frequent are those that say nothing."""
    made = [f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{n:x}" for n in range(30_000)]
    words = [*sorted(EMPTY), *made[len(EMPTY) :]]
    weights = [1 / (n + 3) for n in range(len(words))]
    return [" ".join(random.choices(words, weights, k=15)) for _ in range(count)]


def measure_time(folder: Path, embedding: WordllamaEmbedding) -> bool:
    """Ask 200 questions as a reader of 2 in 20 groups, and hold them against the exact filtered scan."""
    chance = random.Random(7)
    sentences = made_sentences(40_000, chance)
    knowledge = SqliteKnowledge(folder / "time.sqlite")
    rows, owners = list[Rows](), list[tuple[str, int, int]]()
    began = perf_counter()
    for number in range(DOCUMENTS):
        chunks = [Chunk("", " ".join(chance.sample(sentences, 5))) for _ in range(CHUNKS_EACH)]
        vectors = embedding.vectors([each.text for each in chunks])
        group = number % GROUPS
        knowledge.put(document(str(number), "", (f"group/{group}",), "wordllama"), chunks, vectors)
        rows.append(vectors)
        owners += [(str(number), at + 1, group) for at in range(CHUNKS_EACH)]
    print(f"{len(owners):,} chunks added in {perf_counter() - began:.0f} s")
    reader = Reader(frozenset(f"group/{group}" for group in range(SEEN)), "restricted")
    questions = [chance.choice(sentences) for _ in range(QUERIES)]
    seen = np.array([group < SEEN for _, _, group in owners])
    mine = [owner for owner in owners if owner[2] < SEEN]
    exact_rows = np.concatenate(rows)[seen]
    search(knowledge, questions[0], reader, embedding)
    times, near, hits = list[float](), list[float](), 0
    for words in questions:
        vector = embedding.vectors([words])[0]
        began = perf_counter()
        found = search(knowledge, words, reader, embedding)
        times.append((perf_counter() - began) * 1000)
        hits += sum(int(each.source) % GROUPS >= SEEN for each in found)
        exact = {mine[at][:2] for at in np.argsort(-(exact_rows @ vector), kind="stable")[:10]}
        only = knowledge.search(asked("", reader), vector)
        near.append(len(exact & {(each.source, each.chunk) for each in only}) / 10)
    knowledge.close()
    times.sort()
    p50, p95, recall = times[QUERIES // 2], times[int(QUERIES * 0.95)], sum(near) / QUERIES
    print(f"hybrid search, embedding included: p50 {p50:.1f} ms, p95 {p95:.1f} ms; goal {GOAL_MS:.0f} ms")
    print(f"recall@10 of vectors against the exact filtered scan: {recall:.3f}; goal {GOAL_RECALL}")
    print(f"rows of other groups: {hits}; goal 0")
    return p50 < GOAL_MS and recall >= GOAL_RECALL and hits == 0


def asked(words: str, reader: Reader, *, limit: int = 10, depth: int = 100, by: str = "wordllama") -> Search:
    return Search(base="knowledge/bench", words=words, reader=reader, embedding=by, limit=limit, depth=depth)


def search(
    knowledge: SqliteKnowledge, words: str, reader: Reader, embedding: WordllamaEmbedding
) -> list[Any]:
    return knowledge.search(asked(words, reader), embedding.vectors([words])[0])


def begin_set(folder: Path) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """Make a set of BEGIN: for each answer that a text supports, that text should be found among all."""
    texts: dict[str, str] = {}
    questions: list[dict[str, Any]] = []
    with gzip.open(folder / "grounding_begin.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            id = texts.setdefault(row["context"], f"d{len(texts)}")
            if row["label"] == 1:
                questions.append({"question": row["answer"], "wanted": {id: 1}})
    return [{"id": id, "title": "", "text": text} for text, id in texts.items()], questions


def read_set(folder: Path) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    documents, questions = (
        [json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines() if line]
        for name in ("documents", "questions")
    )
    return documents, questions


def measure_found(
    name: str, documents: Sequence[Mapping[str, str]], questions: Sequence[Mapping[str, Any]], folder: Path
) -> None:
    """Score what is found by words alone, and with each embedding that is installed."""
    print(f"\n{name}: {len(documents):,} documents, {len(questions):,} questions")
    for by, embedding in (("none", None), ("wordllama", WordllamaEmbedding()), ("minilm", minilm())):
        if by == "minilm" and embedding is None:
            print("  minilm      not installed")
            continue
        knowledge = SqliteKnowledge(folder / f"{name}-{by}.sqlite")
        for each in documents:
            chunks = chunk_document([Chunk("", each["text"] or each["title"] or "-")])
            texts = [f"{each['title']}\n{chunk.text}" for chunk in chunks]
            vectors = embedding.vectors(texts) if embedding is not None else None
            knowledge.put(document(each["id"], each["title"], ("all",), by), chunks, vectors)
        answers = []
        for question in questions:
            words = question["question"]
            vector = embedding.vectors([words])[0] if embedding is not None else None
            found = knowledge.search(asked(words, ALL, limit=400, depth=400, by=by), vector)
            answers.append((list(dict.fromkeys(each.source for each in found)), question["wanted"]))
        knowledge.close()
        scored = score(answers)
        print(
            f"  {by:<10}  nDCG@10 {scored.ndcg_at_10:.3f}   recall@100 {scored.recall_at_100:.3f}", flush=True
        )


def minilm() -> Any:
    try:
        from remit.adapters.embedding_minilm import minilm as make  # noqa: PLC0415 (installed apart)

        return make()
    except (ModuleNotFoundError, RemitError):
        return None


def main() -> int:
    fine = True
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if "--found" not in sys.argv:
            fine = measure_time(folder, WordllamaEmbedding())
        if own := os.environ.get("REMIT_RETRIEVAL_DATA"):
            measure_found(Path(own).name, *read_set(Path(own)), folder)
        if data := os.environ.get("REMIT_GUARDRAIL_DATA"):
            measure_found("begin", *begin_set(Path(data)), folder)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())

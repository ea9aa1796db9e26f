"""Evaluate a knowledge base: ask questions to which it is known what should be found, and score what is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from remit.decide.retrieval import RECALL_AT, RetrievalScore, score
from remit.declare.operating_model import OperatingModel
from remit.enforce.decision import Decision
from remit.enforce.knowledge.reader import reader_of
from remit.enforce.remit import Remit
from remit.kernel.errors import RemitError
from remit.operations.knowledge_base import embedding_of
from remit.operations.search_knowledge import WORDS_MAX, Question, Searched, search_knowledge
from remit.operations.system import System
from remit.record.knowledge_kept import Search

QUESTIONS_MAX = 5_000
_CHUNKS = 400
"""How many chunks are asked for, so that a hundred documents are among them."""


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question, and the sources of the documents that answer it, each with how well (1 if it is a list)."""

    question: str
    sources: dict[str, float] | tuple[str, ...]

    @property
    def wanted(self) -> dict[str, float]:
        return self.sources if isinstance(self.sources, dict) else dict.fromkeys(self.sources, 1.0)


@dataclass(frozen=True, slots=True)
class KnowledgeEvaluation:
    """How well a use case finds what it should; `unseen` are questions none of whose documents it found."""

    address: str
    score: RetrievalScore
    unseen: tuple[int, ...]


def read_cases(content: bytes) -> tuple[Case, ...]:
    """Read questions from lines of JSON; raises RemitError with the number of the first that is none."""
    cases: list[Case] = []
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            cases.append(msgspec.json.decode(line, type=Case))
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise RemitError(
                f"line {number} is not a question",
                help='write `{"question": "…", "sources": ["…"]}` on each line',
                code="case-unsound",
            ) from None
        if len(cases) > QUESTIONS_MAX:
            raise RemitError(
                f"there are more than {QUESTIONS_MAX:,} questions",
                help="ask a sample of them",
                code="case-unsound",
            )
    return tuple(cases)


def evaluate_knowledge(
    system: System, model: OperatingModel, remit: Remit, base: str, cases: Sequence[Case]
) -> KnowledgeEvaluation | Decision:
    """Ask every question as a use case, and score documents by the first of their chunks that was found."""
    first = search_knowledge(system, model, remit, base, Question(words="", limit=1))
    if isinstance(first, Decision):
        return first
    answers = [(_found(system, model, remit, first, each.question), each.wanted) for each in cases]
    unseen = tuple(
        number
        for number, (found, wanted) in enumerate(answers, 1)
        if wanted.keys().isdisjoint(found[:RECALL_AT])
    )
    return KnowledgeEvaluation(first.address, score(answers), unseen)


def _found(system: System, model: OperatingModel, remit: Remit, searched: Searched, words: str) -> list[str]:
    embedding = embedding_of(system, searched.block)
    words = words[:WORDS_MAX]
    passages = system.make_knowledge().search(
        Search(
            base=searched.address,
            words=words,
            reader=reader_of(model, searched.block, remit),
            embedding=searched.block.embedding,
            limit=_CHUNKS,
            depth=_CHUNKS,
        ),
        None if embedding is None else embedding.vectors([words])[0],
    )
    return list(dict.fromkeys(each.source for each in passages))

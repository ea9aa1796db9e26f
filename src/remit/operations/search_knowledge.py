"""Search a knowledge base as a use case: what its reader sees, and nothing else, takes part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from remit.declare.block import KnowledgeBlock
from remit.declare.operating_model import OperatingModel
from remit.enforce.decision import Decision
from remit.enforce.knowledge.filter import Filter
from remit.enforce.knowledge.reader import admits, reader_of
from remit.enforce.remit import Remit
from remit.operations.knowledge_base import address_of, embedding_of
from remit.operations.system import System
from remit.record.knowledge_kept import Passage, Search

WORDS_MAX = 4_000
"""The longest question, in characters."""
LIMIT_MAX = 50
LIMIT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked for. `since` leaves out what is older, beside what the knowledge base leaves out."""

    words: str
    limit: int = LIMIT
    filter: Filter | None = None
    since: datetime | None = None
    score_least: float = 0.0


@dataclass(frozen=True, slots=True)
class Searched:
    """What was found, and how whoever reads it is labelled by it."""

    address: str
    block: KnowledgeBlock
    passages: tuple[Passage, ...]


def search_knowledge(
    system: System, model: OperatingModel, remit: Remit, base: str, question: Question, *, agent: str = ""
) -> Searched | Decision:
    """Find passages for a use case, as its key's agent if there is one; a Decision says why it may not.

    `remit` and `agent` come from the key. Takes some milliseconds, so an event loop asks in a thread.
    """
    now = system.clock.now()
    day = now.astimezone(model.organisation.zone).date()
    address = model.meant(address_of(base), day) or address_of(base)
    block = model.blocks.get(address)
    usable = block is not None and block.is_usable(day)
    decision = admits(model, address, remit, usable=usable, agent=agent)
    if decision.effect == "deny":
        return decision
    assert isinstance(block, KnowledgeBlock), "admitted"
    embedding = embedding_of(system, block)
    words = question.words[:WORDS_MAX]
    found = system.make_knowledge().search(
        Search(
            base=address,
            words=words,
            reader=reader_of(model, block, remit, agent=agent),
            embedding=block.embedding,
            filter=question.filter,
            since=_since(block, question, now),
            limit=min(question.limit, LIMIT_MAX),
        ),
        None if embedding is None else embedding.vectors([words])[0],
    )
    return Searched(address, block, tuple(each for each in found if each.score >= question.score_least))


def _since(block: KnowledgeBlock, question: Question, now: datetime) -> datetime | None:
    """Take the later of the dates before which nothing is found."""
    asked = question.since
    if block.document_days_max is None:
        return asked
    own = now - timedelta(days=min(block.document_days_max, 100_000))
    return own if asked is None else max(own, asked)

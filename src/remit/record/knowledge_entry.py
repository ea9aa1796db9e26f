"""Entries about knowledge and memory: what was put in, taken out and erased. Never any of its text."""

from __future__ import annotations

from typing import Literal

from remit.declare.declared import DataClass
from remit.record.entry import Entry


class KnowledgeChange(Entry, frozen=True, kw_only=True, tag="knowledge_change"):
    """That a document of a knowledge base was added, replaced by a new version, or removed.

    `digest` is one of its text, keyed for the knowledge base: who has the text can show that it is the same.
    `readers` are who may see it, and `embedding` is what its vectors were made with.
    """

    knowledge: str
    document: str
    change: Literal["added", "replaced", "removed"]
    version: int
    digest: str
    chunks: int
    characters: int
    data_class: DataClass
    readers: tuple[str, ...]
    embedding: str = ""
    author: str
    reason: str = ""


class MemoryErased(Entry, frozen=True, kw_only=True, tag="memory_erased"):
    """That memories of a use case can never be read again.

    `agent` and `actor`, a keyed hash, are whose they were, where only theirs were erased. `basis` is why:
    somebody asked, or their time was over.
    """

    use_case: str
    agent: str = ""
    actor: str = ""
    memories: int
    basis: Literal["request", "retention"]
    author: str
    reason: str

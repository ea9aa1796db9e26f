"""Knowledge bases: what one holds, who may read it, how old it may be, and who can write what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, field_validator

from remit.declare.declared import Count, DataClass, Declared, Id
from remit.declare.tool import Trust

GROUPS_MAX = 64
READERS_MAX = 256

READER_PATTERN = r"^(?:all|(?:unit|use-case|group|agent)/[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?)$"
Reader = Annotated[str, StringConstraints(pattern=READER_PATTERN)]
"""Who may read: `unit/claims` with all below it, `use-case/claims-triage`, `agent/desk`, a `group/adjusters`
of the knowledge base's own, or `all`."""

EmbeddingName = Literal["wordllama", "minilm", "none"]
"""How meaning is told: by static word vectors, by a small language model that is installed apart, or not."""


class KnowledgeTraits(Declared):
    """What searches in a knowledge base are decided by. Whatever is left out is read as the more careful."""

    data_class: DataClass = "internal"
    """The most sensitive data that it holds."""
    trust: Trust = "untrusted"
    """Who can write what it returns. Left out, anybody: a run that has read from it is labelled so."""
    readers: tuple[Reader, ...] = ()
    """Who may search in it at all; left out, every use case that names it. A document can narrow this."""
    groups: dict[Id, tuple[Reader, ...]] = {}
    """Groups of readers by the names that `readers` and documents use, as `group/adjusters`."""
    document_days_max: Count | None = None
    """How old a document may be, in days since its date, and still be found; left out, as old as it is."""
    embedding: EmbeddingName = "wordllama"
    """How nearness in meaning is told. What was added under another one is found by its words alone until it
    is added again."""

    @field_validator("readers", "groups", mode="before")
    @classmethod
    def _few(cls, value: Any) -> Any:
        most = GROUPS_MAX if isinstance(value, Mapping) else READERS_MAX
        if isinstance(value, list | tuple | Mapping) and len(value) > most:
            raise ValueError(f"write at most {most}")
        return value

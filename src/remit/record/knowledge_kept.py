"""Knowledge as it is kept: documents with their versions, the chunks that are found, and what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from remit.declare.declared import DataClass
from remit.enforce.knowledge.filter import Filter, Value
from remit.enforce.knowledge.reader import Reader

Change = Literal["added", "replaced", "unchanged"]


class Chunk(msgspec.Struct, frozen=True):
    """A part of a document that is found as a whole; `place` says where it stands, such as `page 3`."""

    place: str
    text: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a document beside its text.

    `source` is what it is called where it comes from: the same source given again is a new version of the
    same document. `digest` is a keyed one of its text. `dated` is when it was last changed there, and
    `embedding` what its vectors were made with; both `base` and `id` never change.
    """

    id: str
    base: str
    source: str
    title: str
    version: int
    digest: str
    owner: str
    readers: tuple[str, ...]
    data_class: DataClass
    attributes: Mapping[str, Value] = {}
    embedding: str
    dated: datetime
    added: datetime
    chunks: int = 0
    characters: int = 0


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for, and who looks. Of `base` only what the reader sees takes part, and nothing else.

    `words` are looked up as such, and `vector`, if any, by meaning: the numbers of an embedding by its name.
    `since` is the oldest date that a document may have. `depth` is how far each way of looking goes before
    both are put together, and `limit` how many come back.
    """

    base: str
    words: str
    reader: Reader
    embedding: str = ""
    filter: Filter | None = None
    since: datetime | None = None
    limit: int = 10
    depth: int = 100


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A chunk that was found, with all that cites it: document, version, chunk and place.

    `score` is from 0 to 1, and only compares passages of one search.
    """

    document: str
    version: int
    chunk: int
    place: str
    source: str
    title: str
    owner: str
    data_class: DataClass
    dated: datetime
    attributes: Mapping[str, Value]
    text: str
    score: float


class Past(msgspec.Struct, frozen=True):
    """A version that a document once had; nothing of its text is here."""

    version: int
    digest: str
    added: datetime
    removed: datetime | None
    chunks: int


def says_the_same(one: Document, other: Document) -> bool:
    """Say whether two versions are of one text and say the same of it; when they were given is no matter."""
    unsaid: dict[str, Any] = {
        "id": "",
        "version": 0,
        "added": other.added,
        "chunks": 0,
        "characters": 0,
    }
    replace = msgspec.structs.replace
    return bool(replace(one, **unsaid) == replace(other, **unsaid))

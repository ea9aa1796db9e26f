"""Add a document to a knowledge base, or a new version of one; list and remove documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import PurePath
from typing import Any, Literal

import msgspec

from remit.declare.block import KnowledgeBlock
from remit.declare.declared import DATA_CLASSES, DataClass
from remit.declare.knowledge import READER_PATTERN, READERS_MAX
from remit.enforce.knowledge.filter import ATTRIBUTES_MAX, sound_attributes
from remit.enforce.knowledge.reader import ALL
from remit.kernel.errors import NotFound, RemitError
from remit.operations.chunk_document import chunk_document
from remit.operations.fold_ledger import fold_ledger
from remit.operations.knowledge_base import embedding_of, require_knowledge
from remit.operations.model_in_force import model_in_force
from remit.operations.system import CONTROL, System
from remit.record.knowledge_entry import KnowledgeChange
from remit.record.knowledge_kept import Change, Chunk, Document, says_the_same

SOURCE_MAX = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A document as somebody gives it. What is left out is the knowledge base's own.

    `name` says by its ending what the content is, `source` where it comes from: the same source again is a
    new version. `readers` narrow who may see it, and `dated` is when it was last changed there.
    """

    name: str
    content: bytes
    source: str = ""
    title: str = ""
    owner: str = ""
    readers: tuple[str, ...] = ()
    data_class: DataClass | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    dated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a document that was given."""

    change: Change
    document: Document


def add_document(system: System, base: str, given: Given, *, author: str) -> Added:
    """Read a document, cut it into chunks, and make it the current version, all of it at one moment.

    Raises NotFound for an undeclared knowledge base, and RemitError for a document that cannot be added.
    """
    fold_ledger(system)
    now = system.clock.now()
    address, block = require_knowledge(model_in_force(system)[1], base, now)
    _check(given, block)
    parts = system.make_documents().read(given.name, given.content)
    chunks = chunk_document(parts)
    document = _document(system, address, block, given, chunks)
    knowledge = system.make_knowledge()
    former = find_document(system, address, document.source)
    if former is not None:
        dated = document.dated if given.dated else former.dated
        if says_the_same(former, msgspec.structs.replace(document, dated=dated)):
            return Added("unchanged", former)
        document = msgspec.structs.replace(document, id=former.id, version=former.version + 1)
    embedding = embedding_of(system, block)
    texts = [f"{document.title}\n{each.text}" for each in chunks]
    change = knowledge.put(document, chunks, embedding.vectors(texts) if embedding else None)
    if change != "unchanged":
        _record(system, document, change, author=author)
    return Added(change, document)


def _document(
    system: System, base: str, block: KnowledgeBlock, given: Given, chunks: tuple[Chunk, ...]
) -> Document:
    now = system.clock.now()
    title = given.title or PurePath(given.name).stem.replace("-", " ").replace("_", " ")
    return Document(
        id=f"doc_{system.ids.new(now)}",
        base=base,
        source=given.source or given.name,
        title=title[:SOURCE_MAX],
        version=1,
        digest=_digest(system, base, chunks),
        owner=given.owner or block.owner or "",
        readers=tuple(sorted(set(given.readers or block.readers or (ALL,)))),
        data_class=given.data_class or block.data_class,
        attributes=dict(given.attributes),
        embedding=block.embedding,
        dated=given.dated or now,
        added=now,
        chunks=len(chunks),
        characters=sum(len(each.text) for each in chunks),
    )


def _check(given: Given, block: KnowledgeBlock) -> None:
    for reader in given.readers:
        kind, _, name = reader.partition("/")
        if not re.fullmatch(READER_PATTERN, reader) or (kind == "group" and name not in block.groups):
            raise RemitError(
                f"`{reader[:80]}` is no reader of this knowledge base",
                help="write `unit/`, `use-case/`, `agent/` or a declared `group/` and a name, or `all`",
                code="unknown-reader-group",
            )
    most = DATA_CLASSES.index(block.data_class)
    if given.data_class is not None and DATA_CLASSES.index(given.data_class) > most:
        raise RemitError(
            f"the document is {given.data_class}, and this knowledge base holds no more than"
            f" {block.data_class}",
            help="add it to another one, or raise `data_class` with the data's owner",
            code="document-too-sensitive",
        )
    if len(given.readers) > READERS_MAX or not sound_attributes(given.attributes):
        raise RemitError(
            "what is said of the document cannot be kept",
            help=f"give at most {READERS_MAX} readers and {ATTRIBUTES_MAX} attributes, each a short text, a"
            " number or a truth",
            code="value-too-long",
        )
    if max(len(given.source), len(given.name), len(given.title)) > SOURCE_MAX:
        raise RemitError(
            f"the document's source, name or title has more than {SOURCE_MAX} characters",
            help="give it a shorter one",
            code="value-too-long",
        )


def _digest(system: System, base: str, chunks: tuple[Chunk, ...]) -> str:
    """Name the text, keyed for the knowledge base, so that nobody can try words against it."""
    hashed = blake2b(base.encode(), key=system.pepper, digest_size=16, person=b"remit-document")
    for each in chunks:
        hashed.update(f"\0{each.place}\0{each.text}".encode("utf-8", "surrogatepass"))
    return hashed.hexdigest()


def find_document(system: System, base: str, name: str) -> Document | None:
    """Find a document of a knowledge base by its id or its source."""
    documents = system.make_knowledge().documents(base)
    return next((each for each in documents if name in (each.id, each.source)), None)


def list_documents(system: System, base: str = "") -> list[Document]:
    """List the documents of a knowledge base, or of all; one that is no longer declared is listed as well."""
    if base:
        fold_ledger(system)
        base, _ = require_knowledge(model_in_force(system)[1], base, system.clock.now())
    return system.make_knowledge().documents(base)


def remove_document(system: System, base: str, name: str, *, author: str, reason: str) -> Document:
    """Remove a document, by its id or source, with all its text; raises NotFound."""
    from_base = base if base.startswith("knowledge/") else f"knowledge/{base}"
    found = find_document(system, from_base, name)
    removed = found and system.make_knowledge().remove(found.id, at=system.clock.now())
    if removed is None:
        raise NotFound(
            f"`{from_base[:80]}` has no document `{name[:80]}`",
            help="`remit knowledge list` shows all, with their ids",
        )
    _record(system, removed, "removed", author=author, reason=reason)
    return removed


def _record(
    system: System,
    document: Document,
    change: Literal["added", "replaced", "removed"],
    *,
    author: str,
    reason: str = "",
) -> None:
    now = system.clock.now()
    entry = KnowledgeChange(
        id=system.ids.new(now),
        at=now,
        knowledge=document.base,
        document=document.id,
        change=change,
        version=document.version,
        digest=document.digest,
        chunks=document.chunks,
        characters=document.characters,
        data_class=document.data_class,
        readers=document.readers,
        embedding=document.embedding,
        author=author,
        reason=reason,
    )
    with system.journals.exclusive(CONTROL) as journal:
        journal.append([entry])
    fold_ledger(system)

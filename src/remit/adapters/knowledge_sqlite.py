"""Knowledge bases in one SQLite file: words in an FTS5 index and vectors, by who may see them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from remit.adapters.knowledge_vectors import HeldVectors, PartVectors, nearest
from remit.adapters.sqlite_file import SqliteFile, instant
from remit.enforce.knowledge.filter import matches
from remit.enforce.knowledge.rank import fused, terms_of
from remit.kernel.errors import StoreError
from remit.record.knowledge_kept import Change, Chunk, Document, Passage, Past, Search, says_the_same

SCHEMA_VERSION = 1
_PART_BITS = 32
_DOCUMENT = msgspec.json.Decoder(Document)
_Vectors = NDArray[np.float32] | None


class SqliteKnowledge(SqliteFile):
    """Documents that are searched. Vectors lie in the file in half precision, and in memory in single."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, what="what knowledge bases hold")
        self._held = HeldVectors()
        with self._reading() as db:
            db.execute("pragma secure_delete = on")
        self._make("knowledge.sql", version=SCHEMA_VERSION, other=_other_version)

    def put(self, document: Document, chunks: Sequence[Chunk], vectors: _Vectors) -> Change:
        assert vectors is None or len(vectors) == len(chunks), "a row for each chunk"
        with self._transaction() as db:
            former = _former(db, document.base, document.source)
            if former is not None and says_the_same(former, document):
                return "unchanged"
            if former is not None:
                document = msgspec.structs.replace(document, id=former.id, version=former.version + 1)
                _take_out(db, former, at=document.added)
            self._insert(db, document, chunks, vectors)
        return "added" if former is None else "replaced"

    def _insert(
        self, db: sqlite3.Connection, document: Document, chunks: Sequence[Chunk], vectors: _Vectors
    ) -> None:
        part = _part_of(db, document)
        [first] = db.execute("select next from part where id = ?", (part,)).fetchone()
        document = msgspec.structs.replace(
            document, chunks=len(chunks), characters=sum(len(each.text) for each in chunks)
        )
        halves: Sequence[bytes | None] = [None] * len(chunks)
        if vectors is not None:
            halves = [row.tobytes() for row in vectors.astype(np.float16)]
        rows = [
            (
                (part << _PART_BITS) + first + number,
                document.id,
                number + 1,
                f"p{part}",
                document.title,
                each.text,
                each.place,
                half,
            )
            for number, (each, half) in enumerate(zip(chunks, halves, strict=True))
        ]
        db.executemany("insert into chunk values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        db.executemany(
            "insert into word (rowid, part, title, text) values (?, ?, ?, ?)",
            [(row[0], row[3], row[4], row[5]) for row in rows],
        )
        db.execute(
            "insert into document values (?, ?, ?, ?, ?, ?, ?)",
            (
                document.id,
                document.base,
                document.source,
                part,
                document.version,
                instant(document.dated),
                msgspec.json.encode(document),
            ),
        )
        db.execute(
            "insert into version values (?, ?, ?, ?, null, ?)",
            (document.id, document.version, document.digest, instant(document.added), len(chunks)),
        )
        db.execute("update part set changed = changed + 1, next = next + ? where id = ?", (len(chunks), part))

    def documents(self, base: str = "") -> list[Document]:
        sql = "select body from document where ? in ('', base) order by base, source"
        return [_DOCUMENT.decode(body) for (body,) in self._all(sql, base)]

    def past(self, document: str) -> list[Past]:
        sql = (
            "select version, digest, added, removed, chunks from version where document = ?"
            " order by version desc"
        )
        return [
            Past(number, digest, _read(added), _read(removed) if removed else None, chunks)
            for number, digest, added, removed, chunks in self._all(sql, document)
        ]

    def remove(self, document: str, *, at: datetime) -> Document | None:
        with self._transaction() as db:
            row = db.execute("select body from document where id = ?", (document,)).fetchone()
            if row is None:
                return None
            found = _DOCUMENT.decode(row[0])
            _take_out(db, found, at=at)
            # Words of what was taken out stay in an index of this kind until its pieces are put together.
            db.execute("insert into word (word) values ('optimize')")
        [(busy, *_)] = self._all("pragma wal_checkpoint(truncate)")
        if busy:
            raise StoreError(
                "what was removed stands in the log of `knowledge.sqlite` as long as somebody reads it",
                help="it goes with the next removal, or when the log is emptied",
                code="erasure-unfinished",
            )
        return found

    def search(self, search: Search, vector: _Vectors) -> list[Passage]:
        with self._snapshot() as db:
            seen = _seen_parts(db, search)
            if not seen:
                return []
            parts = [self._held.part(id, changed, partial(_read_part, db)) for id, changed, _ in seen]
            allowed = _allowed(db, search, [id for id, _, _ in seen])
            marks = [part.among(allowed) for part in parts]
            rankings = [_by_words(db, search, [id for id, _, _ in seen], allowed)]
            if vector is not None:
                same = [embedding == search.embedding for _, _, embedding in seen]
                among = [(part, mark) for part, mark, fits in zip(parts, marks, same, strict=True) if fits]
                rankings.append(nearest(among, vector, depth=search.depth))
            found = fused(*rankings)[: search.limit]
            return _passages(db, found)


def _seen_parts(db: sqlite3.Connection, search: Search) -> list[tuple[int, int, str]]:
    """List the parts of a base that the reader sees; nothing else is looked at from here on."""
    rows = db.execute(
        "select id, changed, embedding, readers, data_class from part where base = ?", (search.base,)
    )
    return [
        (id, changed, embedding)
        for id, changed, embedding, readers, data_class in rows
        if search.reader.sees(tuple(readers.split("\n")), data_class)
    ]


def _other_version(found: int) -> StoreError:
    return StoreError(
        f"`knowledge.sqlite` is of version {found}, and this Remit works with {SCHEMA_VERSION}",
        help="use the Remit that wrote it, or remove it and add the documents again",
    )


def _read(at: str) -> datetime:
    return datetime.fromisoformat(at)


def _former(db: sqlite3.Connection, base: str, source: str) -> Document | None:
    row = db.execute("select body from document where base = ? and source = ?", (base, source)).fetchone()
    return None if row is None else _DOCUMENT.decode(row[0])


def _part_of(db: sqlite3.Connection, document: Document) -> int:
    place = (document.base, "\n".join(sorted(document.readers)), document.data_class, document.embedding)
    db.execute("insert or ignore into part (base, readers, data_class, embedding) values (?, ?, ?, ?)", place)
    sql = "select id from part where base = ? and readers = ? and data_class = ? and embedding = ?"
    [found] = db.execute(sql, place).fetchone()
    return int(found)


def _take_out(db: sqlite3.Connection, document: Document, *, at: datetime) -> None:
    rows = db.execute("select id, part, title, text from chunk where document = ?", (document.id,)).fetchall()
    db.executemany("insert into word (word, rowid, part, title, text) values ('delete', ?, ?, ?, ?)", rows)
    db.execute("delete from chunk where document = ?", (document.id,))
    db.execute(
        "update part set changed = changed + 1 where id = (select part from document where id = ?)",
        (document.id,),
    )
    db.execute("delete from document where id = ?", (document.id,))
    db.execute(
        "update version set removed = ? where document = ? and removed is null", (instant(at), document.id)
    )


def _allowed(db: sqlite3.Connection, search: Search, parts: Sequence[int]) -> frozenset[str] | None:
    """List the documents that a filter and the date let be found; None where neither is asked for."""
    if search.filter is None and search.since is None:
        return None
    marks = ", ".join("?" * len(parts))
    since = "" if search.since is None else instant(search.since)
    rows = db.execute(
        f"select body from document where part in ({marks}) and dated >= ?",  # noqa: S608 (question marks)
        (*parts, since),
    )
    found = (_DOCUMENT.decode(body) for (body,) in rows)
    return frozenset(
        each.id for each in found if search.filter is None or matches(search.filter, each.attributes)
    )


def _by_words(
    db: sqlite3.Connection, search: Search, parts: Sequence[int], allowed: frozenset[str] | None
) -> list[int]:
    """Rank chunks by their words: BM25, over the parts that are seen and no other."""
    terms = terms_of(search.words)
    if not terms:
        return []
    seen = " OR ".join(f"p{part}" for part in parts)
    words = " OR ".join('"' + term.replace('"', "") + '"' for term in terms)
    asked = f"part : ({seen}) AND {{title text}} : ({words})"
    rows: Iterator[tuple[int, str]] = iter(
        db.execute(
            "select rowid, bm25(word, 0, 1, 1) from word where word match ? order by 2, 1"
            if allowed is None
            else "select word.rowid, document from word join chunk on chunk.id = word.rowid"
            " where word match ? order by bm25(word, 0, 1, 1), 1",
            (asked,),
        )
    )
    found: list[int] = []
    for id, document in rows:
        if allowed is None or document in allowed:
            found.append(id)
            if len(found) == search.depth:
                break
    return found


def _read_part(db: sqlite3.Connection, id: int, changed: int) -> PartVectors:
    rows = db.execute(
        "select id, document, vector from chunk where id >= ? and id < ? order by id",
        (id << _PART_BITS, (id + 1) << _PART_BITS),
    ).fetchall()
    numbers: dict[str, int] = {}
    documents = np.array([numbers.setdefault(row[1], len(numbers)) for row in rows], dtype=np.int32)
    vectors = [row[2] for row in rows]
    matrix = None
    if vectors and vectors[0] is not None:
        matrix = np.frombuffer(b"".join(vectors), dtype=np.float16).reshape(len(rows), -1).astype(np.float32)
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    return PartVectors(changed, ids, documents, tuple(numbers), matrix)


def _passages(db: sqlite3.Connection, found: Sequence[tuple[int, float]]) -> list[Passage]:
    passages = []
    for id, score in found:
        row = db.execute(
            "select chunk.number, place, text, body from chunk join document on document.id = chunk.document"
            " where chunk.id = ?",
            (id,),
        ).fetchone()
        number, place, text, body = row
        document = _DOCUMENT.decode(body)
        passages.append(
            Passage(
                document=document.id,
                version=document.version,
                chunk=number,
                place=place,
                source=document.source,
                title=document.title,
                owner=document.owner,
                data_class=document.data_class,
                dated=document.dated,
                attributes=document.attributes,
                text=text,
                score=round(score, 6),
            )
        )
    return passages

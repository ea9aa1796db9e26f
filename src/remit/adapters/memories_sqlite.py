"""Memories of agents in one SQLite file, sealed under keys of their use cases."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from remit.adapters.cipher import NONCE_BYTES
from remit.adapters.master_key import KEY_BYTES, MasterKey, unreadable
from remit.adapters.sqlite_file import SqliteFile, instant
from remit.kernel.errors import StoreError
from remit.record.memory_kept import MEMORIES_MAX, Memory, MemoryQuery

SCHEMA_VERSION = 1
_MEMORY = msgspec.json.Decoder(Memory)


class SqliteMemories(SqliteFile):
    """Memories until their end."""

    def __init__(self, path: Path, master: MasterKey) -> None:
        super().__init__(path, what="what agents remember")
        self._master = master
        with self._reading() as db:
            db.execute("pragma secure_delete = on")
        self._make("memories.sql", version=SCHEMA_VERSION, other=_other_version)

    def keep(self, memory: Memory) -> None:
        owner = memory.owner
        with self._transaction() as db:
            key = self._key(db, owner.use_case, make=True)
            assert key is not None, "made where there was none"
            whose = owner.use_case, owner.agent, owner.actor
            db.execute(
                "insert or replace into memory values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    memory.id,
                    *whose,
                    memory.kind,
                    _named(key, memory.name),
                    instant(memory.at),
                    instant(memory.until),
                    _seal(key, msgspec.json.encode(memory), _place(*whose, memory.id)),
                ),
            )
            # Of too many the oldest go, so that an agent that writes without end fills no disk.
            db.execute(
                "delete from memory where use_case = ? and agent = ? and actor = ? and id not in"
                " (select id from memory where use_case = ? and agent = ? and actor = ? order by at desc,"
                " id desc limit ?)",
                (*whose, *whose, MEMORIES_MAX),
            )

    def find(self, query: MemoryQuery) -> list[Memory]:
        with self._snapshot() as db:
            key = self._key(db, query.use_case, make=False)
            if key is None:
                return []
            where, values = _where(query, key)
            rows = db.execute(
                f"select use_case, agent, actor, id, body from memory where {where}"  # noqa: S608 (our own words)
                " order by at desc, id desc limit ?",
                (*values, query.limit),
            ).fetchall()
        return [_opened(key, body, _place(*place)) for *place, body in rows]

    def count(self, query: MemoryQuery) -> int:
        with self._snapshot() as db:
            where, values = _where(query, self._key(db, query.use_case, make=False))
            [found] = db.execute(f"select count(*) from memory where {where}", values).fetchone()  # noqa: S608
        return int(found)

    def erase(self, query: MemoryQuery) -> int:
        with self._transaction() as db:
            where, values = _where(query, self._key(db, query.use_case, make=False))
            gone = db.execute(f"delete from memory where {where}", values).rowcount  # noqa: S608 (as above)
            _forget_keys(db)
        self._clear_log()
        return gone

    def purge(self, now: datetime) -> dict[str, int]:
        with self._transaction() as db:
            sql = "select use_case, count(*) from memory where until <= ? group by use_case"
            gone = dict(db.execute(sql, (instant(now),)).fetchall())
            db.execute("delete from memory where until <= ?", (instant(now),))
            _forget_keys(db)
        if gone:
            self._clear_log()
        return gone

    def _key(self, db: sqlite3.Connection, use_case: str, *, make: bool) -> bytes | None:
        row = db.execute("select master, wrapped from data_key where use_case = ?", (use_case,)).fetchone()
        if row is not None:
            if row[0] != self._master.name:
                raise unreadable(
                    "what agents remember is kept under another master key than the one that is set"
                )
            return self._master.unwrap(row[1], use_case=use_case)
        if not make:
            return None
        key = os.urandom(KEY_BYTES)
        wrapped = self._master.wrap(key, use_case=use_case)
        db.execute("insert into data_key values (?, ?, ?)", (use_case, self._master.name, wrapped))
        return key

    def _clear_log(self) -> None:
        """Bring what was overwritten into the file, and empty the log, where the texts still stood."""
        [(busy, *_)] = self._all("pragma wal_checkpoint(truncate)")
        if busy:
            raise StoreError(
                "what is erased stands in the log of `memories.sqlite` as long as somebody reads it",
                help="try again: what is left is erased then",
                code="erasure-unfinished",
            )


def _forget_keys(db: sqlite3.Connection) -> None:
    """Destroy the keys of use cases of which nothing is left."""
    db.execute("delete from data_key where use_case not in (select use_case from memory)")


def _where(query: MemoryQuery, key: bytes | None) -> tuple[str, tuple[str, ...]]:
    """Say what is meant, in SQL; names are compared by their hashes."""
    asked = {
        "agent": query.agent,
        "actor": query.actor,
        "kind": query.kind,
        "id": query.id,
        "named": None if query.name is None else _named(key or b"", query.name),
    }
    said = {name: value for name, value in asked.items() if value is not None}
    where = ["use_case = ?", *(f"{name} = ?" for name in said)]
    values = [query.use_case, *said.values()]
    if query.now is not None:
        where.append("until > ?")
        values.append(instant(query.now))
    return " and ".join(where), tuple(values)


def _named(key: bytes, name: str) -> str:
    hashed = hashlib.blake2b(name.encode(), key=key, digest_size=16, person=b"remit-memory")
    return hashed.hexdigest()


def _place(use_case: str, agent: str, actor: str, id: str) -> bytes:
    return "\0".join((use_case, agent, actor, id)).encode()


def _seal(key: bytes, text: bytes, place: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text, place)


def _opened(key: bytes, sealed: bytes, place: bytes) -> Memory:
    try:
        return _MEMORY.decode(AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place))
    except (InvalidTag, ValueError):
        raise unreadable("what an agent remembers is not what was sealed there") from None


def _other_version(found: int) -> StoreError:
    return StoreError(
        f"`memories.sqlite` is of version {found}, and this Remit works with {SCHEMA_VERSION}",
        help="use the Remit that wrote it",
    )

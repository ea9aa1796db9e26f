"""Prompts and answers of calls in one SQLite file, sealed under keys that can be destroyed."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from remit.adapters.cipher import NONCE_BYTES
from remit.adapters.master_key import KEY_BYTES, MasterKey, unreadable
from remit.adapters.sqlite_file import SqliteFile, instant
from remit.enforce.capture import bucket_of
from remit.kernel.errors import StoreError
from remit.record.keeping import CaptureErased
from remit.record.kept import DataKey, Draft, Gathered, Missed, Remains

SCHEMA_VERSION = 1
DELETED_AT_ONCE = 500
"""How many captures are taken out in one step; meanwhile others can write."""
LOOK_S = 60.0
"""How long a data key that somebody else destroyed may stay in the memory of one that still keeps calls."""

_TRIES = 3
_UNWRAPPED_MAX = 256
_ERASURE = msgspec.json.Decoder(CaptureErased)
_Place = tuple[str, str, int | None]


class SqliteCaptures(SqliteFile):
    """Captures until they are destroyed. Data keys are kept unwrapped in memory, a bounded number of them."""

    def __init__(self, path: Path, master: MasterKey) -> None:
        super().__init__(path, what="what is kept of calls")
        self._master = master
        self._made: dict[_Place, str] = {}
        self._unwrapped: dict[str, AESGCM] = {}
        self._looked = monotonic()
        with self._reading() as db:
            # What is deleted is overwritten with zeros.
            db.execute("pragma secure_delete = on")
        self._make("captures.sql", version=SCHEMA_VERSION, other=_other_version)

    def keep(self, drafts: Sequence[Draft]) -> None:
        self._forget_closed()
        for _ in range(_TRIES):
            rows = [self._sealed(draft) for draft in drafts]
            with self._transaction() as db:
                gone = {row[1] for row in rows if not _is_open(db, row[1])}
                if not gone:
                    db.executemany("insert or ignore into capture values (?, ?, ?, ?, ?, ?, ?)", rows)
                    return
            # Somebody destroyed a key meanwhile; what comes now lies under another one.
            self._forget(gone)
        raise StoreError("data keys are destroyed as fast as they are made", help="try again")

    def _forget_closed(self) -> None:
        """Let go of keys that others have destroyed; a moment in which it is not looked is a short one."""
        now = monotonic()
        if now - self._looked > LOOK_S:
            self._looked = now
            here = {key for (key,) in self._all("select fingerprint from data_key where not closed")}
            self._forget(set(self._unwrapped) - here)

    def _forget(self, keys: set[str]) -> None:
        self._made = {place: key for place, key in self._made.items() if key not in keys}
        for key in keys:
            self._unwrapped.pop(key, None)

    def _sealed(self, draft: Draft) -> tuple[str, str, str, str, str, bytes, bytes]:
        data_key = self._key_for(draft)
        own = os.urandom(KEY_BYTES)
        place = f"{draft.use_case}\0{draft.call}".encode()
        return (
            draft.call,
            data_key,
            _fingerprint(own),
            draft.use_case,
            instant(draft.at),
            _seal(self._unwrapped[data_key], own, place),
            _seal(AESGCM(own), draft.body, place),
        )

    def _key_for(self, draft: Draft) -> str:
        """Name the data key that a capture belongs under, and have it unwrapped."""
        bucket = bucket_of(draft.at, draft.days)
        place = draft.use_case, instant(bucket.start), draft.days
        found = self._made.get(place)
        if found is not None and found in self._unwrapped:
            return found
        fingerprint = self._found_key(place) or self._make_key(place, instant(bucket.end), draft)
        if len(self._made) >= _UNWRAPPED_MAX:
            self._made.clear()
        self._made[place] = fingerprint
        return fingerprint

    def _found_key(self, place: _Place) -> str:
        """Find a key that is here; one that cannot be opened is left alone, and no call waits for it."""
        for fingerprint, wrapped in self._all(
            "select fingerprint, wrapped from data_key where use_case = ? and starts = ? and days is ?"
            " and master = ? and not closed order by made desc limit 1",
            *place,
            self._master.name,
        ):
            try:
                self._remember(fingerprint, self._unwrap(fingerprint, wrapped, place[0]))
            except StoreError as error:
                if error.code != "capture-unreadable":
                    raise
            else:
                return str(fingerprint)
        return ""

    def _make_key(self, place: _Place, end: str, draft: Draft) -> str:
        key = os.urandom(KEY_BYTES)
        fingerprint, wrapped = _fingerprint(key), self._master.wrap(key, use_case=draft.use_case)
        values = (fingerprint, *place[:2], end, place[2], instant(draft.at), self._master.name, wrapped)
        with self._transaction() as db:
            db.execute("insert into data_key values (?, ?, ?, ?, ?, ?, ?, ?, 0)", values)
        self._remember(fingerprint, AESGCM(key))
        return fingerprint

    def _remember(self, fingerprint: str, key: AESGCM) -> None:
        if len(self._unwrapped) >= _UNWRAPPED_MAX:
            del self._unwrapped[next(iter(self._unwrapped))]
        self._unwrapped[fingerprint] = key

    def _unwrap(self, fingerprint: str, wrapped: bytes, use_case: str) -> AESGCM:
        key = self._master.unwrap(wrapped, use_case=use_case)
        if _fingerprint(key) != fingerprint:
            raise unreadable(f"data key `{fingerprint}` is another one than its fingerprint says")
        return AESGCM(key)

    def miss(self, missed: Sequence[Missed]) -> None:
        rows = [(each.call, each.use_case, instant(each.at), each.reason, each.count) for each in missed]
        with self._transaction() as db:
            db.executemany("insert into missed values (?, ?, ?, ?, ?)", rows)

    def missed(self, call: str) -> Missed | None:
        if not call:
            return None
        for use_case, at, reason, count in self._all(
            "select use_case, at, reason, count from missed where call = ?", call
        ):
            return Missed(call, use_case, datetime.fromisoformat(at), reason, count)
        return None

    def forget_missed(self, before: datetime) -> None:
        with self._transaction() as db:
            db.execute("delete from missed where at < ?", (instant(before),))

    def open(self, call: str) -> bytes | None:
        rows = self._all(
            "select capture.use_case, sealed_key, body, data_key, master, wrapped from capture"
            " left join data_key on data_key = data_key.fingerprint where call = ?",
            call,
        )
        if not rows:
            return None
        use_case, sealed_key, body, data_key, master, wrapped = rows[0]
        if wrapped is None:
            raise unreadable(f"the data key of call `{call[:40]}` is not here")
        if master != self._master.name:
            raise unreadable(f"call `{call[:40]}` is kept under another master key than the one that is set")
        place = f"{use_case}\0{call}".encode()
        own = _opened(self._unwrap(data_key, wrapped, use_case), sealed_key, place)
        text = None if own is None else _opened(AESGCM(own), body, place)
        if text is None:
            raise unreadable(f"what is kept of call `{call[:40]}` is not what was sealed there")
        return text

    def gathered(self) -> list[Gathered]:
        sql = (
            "select use_case, sum(captures), sum(bytes), min(first), max(last), sum(keys), sum(missed) from ("
            " select use_case, count(*) as captures, sum(length(body)) as bytes, min(at) as first,"
            "  max(at) as last, 0 as keys, 0 as missed from capture group by use_case"
            " union all select use_case, 0, 0, null, null, count(*), 0 from data_key group by use_case"
            " union all select use_case, 0, 0, null, null, 0, sum(count) from missed group by use_case"
            ") group by use_case order by use_case"
        )
        return [
            Gathered(use_case, captures, size or 0, _read(first), _read(last), keys, missed)
            for use_case, captures, size, first, last, keys, missed in self._all(sql)
        ]

    def data_keys(self) -> list[DataKey]:
        sql = (
            "select fingerprint, use_case, starts, ends, days,"
            " (select count(*) from capture where data_key = data_key.fingerprint)"
            " from data_key where not closed order by starts, fingerprint"
        )
        return [
            DataKey(
                key, use_case, datetime.fromisoformat(starts), datetime.fromisoformat(ends), days, captures
            )
            for key, use_case, starts, ends, days, captures in self._all(sql)
        ]

    def opens(self, key: str) -> bool:
        for use_case, master, wrapped in self._all(
            "select use_case, master, wrapped from data_key where fingerprint = ?", key
        ):
            if master != self._master.name:
                return False
            try:
                self._unwrap(key, wrapped, use_case)
            except StoreError as error:
                if error.code == "capture-unreadable":
                    return False
                raise
            return True
        return False

    def intend(self, erasure: CaptureErased, *, call: str = "") -> CaptureErased | None:
        with self._transaction() as db:
            found = self._under(db, erasure, call)
            if found is not None:
                if not call:
                    db.execute("update data_key set closed = 1 where fingerprint = ?", (found.key,))
                body = msgspec.json.encode(found)
                db.execute("insert into erasure values (?, ?, ?)", (found.id, call, body))
        return found

    def _under(self, db: sqlite3.Connection, erasure: CaptureErased, call: str) -> CaptureErased | None:
        """Say what lies under a key; None if the key is not here, or somebody else destroys it."""
        replace = msgspec.structs.replace
        if call:
            sql = (
                "select fingerprint from capture where call = ? and use_case = ?"
                " and call not in (select call from erasure)"
                " and data_key not in (select fingerprint from data_key where closed)"
            )
            row = db.execute(sql, (call, erasure.use_case)).fetchone()
            return None if row is None else replace(erasure, key=row[0], captures=1, calls=(call,))
        if not _is_open(db, erasure.key):
            return None
        sql = "select count(*), min(call), max(call) from capture where data_key = ?"
        captures, first, last = db.execute(sql, (erasure.key,)).fetchone()
        calls = () if first is None else (first,) if first == last else (first, last)
        return replace(erasure, captures=captures, calls=calls)

    def intended(self) -> list[CaptureErased]:
        return [_ERASURE.decode(body) for (body,) in self._all("select body from erasure order by id")]

    def destroy(self, erasure: str) -> None:
        rows = self._all("select call, body from erasure where id = ?", erasure)
        if not rows:
            return
        [(call, body)] = rows
        key = _ERASURE.decode(body).key
        if call:
            self._destroy_call(call)
        else:
            self._destroy_key(key)
        self._clear_log()

    def _destroy_call(self, call: str) -> None:
        with self._transaction() as db:
            db.execute("update capture set sealed_key = zeroblob(length(sealed_key)) where call = ?", (call,))
            db.execute("delete from capture where call = ?", (call,))

    def _destroy_key(self, key: str) -> None:
        overwrite = "update data_key set wrapped = zeroblob(length(wrapped)) where fingerprint = ?"
        with self._transaction() as db:
            db.execute(overwrite, (key,))
            db.execute("delete from data_key where fingerprint = ?", (key,))
        self._forget({key})
        sql = "delete from capture where rowid in (select rowid from capture where data_key = ? limit ?)"
        deleted = DELETED_AT_ONCE
        while deleted == DELETED_AT_ONCE:
            with self._transaction() as db:
                deleted = db.execute(sql, (key, DELETED_AT_ONCE)).rowcount

    def _clear_log(self) -> None:
        """Bring what was overwritten into the file, and empty the log, where the keys still stood."""
        [(busy, *_)] = self._all("pragma wal_checkpoint(truncate)")
        if busy:
            raise StoreError(
                "what is destroyed stands in the log of `captures.sqlite` as long as somebody reads it",
                help="try again: it is taken up where it stopped",
                code="erasure-unfinished",
            )

    def told(self, erasure: str) -> None:
        with self._transaction() as db:
            db.execute("delete from erasure where id = ?", (erasure,))

    def remains(self, key: str) -> Remains:
        [[keys]] = self._all("select count(*) from data_key where fingerprint = ?", key)
        [[captures]] = self._all(
            "select count(*) from capture where data_key = ? or fingerprint = ?", key, key
        )
        return Remains(keys, captures)


def _is_open(db: sqlite3.Connection, key: str) -> bool:
    sql = "select 1 from data_key where fingerprint = ? and not closed"
    return db.execute(sql, (key,)).fetchone() is not None


def _fingerprint(key: bytes) -> str:
    """Name a key: nobody can find a key of 256 random bits by its hash."""
    return hashlib.sha256(key).hexdigest()[:32]


def _seal(key: AESGCM, text: bytes, place: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.encrypt(nonce, text, place)


def _opened(key: AESGCM, sealed: bytes, place: bytes) -> bytes | None:
    try:
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except (InvalidTag, ValueError):
        return None


def _read(at: str | None) -> datetime | None:
    return None if at is None else datetime.fromisoformat(at)


def _other_version(version: int) -> StoreError:
    return StoreError(
        f"what is kept of calls has schema {version} and this version of remit reads {SCHEMA_VERSION}",
        help="use the version that wrote it, or move `captures.sqlite` aside, and it is gone",
        code="store-schema",
    )

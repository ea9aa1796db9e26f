"""The store in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import Any, cast

from remit.adapters import rollups_sqlite as rollups
from remit.adapters.adjustments_sqlite import SqliteAdjustments, add_adjustments
from remit.adapters.dossier_sqlite import SqliteDossier, add_dossier
from remit.adapters.outcomes_sqlite import SqliteOutcomes, add_outcomes, add_referred
from remit.adapters.seals_sqlite import SqliteSeals, add_seals
from remit.adapters.sqlite_file import instant
from remit.adapters.sqlite_followers import SqliteFollowers
from remit.adapters.sqlite_rollups import SqliteRollups
from remit.adapters.sqlite_standing import SqliteStanding
from remit.adapters.sqlite_tally import SqliteTally, add_tally
from remit.enforce.key import Key
from remit.enforce.stop import Stop
from remit.enforce.way_in import WayIn
from remit.kernel.errors import NotFound, StoreError
from remit.kernel.money import EXACT, ZERO, canonical
from remit.record.call_entry import Hold
from remit.record.chain import Position
from remit.record.decided import Apply
from remit.record.found import FindingFilter, FindingKey, FindingRow, FindingSum
from remit.record.ledgered import decode, encode
from remit.record.projection import (
    Changes,
    EntryFilter,
    Row,
)

SCHEMA_VERSION = 17
_INSIDE = {
    "batch": "$.batch",
    "unit": "$.purpose.unit",
    "model": "$.purpose.model",
    "key": "$.purpose.key",
    "about": "$.judges",
}
"""Where fields of a filter stand in an entry that have no column of their own."""

_finding_key: Callable[[FindingKey], tuple[Any, ...]] = attrgetter(
    *(each.name for each in fields(FindingKey))
)


class SqliteStore(
    SqliteSeals,
    SqliteFollowers,
    SqliteTally,
    SqliteRollups,
    SqliteAdjustments,
    SqliteDossier,
    SqliteOutcomes,
    SqliteStanding,
):
    """What is folded from the journals. Amounts are text, so that they stay exact."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, what="the store", prepare=rollups.prepare)
        self._make("schema.sql", version=SCHEMA_VERSION, other=_other_version)

    def halt(self, reason: str) -> None:
        with self._transaction() as db:
            db.execute("insert or ignore into halt values (1, ?)", (reason,))

    def lift_halt(self) -> None:
        with self._transaction() as db:
            db.execute("delete from halt")

    def halted(self) -> str | None:
        rows = self._all("select reason from halt")
        return str(rows[0][0]) if rows else None

    def positions(self) -> dict[str, Position]:
        rows = self._all("select journal, lines, offset, hash from position")
        return {journal: Position(lines, offset, hash) for journal, lines, offset, hash in rows}

    def fold(self, journal: str, *, before: Position, after: Position, changes: Changes) -> bool:
        with self._transaction() as db:
            row = db.execute("select offset from position where journal = ?", (journal,)).fetchone()
            if (row[0] if row else 0) != before.offset:
                return False
            _add_entries(db, changes)
            _add_sums(db, changes)
            _add_posted(db, journal, changes)
            _change_holds(db, journal, changes)
            _change_facts(db, changes)
            _add_findings(db, changes)
            add_seals(db, changes)
            add_tally(db, changes.tally)
            add_adjustments(db, changes)
            add_dossier(db, changes)
            add_outcomes(db, changes)
            add_referred(db, changes)
            db.execute(
                "insert into position values (?, ?, ?, ?) on conflict (journal) do update set"
                " lines = excluded.lines, offset = excluded.offset, hash = excluded.hash",
                (journal, after.lines, after.offset, after.hash),
            )
        return True

    def put_text(self, digest: str, body: bytes) -> None:
        with self._transaction() as db:
            db.execute("insert or ignore into text values (?, ?)", (digest, body))

    def text(self, digest: str) -> bytes:
        rows = self._all("select body from text where digest = ?", digest)
        if not rows:
            raise NotFound(
                f"no text with digest `{digest[:12]}…` is stored", help="apply the operating model again"
            )
        return cast(bytes, rows[0][0])

    def applied(self) -> Apply | None:
        rows = self._all("select body from applied order by version desc limit 1")
        return cast(Apply, decode(rows[0][0])) if rows else None

    def keys(self) -> dict[str, Key]:
        return {hash: _key(row) for hash, *row in self._all("select hash, * from key")}

    def posted(self, journal: str | None = None) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        sql = "select name, posted from account where ?1 is null or journal = ?1"
        for name, posted in self._all(sql, journal):
            found[name] = EXACT.add(found.get(name, ZERO), Decimal(posted))
        return found

    def users(self, *, since: datetime) -> list[tuple[str, str]]:
        rows = self._all("select use_case, user from user where seen >= ?", instant(since))
        return [(use_case, user) for use_case, user in rows]

    def open_holds(self, journal: str | None = None) -> list[tuple[Hold, int]]:
        sql = "select body, marked from open_hold where ?1 is null or journal = ?1 order by id"
        rows = self._all(sql, journal)
        return [(cast(Hold, decode(body)), marked) for body, marked in rows]

    def entries(self, wanted: EntryFilter, *, limit: int) -> list[Row]:
        clauses = ["1"]
        values: list[object] = []
        for column in ("kind", "use_case", "rule", "stage"):
            if value := getattr(wanted, column):
                clauses.append(f"{column} = ?")
                values.append(value)
        if wanted.since is not None:
            clauses.append("at >= ?")
            values.append(instant(wanted.since))
        if wanted.account:
            clauses.append("exists (select 1 from json_each(body, '$.accounts') where value = ?)")
            values.append(wanted.account)
        for name, path in _INSIDE.items():
            if value := getattr(wanted, name):
                clauses.append(f"json_extract(body, '{path}') = ?")
                values.append(value)
        if wanted.simulated is not None:
            clauses.append("json_extract(body, '$.simulated') = ?")
            values.append(wanted.simulated)
        if wanted.completed is not None:
            clauses.append("(json_extract(body, '$.status') = 'completed') = ?")
            values.append(wanted.completed)
        if wanted.blocked is not None:
            clauses.append("(json_extract(body, '$.status') = 'blocked') = ?")
            values.append(wanted.blocked)
        if wanted.before:
            clauses.append("id < ?")
            values.append(wanted.before)
        if wanted.since_id:
            clauses.append("id >= ?")
            values.append(wanted.since_id)
        where = " and ".join(clauses)
        sql = f"select * from entry where {where} order by id desc limit ?"  # noqa: S608 (columns are ours)
        return [_row(row) for row in self._all(sql, *values, limit)]

    def findings(self, wanted: FindingFilter, *, limit: int) -> list[FindingRow]:
        clauses = ["1"]
        values: list[object] = []
        for column in ("use_case", "type", "mark"):
            if value := getattr(wanted, column):
                clauses.append(f"{column} = ?")
                values.append(value)
        if wanted.shadow is not None:
            clauses.append("shadow = ?")
            values.append(wanted.shadow)
        if wanted.waiting is not None:
            clauses.append("(verdict is null) = ?")
            values.append(wanted.waiting)
        if wanted.since is not None:
            clauses.append("last >= ?")
            values.append(instant(wanted.since))
        where = " and ".join(clauses)
        order = "last desc, last_call desc, type, mark, guardrail"
        what = "select finding.*, coalesce(verdict, '') from finding left join finding_verdict using (mark)"
        sql = f"{what} where {where} order by {order} limit ?"
        return [_finding(row) for row in self._all(sql, *values, limit)]

    def cleared(self) -> frozenset[str]:
        rows = self._all("select mark from finding_verdict where verdict = 'false_positive'")
        return frozenset(mark for (mark,) in rows)

    def stops(self) -> dict[str, Stop]:
        rows = self._all("select address, since, author, reason from stop")
        return {
            address: Stop(address, datetime.fromisoformat(since), author, reason)
            for address, since, author, reason in rows
        }

    def entry(self, id: str) -> Row | None:
        rows = self._all("select * from entry where id = ?", id)
        return _row(rows[0]) if rows else None

    def copies(self, journal: str, *, first: int, last: int) -> list[Row]:
        rows = self._all(
            "select * from entry where journal = ? and line between ? and ?", journal, first, last
        )
        return [_row(row) for row in rows]

    def strays(self, *, limit: int) -> list[str]:
        sql = (
            "select id from entry where line > coalesce("
            "(select lines from position where position.journal = entry.journal), 0) limit ?"
        )
        return [id for (id,) in self._all(sql, limit)]

    def put_pass(self, hash: str, *, purpose: str, until: datetime, holder: str) -> None:
        with self._transaction() as db:
            db.execute("insert into pass values (?, ?, ?, ?)", (hash, purpose, instant(until), holder))

    def take_pass(self, hash: str, *, purpose: str, now: datetime) -> str | None:
        with self._transaction() as db:
            db.execute("delete from pass where until <= ?", (instant(now),))
            sql = "delete from pass where hash = ? and purpose = ? returning holder"
            taken = db.execute(sql, (hash, purpose)).fetchone()
            return None if taken is None else str(taken[0])

    def pass_holder(self, hash: str, *, purpose: str, now: datetime) -> str | None:
        sql = "select holder from pass where hash = ? and purpose = ? and until > ?"
        return next((str(holder) for (holder,) in self._all(sql, hash, purpose, instant(now))), None)

    def passes(self, *, purpose: str, now: datetime) -> list[WayIn]:
        sql = "select hash, holder, until from pass where purpose = ? and until > ? order by until desc, hash"
        rows = self._all(sql, purpose, instant(now))
        return [WayIn(hash, holder, datetime.fromisoformat(until)) for hash, holder, until in rows]


def _other_version(version: int) -> StoreError:
    return StoreError(
        f"the store has schema {version} and this version of remit reads {SCHEMA_VERSION}",
        help="use the version that wrote it, or move the store aside: it is made again",
        code="store-schema",
    )


def _row(row: tuple[Any, ...]) -> Row:
    id, at, *rest = row
    return Row(id, datetime.fromisoformat(at), *rest)


def _key(row: Sequence[Any]) -> Key:
    id, _, use_case, expires, revoked, agent, models, networks, issued, successor = row
    return Key(
        id,
        use_case,
        datetime.fromisoformat(expires) if expires else None,
        bool(revoked),
        agent,
        models=tuple(models.split()),
        networks=tuple(networks.split()),
        issued=datetime.fromisoformat(issued),
        successor=successor,
    )


def _finding(row: tuple[Any, ...]) -> FindingRow:
    use_case, side, policy, type, kind, guardrail, shadow, action, mark, calls, first, last, *rest = row
    first_call, last_call, verdict = rest
    return FindingRow(
        FindingKey(use_case, side, policy, type, kind, guardrail, bool(shadow), action, mark),
        FindingSum(calls, datetime.fromisoformat(first), datetime.fromisoformat(last), first_call, last_call),
        verdict,
    )


def _add_entries(db: sqlite3.Connection, changes: Changes) -> None:
    db.executemany(
        "insert into entry values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                row.id,
                instant(row.at),
                row.kind,
                row.use_case,
                row.rule,
                row.stage,
                row.body,
                row.journal,
                row.line,
            )
            for row in changes.rows
        ],
    )


def _add_sums(db: sqlite3.Connection, changes: Changes) -> None:
    rollups.add_usage(db, changes)
    rollups.add_refusals(db, changes)
    rollups.add_guarded(db, changes)
    rollups.add_tool_days(db, changes)
    db.executemany(
        "insert into user values (?, ?, ?) on conflict do update set seen = max(seen, excluded.seen)",
        [(*who, instant(seen)) for who, seen in changes.users.items()],
    )


def _add_findings(db: sqlite3.Connection, changes: Changes) -> None:
    db.executemany(
        "insert into finding values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set"
        " calls = calls + excluded.calls,"
        " first_call = iif((excluded.first, excluded.first_call) < (first, first_call),"
        " excluded.first_call, first_call), first = min(first, excluded.first),"
        " last_call = iif((excluded.last, excluded.last_call) > (last, last_call),"
        " excluded.last_call, last_call), last = max(last, excluded.last)",
        [
            (
                *_finding_key(key),
                found.calls,
                instant(found.first),
                instant(found.last),
                found.first_call,
                found.last_call,
            )
            for key, found in changes.findings.items()
        ],
    )
    db.executemany(
        "insert or replace into finding_verdict values (?, ?)",
        [(review.mark, review.verdict) for review in changes.reviews],
    )


def _add_posted(db: sqlite3.Connection, journal: str, changes: Changes) -> None:
    db.executemany(
        "insert into account values (?, ?, ?)"
        " on conflict do update set posted = exact_add(posted, excluded.posted)",
        [(name, journal, canonical(amount)) for name, amount in changes.posted.items()],
    )


def _change_holds(db: sqlite3.Connection, journal: str, changes: Changes) -> None:
    db.executemany(
        "insert into open_hold values (?, ?, ?, 0) on conflict (id) do update set body = excluded.body",
        [(id, journal, encode(hold)) for id, hold in changes.opened.items()],
    )
    db.executemany(
        "update open_hold set marked = ? where id = ?",
        [(tokens, id) for id, tokens in changes.marked.items()],
    )
    db.executemany("delete from open_hold where id = ?", [(id,) for id in changes.closed])


def _change_facts(db: sqlite3.Connection, changes: Changes) -> None:
    for key in changes.keys:
        expires = key.expires.isoformat() if key.expires else None
        if key.change == "issued":
            scope = (key.agent, " ".join(key.models), " ".join(key.networks))
            values = (key.key, key.hash, key.use_case, expires, *scope, key.at.isoformat())
            db.execute("insert into key values (?, ?, ?, ?, 0, ?, ?, ?, ?, '')", values)
        elif key.change == "rotated":
            db.execute(
                "update key set expires = ?, successor = ? where id = ?", (expires, key.successor, key.key)
            )
        else:
            db.execute("update key set revoked = 1 where id = ?", (key.key,))
    for switch in changes.switches:
        db.execute("delete from stop where address = ?", (switch.address,))
        if switch.on:
            on = (switch.address, switch.at.isoformat(), switch.author, switch.reason)
            db.execute("insert into stop values (?, ?, ?, ?)", on)
    db.executemany(
        "insert into applied values (?, ?)",
        [(applied.model_version, encode(applied)) for applied in changes.applied],
    )

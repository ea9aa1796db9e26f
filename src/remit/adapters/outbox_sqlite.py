"""Messages to web hooks in the store's SQLite file: each step is one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from remit.adapters.sqlite_file import SqliteFile, instant
from remit.decide.hook_delivery import Delivery, HookState, Settled
from remit.decide.notice import Notice, Watched, seeds
from remit.decide.reminder import awaited
from remit.kernel.money import EXACT, ZERO
from remit.ports_webhooks import Watching
from remit.record.chain import Position
from remit.record.ledgered import Ledgered, decode

FOLLOWER = "webhooks"
"""The name under which the positions are kept, beside those of other followers."""
WAITING_MAX = 10_000
ENDED_MAX = 1_000
"""How many messages are kept for each web hook: of those that wait, and of those that do not."""

_WATCHED: msgspec.json.Decoder[Watched] = msgspec.json.Decoder(Watched)
_NOTICE = msgspec.json.Decoder(Notice)
_COLUMNS = "number, webhook, id, state, created, attempts, outcome, ended, notice"


class SqliteOutbox(SqliteFile):
    """Who was told of what; the tables are the store's."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, what="the outbox")

    def begin(self, *, now: datetime) -> Watching:
        with self._transaction() as db:
            row = db.execute("select step from watch_step").fetchone()
            if row is None:
                db.execute("insert into watch_step values (1, 0)")
                sql = "insert or replace into follower select ?, journal, lines, offset, hash from position"
                db.execute(sql, (FOLLOWER,))
                _remember(db, seeds(_posted(db), now) | dict(awaited(_asked(db), now)))
            sql = "select journal, lines, offset, hash from follower where name = ?"
            found = db.execute(sql, (FOLLOWER,)).fetchall()
            watched = db.execute("select key, body from watched").fetchall()
        return Watching(
            row[0] if row else 0,
            {journal: Position(lines, offset, hash) for journal, lines, offset, hash in found},
            {key: _WATCHED.decode(body) for key, body in watched},
        )

    def end(self) -> None:
        with self._transaction() as db:
            db.execute("delete from watch_step")
            db.execute("delete from watched")
            db.execute("delete from follower where name = ?", (FOLLOWER,))

    def put(
        self,
        step: int,
        *,
        positions: Mapping[str, Position],
        changed: Mapping[str, Watched | None],
        messages: Sequence[tuple[str, str, Notice]],
        now: datetime,
    ) -> bool:
        with self._transaction() as db:
            taken = db.execute("update watch_step set step = step + 1 where step = ?", (step,))
            if taken.rowcount != 1:
                return False
            db.executemany(
                "insert or replace into follower values (?, ?, ?, ?, ?)",
                [(FOLLOWER, name, at.lines, at.offset, at.hash) for name, at in positions.items()],
            )
            _remember(db, changed)
            _add(db, messages, now)
        return True

    def declare(self, webhooks: Mapping[str, str], *, now: datetime) -> None:
        with self._transaction() as db:
            for (name,) in db.execute("select name from hook").fetchall():
                if name not in webhooks:
                    db.execute("delete from hook where name = ?", (name,))
                    _fail(db, name, "no longer declared", now)
            db.executemany(
                "insert into hook values (?, ?, 0, ?, '') on conflict do update set failures = 0,"
                " resume = excluded.resume, stopped = '', declared = excluded.declared"
                " where declared <> excluded.declared",
                [(name, declared, instant(now)) for name, declared in webhooks.items()],
            )

    def claim(self, webhook: str, *, now: datetime, until: datetime, oldest: datetime) -> Delivery | None:
        ready = (
            "select failures from hook where name = ? and stopped = '' and resume <= ? and exists"
            " (select 1 from delivery where webhook = hook.name and state = 'waiting')"
        )
        # Looked up first without the right to write, which is one's alone: most often there is nothing.
        if not self._all(ready, webhook, instant(now)):
            return None
        with self._transaction() as db:
            row = db.execute(ready, (webhook, instant(now))).fetchone()
            if row is None:
                return None
            if row[0]:
                _fail(db, webhook, "too old, and those before it were not taken", now, before=oldest)
            found = db.execute(
                f"select {_COLUMNS} from delivery where webhook = ? and state = 'waiting'"  # noqa: S608 (columns are ours)
                " order by number limit 1",
                (webhook,),
            ).fetchone()
            if found is None:
                return None
            db.execute("update hook set resume = ? where name = ?", (instant(until), webhook))
            db.execute("update delivery set attempts = attempts + 1 where number = ?", (found[0],))
        return msgspec.structs.replace(_delivery(found), attempts=found[5] + 1, failures=row[0])

    def settle(self, delivery: Delivery, settled: Settled, *, now: datetime) -> None:
        ended = None if settled.state == "waiting" else instant(now)
        with self._transaction() as db:
            db.execute(
                "update delivery set state = ?, outcome = ?, ended = ?"
                " where number = ? and state = 'waiting'",
                (settled.state, settled.outcome, ended, delivery.number),
            )
            db.execute(
                "update hook set failures = ?, resume = ?, stopped = ? where name = ?",
                (
                    settled.failures,
                    instant(settled.resume),
                    instant(now) if settled.stopped else "",
                    delivery.webhook,
                ),
            )
            if settled.stopped:
                _fail(db, delivery.webhook, "the receiver wants no more", now)
            _prune(db, delivery.webhook)

    def hooks(self) -> dict[str, HookState]:
        rows = self._all(
            "select name, failures, resume, stopped,"
            " (select count(*) from delivery where webhook = name and state = 'waiting')"
            " from hook order by name"
        )
        return {
            name: HookState(
                failures=failures,
                resume=datetime.fromisoformat(resume),
                stopped=stopped,
                waiting=waiting,
            )
            for name, failures, resume, stopped, waiting in rows
        }

    def deliveries(self, webhook: str = "", *, limit: int) -> list[Delivery]:
        sql = f"select {_COLUMNS} from delivery where ?1 in ('', webhook) order by number desc limit ?2"  # noqa: S608 (columns are ours)
        return [_delivery(row) for row in self._all(sql, webhook, limit)]


def _asked(db: sqlite3.Connection) -> list[Ledgered]:
    sql = "select body from dossier where kind in ('approval_request', 'approval') order by id"
    return [decode(body) for (body,) in db.execute(sql)]


def _posted(db: sqlite3.Connection) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for name, posted in db.execute("select name, posted from account"):
        found[name] = EXACT.add(found.get(name, ZERO), Decimal(posted))
    return found


def _remember(db: sqlite3.Connection, changed: Mapping[str, Watched | None]) -> None:
    kept = [(key, msgspec.json.encode(value)) for key, value in changed.items() if value is not None]
    db.executemany("insert or replace into watched values (?, ?)", kept)
    gone = [(key,) for key, value in changed.items() if value is None]
    db.executemany("delete from watched where key = ?", gone)


def _add(db: sqlite3.Connection, messages: Sequence[tuple[str, str, Notice]], now: datetime) -> None:
    """Add messages for receivers that want some; beyond the most that may wait, they have failed."""
    room: dict[str, int] = {}
    for name in {webhook for webhook, _, _ in messages}:
        waiting = "select count(*) from delivery where webhook = hook.name and state = 'waiting'"
        sql = f"select ({waiting}) from hook where name = ? and stopped = ''"  # noqa: S608 (the text is ours)
        for (count,) in db.execute(sql, (name,)):
            room[name] = WAITING_MAX - count
    for webhook, id, notice in messages:
        if webhook not in room:
            continue
        fits = room[webhook] > 0
        added = db.execute(
            "insert or ignore into delivery (webhook, id, state, created, attempts, outcome, ended, notice)"
            " values (?, ?, ?, ?, 0, ?, ?, ?)",
            (
                *(webhook, id, "waiting" if fits else "failed", instant(now)),
                *("" if fits else "too many wait", None if fits else instant(now)),
                msgspec.json.encode(notice),
            ),
        )
        room[webhook] -= fits and added.rowcount
    for name in room:
        _prune(db, name)


def _fail(
    db: sqlite3.Connection, webhook: str, outcome: str, now: datetime, *, before: datetime | None = None
) -> None:
    """Give up what waits for a web hook; what was tried keeps what came of that."""
    db.execute(
        "update delivery set state = 'failed', outcome = iif(outcome = '', ?2, outcome), ended = ?3"
        " where webhook = ?1 and state = 'waiting' and (?4 is null or created < ?4)",
        (webhook, outcome, instant(now), instant(before) if before else None),
    )
    _prune(db, webhook)


def _prune(db: sqlite3.Connection, webhook: str) -> None:
    """Forget the oldest of what does not wait."""
    db.execute(
        "delete from delivery where webhook = ?1 and state <> 'waiting' and number <= (select number from"
        " delivery where webhook = ?1 and state <> 'waiting' order by number desc limit 1 offset ?2)",
        (webhook, ENDED_MAX),
    )


def _delivery(row: Sequence[Any]) -> Delivery:
    number, webhook, id, state, created, attempts, outcome, ended, notice = row
    return Delivery(
        number=number,
        webhook=webhook,
        id=id,
        state=state,
        created=datetime.fromisoformat(created),
        attempts=attempts,
        outcome=outcome,
        ended=datetime.fromisoformat(ended) if ended else None,
        notice=_NOTICE.decode(notice),
    )

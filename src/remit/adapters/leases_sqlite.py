"""Leases in the store's SQLite file: each step is one transaction that no other worker's can interleave."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from remit.adapters.sqlite_file import SqliteFile, instant
from remit.enforce.escrow import Claim, Grant, Retained, Want, is_short, share, unanswered
from remit.kernel.money import ZERO, canonical

BUSY_S = 1.0
"""How long another who writes is waited for, where calls wait as well."""

MARKS_KEPT = 1_000
"""How many marks are kept. A call that waits under an older one asks again, and sets a new one."""


class SqliteLeases(SqliteFile):
    """Who has leased how much of what; the tables are the store's."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, what="the leases")

    def begin(self, worker: str) -> None:
        with self._transaction() as db:
            db.execute("delete from lease where worker = ?", (worker,))
            db.execute("insert or ignore into leaseholder values (?)", (worker,))

    def end(self, worker: str) -> None:
        with self._transaction() as db:
            db.execute("delete from lease where worker = ?", (worker,))
            db.execute("delete from leaseholder where worker = ?", (worker,))

    def holders(self) -> list[str]:
        with self._transaction() as db:
            return [worker for (worker,) in db.execute("select worker from leaseholder order by worker")]

    def lease(self, worker: str, wants: Sequence[Want]) -> list[Grant]:
        with self._transaction(busy_s=BUSY_S) as db:
            [workers] = db.execute("select count(*) from leaseholder").fetchone()
            return [_lease(db, worker, want, max(workers, 1)) for want in wants]

    def give_back(self, worker: str, kept: Sequence[Retained]) -> None:
        with self._transaction(busy_s=BUSY_S) as db:
            db.executemany(
                "update lease set granted = ?, answered = max(answered, ?) where (account, worker) = (?, ?)",
                [
                    (canonical(each.amount), each.answers, each.account, worker)
                    for each in kept
                    if each.amount
                ],
            )
            db.executemany(
                "delete from lease where (account, worker) = (?, ?)",
                [(each.account, worker) for each in kept if not each.amount],
            )

    def wanted(self, *, after: int) -> dict[str, int]:
        return dict(self._all("select account, mark from wanted where mark > ?", after))

    def claim_user(self, use_case: str, user: str, *, since: datetime, limit: int) -> frozenset[str]:
        begins = instant(since)
        with self._transaction(busy_s=BUSY_S) as db:
            sql = (
                "select user from user where use_case = ?1 and seen >= ?2"
                " union select user from claimed_user where (use_case, month) = (?1, ?2)"
            )
            found = {each for (each,) in db.execute(sql, (use_case, begins))}
            if user not in found and len(found) < limit:
                db.execute("delete from claimed_user where use_case = ? and month < ?", (use_case, begins))
                db.execute("insert into claimed_user values (?, ?, ?)", (use_case, begins, user))
                found.add(user)
            return frozenset(found)


def _lease(db: sqlite3.Connection, worker: str, want: Want, workers: int) -> Grant:
    own, others = _claims(db, want.account, worker)
    grant = share(want, own, others, workers=workers)
    if grant.granted != own.granted:
        # Who asks later than a mark was set has its share by that; it has something to give at the next one.
        db.execute(
            "insert into lease values (?, ?, ?, (select coalesce(max(mark), 0) from wanted))"
            " on conflict (account, worker) do update set granted = excluded.granted,"
            " answered = min(answered, excluded.answered)",
            (want.account, worker, canonical(grant.granted)),
        )
    answered = unanswered(others)
    if not want.least or not is_short(want, grant) or answered is None:
        return grant
    return msgspec.structs.replace(grant, mark=_mark(db, want), answered=answered)


def _claims(db: sqlite3.Connection, account: str, worker: str) -> tuple[Claim, list[Claim]]:
    """Return what a worker has of an account, and what each of the others has."""
    sql = "select journal, posted from account where name = ?"
    found = {name: Claim(posted=Decimal(posted)) for name, posted in db.execute(sql, (account,))}
    sql = "select worker, granted, answered from lease where account = ?"
    for name, granted, answered in db.execute(sql, (account,)):
        posted = found[name].posted if name in found else ZERO
        found[name] = Claim(Decimal(granted), posted, answered)
    return found.pop(worker, Claim()), list(found.values())


def _mark(db: sqlite3.Connection, want: Want) -> int:
    """Say under which mark a worker waits; a new one is later than all others, whatever they are for."""
    found = db.execute("select mark from wanted where account = ?", (want.account,)).fetchone()
    if found and not want.marks:
        return int(found[0])
    [last] = db.execute("select coalesce(max(mark), 0) from wanted").fetchone()
    db.execute("insert or replace into wanted values (?, ?)", (want.account, last + 1))
    # Those of minutes and budgets' periods that are over are never asked for again.
    db.execute("delete from wanted where mark <= ?", (last + 1 - MARKS_KEPT,))
    return int(last) + 1

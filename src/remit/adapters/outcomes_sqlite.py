"""The part of the store that holds outcomes: what was measured, when it was so, since when it is known."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import msgspec

from remit.adapters.sqlite_file import SqliteFile, instant
from remit.kernel.money import canonical
from remit.record.ledgered import decode, encode
from remit.record.outcome_entry import Outcome
from remit.record.outcome_filter import OutcomeFilter
from remit.record.outcome_sum import Carried, JoinedOutcome, JoinSum, OutcomeSum
from remit.record.projection import Changes

_NOW = "9999-12-31T00:00:00.000000+00:00"
"""Until when the newest version of an outcome is known."""

_KNOWN = (
    " from outcome where use_case = ?1 and metric = ?2 and happened >= ?3 and happened < ?4"
    " and known < ?5 and until >= ?5 and not withdrawn"
)
_PAGE_ROWS = 2_000
_PAGE = f"""
select happened, id, body{_KNOWN} and happened >= ?6 and (happened > ?6 or id > ?7)
order by happened, id limit ?8
"""
_JOINED = f"""
with kept as (select number, happened, body, reference{_KNOWN} order by happened desc, number desc limit ?6)
select kept.number, kept.body, model, currency, simulated, calls, charge from kept left join referred r
on r.use_case = ?1 and r.reference = kept.reference and kept.reference <> ''
order by kept.happened desc, kept.number desc, model
"""  # noqa: S608 (all of it is ours)
_COUNTED = f"""
select count(*), coalesce(sum(reference = ''), 0), coalesce(sum(reference <> '' and exists (
    select 1 from referred r where r.use_case = ?1 and r.reference = o.reference)), 0),
    coalesce(sum(simulated), 0)
from (select reference, simulated{_KNOWN}) o
"""  # noqa: S608 (as above)
_JOINED_RESULTS = f"""
select simulated or not real, sum(results) from (
    select simulated, results, (
        select max(not r.simulated) from referred r
        where r.use_case = ?1 and r.reference = o.reference) as real
    from (select simulated, results, reference{_KNOWN} and reference <> '') o
) where real is not null group by 1
"""  # noqa: S608 (as above)
_BY_MODEL = f"""
with told as (select distinct reference{_KNOWN} and reference <> '')
select r.reference in told, model, currency, simulated, sum(calls), exact_sum(charge)
from referred r where use_case = ?1 group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""  # noqa: S608 (as above)
_REFERENCES = f"""
with told as (select distinct reference{_KNOWN} and reference <> '')
select count(*), coalesce(sum(reference in told), 0)
from (select distinct reference from referred where use_case = ?1)
"""  # noqa: S608 (as above)
_PLACE = "use_case, metric, source, key"
_COLUMNS = f"id, known, until, {_PLACE}, happened, reference, results, withdrawn, simulated, body"
_INSERT = f"insert into outcome ({_COLUMNS}) values ({', '.join('?' * 13)})"  # noqa: S608 (as above)
_KEPT = f"""
select {_COLUMNS}, lead(known, 1, ?5) over (partition by key order by number) from outcome
where use_case = ?2 and metric = ?3 and source = ?4 and key in (select value from json_each(?1))
"""  # noqa: S608 (as above)


class SqliteOutcomes(SqliteFile):
    """Outcomes, found by metric, by the time when they were so, and by reference."""

    def outcomes(self, wanted: OutcomeFilter) -> Iterator[Outcome]:
        # By pages: what is known at an instant stays so, and millions of outcomes take the room of a page.
        at: tuple[str, str] = ("", "")
        while page := self._all(_PAGE, *_values(wanted), *at, _PAGE_ROWS):
            yield from (_outcome(body) for *_, body in page)
            at = page[-1][0], page[-1][1]

    def newest(self, use_case: str, metric: str, source: str, keys: Sequence[str]) -> dict[str, Outcome]:
        rows = self._all(
            "select o.key, o.body from json_each(?1) named cross join outcome o on o.use_case = ?2"
            " and o.metric = ?3 and o.source = ?4 and o.key = named.value where o.until = ?5",
            *(msgspec.json.encode(keys).decode(), use_case, metric, source, _NOW),
        )
        return {key: _outcome(body) for key, body in rows}

    def versions(self, use_case: str, metric: str, source: str, key: str) -> list[Outcome]:
        rows = self._all(
            "select body from outcome where use_case = ? and metric = ? and source = ? and key = ?"
            " order by number",
            *(use_case, metric, source, key),
        )
        return [_outcome(body) for (body,) in rows]

    def unlike(self, entries: Sequence[Outcome]) -> dict[str, str]:
        wanted: dict[tuple[str, str, str], list[Outcome]] = {}
        for each in entries:
            wanted.setdefault((each.use_case, each.metric, each.source), []).append(each)
        found: dict[str, str] = {}
        for place, named in wanted.items():
            keys = msgspec.json.encode(list({each.key for each in named})).decode()
            kept = {row[0]: row for row in self._all(_KEPT, keys, *place, _NOW)}
            for each in named:
                row = kept.get(each.id)
                if row is None:
                    found[each.id] = "is missing from"
                elif row[:-1] != _row(each, until=row[-1]):
                    found[each.id] = "differs in"
        return found

    def last_known(self) -> datetime | None:
        rows = self._all("select known from outcome order by number desc limit 1")
        return datetime.fromisoformat(rows[0][0]) if rows else None

    def outcome_sums(self, use_case: str, *, since: datetime, known: datetime) -> list[OutcomeSum]:
        rows = self._all(
            "select metric, source, simulated, count(*), sum(results), min(happened), max(happened)"
            " from outcome where use_case = ?1 and happened >= ?2 and known < ?3 and until >= ?3"
            " and not withdrawn group by metric, source, simulated order by metric, source, simulated",
            *(use_case, instant(since), instant(known)),
        )
        return [
            OutcomeSum(
                *(metric, source, bool(simulated), outcomes, results),
                *(datetime.fromisoformat(first), datetime.fromisoformat(last)),
            )
            for metric, source, simulated, outcomes, results, first, last in rows
        ]

    def results_of(self, use_case: str, metric: str, *, since: datetime) -> dict[bool, int]:
        """Count what is known now of a metric's results since a time, by whether they are simulated."""
        rows = self._all(
            "select simulated, sum(results) from outcome where use_case = ? and metric = ? and happened >= ?"
            " and until = ? and not withdrawn group by simulated",
            *(use_case, metric, instant(since), _NOW),
        )
        return {bool(simulated): int(results) for simulated, results in rows}

    def joined(self, wanted: OutcomeFilter, *, limit: int) -> list[JoinedOutcome]:
        found: dict[int, tuple[bytes, list[Carried]]] = {}
        for number, body, *carried in self._all(_JOINED, *_values(wanted), limit):
            calls = found.setdefault(number, (body, []))[1]
            if carried[0] is not None:
                calls.append(_carried(*carried))
        return [JoinedOutcome(_outcome(body), tuple(calls)) for body, calls in found.values()]

    def join_sum(self, wanted: OutcomeFilter) -> JoinSum:
        values = _values(wanted)
        with self._snapshot() as db:
            outcomes, unreferenced, joined, simulated = db.execute(_COUNTED, values).fetchone()
            references, answered = db.execute(_REFERENCES, values).fetchone()
            rows = db.execute(_BY_MODEL, values).fetchall()
        return JoinSum(
            *(outcomes, unreferenced, joined, references, answered, simulated),
            carried=tuple(_carried(*row) for told, *row in rows if told),
            unanswered=tuple(_carried(*row) for told, *row in rows if not told),
        )

    def joined_results(self, wanted: OutcomeFilter) -> dict[bool, int]:
        return {
            bool(simulated): results for simulated, results in self._all(_JOINED_RESULTS, *_values(wanted))
        }

    def reference_counts(self, *, since: datetime) -> dict[str, int]:
        rows = self._all(
            "select use_case, count(distinct reference) from referred where last >= ? and not simulated"
            " group by use_case",
            instant(since),
        )
        return dict(rows)

    def forget_references(self, use_case: str, *, before: datetime, but: Sequence[str] = ()) -> int:
        with self._transaction() as db:
            gone = db.execute(
                "delete from referred where last < ?1 and iif(?2 = '', use_case not in"
                " (select value from json_each(?3)), use_case = ?2)",
                (instant(before), use_case, msgspec.json.encode(but).decode()),
            )
            return gone.rowcount


def _values(wanted: OutcomeFilter) -> tuple[str, ...]:
    window = instant(wanted.since), instant(wanted.until), instant(wanted.known)
    return (wanted.use_case, wanted.metric, *window)


def _outcome(body: bytes) -> Outcome:
    return cast(Outcome, decode(body))


def _carried(model: str, currency: str, simulated: Any, calls: int, charge: str) -> Carried:
    return Carried(model, currency, bool(simulated), calls, Decimal(charge))


def add_outcomes(db: sqlite3.Connection, changes: Changes) -> None:
    # INVARIANT: of one source and key each version is known from when it was written until the next one was.
    for each in changes.outcomes:
        db.execute(
            "update outcome set until = ? where use_case = ? and metric = ? and source = ? and key = ?"
            " and until = ?",
            (instant(each.at), each.use_case, each.metric, each.source, each.key, _NOW),
        )
        db.execute(_INSERT, _row(each, until=_NOW))


def _row(each: Outcome, *, until: str) -> tuple[object, ...]:
    return (
        *(each.id, instant(each.at), until, each.use_case, each.metric, each.source, each.key),
        *(instant(each.happened), each.reference, each.count, each.withdrawn, each.simulated),
        encode(each),
    )


def add_referred(db: sqlite3.Connection, changes: Changes) -> None:
    db.executemany(
        "insert into referred values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set"
        " last = max(last, excluded.last), calls = calls + excluded.calls,"
        " charge = exact_add(charge, excluded.charge)",
        [
            (
                *(key.use_case, key.reference, key.model, key.currency, key.simulated),
                *(instant(found.last), found.calls, canonical(found.charge)),
            )
            for key, found in changes.referred.items()
        ],
    )

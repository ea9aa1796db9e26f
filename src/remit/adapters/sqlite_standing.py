"""How the store stands at one moment, read as one while others fold."""

from __future__ import annotations

import sqlite3
from decimal import Decimal

from remit.adapters.rollups_sqlite import END, GUARDED, guarded_of
from remit.adapters.sqlite_file import SqliteFile
from remit.kernel.money import EXACT, ZERO
from remit.record.chain import Position
from remit.record.standing import Charged, Referred, Standing, Whose, mark_of

_SUMS = {
    f"by {what}": "select use_case, currency, simulated, sum(calls), exact_sum(charge)"  # noqa: S608 (all names are ours)
    f" from {table} group by use_case, currency, simulated"
    for what, table in (("hour", "usage"), ("day", "usage_day"), ("status", "total"))
}


class SqliteStanding(SqliteFile):
    """The part of the store that its sums are verified from; it has a function `exact_sum`."""

    def standing(self) -> Standing:
        with self._snapshot() as db:
            positions = db.execute("select journal, lines, offset, hash from position").fetchall()
            posted = db.execute("select name, exact_sum(posted) from account group by name").fetchall()
            charged = {name: db.execute(sql).fetchall() for name, sql in _SUMS.items()}
            outcomes = db.execute("select use_case, metric, count(*) from outcome group by use_case, metric")
            counts = {(use_case, metric): number for use_case, metric, number in outcomes}
            referred = _referred(db)
            guarded = dict(guarded_of(db.execute(GUARDED, ("", END))))
        return Standing(
            {journal: Position(lines, offset, hash) for journal, lines, offset, hash in positions},
            {name: Decimal(amount) for name, amount in posted},
            {
                name: {
                    Whose(use_case, currency, bool(simulated)): Charged(calls, Decimal(charge))
                    for use_case, currency, simulated, calls, charge in rows
                }
                for name, rows in charged.items()
            },
            counts,
            referred,
            guarded,
        )


def _referred(db: sqlite3.Connection) -> dict[Whose, Referred]:
    """Sum up references row by row: there may be millions of them."""
    found: dict[Whose, Referred] = {}
    rows = db.execute("select use_case, currency, simulated, reference, model, calls, charge from referred")
    for use_case, currency, simulated, reference, model, calls, charge in rows:
        whose = Whose(use_case, currency, bool(simulated))
        before = found.get(whose, Referred(0, ZERO, 0))
        found[whose] = Referred(
            before.calls + calls,
            EXACT.add(before.charge, Decimal(charge)),
            before.mark + calls * mark_of(reference, model),
        )
    return found

"""Effects of tools in one SQLite file: what was begun and how far it reached, changed together."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from remit.adapters.runs_sqlite import SqliteRuns
from remit.adapters.sqlite_file import instant
from remit.enforce.tool.bound import Bound, Full, full
from remit.enforce.tool.given import Given
from remit.enforce.tool.reach import Reached
from remit.kernel.errors import Conflict
from remit.kernel.money import ZERO, canonical
from remit.record.tool_effect import OPEN, Effect, EffectState, Taken

_EFFECT = (
    "claim, run, use_case, key, tool, holder, began, meant, same, entry, step, reference, approval, state,"
    " ended, is_told, durable"
)

_SAME = (
    "same = ? and state != 'failed' and (run in (select value from json_each(?))"
    " or (reference != '' and reference = ? and use_case = ?)) order by claim"
)


class SqliteEffects(SqliteRuns):
    """What changes something outside waits for the disk before its target is asked, and after it answered."""

    @contextmanager
    def _lasting(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        """Change the file so that it outlasts the end of the power, if it has to be `durable`."""
        with self._reading() as db:
            # No other thread changes it between here and the end of the step.
            db.execute(f"pragma synchronous = {'full' if durable else 'normal'}")
            db.execute("begin immediate")
            try:
                yield db
            except BaseException:
                db.execute("rollback")
                raise
            db.execute("commit")

    def reached(
        self, tool: str, scopes: Collection[str], *, targets: Collection[str], records: Collection[str]
    ) -> dict[str, Reached]:
        taken = Taken(tool, tuple(scopes), ZERO, tuple(targets), tuple(records))
        with self._looking() as db:
            return _reached(db, taken)

    def claim(self, effect: Effect, taken: Taken, bounds: Sequence[Bound]) -> Effect | Full | None:
        marked = Given(targets=taken.targets, records=taken.records, money=taken.money)
        with self._lasting(durable=effect.durable) as db:
            [(over,)] = db.execute(
                "select not exists (select 1 from run where id = ? and ended is null)", (effect.run,)
            )
            if over:
                raise Conflict(f"run `{effect.run}` has ended", help="begin another run", code="run-over")
            standing = _standing(db, effect, taken.scopes)
            if standing is not None:
                return standing
            passed = full(bounds, _reached(db, taken), marked)
            if passed is not None:
                return passed
            _count(db, taken, instant(effect.began))
            _begin(db, effect, taken)
        return None

    def finish(
        self,
        claim: str,
        state: EffectState,
        *,
        entry: bytes,
        at: datetime,
        brought: bytes = b"",
        learned: bytes = b"",
        undone: bool = False,
    ) -> None:
        found = self.effect(claim)
        assert found is not None, "what is finished was begun"
        sealed = self._sealed(found.run, f"brought:{claim}", brought) if brought else None
        with self._lasting(durable=found.durable) as db:
            db.execute(
                "update effect set state = ?, entry = ?, ended = ?, is_told = 0, brought = ? where claim = ?",
                (state, entry, instant(at), sealed, claim),
            )
            if undone:
                # Its target may be reached again, and its step asked again: nothing was done.
                db.execute("update effect set step = '', approval = '' where claim = ?", (claim,))
                _give_back(db, claim)
            if learned:
                self._learn(db, found.run, learned)
            db.execute(
                "update effect set brought = null where claim = ?"
                " and exists (select 1 from run where id = effect.run and ended is not null)",
                (claim,),
            )

    def tell(self, claims: Collection[str]) -> None:
        with self._lasting(durable=False) as db:
            db.executemany("update effect set is_told = 1 where claim = ?", [(each,) for each in claims])

    def effect(self, claim: str) -> Effect | None:
        return next(iter(self._found("claim = ?", claim)), None)

    def of_step(self, run: str, step: str) -> Effect | None:
        return next(iter(self._found("run = ? and step = ? and step != ''", run, step)), None)

    def of_approval(self, request: str) -> Effect | None:
        return next(iter(self._found("approval = ? and approval != ''", request)), None)

    def same(self, same: str, *, runs: Collection[str], use_case: str, reference: str) -> list[Effect]:
        return self._found(_SAME, same, json.dumps(list(runs)), reference, use_case)

    def brought(self, claim: str) -> bytes:
        rows = self._read("select run, brought from effect where claim = ? and brought is not null", claim)
        return self._opened(rows[0][0], f"brought:{claim}", rows[0][1]) if rows else b""

    def effects(
        self,
        *,
        states: Collection[EffectState] = (),
        run: str = "",
        holder: str = "",
        untold: bool = False,
        limit: int = 500,
    ) -> list[Effect]:
        where, values = ["1"], list[object]()
        if states:
            where.append(f"state in ({', '.join('?' * len(states))})")
            values += states
        for name, value in (("run", run), ("holder", holder)):
            if value:
                where.append(f"{name} = ?")
                values.append(value)
        if untold:
            where.append("is_told = 0 and state != 'begun'")
        return self._found(f"{' and '.join(where)} order by began desc, claim desc limit ?", *values, limit)

    def forget(self, before: datetime) -> None:
        past = instant(before)
        with self._lasting(durable=False) as db:
            db.execute(
                "delete from reached where (scope, tool) in (select scope, tool from counted where at < ?)",
                (past,),
            )
            db.execute("delete from counted where at < ?", (past,))
            open_ones = ", ".join(f"'{each}'" for each in OPEN)
            db.execute(
                f"delete from effect where began < ? and is_told = 1 and state not in ({open_ones})",  # noqa: S608 (names of ours)
                (past,),
            )
            db.execute(
                "delete from run where ended < ? and not exists (select 1 from effect where run = run.id)",
                (past,),
            )

    def _found(self, where: str, *values: object) -> list[Effect]:
        return [_effect(row) for row in self._read(f"select {_EFFECT} from effect where {where}", *values)]  # noqa: S608 (as above)


def _standing(db: sqlite3.Connection, effect: Effect, scopes: Collection[str]) -> Effect | None:
    """Find what was begun for the same step or with the same consent, or is the same deed and came first."""
    for column, value in (("step", effect.step), ("approval", effect.approval)):
        if value:
            mine = "run = ? and " if column == "step" else ""
            values = (effect.run, value) if mine else (value,)
            row = db.execute(f"select {_EFFECT} from effect where {mine}{column} = ?", values).fetchone()  # noqa: S608 (as above)
            if row is not None:
                return _effect(row)
    if effect.times is not None:
        runs = json.dumps([scope.removeprefix("run/") for scope in scopes if scope.startswith("run/")])
        deed = (effect.same, runs, effect.reference, effect.use_case)
        alike = db.execute(f"select {_EFFECT} from effect where {_SAME}", deed).fetchall()  # noqa: S608 (as above)
        if len(alike) > effect.times:
            return _effect(alike[-1])
    return None


def _begin(db: sqlite3.Connection, effect: Effect, taken: Taken) -> None:
    db.execute(
        f"insert into effect ({_EFFECT}, scopes, money) values ({', '.join('?' * 19)})",  # noqa: S608 (as above)
        (
            effect.claim,
            effect.run,
            effect.use_case,
            effect.key,
            effect.tool,
            effect.holder,
            instant(effect.began),
            effect.meant,
            effect.same,
            effect.entry,
            effect.step,
            effect.reference,
            effect.approval,
            effect.state,
            None,
            0,
            int(effect.durable),
            json.dumps([taken.tool, *taken.scopes]),
            canonical(taken.money),
        ),
    )


def _reached(db: sqlite3.Connection, taken: Taken) -> dict[str, Reached]:
    scopes, tool = json.dumps(taken.scopes), taken.tool
    rows = db.execute(
        "select scope, calls, money, targets, records from counted"
        " where tool = ? and scope in (select value from json_each(?))",
        (tool, scopes),
    ).fetchall()
    known = _known(db, taken, scopes) if rows and (taken.targets or taken.records) else {}
    found: dict[str, Reached] = {}
    for scope, calls, money, targets, records in rows:
        mine = known.get((scope, "targets"), frozenset()), known.get((scope, "records"), frozenset())
        others = targets - len(mine[0]), records - len(mine[1])
        found[scope] = Reached(calls, Decimal(money), *mine, *others)
    return found


def _known(db: sqlite3.Connection, taken: Taken, scopes: str) -> dict[tuple[str, str], frozenset[str]]:
    """List the marks that were reached before, by scope and by what they are."""
    found: dict[tuple[str, str], set[str]] = {}
    for what, marks in (("targets", taken.targets), ("records", taken.records)):
        rows = db.execute(
            "select scope, mark from reached where tool = ? and scope in (select value from json_each(?))"
            " and what = ? and mark in (select value from json_each(?))",
            (taken.tool, scopes, what, json.dumps(marks)),
        )
        for scope, mark in rows if marks else ():
            found.setdefault((scope, what), set()).add(mark)
    return {place: frozenset(marks) for place, marks in found.items()}


def _count(db: sqlite3.Connection, taken: Taken, at: str) -> None:
    for scope in taken.scopes:
        more = {}
        for what, marks in (("targets", taken.targets), ("records", taken.records)):
            rows = [(scope, taken.tool, what, mark) for mark in marks]
            more[what] = (
                db.executemany("insert or ignore into reached values (?, ?, ?, ?)", rows).rowcount
                if rows
                else 0
            )
        db.execute(
            "insert into counted values (?, ?, ?, 1, ?, ?, ?) on conflict do update set"
            " at = excluded.at, calls = calls + 1, money = exact_add(money, excluded.money),"
            " targets = targets + excluded.targets, records = records + excluded.records",
            (scope, taken.tool, at, canonical(taken.money), more["targets"], more["records"]),
        )


def _give_back(db: sqlite3.Connection, claim: str) -> None:
    """Take a call that was not made out of what is counted; whom it named stays, as others may have too."""
    scopes, money = db.execute("select scopes, money from effect where claim = ?", (claim,)).fetchone()
    tool, *named = json.loads(scopes)
    less = canonical(-Decimal(money)) if Decimal(money) else "0"
    for scope in named:
        db.execute(
            "update counted set calls = calls - 1, money = exact_add(money, ?) where scope = ? and tool = ?",
            (less, scope, tool),
        )


def _effect(row: Sequence[object]) -> Effect:
    (
        claim,
        run,
        use_case,
        key,
        tool,
        holder,
        began,
        meant,
        same,
        entry,
        step,
        reference,
        approval,
        state,
        ended,
        *rest,
    ) = row
    is_told, durable = rest
    return Effect(
        claim=str(claim),
        run=str(run),
        use_case=str(use_case),
        key=str(key),
        tool=str(tool),
        holder=str(holder),
        began=datetime.fromisoformat(str(began)),
        meant=str(meant),
        same=str(same),
        entry=bytes(entry),  # type: ignore[call-overload]  # a blob column
        step=str(step),
        reference=str(reference),
        approval=str(approval),
        state=state,  # type: ignore[arg-type]  # only such are written
        ended=datetime.fromisoformat(str(ended)) if ended else None,
        is_told=bool(is_told),
        durable=bool(durable),
    )

"""Calls of the lake in numpy columns: a file at a time, names as numbers, rates read once for all."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from remit.decide.finops.call_columns import CallColumns, Named, runs_of
from remit.decide.live_sample import EVALUATION_RUN
from remit.declare.price import Rates

_ROWS = 100_000
"""How many calls are values of Python at once."""

_FEW: tuple[Named, ...] = ("use_case", "unit", "stage", "model", "provider", "prompt", "tier")
_MANY: tuple[Named, ...] = ("user", "run", "asked")
_STANDS = {"prompt": "prompt_block", "asked": "asked_digest", "user": '"user"'}
"""Where a column of names has another name in the lake."""

_NUMBERS = (
    *("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens"),
    *("output_tokens_max", "latency_ms", "prompt_bytes"),
)
_FLAGS = {
    "streamed": "streamed",
    "batch": "batch is not null",
    "cached": "cached is not null",
    "simulated": "simulated",
    "failed": "status <> 'completed'",
}


def _name(column: Named) -> str:
    return f"coalesce({_STANDS.get(column, column)}, '')"


def calls_sql(rows: str) -> str:
    """Select what is wanted of calls; what tells few of them apart is one number, `combined`."""
    few = ", ".join(f"{_name(each)} as {each}" for each in _FEW)
    many = ", ".join(f"{_name(each)} as {each}" for each in _MANY)
    numbers = ", ".join(f"coalesce({each}, 0) as {each}" for each in _NUMBERS)
    flags = ", ".join(f"coalesce({sql}, false) as {each}" for each, sql in _FLAGS.items())
    # S608: every word of it is ours.
    return f"""
        select *, hash({", ".join(_FEW)}, rates) as combined from (
            select epoch_us(began_utc) // 1000 as began_ms, {few}, {many}, {numbers}, {flags}, rates,
                coalesce(first_token_ms, -1) as first_token_ms, coalesce(prefix, '') as prefix
            from ({rows})
            where kind = 'call' and status not in ('blocked', 'interrupted')
                and judges is null and hedge_of is null
                and not starts_with(coalesce(run, ''), '{EVALUATION_RUN}')
                and at_utc >= ? and at_utc < ? and (? = '' or use_case = ?)
        ) order by began_ms
    """  # noqa: S608


class CallReader:
    """Gathers calls of a time, and of one use case or all, part by part."""

    def __init__(self, since: datetime, until: datetime, use_case: str) -> None:
        self._values = [since, until, use_case, use_case]
        self._places: dict[Named, dict[str, int]] = {name: {} for name in (*_FEW, *_MANY)}
        self._rates: dict[str, int] = {}
        self._parts: dict[str, list[NDArray[Any]]] = {}

    def read(self, db: duckdb.DuckDBPyConnection, rows: str) -> None:
        """Take in the calls among some rows."""
        db.execute(f"create or replace temp table found as {calls_sql(rows)}", self._values)
        [(count,)] = db.execute("select count(*) from found").fetchall()
        if not count:
            return
        hashes, table = self._combined(db)
        plain = ", ".join(("began_ms", "combined", "first_token_ms", *_NUMBERS, *_FLAGS, *_MANY, "prefix"))
        for first in range(0, count, _ROWS):
            among = f"rowid >= {first} and rowid < {first + _ROWS}"
            found = db.execute(f"select {plain} from found where {among} order by rowid").fetchnumpy()  # noqa: S608
            combined = table[np.searchsorted(hashes, np.asarray(found.pop("combined")))]
            for place, name in enumerate((*_FEW, "rates")):
                self._keep(name, combined[:, place])
            for name in _MANY:
                self._keep(name, _coded(found.pop(name), self._places[name]))
            lengths, digests = _digests(found.pop("prefix"))
            self._keep("lengths", lengths)
            self._keep("prefix", digests)
            for name, values in found.items():
                self._keep(name, np.asarray(values))
        db.execute("drop table found")

    def _keep(self, name: str, values: NDArray[Any]) -> None:
        self._parts.setdefault(name, []).append(values)

    def _combined(self, db: duckdb.DuckDBPyConnection) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """List what tells few calls apart: the hash of each such row, and the places of its names."""
        found = db.execute(f"select distinct combined, {', '.join(_FEW)}, rates from found").fetchall()  # noqa: S608
        found.sort()
        places = [self._places[name] for name in _FEW] + [self._rates]
        rows = [
            [place.setdefault(name, len(place)) for place, name in zip(places, names, strict=True)]
            for _, *names in found
        ]
        hashes = np.array([row[0] for row in found], np.uint64)
        assert len(np.unique(hashes)) == len(hashes), "no two rows have the same hash"
        return hashes, np.array(rows, np.int32)

    def columns(self) -> CallColumns:
        """Put together what was taken in, in the order in which the calls began."""
        began = self._taken("began_ms", np.int64)
        order = np.argsort(began, kind="stable")
        before = np.concatenate(([0], np.cumsum(self._taken("lengths", np.int64))))
        starts, prefix = runs_of(before, self._taken("prefix", np.uint64), order)
        numbers = ("first_token_ms", *_NUMBERS)
        return CallColumns(
            began_ms=began[order],
            codes={name: self._taken(name, np.int32)[order] for name in self._places},
            names={name: tuple(places) for name, places in self._places.items()},
            rates=self._taken("rates", np.int32)[order],
            rate_list=tuple(msgspec.json.decode(each, type=Rates) for each in self._rates),
            prefix_starts=starts,
            prefix=prefix,
            **{name: self._taken(name, np.int64)[order] for name in numbers},
            **{name: self._taken(name, np.bool_)[order] for name in _FLAGS},
        )

    def _taken(self, name: str, type: Any) -> Any:
        parts = self._parts.pop(name, [])
        return np.concatenate(parts).astype(type, copy=False) if parts else np.zeros(0, type)


def _coded(values: Iterable[str], places: dict[str, int]) -> NDArray[np.int32]:
    """Say the place of each name among those seen so far."""
    return np.array([places.setdefault(value, len(places)) for value in values], np.int32)


def _digests(written: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Read the digests of each prompt's beginnings, and say how many each has."""
    read = [urlsafe_b64decode(each + "=" * (-len(each) % 4)) if each else b"" for each in written]
    lengths = np.array([len(each) // 8 for each in read], np.int64)
    return lengths, np.frombuffer(b"".join(read), np.uint64)

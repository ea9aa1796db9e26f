"""Calls of the lake in numpy columns: a file at a time, names as numbers, rates read once for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from remit.decide.finops.call_columns import CallColumns, Named, runs_of
from remit.declare.price import Rates
from remit.record.call_entry import EVALUATION_RUN

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
_PLACES = ("tools_bytes", "system_bytes", "before_bytes")
_DIGESTS = ("prefix", "place_digests")
_FLAGS = {
    "streamed": "streamed",
    "batch": "batch is not null",
    "cached": "cached is not null",
    "simulated": "simulated",
    "failed": "status <> 'completed'",
}


_TOLD: tuple[tuple[str, ...], ...] = ((*_FEW, "rates"), *((each,) for each in _MANY))
"""What stands in a table of its own, each row of it once: a call has the hash of its row."""


def _name(column: Named) -> str:
    return f"coalesce({_STANDS.get(column, column)}, '') as {column}"


def _count(digests: str) -> str:
    """Count digests of 8 bytes that are written in base64url."""
    return f"coalesce(length({digests}), 0) * 3 // 32"


def _bytes(digests: str) -> str:
    return f"""from_base64(
                    translate(coalesce({digests}, ''), '-_', '+/')
                    || repeat('=', (4 - coalesce(length({digests}), 0) % 4) % 4)
                )"""


def calls_sql(rows: str) -> str:
    """Select what is wanted of calls; they stay in the order in which they lie."""
    names = ", ".join(_name(each) for each in (*_FEW, *_MANY))
    numbers = ", ".join(f"coalesce({each}, 0) as {each}" for each in _NUMBERS)
    # No prompt is so long that it takes more, and there are millions of them.
    lengths = ", ".join(f"coalesce(try_cast({each} as integer), 0) as {each}" for each in _PLACES)
    flags = ", ".join(f"coalesce({sql}, false) as {each}" for each, sql in _FLAGS.items())
    hashes = ", ".join(f"hash({', '.join(told)}) as told_{place}" for place, told in enumerate(_TOLD))
    # S608: every word of it is ours.
    return f"""
        select *, {hashes} from (
            select epoch_us(began_utc) // 1000 as began_ms, {names}, {numbers}, {lengths}, {flags}, rates,
                coalesce(first_token_ms, -1) as first_token_ms,
                {_count("prefix")} as digests, {_bytes("prefix")} as prefix,
                {_count("place_digests")} as places, {_bytes("place_digests")} as place_digests
            from ({rows})
            where kind = 'call' and status not in ('blocked', 'interrupted')
                and judges is null and hedge_of is null
                and not starts_with(coalesce(run, ''), '{EVALUATION_RUN}')
                and at_utc >= ? and at_utc < ? and (? = '' or use_case = ?) and (? = '' or currency = ?)
        )
    """  # noqa: S608


class CallReader:
    """Gathers calls of a time, of one use case and in one currency or of all, part by part."""

    def __init__(self, since: datetime, until: datetime, *, use_case: str, currency: str) -> None:
        self._values = [since, until, use_case, use_case, currency, currency]
        self._places: dict[str, dict[str, int]] = {name: {} for name in (*_FEW, *_MANY, "rates")}
        self._parts: dict[str, list[NDArray[Any]]] = {}

    def read(self, db: duckdb.DuckDBPyConnection, rows: str) -> None:
        """Take in the calls among some rows."""
        db.execute(f"create or replace temp table found as {calls_sql(rows)}", self._values)
        [(count,)] = db.execute("select count(*) from found").fetchall()
        tables = [self._table(db, place) for place in range(len(_TOLD))]
        plain = ("began_ms", "first_token_ms", "digests", "places", *_NUMBERS, *_PLACES, *_FLAGS)
        selected = ", ".join((*plain, *_DIGESTS, *(f"told_{place}" for place in range(len(_TOLD)))))
        for first in range(0, count, _ROWS):
            among = f"rowid >= {first} and rowid < {first + _ROWS}"
            found = db.execute(f"select {selected} from found where {among}").fetchnumpy()  # noqa: S608
            for place, (hashes, places) in enumerate(tables):
                rows_told = places[np.searchsorted(hashes, np.asarray(found[f"told_{place}"]))]
                for column, name in enumerate(_TOLD[place]):
                    self._keep(name, rows_told[:, column])
            for name in plain:
                self._keep(name, np.asarray(found[name]))
            for name in _DIGESTS:
                self._keep(name, np.frombuffer(b"".join(found[name]), np.uint64))
        db.execute("drop table found")

    def _keep(self, name: str, values: NDArray[Any]) -> None:
        self._parts.setdefault(name, []).append(values)

    def _table(
        self, db: duckdb.DuckDBPyConnection, place: int
    ) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """List a table: the hashes by which calls tell its rows, and the places of the names in each."""
        names = _TOLD[place]
        sql = f"select distinct told_{place} as told, {', '.join(names)} from found"  # noqa: S608
        found = db.execute(sql).fetchnumpy()
        hashes = np.asarray(found["told"], np.uint64)
        order = np.argsort(hashes)
        hashes = hashes[order]
        assert not (hashes[1:] == hashes[:-1]).any(), "no two rows have the same hash"
        places = [_coded(found[name][order].tolist(), self._places[name]) for name in names]
        return hashes, np.stack(places, axis=1)

    def columns(self) -> CallColumns:
        """Put together what was taken in, in the order in which the calls began."""
        began = self._taken("began_ms", np.int64)
        order = np.argsort(began, kind="stable")
        before = np.concatenate(([0], np.cumsum(self._taken("digests", np.int64))))
        starts, prefix = runs_of(before, self._taken("prefix", np.uint64), order)
        lengths = {name: self._taken(name, np.int32) for name in _PLACES}
        place_digests = self._places_of(lengths)[order]
        numbers = ("first_token_ms", *_NUMBERS)
        return CallColumns(
            began_ms=began[order],
            codes={name: self._taken(name, np.int32)[order] for name in (*_FEW, *_MANY)},
            names={name: tuple(self._places[name]) for name in (*_FEW, *_MANY)},
            rates=self._taken("rates", np.int32)[order],
            rate_list=tuple(msgspec.json.decode(each, type=Rates) for each in self._places["rates"]),
            prefix_starts=starts,
            prefix=prefix,
            place_digests=place_digests,
            **{name: lengths.pop(name)[order] for name in _PLACES},
            **{name: self._taken(name, np.int64)[order] for name in numbers},
            **{name: self._taken(name, np.bool_)[order] for name in _FLAGS},
        )

    def _places_of(self, lengths: Mapping[str, NDArray[np.int32]]) -> NDArray[np.uint64]:
        """Put each digest of a place in its column; an entry that has more or fewer than places has none."""
        count, digests = self._taken("places", np.int64), self._taken("place_digests", np.uint64)
        there = np.stack([*(lengths[name] > 0 for name in _PLACES), count > 0], axis=1)
        fits = there.sum(axis=1) == count
        there &= fits[:, None]
        found = np.zeros(there.shape, np.uint64)
        found[there] = digests[np.repeat(fits, count)]
        return found

    def _taken(self, name: str, type: Any) -> Any:
        parts = self._parts.pop(name, [])
        return np.concatenate(parts).astype(type, copy=False) if parts else np.zeros(0, type)


def _coded(names: Iterable[str], places: dict[str, int]) -> NDArray[np.int32]:
    """Say the place of each name among those seen so far."""
    return np.array([places.setdefault(name, len(places)) for name in names], np.int32)

"""Answer a question in SQL over every entry: those in the lake, and those that are not there yet."""

from __future__ import annotations

from functools import partial

from remit.operations.fill_lake import beyond
from remit.operations.system import System
from remit.ports_lake import Bounds, Table


def query_ledger(system: System, sql: str, bounds: Bounds) -> Table:
    """Ask a question that can change nothing; raises RemitError for what is none, or costs too much."""
    return system.make_lake().query(sql, tail=partial(beyond, system), bounds=bounds)

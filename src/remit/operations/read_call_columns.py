"""Read the calls of some time in columns, so that millions of them can be replayed at once."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from remit.decide.finops.call_columns import CallColumns
from remit.operations.fill_lake import beyond
from remit.operations.system import System


def read_call_columns(
    system: System, *, since: datetime, until: datetime, use_case: str = "", currency: str = ""
) -> CallColumns:
    """Read the calls that ended in [since, until), of one use case and in one currency or of all.

    Left out are those that a guardrail stopped or a crash cut off, that judged another call or asked the same
    beside one, those of evaluations, and those whose time was over. What is left was charged by its rates.
    """
    lake = system.make_lake()
    return lake.calls(
        since=since, until=until, use_case=use_case, currency=currency, tail=partial(beyond, system)
    )

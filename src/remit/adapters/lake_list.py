"""What is asked of the lake where the store and the journals have let go: lines in order, and lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from remit.record.projection import EntryFilter, Row

LINES = (
    "select line, kind, leaf, body from ({files}) where journal = ? and line between ? and ? order by line"
)
ENTRY = "select journal, line, kind, leaf, body from ({files}) where id = ? and kind not in ('hold', 'mark')"

_CONDITIONS = {
    "kind": "kind = ?",
    "use_case": "use_case = ?",
    "rule": "kind = 'refusal' and rule = ?",
    "stage": "stage = ?",
    "account": "list_contains(json_extract_string(body, '$.accounts[*]'), ?)",
    "batch": "batch = ?",
    "unit": "unit = ?",
    "model": "model = ?",
    "key": "key = ?",
    "about": "judges = ?",
    "simulated": "simulated = ?",
    "completed": "(status = 'completed') = ?",
    "blocked": "(status = 'blocked') = ?",
    "since": "at_utc >= ?",
    "before": "id < ?",
    "since_id": "id >= ?",
}
"""How each field of a filter is asked for; an empty one asks for nothing."""


def list_sql(wanted: EntryFilter, up_to: Mapping[str, int]) -> tuple[str, list[object]]:
    """Ask for entries, the newest first, of journals up to a line of each; the limit comes last."""
    places = " or ".join(["(journal = ? and line <= ?)"] * len(up_to)) or "false"
    clauses = ["kind not in ('hold', 'mark')", "body is not null", f"({places})"]
    values: list[object] = [value for place in up_to.items() for value in place]
    for field, condition in _CONDITIONS.items():
        value = getattr(wanted, field)
        if value is None or value == "":
            continue
        clauses.append(condition)
        values.append(value.astimezone(UTC).replace(tzinfo=None) if field == "since" else value)
    where = " and ".join(clauses)
    columns = "id, at_utc, kind, use_case, if(kind = 'refusal', rule, null), stage, body, journal, line"
    # S608: every word of it is ours.
    return f"select {columns} from ({{files}}) where {where} order by id desc limit ?", values  # noqa: S608


def row_of(found: tuple[Any, ...]) -> Row:
    """Read a row of such a list as the store gives it."""
    id, at, kind, use_case, rule, stage, body, journal, line = found
    return Row(
        id,
        at.replace(tzinfo=UTC),
        kind,
        use_case or "",
        rule or "",
        stage or "",
        body.encode(),
        journal,
        line,
    )

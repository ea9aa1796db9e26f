"""The columns of the lake: what each holds, and how it is read from an entry's JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

AMOUNT = "DECIMAL(38,18)"
"""Exact: rates have at most 12 decimals, and are for a million tokens."""

_OF_CALL = "if(j.kind = 'call', coalesce({0}, 0), null)"


class Column(NamedTuple):
    """A column: its name and type, where its value stands in an entry, and what it says.

    `sql` makes the value of what was read where that is not all there is to it; `{0}` stands for it.
    """

    name: str
    type: str
    paths: tuple[str, ...]
    says: str
    sql: str = "{0}"


def _text(name: str, *paths: str, says: str, sql: str = "{0}") -> Column:
    return Column(name, "VARCHAR", paths or (name,), says, sql)


def _tokens(name: str, says: str) -> Column:
    return Column(name, "BIGINT", (f"usage.{name}",), says, _OF_CALL)


def _amount(name: str, says: str, sql: str = "{0}") -> Column:
    return Column(name, AMOUNT, (name,), says, sql)


COLUMNS = (
    _text("kind", says="the kind of entry"),
    _text("id", says="the entry's id; a hold and its call have the same"),
    Column("at_utc", "TIMESTAMP", ("at",), "when it was written, in UTC"),
    _text("use_case", "purpose.use_case", "use_case", says="whose it is"),
    _text("unit", "purpose.unit", "unit", says="the unit of the use case"),
    _text("stage", "purpose.stage", "stage", says="its stage then"),
    _text(
        "key",
        "purpose.key",
        "key",
        says="the id of the key that called",
        sql="if(j.kind in ('seal', 'seal_key', 'capture_erased'), null, {0})",
    ),
    _text("agent", "purpose.agent", "agent", says="the agent, if one called"),
    _text("user", "purpose.user", says="the keyed hash of whom it was for"),
    _text("model", "purpose.model", "model", says="the address of the model"),
    _text("asked_model", "purpose.asked", says="the model asked for, where another served"),
    Column(
        "model_version",
        "BIGINT",
        ("purpose.model_version", "model_version"),
        "the version of the operating model",
    ),
    _text("remit", "purpose.remit", says="the digest of the remit"),
    _text("provider", says="who serves the model"),
    _text("served_model", says="what the provider says that it served"),
    _text("tier", says="the provider's service tier"),
    _text("status", says="how the call ended"),
    _text("settlement", says="`post` or `void`"),
    _text("wire", "origin.wire", says="the wire format of the call"),
    _text(
        "operation",
        "origin.operation",
        says="what the model was asked to do",
        sql="if(j.kind in ('call', 'hold'), coalesce({0}, 'chat'), null)",
    ),
    _text("run", "origin.run", says="the caller's name for the agent's run"),
    _text("trace", "origin.trace", says="the caller's span"),
    _text("asked_digest", "origin.asked_digest", says="the keyed digest of what was asked"),
    _text("prefix", "origin.prefix", says="the keyed digests of how the prompt begins"),
    Column("prompt_bytes", "BIGINT", ("origin.prompt_bytes",), "how long a prompt with such digests is"),
    Column("tools_bytes", "BIGINT", ("origin.tools_bytes",), "how long such a prompt's tools are"),
    Column("system_bytes", "BIGINT", ("origin.system_bytes",), "how long it is to its system message's end"),
    Column("before_bytes", "BIGINT", ("origin.before_bytes",), "how long it is before the last answer in it"),
    _text("place_digests", "origin.place_digests", says="the keyed digests of it up to there, and of it all"),
    _text("route", says="the route by which the model was named"),
    _text("prompt_block", says="the prompt block that was called"),
    Column("streamed", "BOOLEAN", ("streamed",), "whether the answer came in pieces"),
    _tokens("input_tokens", "tokens read at full price"),
    _tokens("cache_read_tokens", "tokens read from a cache"),
    _tokens("cache_write_tokens", "tokens written to a cache for minutes"),
    _tokens("cache_write_1h_tokens", "tokens written to a cache for an hour"),
    _tokens("output_tokens", "tokens written, reasoning included"),
    _tokens("reasoning_tokens", "those of them that were reasoning"),
    _tokens("audio_input_tokens", "those read that were sound"),
    _tokens("audio_output_tokens", "those written that were sound"),
    _tokens("image_input_tokens", "those read that were images"),
    Column("output_tokens_max", "BIGINT", ("output_tokens_max",), "how many tokens the answer could have"),
    Column("usage_estimated", "BOOLEAN", ("usage_estimated",), "whether tokens are an estimate"),
    _amount("amount", "what was held, or an adjustment adds"),
    _amount("held", "what was held for the call"),
    _amount("charge", "what it is charged at contracted rates"),
    Column("list_charge", AMOUNT, ("list_charge", "charge"), "the same at list rates"),
    _amount("saved", "what a kept answer saved"),
    _text("currency", says="the currency of all amounts"),
    _text("rates", says="the rates that it was priced with, in JSON"),
    Column("began_utc", "TIMESTAMP", ("began",), "when the call began, in UTC"),
    Column("latency_ms", "BIGINT", ("latency_ms",), "how long it took"),
    Column("first_token_ms", "BIGINT", ("first_token_ms",), "how long until the first token"),
    _text("stop_reason", says="why the answer ended"),
    _text("fault", says="what went wrong"),
    Column("simulated", "BOOLEAN", ("simulated",), "whether no model was asked"),
    _text("rule", "decision.rule", says="the rule that refused the call"),
    Column("repeated", "BIGINT", ("repeated",), "how many more refusals it stands for"),
    _text("cached", says="the call whose kept answer was given"),
    _text("reference", says="the provider's or the caller's own id"),
    _text("batch", says="the batch, if it was a call of one"),
    _text("hedge_of", says="the call beside which it asked the same"),
    _text("judges", says="the call whose text it judged"),
)

PLACED = (
    ("journal", "VARCHAR", "the journal that it stands in"),
    ("line", "BIGINT", "its line there, from 1"),
    ("leaf", "BLOB", "SHA-256 of a zero byte and the entry's bytes: its leaf in the seal's Merkle tree"),
    ("body", "VARCHAR", "the entry's bytes, which are JSON; null once its time was over"),
)


def _shape(columns: Iterable[Column]) -> str:
    """Write what is read of an entry as DuckDB's `json_transform` takes it."""
    tree: dict[str, Any] = {}
    for column in columns:
        for path in column.paths:
            *outer, last = path.split(".")
            here = tree
            for name in outer:
                here = here.setdefault(name, {})
            # An amount is text in an entry, so that no reader makes a binary fraction of it.
            here[last] = "VARCHAR" if column.type == AMOUNT else column.type
    return json.dumps(tree)


def _value(column: Column) -> str:
    """Write how a column's value is read of an entry's JSON, `j`."""
    read = ", ".join("j." + ".".join(f'"{part}"' for part in path.split(".")) for path in column.paths)
    value = column.sql.format(f"coalesce({read})" if len(column.paths) > 1 else read)
    if column.type == AMOUNT:
        value = f"try_cast({value} as {AMOUNT})"
    return value


_SHAPE = _shape(COLUMNS)

ORDER = "use_case nulls first, id, kind, line"
"""How rows lie in a file."""


def read_sql(table: str) -> str:
    """Read lines of a journal from a file: which journal, how many stand before them, the file's name.

    No control character stands in a line, so that none of them is taken apart.
    """
    values = ", ".join(f'{_value(column)} as "{column.name}"' for column in COLUMNS)
    return f"""
        insert into {table}
        select {values}, ? as journal, line,
            unhex(sha256('\\x00'::blob || encode(body))) as leaf, body, j."at"::date as day
        from (
            select body, line, json_transform(body, '{_SHAPE}') as j
            from (
                select substr(text, 66) as body, ? + row_number() over () as line
                from read_csv(?, columns = {{'text': 'VARCHAR'}}, delim = '\x01', quote = '', escape = '',
                    header = false, auto_detect = false, max_line_size = 2097152, new_line = '\\n',
                    nullstr = '\x02')
            )
        )
    """  # noqa: S608 (every word of it is ours)


def table_sql(table: str) -> str:
    columns = [(column.name, column.type) for column in COLUMNS]
    columns += ((name, type) for name, type, _ in PLACED)
    declared = ", ".join(f'"{name}" {type}' for name, type in columns)
    return f"create table {table} ({declared}, day DATE)"


def completed_sql(rows: str, names: frozenset[str]) -> str:
    """Select rows with the columns that an older file lacks, read of the entries; `names` are there."""
    lacking = [each for each in COLUMNS if each.name not in names]
    if not lacking:
        return rows
    values = ", ".join(f'{_value(each)} as "{each.name}"' for each in lacking)
    told = f"select *, json_transform(body, '{_shape(lacking)}') as j from ({rows})"  # noqa: S608
    return f"select * exclude (j), {values} from ({told})"  # noqa: S608 (every word of it is ours)


KEPT = ("kind", "id", "at_utc", "use_case", "journal", "line", "leaf")
"""What stays of an entry whose time is over."""


def expired_sql(view: str) -> str:
    """Select rows with all but what stays of them removed, where the condition `over` says so."""
    names = [*(column.name for column in COLUMNS), *(name for name, *_ in PLACED)]
    shown = [f'"{name}"' if name in KEPT else f'if(over, null, "{name}") as "{name}"' for name in names]
    return f"select {', '.join(shown)}, day from {view}"  # noqa: S608 (every name is ours)


def unlike_sql(rows: str, names: frozenset[str]) -> str:
    """Select the places of rows in which a column does not say what the entry says; `names` are there."""
    wrong = [f'"{each.name}" is distinct from {_value(each)}' for each in COLUMNS if each.name in names]
    # A body that is no JSON says nothing, so that no column is right.
    said = f"json_transform(if(json_valid(body), body, null), '{_SHAPE}')"
    told = f"select *, {said} as j from ({rows}) where body is not null"  # noqa: S608
    return f"select journal, line from ({told}) where {' or '.join(wrong)} order by all limit 1000"  # noqa: S608

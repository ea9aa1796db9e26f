"""Metered calls: what a provider's own log says was called, by whom and how much, without what was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from remit.kernel.usage import Usage
from remit.record.export_row import Fields, Unreadable, at, count, day, names, word
from remit.record.usage_format import UsageFormat


@dataclass(frozen=True, slots=True)
class Metered:
    """One row of an export. `usage` is None where it does not say how many tokens there were.

    Totals that were not taken by model or by key say nothing of them: these fields are empty.
    """

    day: date
    model: str
    account: str
    project: str
    identity: str
    key: str
    calls: int
    usage: Usage | None
    names: frozenset[str]


def metered(row: Fields, format: UsageFormat) -> Metered | None:
    """Read the fields that the format names, and only these; None for a row of another kind.

    Raises Unreadable where a field that must be there is not, or is not what it should be.
    """
    if format.marker is not None and word(row, format.marker) != format.marked:
        return None
    model = word(row, format.model)
    if not model and format.layout != "buckets":
        raise Unreadable("no-model")
    return Metered(
        day=day(at(row, format.at)),
        model=model,
        account=word(row, format.account),
        project=word(row, format.project),
        identity=word(row, format.identity),
        key=word(row, format.key),
        calls=1 if format.calls is None else count(row, format.calls) or 0,
        usage=_usage(row, format),
        names=frozenset(names(row, format.names)),
    )


def _usage(row: Fields, format: UsageFormat) -> Usage | None:
    read, written = count(row, format.input_tokens), count(row, format.output_tokens)
    if read is None and written is None:
        return None
    cached = count(row, format.cache_read_tokens) or 0
    kept = count(row, format.cache_write_tokens) or 0
    fresh = read or 0
    if format.input_includes_cache:
        fresh -= cached
    if format.input_includes_cache_writes:
        fresh -= kept
    if fresh < 0:
        raise Unreadable("not-a-count")
    return Usage(
        input_tokens=fresh,
        output_tokens=written or 0,
        cache_read_tokens=cached,
        cache_write_tokens=kept,
    )

"""The store's roll-ups are the exact sums of the entries, in whatever steps they were folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from remit.adapters.store_sqlite import SqliteStore
from remit.record.call_entry import Call, Refusal
from remit.record.chain import Position, start
from remit.record.ledgered import encode
from remit.record.projection import RefusalKey, UsageKey, UsageSum, hour_of, project
from strategies import calls, refusals

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sums_of(entries: Sequence[Any]) -> dict[UsageKey, UsageSum]:
    """Sum up calls one by one, with whole numbers for money."""
    found: dict[UsageKey, UsageSum] = {}
    for call in entries:
        if isinstance(call, Call):
            whose = call.purpose
            key = UsageKey(
                hour_of(call.at),
                *(whose.use_case, whose.unit, whose.stage, whose.model, whose.key),
                *(call.currency, call.simulated, call.prompt_block),
            )
            found.setdefault(key, UsageSum()).add(call)
    return found


def folded(home: str, entries: Sequence[Any], cuts: Sequence[int]) -> SqliteStore:
    store = SqliteStore(Path(home) / "store.sqlite")
    before = start("gateway")
    for begin, end in zip([0, *cuts], [*cuts, len(entries)], strict=True):
        part = [(entry, encode(entry)) for entry in entries[begin:end]]
        after = Position(end, end * 10, bytes([end % 256]) * 32)
        if part:
            assert store.fold("gateway", before=before, after=after, changes=project(part, first=begin + 1))
            before = after
    return store


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Any], list[int]]:
    """Draw calls and refusals with ids of their own, and where the steps of folding them end."""
    drawn = draw(st.lists(calls | refusals, max_size=8))
    # Half of them come twice, so that rows are added to.
    drawn = [*drawn, *drawn[::2]]
    entries = [type(each)(**{**_fields(each), "id": f"e{number}"}) for number, each in enumerate(drawn)]
    cuts = sorted(draw(st.lists(st.integers(0, len(entries)), max_size=3)))
    return entries, cuts


def _fields(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__}


@given(histories())
@settings(max_examples=25)
def test_roll_ups_can_be_computed_again_from_the_entries(history: tuple[list[Any], list[int]]) -> None:
    entries, cuts = history
    with TemporaryDirectory() as home:
        store = folded(home, entries, cuts)
        assert dict(store.usage(since=EPOCH)) == sums_of(entries)
        refused: dict[RefusalKey, int] = {}
        for each in entries:
            if isinstance(each, Refusal) and not each.judges:
                who = each.purpose
                use_case, model, holder = (who.use_case, who.model, who.key) if who else ("", "", "")
                key = RefusalKey(hour_of(each.at), use_case, each.decision.rule, model, holder)
                refused[key] = refused.get(key, 0) + 1 + each.repeated
        assert dict(store.refusals(since=EPOCH)) == refused
        store.close()


@given(histories(), st.data())
@settings(max_examples=25)
def test_totals_are_the_roll_ups_without_hours_keys_and_blocks_from_any_hour_on(
    history: tuple[list[Any], list[int]], data: st.DataObject
) -> None:
    entries, cuts = history
    times = [entry.at for entry in entries]
    since = data.draw(st.sampled_from(times)) if times else EPOCH
    since += timedelta(hours=data.draw(st.integers(-30, 30)))
    with TemporaryDirectory() as home:
        store = folded(home, entries, cuts)
        expected: dict[UsageKey, UsageSum] = {}
        for key, each in store.usage(since=since):
            expected.setdefault(replace(key, hour="", key="", block=""), UsageSum()).merge(each)
        assert _named(store.totals(since=since)) == expected
        until = since + timedelta(hours=data.draw(st.integers(-30, 80)))
        between: dict[UsageKey, UsageSum] = {}
        for key, each in store.usage(since=since, until=until):
            between.setdefault(replace(key, hour="", key="", block=""), UsageSum()).merge(each)
        assert _named(store.totals(since=since, until=until)) == between
        counted: dict[RefusalKey, int] = {}
        for refusal, count in store.refusals(since=since):
            total = replace(refusal, hour="", model="", key="")
            counted[total] = counted.get(total, 0) + count
        assert _named(store.refusal_totals(since=since)) == counted
        store.close()


def _named(totals: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Take totals without the first hour that they had calls in."""
    return {replace(key, hour=""): each for key, each in totals}

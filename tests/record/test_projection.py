"""What the store holds is what the entries add up to, however they are taken in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.money import EXACT, ZERO
from remit.record.call_entry import Call, GuardrailCheck, Hold, Mark, Refusal
from remit.record.decided import Apply, FindingReview, KeyChange, StageChange
from remit.record.found import FindingKey, FindingSum
from remit.record.ledgered import encode
from remit.record.projection import Changes, RefusalKey, UsageKey, UsageSum, hour_of, project
from strategies import (
    applies,
    calls,
    finding_reviews,
    guardrail_charges,
    guardrail_checks,
    holds,
    instants,
    key_changes,
    recoveries,
    refusals,
    stage_changes,
    tool_calls,
    utc,
)

KINDS_OF_TOKENS = (
    *("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens"),
    *("output_tokens", "reasoning_tokens"),
)
PURPOSE = ("use_case", "unit", "stage", "model", "key")


@dataclass
class Book:
    """What a store does with changes, in plain dictionaries."""

    rows: list[str] = field(default_factory=list)
    usage: dict[UsageKey, UsageSum] = field(default_factory=dict)
    refusals: dict[RefusalKey, int] = field(default_factory=dict)
    posted: dict[str, Decimal] = field(default_factory=dict)
    opened: dict[str, tuple[Hold, int]] = field(default_factory=dict)
    applied: list[Apply] = field(default_factory=list)
    stages: list[StageChange] = field(default_factory=list)
    keys: list[KeyChange] = field(default_factory=list)
    findings: dict[FindingKey, FindingSum] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)

    def take(self, changes: Changes) -> None:
        self.rows += (row.id for row in changes.rows)
        for key, more in changes.usage.items():
            total = self.usage.setdefault(key, UsageSum())
            total.merge(more)
        for refusal, count in changes.refusals.items():
            self.refusals[refusal] = self.refusals.get(refusal, 0) + count
        for account, amount in changes.posted.items():
            self.posted[account] = EXACT.add(self.posted.get(account, ZERO), amount)
        self.opened |= {id: (hold, 0) for id, hold in changes.opened.items()}
        for id, tokens in changes.marked.items():
            self.opened[id] = (self.opened[id][0], tokens)
        for id in changes.closed:
            del self.opened[id]
        for finding, found in changes.findings.items():
            known = self.findings.setdefault(finding, found)
            if known is not found:
                known.add(found)
        self.verdicts |= {review.mark: review.verdict for review in changes.reviews}
        self.applied += changes.applied
        self.stages += changes.stages
        self.keys += changes.keys


def written(entries: Iterable[Any]) -> list[tuple[Any, bytes]]:
    return [(entry, encode(entry)) for entry in entries]


def taken(*batches: Sequence[Any]) -> Book:
    book = Book()
    for batch in batches:
        book.take(project(written(batch)))
    return book


_singles = st.one_of(
    refusals,
    applies,
    stage_changes,
    key_changes,
    finding_reviews,
    guardrail_checks,
    guardrail_charges,
    recoveries,
)


@st.composite
def ledgers(draw: st.DrawFn) -> list[Any]:
    """Draw calls that overlap, each a hold, some marks and perhaps an end, with other entries in between."""
    ends: list[list[Any]] = [[draw(_singles)] for _ in range(3)]
    for number in range(draw(st.integers(0, 4))):
        hold, call = draw(holds), draw(calls)
        id = f"call-{number}"
        life: list[Any] = [msgspec.structs.replace(hold, id=id)]
        life += (
            Mark(id=id, at=hold.at, output_tokens=1 << power) for power in range(draw(st.integers(0, 3)))
        )
        if draw(st.booleans()):
            life.append(
                msgspec.structs.replace(
                    call, id=id, purpose=hold.purpose, accounts=hold.accounts, held=hold.amount
                )
            )
        ends.append(life)
    found = []
    while ends:
        life = draw(st.sampled_from(ends))
        found.append(life.pop(0))
        ends = [each for each in ends if each]
    return found


@given(ledgers(), st.data())
def test_it_does_not_matter_in_what_batches_entries_are_taken_in(
    ledger: list[Any], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(ledger)), max_size=5)))
    batches = [ledger[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(ledger)], strict=True)]
    assert taken(*batches) == taken(ledger) == taken(*([entry] for entry in ledger))


@given(ledgers())
def test_balances_are_the_exact_sums_of_charges(ledger: list[Any]) -> None:
    book = taken(ledger)
    posted: dict[str, int] = {}
    for entry in ledger:
        for account in entry.accounts if isinstance(entry, Call) else ():
            posted[account] = posted.get(account, 0) + int(entry.charge * 10**9)
    assert {name: int(amount * 10**9) for name, amount in book.posted.items()} == posted


@given(ledgers())
def test_roll_ups_are_the_sums_of_the_calls_of_their_hour(ledger: list[Any]) -> None:
    found = [entry for entry in ledger if isinstance(entry, Call)]
    book = taken(ledger)
    for key, total in book.usage.items():
        mine = [
            call
            for call in found
            if all(getattr(call.purpose, name) == getattr(key, name) for name in PURPOSE)
            and (hour_of(call.at), call.currency, call.simulated) == (key.hour, key.currency, key.simulated)
            and call.prompt_block == key.block
        ]
        assert total.calls == len(mine)
        assert total.failed == sum(call.status not in ("completed", "blocked") for call in mine)
        assert total.blocked == sum(call.status == "blocked" for call in mine)
        assert total.cached == sum(call.cached != "" for call in mine)
        for name in KINDS_OF_TOKENS:
            assert getattr(total, name) == sum(getattr(call.usage, name) for call in mine)
        assert total.input_total == sum(call.usage.input_total for call in mine)
        assert total.latency_ms == sum(call.latency_ms for call in mine)
        assert int(total.charge * 10**9) == sum(int(call.charge * 10**9) for call in mine)
        listed = [call.charge if call.list_charge is None else call.list_charge for call in mine]
        assert int(total.list_charge * 10**9) == sum(int(each * 10**9) for each in listed)
        drawn = [call.charge for call in mine if call.rates.commitment]
        assert int(total.committed * 10**9) == sum(int(each * 10**9) for each in drawn)
        assert int(total.saved * 10**9) == sum(int(call.saved * 10**9) for call in mine)
    assert sum(total.calls for total in book.usage.values()) == len(found)


@given(st.lists(guardrail_charges, max_size=6))
def test_charges_of_guardrails_are_summed_up_to_the_last_digit_and_are_in_no_budget(found: list[Any]) -> None:
    changes = project(written(found))
    assert sum(each.askings for each in changes.guarded.values()) == len(found)
    for key, total in changes.guarded.items():
        mine = [
            each
            for each in found
            if (hour_of(each.at), each.purpose.use_case, each.purpose.unit)
            == (key.hour, key.use_case, key.unit)
            and (each.guardrail, each.custom, each.currency) == (key.guardrail, key.custom, key.currency)
        ]
        assert (total.askings, total.units) == (len(mine), sum(each.units for each in mine))
        assert int(total.charge * 10**9) == sum(int(each.charge * 10**9) for each in mine)
    assert not changes.posted
    assert not changes.usage


@given(st.lists(tool_calls, max_size=6))
def test_refused_calls_of_tools_are_counted_and_move_no_money(found: list[Any]) -> None:
    changes = project(written(found))
    refused = [each for each in found if each.status == "refused"]
    assert sum(changes.refusals.values()) == len(refused)
    assert {key.model for key in changes.refusals} == {each.tool for each in refused}
    assert [row.rule for row in changes.rows] == [each.decision.rule for each in found]
    assert not changes.posted
    assert not changes.usage


@given(ledgers())
def test_a_hold_is_open_until_its_call_ends_and_keeps_its_last_mark(ledger: list[Any]) -> None:
    closed = {entry.id for entry in ledger if isinstance(entry, Call)}
    marked = {entry.id: entry.output_tokens for entry in ledger if isinstance(entry, Mark)}
    still = {entry.id: entry for entry in ledger if isinstance(entry, Hold) and entry.id not in closed}
    assert taken(ledger).opened == {id: (hold, marked.get(id, 0)) for id, hold in still.items()}


@given(ledgers())
def test_a_burst_of_refusals_counts_each_of_them(ledger: list[Any]) -> None:
    book = taken(ledger)
    # A model that may not judge is no refusal of what anybody asked for.
    found = [entry for entry in ledger if isinstance(entry, Refusal) and not entry.judges]
    assert sum(book.refusals.values()) == sum(1 + refusal.repeated for refusal in found)
    for key, count in book.refusals.items():
        mine = [
            refusal
            for refusal in found
            if (hour_of(refusal.at), refusal.decision.rule) == (key.hour, key.rule)
            and (refusal.purpose.use_case if refusal.purpose else "") == key.use_case
            and (refusal.purpose.model if refusal.purpose else "") == key.model
            and (refusal.purpose.key if refusal.purpose else "") == key.key
        ]
        assert count == sum(1 + refusal.repeated for refusal in mine)


@given(ledgers())
def test_everything_but_holds_and_marks_can_be_looked_up(ledger: list[Any]) -> None:
    changes = project(written(ledger), journal="gateway-2", first=7)
    lines = [line for line, entry in enumerate(ledger, 7) if not isinstance(entry, Hold | Mark)]
    shown = [entry for entry in ledger if not isinstance(entry, Hold | Mark)]
    assert [row.id for row in changes.rows] == [entry.id for entry in shown]
    assert [(row.journal, row.line) for row in changes.rows] == [("gateway-2", line) for line in lines]
    for row, entry in zip(changes.rows, shown, strict=True):
        assert row.body == encode(entry)
        assert row.kind == type(entry).__struct_config__.tag
        named = getattr(entry, "use_case", None) or getattr(getattr(entry, "purpose", None), "use_case", "")
        assert row.use_case == named
        assert bool(row.rule) is isinstance(entry, Refusal)
    assert changes.applied == [entry for entry in ledger if isinstance(entry, Apply)]
    assert changes.stages == [entry for entry in ledger if isinstance(entry, StageChange)]
    assert changes.keys == [entry for entry in ledger if isinstance(entry, KeyChange)]
    assert changes.reviews == [entry for entry in ledger if isinstance(entry, FindingReview)]


@given(ledgers())
def test_a_finding_counts_the_calls_that_a_guardrail_found_it_in_and_names_the_first_and_last(
    ledger: list[Any],
) -> None:
    seen = [
        each
        for each in ledger
        if isinstance(each, Refusal | GuardrailCheck)
        or (isinstance(each, Call) and not (each.hedge_of or each.judges))
    ]
    book = taken(ledger)
    for key, found in book.findings.items():
        mine = [
            (each.at, each.id)
            for each in seen
            if key.use_case == (each.purpose.use_case if each.purpose else "")
            and any(
                (one.side, one.policy, one.type, one.kind) == (key.side, key.policy, key.type, key.kind)
                and (one.shadow if key.shadow else one.guardrails).get(key.guardrail) == key.action
                and key.mark in (one.marks or ("",))
                for one in each.findings
            )
        ]
        assert found.calls == len(mine)
        assert (found.first, found.first_call) == min(mine)
        assert (found.last, found.last_call) == max(mine)
    said = [one for each in seen for one in each.findings if one.guardrails or one.shadow]
    assert bool(book.findings) is bool(said)


@given(st.lists(finding_reviews, max_size=6))
def test_of_one_mark_the_last_verdict_holds(reviews: list[FindingReview]) -> None:
    assert taken(reviews).verdicts == {review.mark: review.verdict for review in reviews}


@given(instants, instants)
def test_hours_sort_as_the_instants_in_them_do(one: datetime, other: datetime) -> None:
    assert (hour_of(one) <= hour_of(other)) or one > other


@pytest.mark.parametrize(
    ("at", "hour"),
    [
        (utc(2026, 11, 23, 12, 59), "2026-11-23T12:00:00Z"),
        (datetime.fromisoformat("2026-11-23T00:30:00+01:00"), "2026-11-22T23:00:00Z"),
        (datetime.fromisoformat("2026-11-23T00:30:00+05:45"), "2026-11-22T18:00:00Z"),
    ],
)
def test_an_hour_is_named_in_utc(at: datetime, hour: str) -> None:
    assert hour_of(at) == hour

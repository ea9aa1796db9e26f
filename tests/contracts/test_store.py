"""What every store promises, whichever technology keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from remit.adapters.store_sqlite import SqliteStore
from remit.declare.guardrail_price import UnitRate
from remit.declare.price import Rates
from remit.enforce.decision import deny
from remit.enforce.guardrail.noted import Noted
from remit.kernel.errors import NotFound, StoreError
from remit.kernel.usage import Usage
from remit.ports import Store
from remit.record.call_entry import Call, Hold, Mark, Purpose, Refusal
from remit.record.chain import Position, start
from remit.record.decided import Adjustment, AdjustmentFilter, Apply, FindingReview, KeyChange, StageChange
from remit.record.entry import Entry
from remit.record.found import FindingFilter
from remit.record.guardrail_charge import GuardrailCharge
from remit.record.keeping import LetGo
from remit.record.ledgered import decode, encode
from remit.record.projection import EntryFilter, day_of, hour_of, project
from remit.record.tally import Tally

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
RATES = Rates(date(2026, 1, 1), Decimal("0.1"), Decimal("0.3"))
PURPOSE = Purpose(
    key="k1", use_case="pilot", unit="desk", stage="launch", model="model/m", model_version=1, remit="r"
)

STORES: dict[str, Callable[[Path], Store]] = {"sqlite": lambda path: SqliteStore(path / "store.sqlite")}


@pytest.fixture(params=STORES)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    stores: list[Store] = []

    def again() -> Store:
        store = STORES[request.param](tmp_path)
        stores.append(store)
        return store

    yield again
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[[], Store]) -> Store:
    return opened()


def at(lines: int) -> Position:
    return Position(lines, lines * 100, bytes([lines]) * 32)


def fold(store: Store, before: Position, after: Position, *entries: Entry) -> bool:
    written = [(decode(encode(entry)), encode(entry)) for entry in entries]
    changes = project(written, journal="gateway", first=before.lines + 1)
    return store.fold("gateway", before=before, after=after, changes=changes)


def hold(id: str = "c1") -> Hold:
    return Hold(
        id=id,
        at=NOW,
        purpose=PURPOSE,
        provider="p",
        simulated=False,
        accounts=("organisation:month:2026-11-01", "use-case/pilot:day:2026-11-23"),
        amount=Decimal("0.5"),
        currency="EUR",
        rates=RATES,
        input_tokens_estimate=10,
        output_tokens_max=100,
    )


def call(id: str = "c1", charge: str = "0.1", **more: object) -> Call:
    fields: dict[str, object] = {
        "id": id,
        "at": NOW,
        "purpose": PURPOSE,
        "provider": "p",
        "simulated": False,
        "served_model": "m",
        "streamed": False,
        "status": "completed",
        "settlement": "post",
        "usage": Usage(input_tokens=3, output_tokens=4),
        "accounts": hold().accounts,
        "held": Decimal("0.5"),
        "charge": Decimal(charge),
        "currency": "EUR",
        "rates": RATES,
        "began": NOW,
        "latency_ms": 7,
    }
    return Call(**(fields | more))  # type: ignore[arg-type]  # a test's own table of fields


def test_folding_moves_the_position_and_is_seen_by_whoever_opens_the_store_next(
    opened: Callable[[], Store],
) -> None:
    first = opened()
    assert first.positions() == {}
    assert fold(first, start("gateway"), at(2), hold(), call())
    assert opened().positions() == {"gateway": at(2)}


def test_an_entry_is_found_with_the_line_of_its_journal(store: Store) -> None:
    fold(store, start("gateway"), at(1), hold())
    fold(store, at(1), at(4), hold("c2"), call("c1"), call("c2"))
    found = store.entry("c2")
    assert found is not None
    assert (found.journal, found.line, found.body) == ("gateway", 4, encode(call("c2")))
    assert [row.line for row in store.entries(EntryFilter(), limit=9)] == [4, 3]


def test_a_step_that_somebody_else_folded_is_refused_whole(store: Store) -> None:
    assert fold(store, start("gateway"), at(1), call())
    assert not fold(store, start("gateway"), at(1), call(charge="9"))
    assert store.posted()["organisation:month:2026-11-01"] == Decimal("0.1")


def test_a_fold_that_fails_changes_nothing(store: Store) -> None:
    assert fold(store, start("gateway"), at(1), call())
    with pytest.raises(StoreError):
        fold(store, at(1), at(3), call("c2"), call("c1"))
    assert store.positions() == {"gateway": at(1)}
    assert store.entry("c2") is None
    assert store.posted()["organisation:month:2026-11-01"] == Decimal("0.1")


def test_posted_amounts_are_exact_however_small(store: Store) -> None:
    before = start("gateway")
    for number in range(1, 11):
        assert fold(store, before, at(number), call(f"c{number}", "0.000000000000000001"))
        before = at(number)
    assert store.posted()["use-case/pilot:day:2026-11-23"] == Decimal("0.00000000000000001")
    [(_, total)] = store.usage(since=NOW)
    assert total.charge == Decimal("0.00000000000000001")
    assert (total.calls, total.input_tokens, total.output_tokens, total.latency_ms) == (10, 30, 40, 70)


def test_savings_are_exact_and_calls_that_were_given_an_answer_again_are_counted(store: Store) -> None:
    before = start("gateway")
    for number in range(1, 11):
        cached = {"cached": "c1", "saved": Decimal("0.000000000000000001")} if number > 1 else {}
        assert fold(store, before, at(number), call(f"c{number}", "0", **cached))
        before = at(number)
    [(_, total)] = store.usage(since=NOW)
    assert (total.calls, total.cached, total.charge) == (10, 9, Decimal(0))
    assert total.saved == Decimal("0.000000000000000009")


def test_a_hold_stays_open_over_folds_until_its_call_ends(store: Store) -> None:
    assert fold(store, start("gateway"), at(1), hold())
    assert store.open_holds() == [(hold(), 0)]
    assert fold(store, at(1), at(2), Mark(id="c1", at=NOW, output_tokens=8))
    assert store.open_holds() == [(hold(), 8)]
    assert fold(store, at(2), at(3), call())
    assert store.open_holds() == []


def test_a_hold_that_ends_in_the_same_fold_is_never_open(store: Store) -> None:
    assert fold(store, start("gateway"), at(3), hold(), Mark(id="c1", at=NOW, output_tokens=1), call())
    assert store.open_holds() == []


def test_roll_ups_keep_what_differs_apart_and_filter_by_hour(store: Store) -> None:
    later = NOW + timedelta(hours=2)
    entries = (call("a"), call("b", simulated=True), call("c", at=later), call("d", status="failed"))
    assert fold(store, start("gateway"), at(4), *entries)
    assert sorted((key.hour, key.simulated, total.calls) for key, total in store.usage(since=NOW)) == [
        ("2026-11-23T10:00:00Z", False, 2),
        ("2026-11-23T10:00:00Z", True, 1),
        ("2026-11-23T12:00:00Z", False, 1),
    ]
    assert [key.hour for key, _ in store.usage(since=later)] == ["2026-11-23T12:00:00Z"]
    assert sum(total.failed for _, total in store.usage(since=NOW)) == 1


def test_charges_are_told_by_day_and_roll_ups_by_use_case(store: Store) -> None:
    tomorrow = NOW + timedelta(days=1)
    other = msgspec.structs.replace(PURPOSE, use_case="other")
    drawn = msgspec.structs.replace(RATES, commitment="sub-1")
    entries = (
        call("a", "0.1"),
        call("b", "0.2", rates=drawn, list_charge=Decimal("0.5")),
        call("c", "0", cached="a", saved=Decimal("0.3")),
        call("d", "0.4", at=tomorrow, purpose=other),
        call("e", "0.7", simulated=True),
    )
    assert fold(store, start("gateway"), at(5), *entries)
    real = [each for each in store.charges(since=NOW.date()) if not each.simulated]
    by_day: dict[date, Decimal] = {}
    for each in real:
        by_day[each.day] = by_day.get(each.day, Decimal(0)) + each.charge
    assert by_day == {NOW.date(): Decimal("0.3"), tomorrow.date(): Decimal("0.4")}
    assert sum(each.committed for each in real) == Decimal("0.2")
    assert sum(each.saved for each in real) == Decimal("0.3")
    assert sum(each.list_charge for each in real) == Decimal("1.0")
    assert {each.use_case for each in store.charges(since=tomorrow.date())} == {"other"}
    [(key, _)] = store.usage(since=NOW, use_cases={"other"})
    assert key.use_case == "other"
    assert store.usage(since=NOW, use_cases=()) == []
    # What all of it comes to names the first hour in which there was any.
    assert min(key.hour for key, _ in store.totals(since=NOW)) == "2026-11-23T10:00:00Z"


def test_what_is_counted_for_good_adds_up_over_folds_and_hours(store: Store) -> None:
    later = NOW + timedelta(hours=2)
    first = [call("a", first_token_ms=3), call("b", "0.2", status="failed"), call("c", simulated=True)]
    found = Noted(side="input", policy="sensitive", type="EMAIL", trust="person", action="block", count=3)
    second = [call("d", "0.3", at=later, latency_ms=9_000), call("e", at=later, findings=(found,))]
    assert fold(store, start("gateway"), at(3), *first)
    assert fold(store, at(3), at(5), *second)
    expected = Tally()
    for entry in (*first, *second):
        expected.add(entry, day_of(hour_of(entry.at)))
    assert store.tally() == Tally(expected.totals, expected.over_all_days(), expected.found)
    assert len(expected.totals) == 3
    took = store.latency("duration", since=NOW)
    assert {(key.day, key.model, key.measure) for key in took} == {("", "", "duration")}
    assert sum(each.count for each in took.values()) == 5
    tomorrow = NOW + timedelta(days=1)
    assert not store.latency("duration", since=tomorrow)
    assert not store.called_blocks(since=tomorrow)
    assert sum(each.count for each in store.latency("first_token", since=NOW).values()) == 1
    assert sum(each.calls for each in store.called_blocks(since=NOW)) == 5
    assert {each.simulated for each in store.called_blocks(since=later)} == {False, True}
    assert sum(total.unguarded for _, total in store.totals(since=NOW)) == 5


def test_all_refusals_are_counted_whatever_their_hour(store: Store) -> None:
    decision = deny("no-budget", "s", help="h", layer="organisation", owner="o@example.com")
    entries = [
        Refusal(id=f"r{n}", at=NOW + timedelta(hours=n), decision=decision, purpose=PURPOSE) for n in range(3)
    ]
    assert fold(store, start("gateway"), at(3), *entries)
    assert store.refused() == {("pilot", "no-budget"): 3}


def test_refusals_are_counted_with_those_that_were_not_written(store: Store) -> None:
    decision = deny("unknown-key", "s", help="h", layer="organisation", owner="o@example.com")
    entries = [Refusal(id=f"r{n}", at=NOW, decision=decision, repeated=n) for n in range(3)]
    assert fold(store, start("gateway"), at(3), *entries)
    [(key, count)] = store.refusals(since=NOW)
    assert (key.rule, count) == ("unknown-key", 6)


def test_entries_are_listed_newest_first_by_page_and_filter(store: Store) -> None:
    entries = [call(f"c{number}", at=NOW + timedelta(minutes=number)) for number in range(5)]
    assert fold(store, start("gateway"), at(5), *entries)
    first = store.entries(EntryFilter(kind="call"), limit=2)
    assert [row.id for row in first] == ["c4", "c3"]
    second = store.entries(EntryFilter(kind="call", before=first[-1].id), limit=9)
    assert [row.id for row in second] == ["c2", "c1", "c0"]
    assert store.entries(EntryFilter(use_case="other"), limit=9) == []
    assert len(store.entries(EntryFilter(stage="launch"), limit=9)) == 5
    assert len(store.entries(EntryFilter(since=NOW + timedelta(minutes=3)), limit=9)) == 2
    assert len(store.entries(EntryFilter(account="use-case/pilot:day:2026-11-23"), limit=9)) == 5
    assert store.entries(EntryFilter(account="use-case/pilot:day:2026-11-24"), limit=9) == []
    assert len(store.entries(EntryFilter(simulated=False), limit=9)) == 5
    assert store.entries(EntryFilter(simulated=True), limit=9) == []
    assert len(store.entries(EntryFilter(completed=True), limit=9)) == 5
    assert store.entries(EntryFilter(completed=False), limit=9) == []
    assert len(store.entries(EntryFilter(blocked=False), limit=9)) == 5
    assert store.entries(EntryFilter(blocked=True), limit=9) == []
    assert [row.id for row in store.entries(EntryFilter(since_id="c3"), limit=9)] == ["c4", "c3"]
    assert first[0].body == encode(entries[4])
    assert first[0].at == entries[4].at


def test_the_calls_of_a_batch_are_found(store: Store) -> None:
    entries = [call("c0"), call("c1", batch="b1", batch_line=1), call("c2", batch="b2", batch_line=1)]
    assert fold(store, start("gateway"), at(3), *entries)
    assert [row.id for row in store.entries(EntryFilter(batch="b1"), limit=9)] == ["c1"]


def test_filters_are_values_and_never_text_of_a_query(store: Store) -> None:
    assert fold(store, start("gateway"), at(1), call())
    for hostile in ("' or 1=1 --", "%", '"', "\x00"):
        assert store.entries(EntryFilter(kind=hostile, use_case=hostile), limit=9) == []


def test_decisions_are_kept_as_they_stand_now(store: Store) -> None:
    issued = KeyChange(
        id="e1", at=NOW, change="issued", key="k1", use_case="pilot", author="a", hash="h1", expires=NOW,
        agent="settler", models=("model/a", "model/b@2"), networks=("192.0.2.0/24",),
    )  # fmt: skip
    entered = StageChange(
        id="e2", at=NOW, use_case="pilot", stage="launch", since=NOW.date(), basis="adopted", author="a"
    )
    applied = Apply(
        id="e3", at=NOW, model_version=1, digest="d", author="a", reason="", created=1, changed=0, removed=0
    )
    assert store.applied() is None
    assert fold(store, start("gateway"), at(3), issued, entered, applied)
    assert store.applied() == applied
    assert store.stages(NOW)["pilot"].stage == "launch"
    assert store.stages(NOW, "pilot") == {"pilot": store.stages(NOW)["pilot"]}
    assert store.stages(NOW, "nobody") == {}
    assert store.keys()["h1"].expires == NOW
    assert store.keys()["h1"].agent == "settler"
    assert not store.keys()["h1"].revoked
    assert store.keys()["h1"].models == ("model/a", "model/b@2")
    assert store.keys()["h1"].networks == ("192.0.2.0/24",)
    assert store.keys()["h1"].issued == NOW
    assert store.keys()["h1"].successor == ""
    revoked = KeyChange(id="e4", at=NOW, change="revoked", key="k1", use_case="pilot", author="a")
    assert fold(store, at(3), at(4), revoked)
    assert store.keys()["h1"].revoked


def test_a_rotated_key_ends_when_its_entry_says_and_names_its_successor(store: Store) -> None:
    ends = NOW + timedelta(hours=3)
    old, new = (
        KeyChange(
            id=f"e{key}", at=NOW, change="issued", key=key, use_case="pilot", author="a", hash=f"h-{key}"
        )
        for key in ("k1", "k2")
    )
    rotated = KeyChange(
        id="e3",
        at=NOW,
        change="rotated",
        key="k1",
        use_case="pilot",
        author="a",
        expires=ends,
        successor="k2",
    )
    assert fold(store, start("gateway"), at(3), old, new, rotated)
    assert (store.keys()["h-k1"].expires, store.keys()["h-k1"].successor) == (ends, "k2")
    assert (store.keys()["h-k2"].expires, store.keys()["h-k2"].successor) == (None, "")
    assert not store.keys()["h-k1"].revoked


def test_users_are_those_whose_calls_began_since_whatever_the_order(store: Store) -> None:
    early, late = NOW - timedelta(days=40), NOW - timedelta(days=1)
    by = {user: msgspec.structs.replace(PURPOSE, user=user) for user in ("u1", "u2")}
    elsewhere = msgspec.structs.replace(by["u1"], use_case="other")
    assert fold(
        store,
        start("gateway"),
        at(5),
        call("c1", purpose=by["u1"], began=late),
        call("c2", purpose=by["u1"], began=early),
        call("c3", purpose=by["u2"], began=early),
        call("c4", purpose=elsewhere, began=NOW),
        call("c5", began=NOW),
    )
    assert sorted(store.users(since=early)) == [("other", "u1"), ("pilot", "u1"), ("pilot", "u2")]
    assert sorted(store.users(since=late)) == [("other", "u1"), ("pilot", "u1")]
    assert store.user_counts(since=early) == {"other": 1, "pilot": 2}
    assert fold(store, at(5), at(6), call("c6", purpose=by["u2"], began=NOW))
    assert fold(store, at(6), at(7), call("c7", purpose=by["u2"], began=early))
    assert sorted(store.users(since=NOW)) == [("other", "u1"), ("pilot", "u2")]


def test_calls_are_summed_up_by_model_with_the_keys_that_made_them(store: Store) -> None:
    late = NOW + timedelta(hours=2)
    assert fold(store, start("gateway"), at(3), call("c1"), call("c2"), call("c3", at=late))
    [each] = store.called(since=late)
    assert (each.use_case, each.model, each.keys, each.calls) == ("pilot", "model/m", 1, 1)
    [every] = store.called(since=NOW)
    assert (every.keys, every.calls) == (1, 3)
    assert (every.input_tokens, every.output_tokens) == (3 * each.input_tokens, 3 * each.output_tokens)
    assert each.input_tokens > 0
    assert each.output_tokens > 0
    assert store.called(since=late + timedelta(hours=1)) == []


def test_a_call_that_a_guardrail_stopped_has_not_failed(store: Store) -> None:
    calls = (call("a"), call("b", status="blocked"), call("c", status="failed"), call("d", status="blocked"))
    assert fold(store, start("gateway"), at(2), *calls[:2])
    assert fold(store, at(2), at(4), *calls[2:])
    [(_, total)] = store.usage(since=NOW)
    assert (total.calls, total.failed, total.blocked) == (4, 1, 2)
    assert [row.id for row in store.entries(EntryFilter(blocked=True), limit=9)] == ["d", "b"]
    not_completed = EntryFilter(completed=False, blocked=False)
    assert [row.id for row in store.entries(not_completed, limit=9)] == ["c"]


def noted(type: str = "EMAIL", *marks: str, **more: object) -> Noted:
    fields: dict[str, object] = {
        "side": "input",
        "policy": "sensitive",
        "type": type,
        "trust": "person",
        "action": "anonymize",
        "guardrails": {"guardrail/a": "anonymize"},
        "marks": marks,
    }
    return Noted(**(fields | more))  # type: ignore[arg-type]  # a test's own table of fields


def review(mark: str, verdict: str, id: str = "r1") -> FindingReview:
    return FindingReview(
        id=id, at=NOW, mark=mark, use_case="pilot", type="EMAIL", guardrails=("guardrail/a",),
        verdict=verdict, author="ada", reason="it is ours",  # type: ignore[arg-type]  # one of the two
    )  # fmt: skip


def test_findings_are_counted_by_call_over_folds_whatever_the_order(store: Store) -> None:
    early, late = NOW - timedelta(days=3), NOW + timedelta(days=1)
    twice = (noted("EMAIL", "m1"), noted("EMAIL", "m1", "m2", trust="tool"))
    assert fold(store, start("gateway"), at(1), call("c2", findings=twice))
    assert fold(store, at(1), at(2), call("c1", at=early, findings=(noted("EMAIL", "m1"),)))
    assert fold(store, at(2), at(3), call("c3", at=late, findings=(noted("EMAIL", "m1"),)))
    assert fold(store, at(3), at(4), call("c4", at=late, hedge_of="c3", findings=(noted("EMAIL", "m1"),)))
    [newest, other] = store.findings(FindingFilter(), limit=9)
    assert (newest.key.mark, newest.sum.calls, newest.key.guardrail) == ("m1", 3, "guardrail/a")
    assert (newest.sum.first, newest.sum.first_call) == (early, "c1")
    assert (newest.sum.last, newest.sum.last_call) == (late, "c3")
    assert (other.key.mark, other.sum.calls, other.sum.last_call) == ("m2", 1, "c2")
    assert store.findings(FindingFilter(), limit=1) == [newest]


def test_findings_are_found_by_what_they_are_and_by_whom_they_are_said(store: Store) -> None:
    decision = deny("stopped-by-guardrail", "s", help="h", layer="request", owner="guardrail/a")
    elsewhere = msgspec.structs.replace(PURPOSE, use_case="other")
    attack = noted("PROMPT_ATTACK", kind="JAILBREAK", shadow={"guardrail/b": "block"}, guardrails={})
    entries = (
        call("c1", findings=(noted("EMAIL", "m1"), attack)),
        Refusal(
            id="r1",
            at=NOW + timedelta(hours=1),
            decision=decision,
            purpose=elsewhere,
            findings=(noted("IBAN", "m2"),),
        ),
    )
    assert fold(store, start("gateway"), at(2), *entries)

    def found(**wanted: object) -> list[tuple[str, str]]:
        rows = store.findings(FindingFilter(**wanted), limit=9)  # type: ignore[arg-type]  # fields by name
        return [(row.key.type, row.key.mark) for row in rows]

    assert found() == [("IBAN", "m2"), ("EMAIL", "m1"), ("PROMPT_ATTACK", "")]
    assert found(use_case="other") == [("IBAN", "m2")]
    assert found(type="EMAIL") == found(mark="m1") == [("EMAIL", "m1")]
    assert found(shadow=True) == [("PROMPT_ATTACK", "")]
    assert found(shadow=False, use_case="pilot") == [("EMAIL", "m1")]
    assert found(since=NOW + timedelta(minutes=1)) == [("IBAN", "m2")]
    assert found(use_case="' or 1=1 --") == []
    [seen] = store.findings(FindingFilter(shadow=True), limit=9)
    assert (seen.key.kind, seen.key.guardrail, seen.key.action) == ("JAILBREAK", "guardrail/b", "block")


def test_what_people_say_of_a_finding_is_kept_and_the_last_word_holds(store: Store) -> None:
    assert store.cleared() == frozenset()
    seen = call("c1", findings=(noted("EMAIL", "m1", "m2"),))
    assert fold(store, start("gateway"), at(1), seen)
    assert fold(store, at(1), at(2), review("m1", "false_positive"))
    assert store.cleared() == {"m1"}
    assert [row.verdict for row in store.findings(FindingFilter(mark="m1"), limit=9)] == ["false_positive"]
    assert [row.key.mark for row in store.findings(FindingFilter(waiting=True), limit=9)] == ["m2"]
    assert [row.key.mark for row in store.findings(FindingFilter(waiting=False), limit=9)] == ["m1"]
    assert fold(store, at(2), at(4), review("m2", "false_positive", "r2"), review("m1", "confirmed", "r3"))
    assert store.cleared() == {"m2"}
    assert store.findings(FindingFilter(waiting=True), limit=9) == []
    assert [row.id for row in store.entries(EntryFilter(kind="finding_review"), limit=9)] == [
        "r3",
        "r2",
        "r1",
    ]


def test_texts_are_kept_by_digest(store: Store) -> None:
    store.put_text("d1", b"one")
    store.put_text("d1", b"another")
    assert store.text("d1") == b"one"
    with pytest.raises(NotFound):
        store.text("d2")


def test_a_pass_is_taken_once_in_time_and_for_its_purpose(store: Store) -> None:
    until = NOW + timedelta(hours=1)
    store.put_pass("h", purpose="sign-in", until=until, holder="who@example.com")
    assert store.take_pass("h", purpose="session", now=NOW) is None
    assert store.pass_holder("h", purpose="sign-in", now=NOW) == "who@example.com"
    assert store.pass_holder("h", purpose="sign-in", now=until) is None
    assert store.take_pass("h", purpose="sign-in", now=NOW) == "who@example.com"
    assert store.take_pass("h", purpose="sign-in", now=NOW) is None
    store.put_pass("late", purpose="sign-in", until=until, holder="who@example.com")
    assert store.take_pass("late", purpose="sign-in", now=until) is None


def test_passes_that_are_good_are_listed_what_ends_last_first(store: Store) -> None:
    for hash, hours in (("soon", 1), ("late", 2), ("gone", 0)):
        store.put_pass(hash, purpose="session", until=NOW + timedelta(hours=hours), holder="who@example.com")
    store.put_pass("other", purpose="sign-in", until=NOW + timedelta(hours=9), holder="who@example.com")
    found = store.passes(purpose="session", now=NOW)
    assert [(each.hash, each.person, each.until - NOW) for each in found] == [
        ("late", "who@example.com", timedelta(hours=2)),
        ("soon", "who@example.com", timedelta(hours=1)),
    ]


def adjustment(id: str, **more: object) -> Adjustment:
    given: dict[str, object] = {
        "at": NOW,
        "reason": "discount",
        "note": "late",
        "since": date(2026, 11, 1),
        "until": date(2026, 11, 30),
        "amount": Decimal("-0.000000000001"),
        "currency": "EUR",
        "author": "finance@example.com",
        **more,
    }
    return Adjustment(id=id, **given)  # type: ignore[arg-type]  # a test's own words


def test_adjustments_are_found_by_their_days_by_when_they_were_known_and_by_their_bill(store: Store) -> None:
    late = adjustment("a2", at=NOW + timedelta(days=9), source="bill")
    october = adjustment("a3", since=date(2026, 10, 1), until=date(2026, 10, 31))
    assert fold(store, start("gateway"), at(3), adjustment("a1"), late, october)
    assert store.adjustments(AdjustmentFilter()) == [adjustment("a1"), late, october]

    def ids(**wanted: object) -> list[str]:
        return [each.id for each in store.adjustments(AdjustmentFilter(**wanted))]  # type: ignore[arg-type]  # likewise

    assert ids(since=date(2026, 11, 30)) == ["a1", "a2"]
    assert ids(until=date(2026, 10, 31)) == ["a3"]
    assert ids(since=date(2026, 10, 31), until=date(2026, 11, 1)) == ["a1", "a2", "a3"]
    assert ids(known=NOW + timedelta(days=9)) == ["a1", "a3"]
    assert ids(known=NOW) == []
    assert ids(source="bill") == ["a2"]
    assert ids(source="another") == []


def test_how_far_journals_were_let_go_of_is_kept_and_their_copies_go_a_few_at_a_time(store: Store) -> None:
    assert store.let_go() == {}
    fold(store, start("gateway"), at(6), *(call(f"c{number}") for number in range(1, 7)))
    gone = LetGo(
        id="g1", at=NOW, journal="gateway", lines=4, bytes=400, hash=at(4).hash.hex(), author="a@b.example"
    )
    kept = project([(gone, encode(gone))], journal="record")
    store.fold("record", before=start("record"), after=at(1), changes=kept)
    assert store.let_go() == {"gateway": at(4)}
    later = msgspec.structs.replace(gone, id="g2", lines=5, bytes=500, hash=at(5).hash.hex())
    store.fold(
        "record",
        before=at(1),
        after=at(2),
        changes=project([(later, encode(later))], journal="record", first=2),
    )
    assert store.let_go() == {"gateway": at(5)}
    posted = store.posted()
    assert [store.forget("gateway", last=5, limit=3) for _ in range(3)] == [3, 2, 0]
    assert [row.line for row in store.copies("gateway", first=1, last=9)] == [6]
    assert store.entry("c1") is None
    assert store.posted() == posted
    assert {row.journal for row in store.entries(EntryFilter(kind="let_go"), limit=9)} == {"record"}


def test_what_guardrails_cost_is_summed_up_by_the_hour_over_all_that_was_folded(store: Store) -> None:
    rate = UnitRate(date(2026, 1, 1), Decimal("0.85"))
    asked = GuardrailCharge(
        id="g1",
        at=NOW,
        purpose=call().purpose,
        guardrail="guardrail/a@1",
        custom="cloud",
        side="input",
        characters=1_500,
        units=2,
        rate=rate,
        charge=rate.cost(2),
        currency="EUR",
        judges="c1",
    )
    later = msgspec.structs.replace(asked, id="g3", at=NOW + timedelta(hours=1))
    fold(store, start("gateway"), at(2), asked, msgspec.structs.replace(asked, id="g2", units=1))
    drawn = msgspec.structs.replace(rate, commitment="c-7")
    more = (
        msgspec.structs.replace(asked, id="g4", custom="other", rate=drawn),
        msgspec.structs.replace(asked, id="g5"),
    )
    fold(store, at(2), at(5), later, *more)
    found = store.guarded(since=NOW, until=NOW + timedelta(hours=1))
    said = [(key.custom, key.commitment, each.askings, each.units, each.charge) for key, each in found]
    assert said == [("cloud", "", 3, 5, Decimal("0.0051")), ("other", "c-7", 1, 2, Decimal("0.0017"))]
    assert {(key.hour, key.use_case, key.guardrail) for key, _ in found} == {
        (hour_of(NOW), asked.purpose.use_case, "guardrail/a@1")
    }


def test_what_is_not_listed_changes_sums_all_the_same(store: Store) -> None:
    written = [(call(), encode(call()))]
    changes = project(written, journal="gateway", listed=False)
    assert store.fold("gateway", before=start("gateway"), after=at(1), changes=changes)
    assert store.entry("c1") is None
    assert set(store.posted().values()) == {Decimal("0.1")}


def test_of_what_is_forgotten_no_byte_is_left_in_the_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.sqlite")
    gone, kept = ([call(f"{name}-{number}") for number in range(1, 40)] for name in ("spoken", "told"))
    fold(store, start("gateway"), at(78), *gone, *kept)
    assert store.forget("gateway", last=39, limit=100) == 39
    store.close()
    data = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert (b"spoken-" in data, b"told-" in data) == (False, True)

"""Rates: no minute sees more than a limit, whoever waits as told gets in, and no key keeps another out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.remit_layer import RATE_FIELDS, RateField
from remit.enforce.decision import Decision
from remit.enforce.rate import MINUTE_MS, Full, Meter, fullest, meters_of, refusal, tokens_held
from remit.enforce.remit import resolve
from remit.enforce.request import Message, ModelRequest
from remit.operations.rates import Rates
from strategies import model_block, operating_model

BEGIN = datetime(2026, 11, 23, 12, tzinfo=UTC)
REQUESTS: RateField = "requests_per_minute"
TOKENS: RateField = "tokens_per_minute"
AT_ONCE: RateField = "concurrency_max"


def metered(
    unit: Mapping[Any, Any], *, key: str = "k1", agent: str = "", address: str = "model/a", block: Any = None
) -> tuple[Meter, ...]:
    """Compile the limits of one unit and one model for a key."""
    model = operating_model(
        units={
            "claims": {"name": "Claims", "lead": "claims@example.com", "remit": {**unit}},
            "motor": {"name": "Motor", "parent": "claims"},
        }
    )
    remit = resolve(model, "triage", "launch")
    made = model_block(**(block or {}))
    return meters_of(remit, address, made, key=key, agent=agent, administrator="head@example.com")


@dataclass
class Clock:
    """A worker's counts, and callers who ask at times of their own."""

    rates: Rates
    calls: int = 0

    def ask(self, meters: tuple[Meter, ...], *, at_ms: int, tokens: int = 0) -> str | Full:
        """Ask as a call does; returns what to settle, or the limit that is in the way."""
        now = BEGIN + timedelta(milliseconds=at_ms)
        counts = self.rates.at(now)
        full = fullest(meters, counts, at=now, tokens=tokens)
        if full is not None:
            if full.wait_s:
                self.rates.wait(meters)
            return full
        self.calls += 1
        self.rates.take(str(self.calls), meters, tokens=tokens)
        return str(self.calls)

    def settle(self, call: str, *, at_ms: int, tokens: int = 0) -> None:
        self.rates.settle(call, tokens=tokens, now=BEGIN + timedelta(milliseconds=at_ms))


@pytest.fixture
def clock() -> Clock:
    return Clock(Rates())


def passed(answers: list[str | Full]) -> int:
    return sum(isinstance(each, str) for each in answers)


# ── a minute that slides ──

steps = st.lists(st.integers(0, 20_000), min_size=1, max_size=60)
"""Milliseconds from one call to the next."""


@given(st.integers(1, 20), steps)
def test_no_minute_of_the_clock_sees_more_than_the_limit_nor_a_sliding_one_twice_of_it(
    limit: int, waits: list[int]
) -> None:
    clock, meters, at_ms = Clock(Rates()), metered({REQUESTS: limit}), 0
    times = []
    for wait in waits:
        at_ms += wait
        if isinstance(clock.ask(meters, at_ms=at_ms), str):
            times.append(at_ms)
    assert times[:1] == [waits[0]], "the first call of all always fits"
    assert max(Counter(each // MINUTE_MS for each in times).values()) <= limit
    for each in times:
        assert sum(each <= other < each + MINUTE_MS for other in times) < 2 * limit


@given(st.integers(1, 20), steps)
def test_fewer_calls_than_the_limit_in_any_two_minutes_are_never_refused(
    limit: int, waits: list[int]
) -> None:
    clock, meters, at_ms = Clock(Rates()), metered({REQUESTS: limit}), 0
    asked: list[int] = []
    for wait in waits:
        at_ms += wait
        if sum(each > at_ms - 2 * MINUTE_MS for each in asked) < limit:
            asked.append(at_ms)
            assert isinstance(clock.ask(meters, at_ms=at_ms), str)


@given(st.integers(1, 20), steps, st.booleans())
def test_whoever_waits_as_long_as_told_gets_in_and_a_second_less_is_too_soon(
    limit: int, waits: list[int], of_tokens: bool
) -> None:
    meters = metered({TOKENS if of_tokens else REQUESTS: limit})
    clock, at_ms = Clock(Rates()), 0
    for wait in waits:
        at_ms += wait
        full = clock.ask(meters, at_ms=at_ms, tokens=1)
        if isinstance(full, Full):
            soon = at_ms + (full.wait_s - 1) * 1000
            assert isinstance(clock.ask(meters, at_ms=soon, tokens=1), Full)
            at_ms += full.wait_s * 1000
            assert isinstance(clock.ask(meters, at_ms=at_ms, tokens=1), str)


def test_what_was_let_through_in_the_minute_before_counts_for_the_part_that_is_left(clock: Clock) -> None:
    meters = metered({REQUESTS: 60})
    assert passed([clock.ask(meters, at_ms=1000) for _ in range(80)]) == 60
    # A quarter of this minute is over, so three quarters of the 60 still count.
    assert passed([clock.ask(meters, at_ms=75_000) for _ in range(80)]) == 15
    # After two minutes of rest nothing does.
    assert passed([clock.ask(meters, at_ms=240_000) for _ in range(80)]) == 60


def test_a_clock_that_is_set_back_neither_stops_calls_for_long_nor_lets_a_limit_through_twice(
    clock: Clock,
) -> None:
    meters = metered({REQUESTS: 60})
    assert passed([clock.ask(meters, at_ms=7_200_000) for _ in range(80)]) == 60
    assert passed([clock.ask(meters, at_ms=0) for _ in range(80)]) == 0
    assert passed([clock.ask(meters, at_ms=45_000) for _ in range(80)]) == 45


def test_a_lower_limit_holds_for_what_was_let_through_before_it(clock: Clock) -> None:
    assert passed([clock.ask(metered({REQUESTS: 60}), at_ms=0) for _ in range(30)]) == 30
    assert passed([clock.ask(metered({REQUESTS: 20}), at_ms=1) for _ in range(30)]) == 0


def test_names_of_two_minutes_ago_are_forgotten(clock: Clock) -> None:
    limits = {REQUESTS: [60, {"limit": 9, "each": "key"}], AT_ONCE: 100}
    for number in range(50):
        call = clock.ask(metered(limits, key=f"k{number}"), at_ms=number)
        assert isinstance(call, str)
        clock.settle(call, at_ms=number)
    clock.ask(metered(limits), at_ms=2 * MINUTE_MS)
    counts = clock.rates.at(BEGIN + timedelta(milliseconds=2 * MINUTE_MS))
    assert counts.before == {}
    assert not any("k49" in name for name in (*counts.now, *counts.running))


# ── tokens ──


def held(text: str, output: int | None) -> int:
    request = ModelRequest("model/a", (Message.of("user", text),), output_tokens_max=output)
    return tokens_held(request, input_tokens_max=4096)


def test_a_caller_who_sets_no_max_tokens_is_counted_for_the_input_until_the_output_is_there() -> None:
    assert held("x" * 30, None) == 18
    assert held("x" * 30, 500) == 518
    assert held("x" * 99_000, None) == 4096


def test_what_a_call_did_not_use_is_given_back_and_what_it_used_beyond_counts(clock: Clock) -> None:
    meters = metered({TOKENS: 100})
    call = clock.ask(meters, at_ms=0, tokens=90)
    assert isinstance(call, str)
    assert isinstance(clock.ask(meters, at_ms=0, tokens=20), Full)
    clock.settle(call, at_ms=10, tokens=30)
    second = clock.ask(meters, at_ms=20, tokens=20)
    assert isinstance(second, str)
    clock.settle(second, at_ms=30, tokens=60)
    assert passed([clock.ask(meters, at_ms=40, tokens=1) for _ in range(20)]) == 10


@pytest.mark.parametrize(("ends", "left"), [(59_999, 100), (60_000, 100), (90_000, 100), (120_000, 100)])
def test_tokens_are_given_back_to_the_minute_that_they_were_taken_in(
    clock: Clock, ends: int, left: int
) -> None:
    meters = metered({TOKENS: 100})
    call = clock.ask(meters, at_ms=0, tokens=100)
    assert isinstance(call, str)
    clock.settle(call, at_ms=ends)
    assert passed([clock.ask(meters, at_ms=ends, tokens=1) for _ in range(200)]) == left


@given(st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 200), st.integers(0, 300)), max_size=30))
def test_counts_of_tokens_never_fall_below_nothing_whatever_calls_really_used(
    calls: list[tuple[int, int, int]],
) -> None:
    clock, meters, at_ms = Clock(Rates()), metered({TOKENS: 1000}), 0
    running: list[str] = []
    for wait, tokens, used in calls:
        at_ms += wait
        call = clock.ask(meters, at_ms=at_ms, tokens=tokens)
        if isinstance(call, str):
            running.append(call)
        if len(running) > 2:
            clock.settle(running.pop(0), at_ms=at_ms, tokens=used)
        counts = clock.rates.at(BEGIN + timedelta(milliseconds=at_ms))
        assert min([0, *counts.now.values(), *counts.before.values()]) == 0


# ── at once ──


@given(st.integers(1, 5), st.lists(st.integers(0, 4), max_size=60))
def test_as_many_calls_run_as_the_limit_lets_and_each_end_frees_one_place(
    limit: int, ends: list[int]
) -> None:
    clock, meters = Clock(Rates()), metered({AT_ONCE: limit})
    running: list[str] = []
    for at_ms, end in enumerate(ends):
        if end and running:
            clock.settle(running.pop(end % len(running)), at_ms=at_ms * 10_000)
        answer = clock.ask(meters, at_ms=at_ms * 10_000)
        assert isinstance(answer, str) is (len(running) < limit)
        if isinstance(answer, str):
            running.append(answer)
        else:
            assert (answer.why, answer.wait_s) == ("used up", 1)


def test_a_call_that_is_settled_twice_frees_one_place(clock: Clock) -> None:
    meters = metered({AT_ONCE: 2})
    first = clock.ask(meters, at_ms=0)
    assert isinstance(first, str)
    clock.ask(meters, at_ms=0)
    clock.settle(first, at_ms=1)
    clock.settle(first, at_ms=1)
    assert passed([clock.ask(meters, at_ms=2) for _ in range(3)]) == 1


# ── fair between keys ──


@given(st.integers(4, 60), st.integers(1, 12), st.integers(0, 59_000))
def test_a_key_that_asks_only_now_and_then_is_not_kept_out_by_one_that_never_stops(
    limit: int, seconds: int, comes_ms: int
) -> None:
    clock = Clock(Rates())
    greedy, modest = (metered({REQUESTS: limit}, key=key) for key in ("greedy", "modest"))
    got = {"greedy": 0, "modest": 0}
    next_ms = comes_ms
    for at_ms in range(0, 10 * MINUTE_MS, 500):
        got["greedy"] += isinstance(clock.ask(greedy, at_ms=at_ms), str)
        if at_ms >= next_ms:
            answer = clock.ask(modest, at_ms=at_ms)
            got["modest"] += isinstance(answer, str)
            next_ms = at_ms + 1000 * (answer.wait_s if isinstance(answer, Full) else seconds)
    asked = 9 * 60 // seconds
    assert got["modest"] >= min(asked, 9 * limit // 2) // 2
    assert got["greedy"] + got["modest"] <= 10 * limit


@pytest.mark.parametrize("field", [REQUESTS, AT_ONCE])
def test_the_last_quarter_is_for_keys_that_had_less_than_their_share(clock: Clock, field: RateField) -> None:
    one, other = (metered({field: 8}, key=key) for key in ("k1", "k2"))
    assert isinstance(clock.ask(other, at_ms=0), str)
    answers = [clock.ask(one, at_ms=1) for _ in range(8)]
    assert passed(answers) == 5
    assert {each.why for each in answers if isinstance(each, Full)} == {"had its share"}
    assert passed([clock.ask(other, at_ms=2) for _ in range(8)]) == 2


def test_a_key_alone_has_the_whole_limit(clock: Clock) -> None:
    assert passed([clock.ask(metered({REQUESTS: 8}), at_ms=0) for _ in range(9)]) == 8


def test_a_key_that_was_refused_counts_as_one_that_shares(clock: Clock) -> None:
    one, other = (metered({AT_ONCE: 4}, key=key) for key in ("k1", "k2"))
    calls = [clock.ask(one, at_ms=0) for _ in range(4)]
    assert isinstance(clock.ask(other, at_ms=1), Full)
    assert isinstance(calls[0], str)
    clock.settle(calls[0], at_ms=2)
    again = clock.ask(one, at_ms=3)
    assert isinstance(again, Full)
    assert (again.why, again.keys) == ("had its share", 2)
    assert isinstance(clock.ask(other, at_ms=4), str)


def test_a_limit_for_each_key_is_nobody_elses(clock: Clock) -> None:
    limits = {REQUESTS: {"limit": 3, "each": "key"}}
    for key in ("k1", "k2"):
        assert passed([clock.ask(metered(limits, key=key), at_ms=0) for _ in range(5)]) == 3


def test_a_limit_for_each_agent_is_shared_by_its_keys_and_covers_no_key_without_one(clock: Clock) -> None:
    limits = {REQUESTS: {"limit": 4, "each": "agent"}}
    assert metered(limits) == ()
    for agent in ("settler", "sorter"):
        meters = [metered(limits, key=f"{agent}{number}", agent=agent) for number in range(2)]
        assert passed([clock.ask(each, at_ms=0) for each in meters * 4]) == 4


# ── several limits ──


def test_a_call_that_one_limit_refuses_takes_nothing_of_the_others(clock: Clock) -> None:
    narrow = metered({REQUESTS: [10, {"limit": 2, "each": "key"}]}, key="k1")
    assert passed([clock.ask(narrow, at_ms=0) for _ in range(9)]) == 2
    counts = clock.rates.at(BEGIN)
    assert counts.now[f"{REQUESTS} unit/claims"] == 2


def test_of_several_limits_that_are_used_up_the_one_that_takes_longest_is_named(clock: Clock) -> None:
    meters = metered({REQUESTS: 2, AT_ONCE: 1, TOKENS: 50})
    clock.ask(meters, at_ms=0, tokens=1)
    now = clock.ask(meters, at_ms=0, tokens=1)
    assert isinstance(now, Full)
    assert now.field == AT_ONCE
    clock.settle("1", at_ms=0, tokens=1)
    clock.ask(meters, at_ms=0, tokens=1)
    both = clock.ask(meters, at_ms=0, tokens=1)
    assert isinstance(both, Full)
    assert both.field == REQUESTS
    never = clock.ask(meters, at_ms=0, tokens=51)
    assert isinstance(never, Full)
    assert (never.field, never.why) == (TOKENS, "never fits")


@given(
    st.dictionaries(st.sampled_from(RATE_FIELDS), st.integers(0, 5), min_size=1),
    st.dictionaries(st.sampled_from(RATE_FIELDS), st.integers(0, 5)),
    steps,
)
def test_a_limit_more_never_lets_more_through(
    one: dict[RateField, int], other: dict[RateField, int], waits: list[int]
) -> None:
    narrow, wide = metered(one, block=other), metered(one)
    clock, at_ms = Clock(Rates()), 0
    for wait in waits:
        at_ms += wait
        at = BEGIN + timedelta(milliseconds=at_ms)
        counts = clock.rates.at(at)
        if fullest(wide, counts, at=at, tokens=1) is not None:
            assert fullest(narrow, counts, at=at, tokens=1) is not None
        clock.ask(narrow, at_ms=at_ms, tokens=1)


def test_the_limits_of_a_model_are_shared_by_all_who_call_it_and_are_its_owners(clock: Clock) -> None:
    for owner, whose in (("platform@example.com", "platform@example.com"), (None, "head@example.com")):
        address = f"model/{whose[:4]}@2"
        one, other = (
            metered({}, key=key, address=address, block={"requests_per_minute": "1", "owner": owner})
            for key in ("k1", "k2")
        )
        assert isinstance(clock.ask(one, at_ms=0), str)
        full = clock.ask(other, at_ms=0)
        assert isinstance(full, Full)
        assert (refusal(full).layer, refusal(full).owner) == (address, whose)
    assert metered({}, block={"requests_per_minute": "unlimited", "concurrency_max": None}) == ()


# ── what a refusal says ──


@pytest.mark.parametrize(
    ("limits", "why", "amount", "rule", "summary", "help"),
    [
        (
            {REQUESTS: 600},
            "used up",
            1,
            "rate-limited",
            "`requests_per_minute` of `unit/claims` is 600, and it is used up",
            "try again in 7 seconds, or ask its owner to raise it",
        ),
        (
            {TOKENS: {"limit": 600, "each": "key"}},
            "used up",
            90,
            "rate-limited",
            "`tokens_per_minute` of `unit/claims` is 600 for each key, and less than 90 are left",
            "try again in 7 seconds, or ask its owner to raise it",
        ),
        (
            {AT_ONCE: {"limit": 4, "each": "use_case"}},
            "had its share",
            1,
            "too-many-at-once",
            "`concurrency_max` of `unit/claims` is 4 and nearly used up;"
            " this key has had its share, as one of 3",
            "try again in 7 seconds, or ask its owner to raise it",
        ),
        (
            {TOKENS: 600},
            "never fits",
            900,
            "above-rate-limit",
            "`tokens_per_minute` of `unit/claims` is 600, and this call alone takes 900",
            "set a lower `max_tokens`, send a shorter input, or ask its owner to raise it",
        ),
        (
            {REQUESTS: 0},
            "never fits",
            1,
            "above-rate-limit",
            "`requests_per_minute` of `unit/claims` is 0, and this call alone takes 1",
            "ask its owner to raise it",
        ),
    ],
)
def test_a_refusal_names_the_limit_its_layer_and_owner_and_when_to_try_again(
    limits: Any, why: Any, amount: int, rule: str, summary: str, help: str
) -> None:
    [meter] = metered(limits)
    waits = 0 if why == "never fits" else 7
    decision = refusal(Full(meter.limit, meter.field, why, amount, 3, waits))
    assert decision == Decision(
        "deny", rule, summary, help, "unit/claims", "claims@example.com", waits or None
    )

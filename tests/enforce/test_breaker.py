"""A breaker lets nothing through while its target rests, then one call, and all once that one is answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from remit.enforce.breaker import (
    ADVICE_S_MAX,
    CALLS_MIN,
    IN_A_ROW,
    REST_S,
    REST_S_MAX,
    TRIAL_S,
    WINDOW_S,
    Breaker,
)


def fail(breaker: Breaker, now: float, *, times: int = 1, advice_s: float = 0.0) -> Breaker:
    for _ in range(times):
        breaker = breaker.begun(now).ended(well=False, began=now, now=now, advice_s=advice_s)
    return breaker


def answer(breaker: Breaker, now: float, *, times: int = 1) -> Breaker:
    for _ in range(times):
        breaker = breaker.begun(now).ended(well=True, began=now, now=now)
    return breaker


OPEN = fail(Breaker(), 100.0, times=IN_A_ROW)


def test_faults_in_a_row_open_it_and_an_answer_between_them_begins_the_row_anew() -> None:
    one_short = fail(Breaker(), 1.0, times=IN_A_ROW - 1)
    assert one_short.state == "closed"
    assert fail(one_short, 1.0).state == "open"
    assert fail(answer(one_short, 1.0), 1.0, times=IN_A_ROW - 1).state == "closed"


def test_a_share_of_faults_opens_it_though_answers_come_between() -> None:
    breaker = Breaker()
    for _ in range(CALLS_MIN // 2 - 1):
        breaker = fail(answer(breaker, 1.0), 1.0)
    breaker = answer(breaker, 1.0)
    assert breaker.state == "closed"
    assert fail(breaker, 1.0).state == "open"


def test_faults_of_another_window_are_not_counted_together() -> None:
    breaker = Breaker()
    for at in range(CALLS_MIN):
        breaker = fail(answer(breaker, at * WINDOW_S / 4), at * WINDOW_S / 4)
    assert breaker.state == "closed"


def test_while_it_is_open_nothing_is_let_through_and_afterwards_one_call_is() -> None:
    assert not OPEN.lets_through(100.0 + REST_S - 0.01)
    assert OPEN.wakes_in(100.0) == REST_S
    assert OPEN.lets_through(100.0 + REST_S)
    assert OPEN.wakes_in(100.0 + REST_S) == 0
    trying = OPEN.begun(100.0 + REST_S)
    assert trying.state == "half_open"
    assert not trying.lets_through(100.0 + REST_S)


def test_a_call_that_nobody_heard_of_again_does_not_keep_it_half_open() -> None:
    trying = OPEN.begun(200.0)
    assert not trying.lets_through(200.0 + TRIAL_S - 0.01)
    again = trying.begun(200.0 + TRIAL_S)
    assert not again.lets_through(200.0 + TRIAL_S)
    assert again.ended(well=True, began=200.0, now=270.0) == again
    assert again.ended(well=True, began=260.0, now=270.0).state == "closed"


def test_the_answer_of_the_one_closes_it_and_its_fault_rests_it_twice_as_long() -> None:
    trying = OPEN.begun(200.0)
    closed = trying.ended(well=True, began=200.0, now=201.0)
    assert (closed.state, closed.lets_through(201.0)) == ("closed", True)
    again = trying.ended(well=False, began=200.0, now=201.0)
    assert (again.state, again.wakes_in(201.0)) == ("open", 2 * REST_S)


def test_rests_double_up_to_a_bound_and_begin_anew_after_a_window_without_one() -> None:
    breaker, rests, now = OPEN, [], 100.0
    for _ in range(10):
        rest = breaker.wakes_in(now)
        rests.append(rest)
        now += rest
        breaker = breaker.begun(now).ended(well=False, began=now, now=now)
    assert rests[:4] == [REST_S, 2 * REST_S, 4 * REST_S, 8 * REST_S]
    assert rests[-1] == REST_S_MAX
    now += breaker.wakes_in(now)
    well = breaker.begun(now).ended(well=True, began=now, now=now)
    assert fail(well, now, times=IN_A_ROW).wakes_in(now) == REST_S_MAX
    later = now + WINDOW_S
    assert fail(answer(well, later), later, times=IN_A_ROW).wakes_in(later) == REST_S


@pytest.mark.parametrize(("advice_s", "rest"), [(1.0, REST_S), (90.0, 90.0), (10**6, ADVICE_S_MAX)])
def test_a_provider_that_asks_for_a_longer_rest_gets_it(advice_s: float, rest: float) -> None:
    assert fail(Breaker(), 0.0, times=IN_A_ROW, advice_s=advice_s).wakes_in(0.0) == rest


def test_what_began_before_the_state_changed_says_nothing() -> None:
    closed = OPEN.begun(200.0).ended(well=True, began=200.0, now=201.0)
    late = closed
    for _ in range(IN_A_ROW):
        late = late.ended(well=False, began=99.0, now=202.0)
    assert late == closed
    assert OPEN.ended(well=True, began=101.0, now=102.0) == OPEN


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 100))))
def test_the_same_outcomes_at_the_same_times_leave_the_same_value(outcomes: list[tuple[bool, float]]) -> None:
    def run() -> Breaker:
        breaker, now = Breaker(), 0.0
        for well, after in outcomes:
            now += after
            if breaker.lets_through(now):
                breaker = breaker.begun(now).ended(well=well, began=now, now=now)
        return breaker

    assert run() == run()


class Traffic(RuleBasedStateMachine):
    """Calls begin and end in any order while time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.now = 0.0
        self.under_way: list[float] = []

    @rule(seconds=st.sampled_from((0.0, 0.5, REST_S, WINDOW_S, TRIAL_S, REST_S_MAX)))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.breaker.lets_through(self.now))
    @rule()
    def begin(self) -> None:
        before = self.breaker
        self.breaker = before.begun(self.now)
        self.under_way.append(self.now)
        if before.state != "closed":
            assert self.breaker.state == "half_open"
            assert not self.breaker.lets_through(self.now)

    @precondition(lambda self: self.under_way)
    @rule(well=st.booleans(), last=st.booleans(), advice_s=st.sampled_from((0.0, 30.0, 10_000.0)))
    def end(self, well: bool, last: bool, advice_s: float) -> None:
        before = self.breaker
        began = self.under_way.pop(-1 if last else 0)
        self.breaker = before.ended(well=well, began=began, now=self.now, advice_s=advice_s)
        moves = (before.state, self.breaker.state)
        assert moves in {
            ("closed", "closed"),
            ("closed", "open"),
            ("open", "open"),
            ("half_open", "half_open"),
            ("half_open", "open"),
            ("half_open", "closed"),
        }
        if moves in {("closed", "open"), ("half_open", "open")}:
            assert not well
            rest = self.breaker.wakes_in(self.now)
            assert REST_S <= rest <= max(REST_S_MAX, ADVICE_S_MAX)
            assert rest >= min(advice_s, ADVICE_S_MAX)
        if moves == ("half_open", "closed"):
            assert well

    @invariant()
    def a_target_at_rest_wakes_within_the_longest_rest(self) -> None:
        wakes = self.breaker.wakes_in(self.now)
        assert 0 <= wakes <= ADVICE_S_MAX
        assert self.breaker.lets_through(self.now + wakes)


TestTraffic = Traffic.TestCase

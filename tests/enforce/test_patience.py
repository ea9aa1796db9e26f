"""After a fault a call asks again, goes on or ends: never past its deadline, never after a first word."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.block import FALLBACKS, RETRIES_MAX, Fallback
from remit.enforce.patience import (
    REMEDIES,
    WAIT_S,
    WAIT_S_MAX,
    Failed,
    Limits,
    Step,
    advice,
    jitter,
    limits,
    remedy,
    step,
)
from remit.kernel.errors import (
    ProviderBrokeOff,
    ProviderBusy,
    ProviderError,
    ProviderFailed,
    ProviderRefused,
    ProviderUnreachable,
)
from strategies import model_block


def fault(code: str) -> ProviderError:
    if code == "provider-busy":
        return busy(0)
    return ProviderFailed("it failed", help="try again", code=code)


def busy(seconds: int) -> ProviderBusy:
    return ProviderBusy("it is busy", help="try later", retry_after_s=seconds)


def after(
    error: ProviderError, *, now: float = 0.0, deadline: float = 60.0, draw: float = 0.5, **more: Any
) -> Step:
    failed = Failed(error, **{"attempts": 1, "retries": 1, "others": True, "fallback_on": FALLBACKS, **more})
    return step(failed, now=now, deadline=deadline, draw=draw)


# ── the table ──


def test_every_word_of_fallback_on_stands_for_a_fault() -> None:
    assert {each.word for each in REMEDIES.values() if each.word} == set(get_args(Fallback))


def test_every_fault_of_the_tree_has_its_remedy() -> None:
    kinds: list[type[ProviderError]] = [ProviderError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert {kind.code for kind in kinds} <= REMEDIES.keys()


def test_a_code_of_its_own_is_treated_like_others_of_its_class() -> None:
    odd: dict[str, Any] = {"help": "h", "code": "provider-odd"}
    assert remedy(ProviderRefused("no", **odd)) == REMEDIES["provider-refused"]
    assert remedy(ProviderFailed("no", **odd)) == REMEDIES["provider-failed"]
    assert remedy(ProviderUnreachable("no", **odd)) == REMEDIES["provider-unreachable"]
    assert remedy(ProviderBrokeOff("no", help="h")) == REMEDIES["provider-broke-off"]


@pytest.mark.parametrize(
    ("code", "first", "then"),
    [
        ("provider-unreachable", "again", "next"),
        ("provider-busy", "again", "next"),
        ("provider-timeout", "next", "next"),
        ("provider-failed", "again", "next"),
        ("provider-broke-off", "again", "next"),
        ("provider-key-refused", "next", "next"),
        ("input-too-large", "next", "next"),
        ("provider-refused", "end", "end"),
        ("provider-filtered", "end", "end"),
    ],
)
def test_each_fault_is_tried_again_where_that_helps(code: str, first: str, then: str) -> None:
    assert after(fault(code)).to == first
    assert after(fault(code), attempts=2).to == then


# ── again, on, or the end ──


def test_without_another_target_the_call_ends_once_its_retries_are_used() -> None:
    assert after(fault("provider-failed"), others=False).to == "again"
    assert after(fault("provider-failed"), others=False, attempts=2).to == "end"
    assert after(fault("provider-failed"), others=False, retries=0).to == "end"


def test_a_route_goes_on_only_after_the_faults_that_it_names() -> None:
    only: tuple[Fallback, ...] = ("busy",)
    assert after(fault("provider-busy"), retries=0, fallback_on=only).to == "next"
    assert after(fault("provider-failed"), retries=0, fallback_on=only).to == "end"


def test_a_provider_that_asks_for_a_long_wait_is_left_for_the_next_or_waited_for_if_there_is_none() -> None:
    assert after(busy(30)).to == "next"
    assert after(busy(30), others=False, draw=0.0) == Step("again", 30.0)
    assert after(busy(60), others=False).to == "end"
    assert after(busy(5), draw=0.5) == Step("again", 5.0 + WAIT_S / 2)


def test_the_advice_of_other_faults_is_none() -> None:
    assert (advice(busy(7)), advice(fault("provider-failed"))) == (7.0, 0.0)


steps = {
    "error": st.sampled_from(sorted(REMEDIES)).map(fault) | st.integers(0, 100).map(busy),
    "attempts": st.integers(1, 2 * RETRIES_MAX),
    "retries": st.integers(0, RETRIES_MAX),
    "others": st.booleans(),
    "fallback_on": st.frozensets(st.sampled_from(FALLBACKS)),
    "now": st.floats(0, 100),
    "deadline": st.floats(0, 200),
    "draw": st.floats(0, 1, exclude_max=True),
}


@given(st.fixed_dictionaries(steps))
def test_nothing_is_tried_past_the_deadline_or_more_often_than_declared(given: dict[str, Any]) -> None:
    found = after(**given)
    if found.to == "end":
        return
    assert given["now"] + found.wait_s < given["deadline"]
    if found.to == "again":
        assert given["attempts"] <= given["retries"]
        assert found.wait_s >= advice(given["error"])
    else:
        assert given["others"]
        assert found.wait_s == 0


@given(st.fixed_dictionaries(steps))
def test_once_something_of_the_answer_has_left_nothing_is_tried_again(given: dict[str, Any]) -> None:
    assert after(**given, released=True) == Step("end")


@given(st.fixed_dictionaries({**steps, "error": st.just(ProviderRefused("no", help="h"))}))
def test_a_mistake_of_the_caller_s_is_never_tried_again(given: dict[str, Any]) -> None:
    assert after(**given) == Step("end")


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_waits_lie_anywhere_below_a_bound_that_doubles(attempts: int, draw: float) -> None:
    bound = min(WAIT_S_MAX, WAIT_S * 2 ** min(attempts - 1, 10))
    assert jitter(attempts, 0.0) == 0
    assert 0 <= jitter(attempts, draw) <= bound
    assert jitter(attempts, 0.5) == bound / 2


# ── what an attempt may take ──


def test_an_attempt_may_take_what_its_model_says_and_no_more_than_is_left() -> None:
    block = model_block(first_byte_seconds="20", total_seconds="90.5")
    assert limits(block, streamed=True, now=0.0, deadline=600.0) == Limits(20.0, 90.5)
    assert limits(block, streamed=False, now=0.0, deadline=600.0) == Limits(None, 90.5)
    assert limits(block, streamed=True, now=590.0, deadline=600.0) == Limits(10.0, 10.0)
    assert limits(block, streamed=True, now=601.0, deadline=600.0) == Limits(0.0, 0.0)
    assert limits(model_block(), streamed=True, now=0.0, deadline=601.0) == Limits(120.0, 600.0)

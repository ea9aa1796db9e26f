"""What an answer of a receiver means, and when it is asked again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.hook_delivery import (
    PAUSE_MAX_S,
    RETRY_AFTER_MAX_S,
    Delivery,
    Reply,
    pause_s,
    retry_after_s,
    settled,
)
from remit.decide.notice import Notice
from strategies import utc

NOW = utc(2026, 11, 30, 12)
DELIVERY = Delivery(
    number=1,
    webhook="hook",
    id="msg_1",
    state="waiting",
    created=NOW,
    attempts=1,
    outcome="",
    ended=None,
    notice=Notice(event="budget.reached", at=NOW, summary="so"),
)


def became(reply: Reply, *, hours: int = 24, draw: float = 0.5, **more: Any) -> tuple[str, int, bool, float]:
    delivery = msgspec.structs.replace(DELIVERY, **more)
    found = settled(delivery, reply, hours=hours, now=NOW, draw=draw)
    return found.state, found.failures, found.stopped, (found.resume - NOW).total_seconds()


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_two_hundreds_are_taken_and_end_the_failures(status: int) -> None:
    assert became(Reply(status), failures=4) == ("delivered", 0, False, 0)


@pytest.mark.parametrize("status", [100, 301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_every_other_status_is_tried_again_a_redirect_as_well(status: int) -> None:
    assert became(Reply(status)) == ("waiting", 1, False, 3.75)


def test_no_answer_is_tried_again_and_says_why() -> None:
    reply = Reply(why="did not answer in time")
    assert became(reply) == ("waiting", 1, False, 3.75)
    assert reply.outcome == "did not answer in time"


def test_who_is_gone_is_asked_no_more() -> None:
    state, _, stopped, _ = became(Reply(410))
    assert (state, stopped) == ("failed", True)


def test_what_could_only_be_tried_too_late_has_failed() -> None:
    assert became(Reply(500), created=NOW - timedelta(hours=24) + timedelta(seconds=4))[0] == "waiting"
    assert became(Reply(500), created=NOW - timedelta(hours=24) + timedelta(seconds=3))[0] == "failed"
    assert became(Reply(500), hours=0)[0] == "failed"
    assert became(Reply(429, retry_after="90000"))[0] == "waiting"
    assert became(Reply(429, retry_after="90000"), created=NOW - timedelta(seconds=1))[0] == "failed"


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_pause_grows_and_has_an_end(failures: int, draw: float) -> None:
    pause = pause_s(failures, draw, reply=Reply(500), now=NOW)
    assert 2.5 <= pause <= PAUSE_MAX_S
    assert pause_s(failures + 1, draw, reply=Reply(500), now=NOW) >= pause
    assert pause_s(failures, draw, reply=Reply(500, retry_after="7200"), now=NOW) == 7200


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        (" 17 ", 17),
        ("0", 0),
        ("-5", 0),
        ("1.5", 0),
        ("٣", 0),
        ("9" * 400, RETRY_AFTER_MAX_S),
        ("Mon, 30 Nov 2026 12:00:30 GMT", 30),
        ("Mon, 30 Nov 2026 12:00:30 -0000", 30),
        ("Mon, 30 Nov 2026 11:00:00 GMT", 0),
        ("Mon, 30 Nov 2099 11:00:00 GMT", RETRY_AFTER_MAX_S),
        ("Mon, 99 Nov 2026", 0),
        ("tomorrow", 0),
        ("Mon, 30 Nov 99999 11:00:00 +9999", 0),
    ],
)
def test_retry_after_is_seconds_or_an_instant_and_never_too_far(text: str, seconds: float) -> None:
    assert retry_after_s(text, NOW) == seconds


@given(st.text(max_size=60))
def test_no_header_breaks_it(text: str) -> None:
    assert 0 <= retry_after_s(text, NOW) <= RETRY_AFTER_MAX_S

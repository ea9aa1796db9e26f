"""What every outbox promises, whichever technology it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from remit.adapters.outbox_sqlite import ENDED_MAX, FOLLOWER, WAITING_MAX, SqliteOutbox
from remit.adapters.store_sqlite import SqliteStore
from remit.decide.hook_delivery import Delivery, Settled
from remit.decide.notice import Notice, Refused, Spent, Stops, Watched
from remit.ports_webhooks import Outbox
from remit.record.chain import Position, start
from remit.record.projection import Changes
from strategies import utc

NOW = utc(2026, 11, 30, 12)
SOON, LATER = NOW + timedelta(seconds=40), NOW + timedelta(hours=3)
ACCOUNT = "use-case/triage:month:2026-11-01"

KINDS: dict[str, Callable[[Path], Outbox]] = {"sqlite": lambda path: SqliteOutbox(path / "store.sqlite")}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "store.sqlite")
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def opened(
    request: pytest.FixtureRequest, store: SqliteStore, tmp_path: Path
) -> Iterator[Callable[[], Outbox]]:
    made: list[Outbox] = []

    def again() -> Outbox:
        made.append(KINDS[request.param](tmp_path))
        return made[-1]

    yield again
    for each in made:
        each.close()


@pytest.fixture
def outbox(opened: Callable[[], Outbox]) -> Outbox:
    """One that was begun and knows two web hooks."""
    made = opened()
    made.begin(now=NOW)
    made.declare({"a": "1", "b": "1"}, now=NOW)
    return made


def notice(number: int) -> Notice:
    return Notice(event="budget.reached", at=NOW, summary=f"so {number}", data={"percent": number})


def put(outbox: Outbox, *numbers: int, webhook: str = "a") -> None:
    messages = [(webhook, f"msg_{number}", notice(number)) for number in numbers]
    step = outbox.begin(now=NOW).step
    assert outbox.put(step, positions={}, changed={}, messages=messages, now=NOW)


def claim(outbox: Outbox, webhook: str = "a", *, oldest_h: int = 24, now: object = None) -> Delivery | None:
    at = now or NOW
    return outbox.claim(webhook, now=at, until=SOON, oldest=at - timedelta(hours=oldest_h))  # type: ignore[arg-type, operator]  # an instant


def again(failures: int = 1) -> Settled:
    return Settled(state="waiting", outcome="500", failures=failures, resume=LATER)


def test_it_begins_where_the_store_is_and_knows_what_is_posted(
    store: SqliteStore, opened: Callable[[], Outbox]
) -> None:
    at = Position(3, 300, b"h" * 32)
    changes = Changes(posted={ACCOUNT: Decimal("1.5")})
    for journal in ("gateway", "gateway-2"):
        store.fold(journal, before=start(journal), after=at, changes=changes)
    found = opened().begin(now=NOW)
    assert found.step == 0
    assert found.positions == {"gateway": at, "gateway-2": at}
    assert found.memory == {f"budget:{ACCOUNT}": Spent(Decimal(3), NOW)}
    assert store.follower(FOLLOWER) == found.positions
    more = Changes(posted={ACCOUNT: Decimal(9)})
    store.fold("gateway", before=at, after=Position(4, 400, b"i" * 32), changes=more)
    assert opened().begin(now=LATER) == found


def test_a_step_is_taken_whole_and_by_one_alone(opened: Callable[[], Outbox]) -> None:
    outbox, at = opened(), Position(1, 10, b"h" * 32)
    outbox.declare({"a": "1"}, now=NOW)
    step = outbox.begin(now=NOW).step
    stops = Stops(use_case="triage", unit="", guardrail="guardrail/a", hour=NOW, first="1", types={"X": 2})
    changed: dict[str, Watched | None] = {
        "one": Spent(Decimal("0.10"), NOW, 50),
        "two": Refused(NOW),
        "three": stops,
    }
    messages = [("a", "msg_1", notice(1))]
    assert outbox.put(step, positions={"gateway": at}, changed=changed, messages=messages, now=NOW)
    assert not opened().put(step, positions={}, changed={"one": None}, messages=[], now=NOW)
    found = opened().begin(now=LATER)
    assert found == (step + 1, {"gateway": at}, changed)
    assert outbox.put(step + 1, positions={}, changed={"one": None}, messages=messages, now=NOW)
    assert outbox.begin(now=NOW).memory.keys() == {"two", "three"}
    assert [each.id for each in outbox.deliveries(limit=9)] == ["msg_1"]


def test_what_ended_begins_anew(store: SqliteStore, outbox: Outbox) -> None:
    step = outbox.begin(now=NOW).step
    at = Position(1, 10, b"h" * 32)
    assert outbox.put(step, positions={"gateway": at}, changed={"one": Refused(NOW)}, messages=[], now=NOW)
    outbox.end()
    assert outbox.begin(now=LATER) == (0, {}, {})
    assert store.follower(FOLLOWER) == {}


def test_messages_leave_in_order_each_to_one_alone_and_again_after_an_end(
    outbox: Outbox, opened: Callable[[], Outbox]
) -> None:
    put(outbox, 1, 2)
    put(outbox, 3, webhook="b")
    first = claim(outbox)
    assert first is not None
    assert (first.id, first.notice, first.attempts, first.created) == ("msg_1", notice(1), 1, NOW)
    assert claim(opened()) is None
    other = claim(opened(), "b")
    assert other is not None
    assert other.id == "msg_3"
    # Whoever took it ended: it is taken up again, as the same message.
    same = claim(opened(), now=SOON)
    assert same is not None
    assert (same.id, same.attempts) == ("msg_1", 2)
    outbox.settle(same, Settled(state="delivered", outcome="200", failures=0, resume=NOW), now=SOON)
    second = claim(outbox)
    assert second is not None
    assert second.id == "msg_2"
    done = outbox.deliveries("a", limit=9)[-1]
    assert (done.state, done.outcome, done.ended) == ("delivered", "200", SOON)


def test_a_receiver_that_fails_is_left_alone_and_nothing_overtakes(outbox: Outbox) -> None:
    put(outbox, 1, 2)
    first = claim(outbox)
    assert first is not None
    outbox.settle(first, again(), now=NOW)
    assert claim(outbox, now=LATER - timedelta(seconds=1)) is None
    assert outbox.hooks()["a"].failures == 1
    assert outbox.hooks()["a"].resume == LATER
    assert outbox.hooks()["a"].waiting == 2
    same = claim(outbox, now=LATER)
    assert same is not None
    assert (same.id, same.failures) == ("msg_1", 1)


def test_what_grew_too_old_while_a_receiver_failed_has_failed(outbox: Outbox) -> None:
    put(outbox, 1, 2)
    first = claim(outbox)
    assert first is not None
    outbox.settle(first, again(), now=NOW)
    assert claim(outbox, now=LATER, oldest_h=2) is None
    second, one = outbox.deliveries(limit=9)
    assert (one.state, one.outcome, one.ended) == ("failed", "500", LATER)
    assert (second.state, second.attempts) == ("failed", 0)
    assert second.outcome == "too old, and those before it were not taken"


def test_what_is_old_is_tried_where_the_receiver_does_not_fail(outbox: Outbox) -> None:
    put(outbox, 1)
    assert claim(outbox, now=NOW + timedelta(days=3), oldest_h=2) is not None


def test_who_wants_no_more_gets_none_until_it_is_declared_anew(outbox: Outbox) -> None:
    put(outbox, 1, 2)
    first = claim(outbox)
    assert first is not None
    gone = Settled(state="failed", outcome="410", failures=1, resume=NOW, stopped=True)
    outbox.settle(first, gone, now=NOW)
    put(outbox, 3)
    found = [(each.id, each.state, each.outcome) for each in outbox.deliveries(limit=9)]
    assert found == [("msg_2", "failed", "the receiver wants no more"), ("msg_1", "failed", "410")]
    outbox.declare({"a": "1", "b": "1"}, now=LATER)
    assert outbox.hooks()["a"].stopped
    outbox.declare({"a": "2", "b": "1"}, now=LATER)
    assert outbox.hooks()["a"] == msgspec.structs.replace(
        outbox.hooks()["a"], stopped="", failures=0, waiting=0
    )
    put(outbox, 4)
    assert outbox.hooks()["a"].waiting == 1


def test_what_waits_for_one_that_is_no_longer_declared_has_failed(outbox: Outbox) -> None:
    put(outbox, 1)
    put(outbox, 2, webhook="b")
    outbox.declare({"b": "1"}, now=LATER)
    assert outbox.hooks().keys() == {"b"}
    assert claim(outbox) is None
    (one,) = outbox.deliveries("a", limit=9)
    assert (one.state, one.outcome) == ("failed", "no longer declared")
    put(outbox, 3)
    assert len(outbox.deliveries("a", limit=9)) == 1


def test_a_dead_receiver_does_not_fill_the_disk(outbox: Outbox) -> None:
    put(outbox, *range(WAITING_MAX + 2))
    put(outbox, WAITING_MAX + 7, webhook="b")
    assert outbox.hooks()["a"].waiting == WAITING_MAX
    found = outbox.deliveries("a", limit=3)
    assert [(each.state, each.outcome) for each in found] == [
        *[("failed", "too many wait")] * 2,
        ("waiting", ""),
    ]
    assert outbox.hooks()["b"].waiting == 1
    outbox.declare({"b": "1"}, now=NOW)
    assert len(outbox.deliveries("a", limit=2 * WAITING_MAX)) == ENDED_MAX

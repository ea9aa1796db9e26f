"""Web hooks are told of what happens: from the ledger to a receiver, through every fault of it."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import textwrap
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import BASE, CASE
from receiver import Hook, receiving
from remit.adapters.outbox_sqlite import FOLLOWER
from remit.bootstrap import open_system
from remit.declare.load import load
from remit.declare.price import Rates
from remit.enforce.guardrail.noted import Noted
from remit.kernel.errors import StoreError
from remit.kernel.usage import Usage
from remit.operations.apply_model import apply_model
from remit.operations.deliver import deliver_next, keep_notifying
from remit.operations.fold_ledger import fold_ledger
from remit.operations.followers import ENTRIES_MAX
from remit.operations.issue_key import issue_key
from remit.operations.notify import Notifier
from remit.operations.system import GATEWAY, System
from remit.operations.webhooks import read_webhooks, try_webhook
from remit.record.call_entry import Call, Purpose
from remit.settings import read_settings
from strategies import utc

NOW = utc(2026, 11, 30, 12)
SECRET = b"s" * 32
SEALED = "whsec_" + base64.b64encode(SECRET).decode()
ACCOUNT = "organisation:month:2026-11-01"


@dataclasses.dataclass
class Hand:
    """A clock that goes on when it is told to."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def wait(self, **more: float) -> None:
        self.at += timedelta(**more)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def system(tmp_path: Path, clock: Hand) -> Iterator[System]:
    with open_system(read_settings({"REMIT_HOME": str(tmp_path / "home")})) as opened:
        yield dataclasses.replace(opened, clock=clock)


def declare(system: System, *hooks: Hook, sealed: str = SEALED, **fields: Any) -> None:
    """Put web hooks in force, `hook-0` and so on, each told of everything."""
    events = "[budget.reached, key.changed, ledger.halted, guardrail.stopped]"
    lines = ["webhooks:"] if hooks else []
    for number, hook in enumerate(hooks):
        lines += [
            f"  hook-{number}:",
            f"    url: {hook.address}/hooks",
            "    owner: o@example.com",
            f"    events: {events}",
            *(f"    {name}: {value}" for name, value in fields.items()),
        ]
        if sealed:
            system.credentials.seal(f"webhook-hook-{number}", sealed)
    files = {"a.yaml": textwrap.dedent(BASE), "b.yaml": textwrap.dedent(CASE), "c.yaml": "\n".join(lines)}
    loaded = load({name: text for name, text in files.items() if text})
    assert loaded.operating_model is not None, [each.render() for each in loaded.diagnostics]
    apply_model(system, loaded.operating_model, author="tester@example.com", reason="a test")
    fold_ledger(system)


def call(id: str, charge: str, at: datetime) -> Call:
    purpose = Purpose(
        key="k",
        use_case="pilot",
        unit="desk",
        stage="experiment",
        model="model/echo",
        model_version=1,
        remit="r",
    )
    return Call(
        id=id,
        at=at,
        purpose=purpose,
        provider="echo",
        simulated=False,
        served_model="",
        streamed=False,
        status="completed",
        settlement="post",
        usage=Usage(),
        accounts=(ACCOUNT,),
        held=Decimal(charge),
        charge=Decimal(charge),
        currency="EUR",
        rates=Rates(starts=date(2020, 1, 1), input=Decimal(1), output=Decimal(1)),
        began=at,
        latency_ms=1,
    )


def spend(system: System, *charges: str, journal: str = GATEWAY) -> None:
    """Write calls that cost so much; the organisation has 100 EUR in a month."""
    with system.journals.exclusive(journal) as opened:
        opened.append([call(system.ids.new(NOW), each, system.clock.now()) for each in charges])


async def send(system: System, name: str = "hook-0") -> bool:
    """Send the next message of a web hook, as its task does."""
    webhook = read_webhooks(system)[name][0]
    receiver = system.make_receiver(name, webhook)
    try:
        return await deliver_next(system, name, webhook, receiver)
    finally:
        await receiver.close()


def percents(hook: Hook) -> list[int]:
    return [each.said["data"]["percent"] for each in hook.received]


def states(system: System) -> list[tuple[str, int, str]]:
    """Return state, tries and outcome of every message, the oldest first."""
    found = reversed(system.outbox.deliveries(limit=100))
    return [(each.state, each.attempts, each.outcome) for each in found]


def test_what_happens_is_told_signed_and_once(system: System) -> None:
    async def run() -> None:
        async with receiving() as hook:
            declare(system, hook)
            notifier = Notifier(system)
            notifier.look()
            spend(system, "49", "2", "30")
            notifier.look()
            assert await send(system)
            assert await send(system)
            assert not await send(system)
            assert percents(hook) == [50, 80]
            first = hook.received[0]
            assert first.path == "/hooks"
            assert first.headers["content-type"] == "application/json"
            assert first.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
            assert first.said["type"] == "budget.reached"
            assert all(each.is_signed_by(SECRET) for each in hook.received)
            assert not first.is_signed_by(b"t" * 32)
            assert len({each.headers["webhook-id"] for each in hook.received}) == 2
        assert states(system) == [("delivered", 1, "204")] * 2

    asyncio.run(run())


@pytest.mark.parametrize(
    ("does", "outcome"),
    [
        ("500", "500"),
        ("404", "404"),
        ("429 after 10", "429"),
        ("302", "302"),
        ("307", "307"),
        ("hang-up", "cut the connection before it answered"),
        ("not-http", "sent an answer that is not HTTP"),
        ("silent", "did not answer in time"),
    ],
)
def test_what_a_receiver_does_not_take_is_sent_again_as_the_same(
    system: System, clock: Hand, does: str, outcome: str
) -> None:
    async def run() -> None:
        async with receiving(does) as hook:
            declare(system, hook, timeout_seconds=0.2)
            notifier = Notifier(system)
            notifier.look()
            spend(system, "50", "30")
            notifier.look()
            assert await send(system)
            assert states(system) == [("waiting", 1, outcome), ("waiting", 0, "")]
            assert not await send(system)
            clock.wait(minutes=2)
            assert await send(system)
            assert await send(system)
            assert states(system) == [("delivered", 2, "204"), ("delivered", 1, "204")]
            assert percents(hook) == [50, 50, 80]
            assert hook.received[0].headers["webhook-id"] == hook.received[1].headers["webhook-id"]
            assert {each.path for each in hook.received} == {"/hooks"}
            assert hook.received[1].headers["webhook-timestamp"] == str(int(clock.now().timestamp()))
            assert all(each.is_signed_by(SECRET) for each in hook.received)

    asyncio.run(run())


def test_a_body_that_never_ends_is_not_waited_for(system: System) -> None:
    async def run() -> None:
        async with receiving("slow-body") as hook:
            declare(system, hook, timeout_seconds=60)
            notifier = Notifier(system)
            notifier.look()
            spend(system, "50")
            notifier.look()
            assert await send(system)
        assert states(system) == [("delivered", 1, "200")]

    asyncio.run(run())


def test_nobody_there_is_told_later(system: System, clock: Hand) -> None:
    async def run() -> None:
        async with receiving() as hook:
            pass
        declare(system, hook)
        notifier = Notifier(system)
        notifier.look()
        spend(system, "50")
        notifier.look()
        assert await send(system)
        assert states(system) == [("waiting", 1, "could not be reached")]

    asyncio.run(run())


def test_a_receiver_says_when_to_come_back(system: System, clock: Hand) -> None:
    async def run() -> None:
        async with receiving("429 after 7200") as hook:
            declare(system, hook)
            notifier = Notifier(system)
            notifier.look()
            spend(system, "50")
            notifier.look()
            await send(system)
            clock.wait(seconds=7199)
            assert not await send(system)
            clock.wait(seconds=1)
            assert await send(system)
            assert states(system) == [("delivered", 2, "204")]

    asyncio.run(run())


def test_a_receiver_that_fails_for_a_day_is_given_up_on_and_told_of_what_is_new(
    system: System, clock: Hand
) -> None:
    async def run() -> None:
        async with receiving(*["500"] * 60) as hook:
            declare(system, hook)
            notifier = Notifier(system)
            notifier.look()
            spend(system, "50")
            notifier.look()
            tries = 0
            while states(system)[0][0] == "waiting":
                tries += await send(system)
                clock.wait(minutes=20)
            assert states(system) == [("failed", tries, "500")]
            assert clock.now() - NOW <= timedelta(hours=25)
            assert 24 <= tries <= 60
            hook.does.clear()
            spend(system, "30")
            notifier.look()
            clock.wait(hours=1)
            assert await send(system)
            assert states(system)[1] == ("delivered", 1, "204")

    asyncio.run(run())


def test_who_is_gone_is_told_nothing_until_it_is_declared_anew(system: System, clock: Hand) -> None:
    async def run() -> None:
        async with receiving("410") as hook:
            declare(system, hook)
            notifier = Notifier(system)
            notifier.look()
            spend(system, "50")
            notifier.look()
            assert await send(system)
            spend(system, "30")
            notifier.look()
            clock.wait(days=1)
            assert not await send(system)
            assert states(system) == [("failed", 1, "410")]
            declare(system, hook, description="The receiver is back.")
            notifier.look()
            spend(system, "20")
            notifier.look()
            assert await send(system)
            assert percents(hook) == [50, 100]

    asyncio.run(run())


def test_one_that_hangs_holds_up_no_other(system: System) -> None:
    async def pause(_: float) -> None:
        await asyncio.sleep(0)

    async def run() -> None:
        async with receiving("silent") as dead, receiving() as alive:
            declare(system, dead, alive, timeout_seconds=3600)
            stop = asyncio.Event()
            running = asyncio.create_task(keep_notifying(system, stop, pause=pause))
            await asyncio.to_thread(wait_begun, system)
            await asyncio.to_thread(spend, system, "50", "30", "20")
            await alive.wait(3)
            await dead.wait(1)
            assert percents(alive) == [50, 80, 100]
            assert percents(dead) == [50]
            stop.set()
            await running

    asyncio.run(run())


def wait_begun(system: System) -> None:
    while not system.store.follower(FOLLOWER):
        pass


def test_a_receiver_is_told_of_nothing_that_was_before_it(system: System) -> None:
    async def run() -> None:
        async with receiving() as hook:
            declare(system)
            Notifier(system).look()
            assert system.store.follower(FOLLOWER) == {}
            spend(system, "60")
            declare(system, hook)
            fold_ledger(system)
            notifier = Notifier(system)
            notifier.look()
            spend(system, "25")
            notifier.look()
            assert await send(system)
            declare(system)
            notifier.look()
            assert system.store.follower(FOLLOWER) == {}
            spend(system, "20")
            fold_ledger(system)
            declare(system, hook)
            notifier.look()
            assert not await send(system)
            assert percents(hook) == [80]

    asyncio.run(run())


@pytest.mark.parametrize(
    "ends", [lambda notifier, system: Notifier(system), lambda notifier, system: notifier]
)
def test_processes_that_end_or_run_beside_each_other_tell_everything_once(
    system: System, ends: Callable[[Notifier, System], Notifier]
) -> None:
    async def run() -> None:
        async with receiving() as hook:
            declare(system, hook)
            one = other = Notifier(system)
            one.look()
            for number, charge in enumerate(("40", "15", "20", "10", "10", "5", "1")):
                spend(system, charge, journal=GATEWAY if number % 2 else "gateway-2")
                one, other = other, ends(one, system)
                one.look()
                other.look()
            while await send(system):
                pass
            assert percents(hook) == [50, 80, 100]

    asyncio.run(run())


def test_a_step_that_another_process_took_is_not_taken_twice(system: System) -> None:
    async def run() -> None:
        async with receiving() as hook:
            declare(system, hook)
            one, other = Notifier(system), Notifier(system)
            one.look()
            other.look()
            spend(system, "45")
            one.look()
            other.look()
            spend(system, "10")
            other.look()
            one.look()
            other.look()
            while await send(system):
                pass
            assert percents(hook) == [50]

    asyncio.run(run())


def test_a_try_that_nobody_ended_is_made_again(system: System, clock: Hand) -> None:
    async def run() -> None:
        async with receiving("silent") as hook:
            declare(system, hook, timeout_seconds=10)
            notifier = Notifier(system)
            notifier.look()
            spend(system, "50")
            notifier.look()
            ended = asyncio.create_task(send(system))
            await hook.wait(1)
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)
            assert not await send(system)
            clock.wait(seconds=16)
            assert await send(system)
            first, again = hook.received
            assert first.headers["webhook-id"] == again.headers["webhook-id"]
            assert first.body == again.body

    asyncio.run(run())


def test_what_is_secret_of_an_address_is_sealed(system: System) -> None:
    async def run() -> None:
        async with receiving() as hook:
            declare(system, hook)
            for rest, path in (("T0/B0/XX", "/hooks/T0/B0/XX"), ("?sig=a/b%2F&v=1", "/hooks?sig=a/b%2F&v=1")):
                system.credentials.seal("address-webhook-hook-0", rest)
                _, reply = await try_webhook(system, "hook-0")
                assert reply.taken
                assert hook.received[-1].path == path
            system.credentials.seal("address-webhook-hook-0", "a b")
            _, reply = await try_webhook(system, "hook-0")
            assert reply.outcome == "its address holds a character that cannot be sent"

    asyncio.run(run())


def test_nothing_is_sent_unsigned_and_what_waits_goes_when_it_can_be(system: System, clock: Hand) -> None:
    async def run() -> None:
        async with receiving() as hook:
            declare(system, hook, sealed="")
            notifier = Notifier(system)
            notifier.look()
            spend(system, "50")
            notifier.look()
            await send(system)
            assert states(system) == [("waiting", 1, "nothing that signs is sealed under `webhook-hook-0`")]
            system.credentials.seal("webhook-hook-0", "a-word")
            clock.wait(minutes=1)
            await send(system)
            assert states(system)[0][2] == "what is sealed cannot sign under `webhook-hook-0`"
            system.credentials.seal("webhook-hook-0", SEALED)
            clock.wait(minutes=1)
            assert await send(system)
            assert [each.is_signed_by(SECRET) for each in hook.received] == [True]

    asyncio.run(run())


def test_slack_needs_no_signature_and_gets_its_own_body(system: System) -> None:
    async def run() -> None:
        async with receiving() as hook:
            declare(system, hook, sealed="", format="slack")
            _, reply = await try_webhook(system, "hook-0")
            assert reply.taken
            assert hook.received[0].said["text"] == (
                "A test: this is a test of the web hook `hook-0`; nothing happened"
            )
            assert "webhook-signature" not in hook.received[0].headers

    asyncio.run(run())


def test_a_test_is_signed_and_named_anew_each_time(system: System) -> None:
    async def run() -> None:
        async with receiving() as hook:
            declare(system, hook)
            ids = [(await try_webhook(system, "hook-0"))[0] for _ in range(2)]
            assert [each.headers["webhook-id"] for each in hook.received] == ids
            assert len(set(ids)) == 2
            assert hook.received[0].said["type"] == "webhook.test"
            assert all(each.is_signed_by(SECRET) for each in hook.received)
            assert system.outbox.deliveries(limit=9) == []

    asyncio.run(run())


def test_a_ledger_that_was_tampered_with_is_told_and_the_rest_goes_on(system: System, tmp_path: Path) -> None:
    async def run() -> None:
        async with receiving() as hook:
            declare(system, hook)
            notifier = Notifier(system)
            notifier.look()
            spend(system, "1")
            (path,) = (each for each in (tmp_path / "home/journal").rglob("*") if b'"charge"' in _bytes(each))
            path.write_bytes(path.read_bytes().replace(b'"charge":"1"', b'"charge":"0"'))
            spend(system, "80", journal="gateway-2")
            notifier.look()
            notifier.look()
            while await send(system):
                pass
            types = [each.said["type"] for each in hook.received]
            assert sorted(types) == ["budget.reached", "budget.reached", "ledger.halted"]
            halted = hook.received[types.index("ledger.halted")].said["data"]
            assert halted["reason"].startswith("line 1 of journal `gateway`")

    asyncio.run(run())


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def test_keys_are_told_of_without_what_opens(system: System) -> None:
    async def run() -> None:
        async with receiving() as hook:
            declare(system, hook)
            notifier = Notifier(system)
            notifier.look()
            issued = issue_key(system, "pilot", author="tester@example.com")
            notifier.look()
            assert await send(system)
            (one,) = hook.received
            assert one.said["type"] == "key.changed"
            assert one.said["data"]["key"] == issued.id
            hashed = system.hash_secret(issued.secret)
            assert not any(
                word in one.body.decode() for word in (issued.secret, hashed, "tester@example.com")
            )

    asyncio.run(run())


def test_a_model_that_is_not_there_tells_nobody(system: System) -> None:
    assert Notifier(system).look() == {}


def stop(system: System, *ids: str) -> None:
    """Write calls that a guardrail stopped."""
    finding = Noted(
        side="input",
        policy="sensitive",
        type="EMAIL",
        trust="person",
        action="block",
        guardrails={"guardrail/a": "block"},
    )
    with system.journals.exclusive(GATEWAY) as opened:
        opened.append(
            [
                msgspec.structs.replace(
                    call(each, "0", system.clock.now()), status="blocked", findings=(finding,)
                )
                for each in ids
            ]
        )


def test_an_hour_is_told_whole_also_by_who_comes_late(system: System, clock: Hand) -> None:
    async def run() -> None:
        async with receiving() as hook:
            declare(system, hook)
            Notifier(system).look()
            stop(system, *(f"c{number}" for number in range(ENTRIES_MAX + 1)))
            clock.wait(hours=5)
            notifier = Notifier(system)
            notifier.look()
            notifier.look()
            while await send(system):
                pass
            (one,) = hook.received
            assert one.said["type"] == "guardrail.stopped"
            assert one.said["data"]["calls"] == ENTRIES_MAX + 1

    asyncio.run(run())


def test_the_log_says_once_that_a_receiver_fails(
    system: System, clock: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        async with receiving("500", "500", "204", "410") as hook:
            declare(system, hook)
            notifier = Notifier(system)
            notifier.look()
            spend(system, "50", "30")
            notifier.look()
            for _ in range(4):
                assert await send(system)
                clock.wait(minutes=1)

    asyncio.run(run())
    assert [each.getMessage() for each in caplog.records if each.name == "remit.webhooks"] == [
        "web hook `hook-0` has not taken a message (500); it is tried again",
        "web hook `hook-0` wants no more messages (410)",
    ]


def test_a_fault_of_the_store_ends_nothing(system: System) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    async def run() -> None:
        async with receiving() as hook:
            declare(system, hook)
            outbox = Fails(system.outbox, 3)
            stop = asyncio.Event()
            failing = dataclasses.replace(system, outbox=outbox)
            running = asyncio.create_task(keep_notifying(failing, stop, pause=pause))
            await asyncio.to_thread(wait_begun, system)
            await asyncio.to_thread(spend, system, "50")
            await hook.wait(1)
            stop.set()
            await running
            assert outbox.left == {"begin": 0, "claim": 0}
            assert "webhooks" in system.store.followers()
            assert system.store.followers()["webhooks"].fault is None

    asyncio.run(run())
    assert len([each for each in pauses if each != 1.0]) == 6


class Fails:
    """An outbox that cannot be reached so many times when something is begun, and when it is claimed."""

    def __init__(self, outbox: Any, fails: int) -> None:
        self._outbox = outbox
        self.left = {"begin": fails, "claim": fails}

    def __getattr__(self, name: str) -> Any:
        if self.left.get(name):
            self.left[name] -= 1
            raise StoreError("the store is away", help="wait")
        return getattr(self._outbox, name)

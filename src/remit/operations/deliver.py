"""Deliver: send what waits in the outbox, for each web hook in order and by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta

from remit.decide.hook_delivery import settled
from remit.declare.webhook import Webhook
from remit.kernel.errors import where
from remit.operations.followers import note, pause_s
from remit.operations.notify import Notifier
from remit.operations.system import System
from remit.ports_webhooks import Receiver

INTERVAL_S = 1.0
CLAIM = timedelta(seconds=5)
"""For how long beyond its own time a try is left alone by others: whoever took it may have ended."""
_OLDEST_HOURS = 2
"""A receiver that fails is asked once an hour, so what is younger than this gets its try."""
FOLLOWER = "webhooks"
_LOG = logging.getLogger("remit.webhooks")

Pause = Callable[[float], Awaitable[object]]


async def keep_notifying(system: System, stop: asyncio.Event, *, pause: Pause = asyncio.sleep) -> None:
    """Derive and deliver until told to stop."""
    running = asyncio.create_task(_run(system, pause))
    await stop.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _run(system: System, pause: Pause) -> None:
    notifier = Notifier(system)
    tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
    failed = 0
    noted = True
    try:
        while True:
            try:
                webhooks = await asyncio.to_thread(notifier.look)
                if noted:
                    await asyncio.to_thread(system.store.note_fault, FOLLOWER, None)
                    noted = False
            except Exception as error:  # noqa: BLE001 (a door: nothing beside it shall end with it)
                failed += 1
                noted = True
                notifier = Notifier(system)
                await note(system, FOLLOWER, error, first=failed == 1)
                await pause(pause_s(failed, system.ids.draw()))
                continue
            failed = 0
            await _keep_tasks(system, tasks, webhooks, pause)
            await pause(INTERVAL_S)
    finally:
        await _end(tasks.values())


async def _keep_tasks(
    system: System,
    tasks: dict[tuple[str, str], asyncio.Task[None]],
    webhooks: Mapping[str, Webhook],
    pause: Pause,
) -> None:
    """Have one task for each web hook as it is declared now, and no other."""
    wanted = {(name, webhook.model_dump_json()): webhook for name, webhook in webhooks.items()}
    await _end([tasks.pop(key) for key in list(tasks) if key not in wanted])
    for key, webhook in wanted.items():
        if key not in tasks:
            tasks[key] = asyncio.create_task(_keep_delivering(system, key[0], webhook, pause))


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    ended = list(tasks)
    for task in ended:
        task.cancel()
    await asyncio.gather(*ended, return_exceptions=True)


async def _keep_delivering(system: System, name: str, webhook: Webhook, pause: Pause) -> None:
    """Deliver to one web hook, for good."""
    receiver = system.make_receiver(name, webhook)
    failed = 0
    try:
        while True:
            try:
                sent = await deliver_next(system, name, webhook, receiver)
            except Exception as error:  # noqa: BLE001 (as above: one receiver's fault is no other's)
                failed += 1
                if failed == 1:
                    _LOG.warning("web hook `%s` cannot go on and tries again: %s", name, where(error))
                await pause(pause_s(failed, system.ids.draw()))
                continue
            failed = 0
            if not sent:
                await pause(INTERVAL_S)
    finally:
        await receiver.close()


async def deliver_next(system: System, name: str, webhook: Webhook, receiver: Receiver) -> bool:
    """Send the next message of a web hook if it is time to; False if there is none."""
    now = system.clock.now()
    delivery = await asyncio.to_thread(
        system.outbox.claim,
        name,
        now=now,
        until=now + timedelta(seconds=webhook.timeout_seconds) + CLAIM,
        oldest=now - timedelta(hours=max(webhook.retry_hours, _OLDEST_HOURS)),
    )
    if delivery is None:
        return False
    reply = await receiver.send(delivery.id, delivery.notice, at=now)
    now = system.clock.now()
    became = settled(delivery, reply, hours=webhook.retry_hours, now=now, draw=system.ids.draw())
    await asyncio.to_thread(system.outbox.settle, delivery, became, now=now)
    if became.stopped:
        _LOG.warning("web hook `%s` wants no more messages (410)", name)
    elif became.failures == 1:
        _LOG.warning("web hook `%s` has not taken a message (%s); it is tried again", name, became.outcome)
    return True

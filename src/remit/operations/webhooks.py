"""Web hooks as people look at them: how each does, and whether a message arrives."""

from __future__ import annotations

from remit.decide.hook_delivery import HookState, Reply
from remit.decide.notice import Notice, message_id
from remit.declare.webhook import Webhook
from remit.kernel.errors import NotFound
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System


def read_webhooks(system: System) -> dict[str, tuple[Webhook, HookState | None]]:
    """Return the web hooks in force, each with its state; none before a portal has seen it."""
    states = system.outbox.hooks()
    return {name: (each, states.get(name)) for name, each in model_in_force(system)[1].webhooks.items()}


def find_webhook(system: System, name: str) -> Webhook:
    webhooks = model_in_force(system)[1].webhooks
    if name not in webhooks:
        raise NotFound(f"no web hook `{name}` is in force", help="`remit webhook list` lists those that are")
    return webhooks[name]


async def try_webhook(system: System, name: str) -> tuple[str, Reply]:
    """Send a message that says that it is a test, now and once; returns its id and what came of it."""
    webhook = find_webhook(system, name)
    now = system.clock.now()
    notice = Notice(
        event="webhook.test",
        at=now,
        summary=f"this is a test of the web hook `{name}`; nothing happened",
        subject=system.ids.new(now),
    )
    receiver = system.make_receiver(name, webhook)
    try:
        id = message_id(notice, name)
        return id, await receiver.send(id, notice, at=now)
    finally:
        await receiver.close()

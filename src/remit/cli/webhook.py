"""Commands on web hooks: how each does, a test, and what became of messages."""

from __future__ import annotations

import asyncio
import sys

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import PROBLEMS, json_option, note, say, say_json
from remit.cli.table import table
from remit.decide.hook_delivery import Delivery, HookState
from remit.declare.webhook import Webhook, host_of
from remit.operations.fold_ledger import fold_ledger
from remit.operations.webhooks import find_webhook, read_webhooks, try_webhook
from remit.settings import Settings


@click.group(cls=CommandGroup)
def webhook() -> None:
    """Who is told of what happens, and whether it arrives."""


@webhook.command(name="list")
@json_option
@click.pass_obj
def list_webhooks(settings: Settings, as_json: bool) -> None:
    """List the web hooks in force, and how each does; no secret is shown."""
    with open_system(settings) as system:
        fold_ledger(system)
        found = read_webhooks(system)
        sealed = frozenset(
            name
            for name in found
            if settings.credential(f"webhook-{name}") or f"webhook-{name}" in system.credentials.names()
        )
    if as_json:
        say_json([_plain(name, *each, signed=name in sealed) for name, each in found.items()])
        return
    if not found:
        note("no web hook is in force")
        return
    rows = [
        (
            name,
            host_of(declared.url),
            declared.format,
            "yes" if name in sealed else "no",
            ", ".join(declared.events),
            f"{state.waiting:,}" if state else "",
            _does(state),
        )
        for name, (declared, state) in found.items()
    ]
    headings = ["web hook", "host", "format", "signed", "events", "waiting", "state"]
    say(table(headings, rows, right=frozenset({5})))


def _plain(name: str, declared: Webhook, state: HookState | None, *, signed: bool) -> dict[str, object]:
    return {
        "webhook": name,
        "url": declared.url,
        "format": declared.format,
        "signed": signed,
        "owner": declared.owner,
        "events": declared.events,
        "use_cases": declared.use_cases,
        "units": declared.units,
        "waiting": state.waiting if state else 0,
        "failures": state.failures if state else 0,
        "stopped": state.stopped or None if state else None,
        "state": _does(state),
    }


def _does(state: HookState | None) -> str:
    """Say how a receiver does, in a few words."""
    if state is None:
        return "not seen by a portal yet"
    if state.stopped:
        return f"wants no more since {state.stopped[:16].replace('T', ' ')} UTC"
    if state.failures:
        return f"failing, {state.failures:,} on end; asked again at {state.resume:%Y-%m-%d %H:%M:%S} UTC"
    return "sound"


@webhook.command()
@click.argument("name")
@json_option
@click.pass_obj
def test(settings: Settings, name: str, as_json: bool) -> None:
    """Send a signed test to web hook NAME now, and say what came of it."""
    with open_system(settings) as system:
        fold_ledger(system)
        id, reply = asyncio.run(try_webhook(system, name))
    if as_json:
        outcome = {"status": reply.status or None, "why": reply.why or None}
        say_json({"webhook": name, "id": id, "delivered": reply.taken, **outcome})
    else:
        say(f"{name}: {'delivered' if reply.taken else 'not delivered'} ({reply.outcome}), message {id}")
    sys.exit(0 if reply.taken else PROBLEMS)


@webhook.command()
@click.argument("name", required=False, default="")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="Show at most so many.")
@json_option
@click.pass_obj
def deliveries(settings: Settings, name: str, limit: int, as_json: bool) -> None:
    """List the last messages, of web hook NAME or of all, the newest first, and what became of each."""
    with open_system(settings) as system:
        fold_ledger(system)
        found = system.outbox.deliveries(name, limit=limit)
        if name and not found:
            find_webhook(system, name)
    if as_json:
        say_json([_shown(each) for each in found])
        return
    if not found:
        note("no message was to be sent yet")
        return
    rows = [
        (
            f"{each.created:%Y-%m-%d %H:%M:%S}",
            each.webhook,
            each.notice.event,
            each.notice.use_case or each.notice.unit,
            each.state,
            f"{each.attempts:,}",
            each.outcome,
            each.id,
        )
        for each in found
    ]
    headings = ["created (UTC)", "web hook", "event", "whose", "state", "tries", "outcome", "message"]
    say(table(headings, rows, right=frozenset({5})))


def _shown(each: Delivery) -> dict[str, object]:
    return {
        "message": each.id,
        "webhook": each.webhook,
        "event": each.notice.event,
        "use_case": each.notice.use_case,
        "unit": each.notice.unit,
        "entry": each.notice.entry,
        "summary": each.notice.summary,
        "state": each.state,
        "attempts": each.attempts,
        "outcome": each.outcome,
        "created": each.created,
        "ended": each.ended,
    }

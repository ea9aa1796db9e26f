"""Commands on keys: issue, list, revoke."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

import click

from remit.bootstrap import open_system
from remit.cli.context import json_option, note, say, say_json
from remit.cli.table import table
from remit.declare.declared import ID_PATTERN
from remit.operations.fold_ledger import fold_ledger
from remit.operations.issue_key import access_key, issue_key, revoke_key
from remit.settings import Settings


@click.group()
def key() -> None:
    """Credentials, each bound to one use case, and maybe one agent."""


def _agent(context: click.Context, option: click.Parameter, value: str) -> str:
    if value and not re.fullmatch(ID_PATTERN, value):
        raise click.BadParameter("use lower-case letters, digits and hyphens, at most 80")
    return value


@key.command()
@click.argument("use_case")
@click.option("--days", type=click.IntRange(1, 3650), help="Let it expire after so many days.")
@click.option("--agent", default="", metavar="NAME", callback=_agent, help="Bind it to this agent as well.")
@click.option("--aws", is_flag=True, help="Print as well what the AWS SDKs sign with.")
@json_option
@click.pass_obj
def issue(settings: Settings, use_case: str, days: int | None, agent: str, aws: bool, as_json: bool) -> None:
    """Make a key for USE_CASE; it is shown once."""
    with open_system(settings) as system:
        expires = system.clock.now() + timedelta(days=days) if days else None
        issued = issue_key(system, use_case, author=settings.author, expires=expires, agent=agent)
        signing = access_key(system, issued.id) if aws else None
    if as_json:
        say_json(dataclasses.asdict(issued) | (dataclasses.asdict(signing) if signing else {}))
        return
    say(issued.secret)
    if signing is not None:
        say(f"AWS_ACCESS_KEY_ID={signing.access_key_id}")
        say(f"AWS_SECRET_ACCESS_KEY={signing.secret_access_key}")
    whose = f"{use_case}, agent {agent}" if agent else use_case
    note(f"key {issued.id} of {whose}; it is kept nowhere, so store it now")


@key.command(name="list")
@json_option
@click.pass_obj
def list_keys(settings: Settings, as_json: bool) -> None:
    """List keys by use case; secrets are not kept and so not shown."""
    with open_system(settings) as system:
        fold_ledger(system)
        keys = sorted(system.store.keys().values(), key=lambda each: (each.use_case, each.id))
    if as_json:
        say_json(keys)
        return
    rows = [
        (
            each.id,
            each.use_case,
            each.agent,
            "revoked" if each.revoked else "live",
            f"{each.expires:%Y-%m-%d}" if each.expires else "never",
        )
        for each in keys
    ]
    say(table(["key", "use case", "agent", "state", "expires"], rows))


@key.command()
@click.argument("key_id")
@click.pass_obj
def revoke(settings: Settings, key_id: str) -> None:
    """Revoke KEY_ID; running servers refuse it within a second."""
    with open_system(settings) as system:
        revoked = revoke_key(system, key_id, author=settings.author)
    say(f"key {revoked.id} of {revoked.use_case} is revoked")

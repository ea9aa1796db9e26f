"""Commands on keys: issue, rotate, list, revoke."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.table import table
from remit.declare.declared import ID_PATTERN
from remit.enforce.sender import read_network
from remit.operations.fold_ledger import fold_ledger
from remit.operations.issue_key import (
    MODELS_MAX,
    NETWORKS_MAX,
    AccessKey,
    IssuedKey,
    access_key,
    issue_key,
    revoke_key,
    rotate_key,
)
from remit.settings import Settings

_DAYS = click.IntRange(1, 3650)


@click.group(cls=CommandGroup)
def key() -> None:
    """Credentials, each bound to one use case."""


def _agent(context: click.Context, option: click.Parameter, value: str) -> str:
    if value and not re.fullmatch(ID_PATTERN, value):
        raise click.BadParameter("use lower-case letters, digits and hyphens, at most 80")
    return value


def _networks(context: click.Context, option: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    _few(value, NETWORKS_MAX)
    for each in value:
        try:
            read_network(each)
        except ValueError:
            raise click.BadParameter(
                f"`{each[:60]}` is not a network, such as `192.0.2.0/24` or `2001:db8::/32`"
            ) from None
    return value


def _models(context: click.Context, option: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    _few(value, MODELS_MAX)
    return value


def _few(value: tuple[str, ...], most: int) -> None:
    if len(value) > most:
        raise click.BadParameter(f"give it at most {most} times")


@key.command()
@click.argument("use_case")
@click.option("--days", type=_DAYS, help="Let it expire after so many days.")
@click.option("--agent", default="", metavar="NAME", callback=_agent, help="Bind it to this agent as well.")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="ADDRESS",
    callback=_models,
    help="Let it call this model only, such as `model/small`; may be repeated.",
)
@click.option(
    "--network",
    "networks",
    multiple=True,
    metavar="CIDR",
    callback=_networks,
    help="Let it be used from this network only; may be repeated.",
)
@click.option("--aws", is_flag=True, help="Print as well what the AWS SDKs sign with.")
@json_option
@click.pass_obj
def issue(
    settings: Settings,
    use_case: str,
    days: int | None,
    agent: str,
    models: tuple[str, ...],
    networks: tuple[str, ...],
    aws: bool,
    as_json: bool,
) -> None:
    """Make a key for USE_CASE; it is shown once."""
    with open_system(settings) as system:
        expires = system.clock.now() + timedelta(days=days) if days else None
        issued = issue_key(
            system,
            use_case,
            author=settings.author,
            expires=expires,
            agent=agent,
            models=models,
            networks=networks,
        )
        signing = access_key(system, issued.id) if aws else None
    _show(issued, signing, as_json=as_json)


@key.command()
@click.argument("key_id")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 2160),
    default=24,
    help="Let the old one open for so many hours more.",
)
@click.option("--days", type=_DAYS, help="Let the new one expire after so many days.")
@click.option("--aws", is_flag=True, help="Print as well what the AWS SDKs sign with.")
@json_option
@click.pass_obj
def rotate(
    settings: Settings, key_id: str, overlap_hours: int, days: int | None, aws: bool, as_json: bool
) -> None:
    """Make a key for the same as KEY_ID, which ends when the overlap has passed.

    Without --days the new one lives as long as the old one was meant to.
    """
    with open_system(settings) as system:
        expires = system.clock.now() + timedelta(days=days) if days else None
        overlap = timedelta(hours=overlap_hours)
        issued = rotate_key(system, key_id, author=settings.author, overlap=overlap, expires=expires)
        signing = access_key(system, issued.id) if aws else None
    _show(issued, signing, as_json=as_json)
    note(f"key {key_id} ends in {count(overlap_hours, 'hour')}")


def _show(issued: IssuedKey, signing: AccessKey | None, *, as_json: bool) -> None:
    if as_json:
        say_json(dataclasses.asdict(issued) | (dataclasses.asdict(signing) if signing else {}))
        return
    say(issued.secret)
    if signing is not None:
        say(f"AWS_ACCESS_KEY_ID={signing.access_key_id}")
        say(f"AWS_SECRET_ACCESS_KEY={signing.secret_access_key}")
    whose = f"{issued.use_case}, agent {issued.agent}" if issued.agent else issued.use_case
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
            ", ".join((*each.models, *each.networks)),
            "revoked" if each.revoked else "rotated" if each.successor else "live",
            f"{each.expires:%Y-%m-%d}" if each.expires else "never",
        )
        for each in keys
    ]
    say(table(["key", "use case", "agent", "only", "state", "expires"], rows))


@key.command()
@click.argument("key_id")
@click.pass_obj
def revoke(settings: Settings, key_id: str) -> None:
    """Revoke KEY_ID; running servers refuse it within a second."""
    with open_system(settings) as system:
        revoked = revoke_key(system, key_id, author=settings.author)
    say(f"key {revoked.id} of {revoked.use_case} is revoked")

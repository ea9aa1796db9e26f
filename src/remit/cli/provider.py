"""Commands on providers: their credentials, which are never declared, shown or written down in the open."""

from __future__ import annotations

import re
import sys

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import json_option, note, say, say_json
from remit.cli.table import table
from remit.declare.block import GuardrailBlock, ToolBlock
from remit.declare.declared import ID_PATTERN
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import NotFound, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import current_model
from remit.settings import CREDENTIAL_MAX, Settings, is_credential


@click.group(cls=CommandGroup)
def provider() -> None:
    """Who serves models: their credentials, sealed."""


def _id(context: click.Context, argument: click.Parameter, value: str) -> str:
    if not re.fullmatch(ID_PATTERN, value):
        raise click.BadParameter("use the provider's id: lower-case letters, digits and hyphens, at most 80")
    return value


@provider.command()
@click.argument("name", callback=_id)
@click.pass_obj
def seal(settings: Settings, name: str) -> None:
    """Seal the credential of provider NAME, read from standard input, in the data directory.

    A server reads it when it starts. A setting stands before it.
    """
    credential = _read()
    with open_system(settings) as system:
        fold_ledger(system)
        current = current_model(system)
        system.credentials.seal(name, credential)
    if current is None or not _is_asked_for(current[1], name):
        note(f"nothing that is in force asks for the credential `{name}` yet")
    if settings.credential(name) is not None:
        note(f"{settings.credential_setting(name)} is set, and stands before what is sealed")
    say(f"the credential of {name} is sealed")


def _is_asked_for(model: OperatingModel, name: str) -> bool:
    """Say whether a provider, a web hook, a tool or a guardrail of others that is in force has it."""
    servers = [block.server for block in model.blocks.values() if isinstance(block, ToolBlock)]
    kind, _, hook = name.partition("webhook-")
    customs = (block.custom for block in model.blocks.values() if isinstance(block, GuardrailBlock))
    return (
        name in model.providers
        or (kind in ("", "address-") and hook in model.webhooks)
        or any(f"sign-in-{each}" == name for each, found in model.issuers.items() if found.sign_in)
        or any(f"guardrail-{custom}" == name for found in customs for custom in found)
        or any(f"tool-{each.credential}" == name for each in servers if each)
    )


def _read() -> str:
    """Read a credential where neither the list of processes nor the shell's history shows it."""
    if sys.stdin.isatty():
        text = click.prompt("credential", hide_input=True, err=True)
    else:
        text = sys.stdin.buffer.read(CREDENTIAL_MAX + 2).decode("latin-1").rstrip("\r\n")
    if not is_credential(text):
        raise RemitError(
            "what was read is not a credential",
            help=f"write the key alone: no space or line break in it, at most {CREDENTIAL_MAX:,} characters",
            code="credential-unusable",
        )
    return str(text)


@provider.command()
@click.argument("name", callback=_id)
@click.pass_obj
def forget(settings: Settings, name: str) -> None:
    """Delete the sealed credential of provider NAME."""
    with open_system(settings) as system:
        if not system.credentials.forget(name):
            raise NotFound(f"nothing is sealed for `{name}`", help="`remit provider list` shows what is")
    say(f"the credential of {name} is gone")


@provider.command(name="list")
@json_option
@click.pass_obj
def list_providers(settings: Settings, as_json: bool) -> None:
    """List providers and where the credential of each comes from; none is shown."""
    with open_system(settings) as system:
        fold_ledger(system)
        current, sealed = current_model(system), system.credentials.names()
    declared = current[1].providers if current else {}
    rows = [
        (
            name,
            declared[name].technology if name in declared else "",
            settings.credential_setting(name)
            if settings.credential(name)
            else "sealed"
            if name in sealed
            else "",
        )
        for name in sorted({*declared, *sealed})
    ]
    if as_json:
        say_json([dict(zip(("provider", "technology", "credential"), row, strict=True)) for row in rows])
        return
    shown = [(name, technology or "not declared", source or "none") for name, technology, source in rows]
    say(table(["provider", "technology", "credential"], shown))

"""Commands on who gets in: tokens that sign in once, sessions, and tokens of the control API."""

from __future__ import annotations

import dataclasses

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import json_option, note, say, say_json
from remit.cli.table import table
from remit.enforce.way_in import API_TOKEN, SESSION, WayIn
from remit.operations.sign_in import (
    TOKEN_DAYS_MAX,
    Issued,
    end_way_in,
    issue_token,
    make_sign_in,
    read_ways_in,
)
from remit.settings import Settings

_as_option = click.option(
    "--as", "person", metavar="ADDRESS", help="Whom it is for; you, as REMIT_AUTHOR says, if left out."
)


@click.command(name="sign-in")
@_as_option
@json_option
@click.pass_obj
def sign_in(settings: Settings, person: str | None, as_json: bool) -> None:
    """Make a token that signs a person in to the portal once, within 12 hours."""
    with open_system(settings) as system:
        issued = make_sign_in(system, _person(settings, person), author=settings.author)
    _show(issued, as_json=as_json, does="signs in once")


@click.group(cls=CommandGroup)
def session() -> None:
    """Who is signed in to the portal."""


@session.command(name="list")
@json_option
@click.pass_obj
def list_sessions(settings: Settings, as_json: bool) -> None:
    """List the sessions that are good, and until when."""
    _list(settings, purpose=SESSION, as_json=as_json, none="nobody is signed in")


@session.command(name="end")
@click.argument("ref")
@click.pass_obj
def end_session(settings: Settings, ref: str) -> None:
    """End the session REF at once."""
    with open_system(settings) as system:
        ended = end_way_in(system, ref, purpose=SESSION, author=settings.author)
    say(f"session {ended.ref} of {ended.person} has ended")


@click.group(cls=CommandGroup)
def token() -> None:
    """Tokens with which a person uses the control API."""


@token.command(name="issue")
@_as_option
@click.option(
    "--days",
    type=click.IntRange(1, TOKEN_DAYS_MAX),
    default=30,
    show_default=True,
    help="How long it is good.",
)
@json_option
@click.pass_obj
def issue(settings: Settings, person: str | None, days: int, as_json: bool) -> None:
    """Issue a token of the control API; it is shown once."""
    with open_system(settings) as system:
        issued = issue_token(system, _person(settings, person), author=settings.author, days=days)
    _show(issued, as_json=as_json, does="opens the control API")


@token.command(name="list")
@json_option
@click.pass_obj
def list_tokens(settings: Settings, as_json: bool) -> None:
    """List the tokens that are good, and until when; they are not kept and so not shown."""
    _list(settings, purpose=API_TOKEN, as_json=as_json, none="no token is good")


@token.command(name="revoke")
@click.argument("ref")
@click.pass_obj
def revoke(settings: Settings, ref: str) -> None:
    """Revoke the token REF at once."""
    with open_system(settings) as system:
        ended = end_way_in(system, ref, purpose=API_TOKEN, author=settings.author)
    say(f"token {ended.ref} of {ended.person} is revoked")


def _person(settings: Settings, person: str | None) -> str:
    return settings.author if person is None else person.strip().lower()


def _show(issued: Issued, *, as_json: bool, does: str) -> None:
    if as_json:
        say_json(dataclasses.asdict(issued))
        return
    say(issued.secret)
    note(f"{does} as {issued.person}, until {issued.until:%Y-%m-%d %H:%M} UTC; it is kept nowhere")


def _list(settings: Settings, *, purpose: str, as_json: bool, none: str) -> None:
    with open_system(settings) as system:
        found = read_ways_in(system, purpose=purpose)
    if as_json:
        say_json([_plain(each) for each in found])
    elif not found:
        note(none)
    else:
        rows = [(each.ref, each.person, f"{each.until:%Y-%m-%d %H:%M}") for each in found]
        say(table(["ref", "person", "until (UTC)"], rows))


def _plain(each: WayIn) -> dict[str, object]:
    return {"ref": each.ref, "person": each.person, "until": each.until}

"""Commands on evidence: attest, and evidence list, show, withdraw."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.days import DAY
from remit.cli.table import shorten, table
from remit.kernel.money import canonical
from remit.operations.attest import (
    ABOUT_MAX,
    CATALOGUES,
    FILE_MAX,
    Attestation,
    attest,
    find_evidence,
    read_evidence,
    withdraw_evidence,
)
from remit.operations.maturity_catalogue import maturity_ids, require_attestable
from remit.record.dossier_entry import Evidence
from remit.settings import Settings


@click.command(name="attest")
@click.argument("about", nargs=-1, required=True)
@click.option("--use-case", default="", help="The use case that it is said of.")
@click.option("--unit", default="", help="The unit that it is said of.")
@click.option("--organisation", is_flag=True, help="It is said of the whole organisation.")
@click.option("--statement", required=True, help="What is so, in a sentence or two.")
@click.option("--link", default="", metavar="URL", help="Where it is written.")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="PATH",
    help="A file that shows it; its name and digest are kept, and nothing else of it.",
)
@click.option("--owner", default="", metavar="ADDRESS", help="Who answers for it; left out, whoever owns it.")
@click.option("--shown", type=DAY, metavar="DATE", help="Since when it is so; left out, today.")
@click.option("--expires", type=DAY, metavar="DATE", help="The last day on which it counts.")
@json_option
@click.pass_obj
def attest_command(
    settings: Settings,
    about: tuple[str, ...],
    use_case: str,
    unit: str,
    organisation: bool,
    statement: str,
    link: str,
    path: Path | None,
    owner: str,
    shown: date | None,
    expires: date | None,
    as_json: bool,
) -> None:
    """Say that something is so: ABOUT is `gate/STAGE/CRITERION`, `control/ID` or `maturity/ID`.

    The word counts in the assessment of the gate until it runs out or is taken back.
    """
    if bool(use_case) + bool(unit) + organisation != 1:
        raise click.UsageError("name one of `--use-case`, `--unit` and `--organisation`")
    if len(about) > ABOUT_MAX:
        raise click.UsageError(f"name at most {ABOUT_MAX} addresses at once")
    said = Attestation(
        about=about,
        statement=statement,
        use_case=use_case,
        unit=unit,
        owner=owner.strip().lower(),
        link=link,
        file=None if path is None else (path.name, _read(path)),
        shown=shown,
        expires=expires,
    )
    require_attestable(about)
    catalogues = {**CATALOGUES, "maturity": replace(CATALOGUES["maturity"], known=maturity_ids())}
    with open_system(settings) as system:
        entry = attest(system, said, author=settings.author, catalogues=catalogues)
    if as_json:
        say_json(entry)
        return
    until = f"; it counts until {entry.expires}" if entry.expires else ""
    say(f"{', '.join(entry.about)}: attested by {entry.owner} ({entry.id}){until}")


def _read(path: Path) -> bytes:
    """Read a file up to a byte more than is allowed, so that a larger one is found out."""
    with path.open("rb") as file:
        return file.read(FILE_MAX + 1)


@click.group(cls=CommandGroup)
def evidence() -> None:
    """What people and studies say of use cases and units."""


@evidence.command(name="list")
@click.option("--use-case", default=None, help="Only what is said of this use case.")
@click.option("--unit", default="", help="Only what is said of this unit and its use cases.")
@click.option("--about", default="", metavar="PREFIX", help="Only what speaks to addresses that begin so.")
@json_option
@click.pass_obj
def list_evidence(settings: Settings, use_case: str | None, unit: str, about: str, as_json: bool) -> None:
    """List what was given and was not taken back."""
    with open_system(settings) as system:
        found = [
            each
            for each in read_evidence(system, use_case=use_case, unit=unit)
            if not about or any(address.startswith(about) for address in each.about)
        ]
    if as_json:
        say_json(found)
        return
    rows = [
        (
            each.id,
            _whose(each),
            ", ".join(each.about) or each.measure,
            str(each.shown),
            str(each.expires or "-"),
            each.owner,
            shorten(_what(each), 60),
        )
        for each in found
    ]
    say(table(["id", "of", "about", "since", "until", "owner", "what"], rows))
    note(count(len(found), "piece") + " of evidence")


@evidence.command()
@click.argument("id")
@json_option
@click.pass_obj
def show(settings: Settings, id: str, as_json: bool) -> None:
    """Show one piece of evidence whole."""
    with open_system(settings) as system:
        found = find_evidence(system, id)
    if as_json:
        say_json(found)
        return
    rows = {
        "of": _whose(found),
        "about": ", ".join(found.about) or found.measure,
        "what": _what(found) + (" SIMULATED" if found.simulated else ""),
        "since": str(found.shown),
        "until": str(found.expires or ""),
        "written": found.link,
        "file": f"{found.file} (SHA-256 {found.digest})" if found.file else "",
        "takes back": found.withdraws,
        "owner": found.owner,
        "author": f"{found.author}, {found.at:%Y-%m-%d %H:%M} UTC",
    }
    say("\n".join(f"{name:<11}{value}" for name, value in rows.items() if value))


@evidence.command()
@click.argument("id")
@click.option("--reason", required=True, help="Why it is taken back.")
@json_option
@click.pass_obj
def withdraw(settings: Settings, id: str, reason: str, as_json: bool) -> None:
    """Take evidence back; it stays in the ledger and counts for nothing."""
    with open_system(settings) as system:
        entry = withdraw_evidence(system, id, author=settings.author, reason=reason)
    if as_json:
        say_json(entry)
    else:
        say(f"{entry.withdraws} is taken back ({entry.id})")


def _whose(evidence: Evidence) -> str:
    if evidence.use_case:
        return f"use-case/{evidence.use_case}"
    return f"unit/{evidence.unit}" if evidence.unit else "organisation"


def _what(evidence: Evidence) -> str:
    if evidence.value is None:
        return evidence.statement
    said = f"{evidence.measure} {canonical(evidence.value)}"
    if evidence.low is not None and evidence.high is not None and evidence.sure is not None:
        said += f" ({canonical(evidence.low)} to {canonical(evidence.high)}, {canonical(evidence.sure)} sure)"
    return f"{said}: {evidence.statement}" if evidence.statement else said

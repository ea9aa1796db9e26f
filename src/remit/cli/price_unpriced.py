"""The command that lists what lacks a price: price unpriced."""

from __future__ import annotations

import sys
from datetime import date

import click

from remit.bootstrap import open_system
from remit.cli.context import PROBLEMS, count, json_option, note, say, say_json
from remit.cli.days import DAY
from remit.cli.table import table
from remit.decide.finops.unpriced import Unpriced
from remit.operations.find_unpriced import find_unpriced
from remit.settings import Settings


@click.command()
@click.option(
    "--since", type=DAY, metavar="DATE", help="Look at calls from this day on; left out, the last 31 days."
)
@json_option
@click.pass_obj
def unpriced(settings: Settings, since: date | None, as_json: bool) -> None:
    """List what is charged, paid or called without full knowledge of its price, and what to do.

    Nothing is ever charged at zero because a rate is missing: it is charged at the dearest that is known, and
    stands here until rates are declared and past days adjusted.

    Exit code: 0 nothing lacks a price; 1 something does.
    """
    with open_system(settings) as system:
        first, found = find_unpriced(system, since=since)
    if as_json:
        say_json({"since": first, "unpriced": found})
    elif found:
        headings = ["what", "subject", "from", "to", "calls", "charged"]
        say(table(headings, map(_row, found), right=frozenset({4, 5})))
        for each in found:
            say(f"\n{_said(each)}")
    if not as_json:
        note(f"{count(len(found), 'thing')} without a price since {first}" if found else _nothing(first))
    if found:
        sys.exit(PROBLEMS)


def _nothing(first: date) -> str:
    return f"all that was charged since {first} has a price, and so has what is in use"


def _said(each: Unpriced) -> str:
    whose = "" if each.kind == "currency" else f"{each.subject} "
    return f"{whose}{each.says}\n  {each.help}"


def _row(each: Unpriced) -> tuple[str, ...]:
    until = "" if each.until == date.max else f"{each.until}"
    charged = "-" if each.charged is None else each.charged.display()
    return each.kind, each.subject, f"{each.since}", until, f"{each.calls:,}", charged

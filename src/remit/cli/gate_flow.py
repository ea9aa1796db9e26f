"""The command on governance lead time: how long those wait who ask for more freedom."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.table import table
from remit.decide.lead_time import FAILURE_DAYS, FEWEST, LeadTime, Share, Spread
from remit.kernel.money import canonical
from remit.operations.read_flow import read_flow
from remit.settings import Settings

DAYS_MAX = 3_660


@click.command()
@click.option(
    "--days", type=click.IntRange(1, DAYS_MAX), default=90, show_default=True, help="Over how many."
)
@json_option
@click.pass_obj
def flow(settings: Settings, days: int, as_json: bool) -> None:
    """Show how long governance takes, what passes at once or at the first attempt, and what waits."""
    with open_system(settings) as system:
        found = read_flow(system, days=days)
    if as_json:
        say_json(found)
        return
    say(f"governance since {found.since}, counted from the ledger")
    say(table(["what", "how many", "figure"], [*lines(found)]))
    note(f"a figure of fewer than {FEWEST} is left out; what policy passes waits for nobody and is not timed")


def lines(found: LeadTime) -> Iterator[tuple[str, str, str]]:
    """Lay out each measure: what it is, of how many, and what it comes to."""
    for tier, spread in found.by_tier.items():
        yield f"request to review, {tier} risk", count(spread.count, "review"), _spread(spread)
    yield "passed at the first attempt", _of(found.first_pass, "gate"), _share(found.first_pass)
    yield "passed by policy", _of(found.by_policy, "review"), _share(found.by_policy)
    open_, oldest = found.exceptions, found.exceptions.oldest_days
    middle = f"half younger than {open_.p50_days} d, " if open_.p50_days is not None else ""
    age = f"{middle}oldest {oldest} d" if oldest is not None else "none"
    yield "waivers that count", f"{open_.open:,}, {open_.ended:,} ended", age
    back = found.failures.back
    yield f"taken back within {FAILURE_DAYS} d of a review", _of(back, "review"), _share(back)
    yield "criteria that turned since", f"{found.failures.turned:,}", ""
    for tier, live in found.controls.items():
        where = f"{live.affected:,} of {count(live.use_cases, 'use case')} at launch or scale"
        stale = f", {live.stale:,} stale" if live.stale else ""
        yield f"controls failing now, {tier} risk", f"{live.failing:,} of {live.asked:,}", where + stale
    revoked = found.revoked
    yield "kill criterion met to taken back", count(revoked.count, "review"), _spread(revoked)
    queue = found.queue
    tiers = ", ".join(f"{number:,} {tier}" for tier, number in queue.by_tier.items())
    waits = f"oldest {_hours(queue.oldest_hours)}" if queue.oldest_hours is not None else "nothing waits"
    yield "waiting for people now", f"{queue.open:,}{f' ({tiers})' if tiers else ''}", waits


def _hours(hours: Decimal) -> str:
    return f"{canonical(hours)} h" if hours < 48 else f"{canonical((hours / 24).quantize(Decimal('0.1')))} d"


def _spread(spread: Spread) -> str:
    if spread.p50 is None or spread.p85 is None:
        return "too few to say"
    return f"half within {_hours(spread.p50)}, 85 of 100 within {_hours(spread.p85)}"


def _of(share: Share, noun: str) -> str:
    return f"{share.part:,} of {count(share.whole, noun)}"


def _share(share: Share) -> str:
    return "too few to say" if share.share is None else f"{canonical(share.share * 100)} %"

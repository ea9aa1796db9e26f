"""The command on unit economics: finops unit-cost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json, say_stamp
from remit.cli.showback import cents
from remit.cli.table import shorten, table
from remit.decide.finops.unit_cost import OF, Of, PeriodCost, Trend, UnitCost
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_unit_cost import By, read_unit_cost
from remit.settings import Settings

_ONE: dict[Of, str] = {"call": "a call", "session": "a session", "outcome": "an outcome", "user": "a user"}
_ARROWS = {"up": "↑", "down": "↓", "level": "→"}


@click.command(name="unit-cost")
@click.argument("use_case", required=False, default="", metavar="[USE_CASE]")
@click.option(
    "--by",
    default="month",
    show_default=True,
    type=click.Choice(["month", "week"]),
    help="How long a period is; weeks begin on Monday.",
)
@click.option(
    "--last", default=6, show_default=True, type=click.IntRange(1, 60), help="Over so many periods."
)
@json_option
@click.pass_obj
def unit_cost_command(settings: Settings, use_case: str, by: str, last: int, as_json: bool) -> None:
    """Show what one call, session, outcome and user cost: for its calls with what guards them, and in full.

    In full is with a share of all that was allocated. Without USE_CASE, all are shown by their last whole
    period. Simulated calls cost nothing, and stand apart.
    """
    with open_system(settings) as system:
        fold_ledger(system)
        found = read_unit_cost(system, use_case, by=cast(By, by), last=last)
    if as_json:
        say_json(found[0] if use_case else found)
        return
    say_stamp(counted=any(each.counts_simulated for each in found))
    if use_case:
        _say_one(found[0])
    else:
        _say_all(found)


def _say_one(found: UnitCost) -> None:
    shown = [of for of in OF if any(of in each.each for each in found.periods)]
    headings = ["period", "calls", "marginal", "full"]
    for of in shown:
        headings += ([] if of == "call" else [f"{of}s"]) + [f"{_ONE[of]} alone", "in full"]
    rows = [_period(each, shown) for each in found.periods]
    say(table(headings, rows, right=frozenset(range(1, len(headings)))))
    trends = [f"{_ONE[of]} in full {_way(each)} over {each.periods}" for of, each in found.trends.items()]
    note(f"amounts in {found.currency}: for calls with what guards them, and in full with a share of all")
    note(", ".join(trends) if trends else "fewer than three whole periods: nothing is said about the trend")
    note(f"outcomes are those of `{found.metric}`" if found.metric else "no outcome metric is declared")
    _say_simulated([found])


def _period(period: PeriodCost, shown: Sequence[Of]) -> tuple[str, ...]:
    calls = period.each.get("call")
    cells: list[str] = []
    for of in shown:
        each = period.each.get(of)
        one = (
            ("", "", "") if each is None else (f"{each.count:,}", _amount(each.marginal), _amount(each.full))
        )
        cells += one[1:] if of == "call" else one
    return (
        f"{period.label} so far" if period.goes_on else period.label,
        f"{calls.count:,}" if calls else "0",
        cents(period.marginal),
        cents(period.full),
        *cells,
    )


def _amount(amount: Decimal) -> str:
    """Show four digits of a small amount, cents of a large one."""
    return cents(amount) if abs(amount) >= 1 or not amount else f"{amount:.4g}"


def _way(trend: Trend) -> str:
    """Say by how much a cost moves in a period, or that it is level."""
    by = " level" if trend.direction == "level" else f" {100 * trend.a_period:+.1f} % a period"
    return f"{_ARROWS[trend.direction]}{by}"


def _say_all(found: Sequence[UnitCost]) -> None:
    last = [(each, period) for each in found if (period := _last_whole(each)) is not None]
    if not last:
        say("no use case has called or cost anything in these periods")
        return
    shown = [of for of in OF if any(of in period.each for _, period in last)]
    trends = any("call" in each.trends for each, _ in last)
    headings = ["use case", "unit", "period", "calls", "marginal", "full", *(_ONE[of] for of in shown)]
    rows = [_row(each, period, shown, trends=trends) for each, period in last]
    right = frozenset(range(3, len(headings)))
    say(table([*headings, "trend of a call"] if trends else headings, rows, right=right))
    note(f"amounts in {found[0].currency}; what one costs is in full, with a share of all that was allocated")
    _say_simulated(found)


def _last_whole(found: UnitCost) -> PeriodCost | None:
    """Take the last period that does not go on, or else the last one."""
    whole = [each for each in found.periods if not each.goes_on] or found.periods
    return whole[-1] if whole else None


def _row(found: UnitCost, last: PeriodCost, shown: Sequence[Of], *, trends: bool) -> tuple[str, ...]:
    calls, trend = last.each.get("call"), found.trends.get("call")
    return (
        shorten(found.use_case, 30),
        shorten(found.unit, 20),
        f"{last.label} so far" if last.goes_on else last.label,
        f"{calls.count:,}" if calls else "0",
        cents(last.marginal),
        cents(last.full),
        *(_amount(last.each[of].full) if of in last.each else "" for of in shown),
        *((_way(trend) if trend else "",) if trends else ()),
    )


def _say_simulated(found: Sequence[UnitCost]) -> None:
    calls = sum(period.simulated for each in found for period in each.periods)
    if calls and any(each.counts_simulated for each in found):
        note(f"{count(calls, 'simulated call')} are counted in these figures")
    elif calls:
        note(f"{count(calls, 'simulated call')} cost nothing, and are in none of these figures")

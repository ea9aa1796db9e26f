"""Commands on what is to come and what was off: forecast, anomalies, commitments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json, say_stamp
from remit.cli.table import shorten, table
from remit.decide.finops.anomaly import ONCE_IN_DAYS, Anomaly
from remit.decide.finops.budget_forecast import BudgetForecast
from remit.decide.finops.commitment_use import CommitmentUse
from remit.decide.finops.forecast import FEWEST_DAYS, SURE, WEEK, Forecast
from remit.decide.finops.uncounted import Uncounted
from remit.decide.finops.uncounted import in_words as uncounted_in_words
from remit.declare.simulated import counts_simulated
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_spend import (
    By,
    SpendForecast,
    chosen,
    read_anomalies,
    read_budget_forecasts,
    read_commitments,
    read_spend_forecasts,
    read_uncounted,
)
from remit.report.written import percent, short, signed
from remit.settings import Settings

SHOWN = 40
unit_option = click.option("--unit", default="", help="Only this unit and those below it.")
all_option = click.option("--all", "everything", is_flag=True, help="List all, and not the first ones alone.")


@click.command()
@click.argument("use_case", default="")
@unit_option
@click.option(
    "--by",
    type=click.Choice(get_args(By)),
    help="This month's cost by this instead of budgets, whether there is a budget or not.",
)
@all_option
@json_option
@click.pass_obj
def forecast(
    settings: Settings, use_case: str, unit: str, by: By | None, everything: bool, as_json: bool
) -> None:
    """Say what budgets will have spent when their periods end, those that will not last first."""
    with open_system(settings) as system:
        fold_ledger(system)
        if by is not None:
            months = read_spend_forecasts(system, by, unit=unit)
            months = [each for each in months if not use_case or each.name == use_case]
            say_json(months) if as_json else _say_months(months, by, everything=everything)
            return
        _, model = model_in_force(system)
        budgets = read_budget_forecasts(system, unit=unit, use_case=use_case)
    if as_json:
        counted = {"counts_simulated": counts_simulated(model)}
        say_json([{**_fields(each), "exceeds": each.exceeds, **counted} for each in budgets])
        return
    if not budgets:
        say("no budget is in force here; `remit finops forecast --by use-case` says what the month will cost")
        return
    say_stamp(counted=counts_simulated(model))
    rows = budgets if everything else budgets[:SHOWN]
    say(
        table(
            ["budget", "until", "limit", "spent", "expected", "within", "chance over", "used up"],
            [_budget(each) for each in rows],
            right=frozenset({2, 3, 4, 5, 6}),
        )
    )
    _say_rest(len(budgets), len(rows), "budget")
    note(_explained(each.forecast for each in budgets))
    _say_uncounted(each.uncounted for each in budgets)


def _say_uncounted(found: Iterable[Sequence[Uncounted]]) -> None:
    """Name each currency's days without a rate once, by the figure that lacks most of them."""
    most: dict[str, Uncounted] = {}
    for each in (one for some in found for one in some):
        known = most.get(each.currency)
        if known is None or each.amount > known.amount:
            most[each.currency] = each
    if most:
        note(f"* {uncounted_in_words(most.values())}")


def _fields(each: BudgetForecast) -> dict[str, object]:
    return {name: getattr(each, name) for name in BudgetForecast.__dataclass_fields__}


def _budget(each: BudgetForecast) -> list[str]:
    name = f"{each.budget} {each.whose}".strip()
    breach = "" if each.on_breach == "deny" else f", then {each.on_breach}s"
    used_up = (
        ("used up" if each.forecast.spent >= each.limit else f"about {each.used_up}") if each.used_up else ""
    )
    return [
        shorten(name, 44) + (" *" if each.uncounted else ""),
        str(each.ends),
        short(each.limit),
        short(each.forecast.spent),
        *_expected(each.forecast),
        "" if each.chance is None else percent(each.chance),
        used_up + (breach if used_up else ""),
    ]


def _expected(each: Forecast) -> tuple[str, str]:
    if each.expected is None:
        return "too early", ""
    if each.low is None or each.high is None:
        return short(each.expected), "unknown"
    return short(each.expected), f"{short(each.low)}–{short(each.high)}"


def _say_rest(whole: int, shown: int, noun: str) -> None:
    if whole > shown:
        note(f"and {count(whole - shown, noun)} more; `--all` shows them")


def _explained(found: Iterable[Forecast]) -> str:
    forecasts = list(found)
    said = f"within: {SURE:.0%} sure, by how far the same forecasts of past days were off; days in UTC"
    early = sum(each.expected is None for each in forecasts)
    young = sum(each.expected is not None and each.low is None for each in forecasts)
    if early:
        said += f"; too early: fewer than {FEWEST_DAYS} days of cost ({early:,})"
    if young:
        said += f"; unknown: less than {WEEK} days of cost, so no week has been seen ({young:,})"
    return said


def _say_months(months: list[SpendForecast], by: By, *, everything: bool) -> None:
    if not months:
        say("no call that counts has cost anything yet; simulated ones count only where that is declared")
        return
    say_stamp(counted=any(each.counts_simulated for each in months))
    rows = months if everything else months[:SHOWN]
    say(
        table(
            [by.replace("-", " "), "spent", "expected", "within", "pattern"],
            [
                [
                    shorten(each.name or "all", 44) + (" *" if each.uncounted else ""),
                    short(each.forecast.spent),
                    *_expected(each.forecast),
                    _pattern(each.forecast),
                ]
                for each in rows
            ],
            right=frozenset({1, 2, 3}),
        )
    )
    _say_rest(len(months), len(rows), by.replace("-", " "))
    first = months[0]
    note(f"{first.currency}, {first.starts} to {first.ends}; " + _explained(each.forecast for each in months))
    _say_uncounted(each.uncounted for each in months)


def _pattern(each: Forecast) -> str:
    days = count(each.history, "day")
    return f"by weekday, from {days}" if each.seasonal else f"even, from {days}"


@click.command()
@unit_option
@all_option
@json_option
@click.pass_obj
def anomalies(settings: Settings, unit: str, everything: bool, as_json: bool) -> None:
    """Show days of the last week that cost far more or less than expected, with the cause of each."""
    with open_system(settings) as system:
        fold_ledger(system)
        _, model = model_in_force(system)
        found = read_anomalies(system, model, cases=chosen(model, unit=unit) if unit else None)
        lacking = read_uncounted(system, model)
    if as_json:
        days = [{**_anomaly_fields(each), "cause": each.cause} for each in found]
        counted = counts_simulated(model)
        say_json({"anomalies": days, "uncounted": lacking, "counts_simulated": counted})
        return
    say_stamp(counted=counts_simulated(model))
    if lacking:
        note(f"days whose cost is not wholly known are not judged; {uncounted_in_words(lacking)}")
    if not found:
        say("no day of the last week was off")
    else:
        rows = found if everything else found[:SHOWN]
        say(
            table(
                ["day", "use case", "cost", "expected", "cause", "most of it"],
                [_anomaly(each) for each in rows],
                right=frozenset({2, 3}),
            )
        )
        _say_rest(len(found), len(rows), "day")
    note(
        f"off: what chance explains once in {ONCE_IN_DAYS:,} days, and more than half a percent of all"
        " cost;\ncauses add up to what was not expected"
        + ("" if counts_simulated(model) else "; simulated calls are left out")
    )


def _anomaly_fields(each: Anomaly) -> dict[str, object]:
    return {name: getattr(each, name) for name in Anomaly.__dataclass_fields__}


def _anomaly(each: Anomaly) -> list[str]:
    sign = 1 if each.change > 0 else -1
    named = [f"{factor} {signed(amount)}" for factor, amount in each.causes[:2] if amount * sign > 0]
    mover = each.mover
    return [
        str(each.day),
        shorten(each.use_case, 36),
        short(each.cost),
        short(each.expected),
        ", ".join(named),
        "spread out" if mover is None else f"{mover.of} {shorten(mover.name, 30)} {signed(mover.amount)}",
    ]


@click.command()
@json_option
@click.pass_obj
def commitments(settings: Settings, as_json: bool) -> None:
    """Show of each commitment what was used, what lay idle, and from where on it pays."""
    with open_system(settings) as system:
        fold_ledger(system)
        found = read_commitments(system)
    if as_json:
        say_json([{**_use_fields(each), **_derived(each)} for each in found])
        return
    if not found:
        say("no commitment is declared; `commitments:` declares one, and prices name its `id`")
        return
    say(
        table(
            ["commitment", "period", "committed", "used", "share", "idle", "pays from", "saved"],
            [*_uses(found)],
            right=frozenset({2, 3, 4, 5, 6, 7}),
        )
    )
    note(
        "pays from: the share from which on it costs less than list rates; saved: that less what was paid;\n"
        "a period that goes on shows what is expected to lie idle, marked with ~"
    )
    _say_uncounted(each.uncounted for each in found)


def _use_fields(each: CommitmentUse) -> dict[str, object]:
    return {name: getattr(each, name) for name in CommitmentUse.__dataclass_fields__}


def _derived(each: CommitmentUse) -> dict[str, object]:
    names = ("available", "idle", "expected_idle", "share", "break_even", "saved")
    return {name: getattr(each, name) for name in names}


def _uses(found: Iterable[CommitmentUse]) -> Iterator[list[str]]:
    for each in found:
        idle = (
            short(each.idle)
            if each.over and not each.uncounted
            else ""
            if each.expected_idle is None
            else f"~{short(each.expected_idle)}"
        )
        yield [
            each.commitment + (" *" if each.uncounted else ""),
            f"{each.starts} to {each.ends}" + ("" if each.over else ", goes on"),
            short(each.available),
            short(each.used),
            f"{each.share:.0%}",
            idle,
            "" if each.break_even is None else f"{each.break_even:.0%}",
            signed(each.saved) if each.over else "",
        ]

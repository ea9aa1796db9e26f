"""The command that chooses from the portfolio."""

from __future__ import annotations

import re
import sys
from decimal import Decimal
from pathlib import Path

import click

from remit.bootstrap import open_system
from remit.cli.context import (
    PROBLEMS,
    count,
    json_option,
    note,
    render_diagnostics,
    say,
    say_json,
)
from remit.cli.table import table
from remit.decide.selection import Effort, Use
from remit.decide.solver import SECONDS_MAX
from remit.decide.what_if import Chosen
from remit.declare.declared import ID_PATTERN
from remit.declare.grade import GRADES
from remit.declare.needs import PERIODS_MAX
from remit.declare.ranking import Objective
from remit.declare.scenario import Scenario, read_scenario
from remit.kernel.money import Money
from remit.operations.fold_ledger import fold_ledger
from remit.operations.select_portfolio import Asked, select_portfolio
from remit.report.selection import SelectionView, amount, limit
from remit.settings import Settings

REJECTED_SHOWN = 20
SCENARIOS_MAX = 12
FILE_MAX = 1 << 20
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def _money(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> tuple[Money, ...]:
    if len(given) > PERIODS_MAX:
        raise click.BadParameter(f"at most {PERIODS_MAX} periods")
    try:
        return tuple(Money.parse(each) for each in given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _capacity(
    context: click.Context, option: click.Parameter, given: tuple[str, ...]
) -> dict[str, tuple[Decimal, ...]]:
    found: dict[str, tuple[Decimal, ...]] = {}
    for each in given:
        skill, _, figures = each.partition("=")
        listed = figures.split(",")
        sound = re.fullmatch(ID_PATTERN, skill) and all(_NUMBER.fullmatch(figure) for figure in listed)
        if not sound or len(listed) > PERIODS_MAX:
            raise click.BadParameter("write SKILL=NUMBER, or a number for each period: SKILL=30,25,25")
        found[skill] = tuple(Decimal(figure) for figure in listed)
    return found


@click.command()
@click.option(
    "--budget", "budgets", multiple=True, callback=_money, metavar="MONEY", help="Of a period; once for each."
)
@click.option(
    "--capacity", multiple=True, callback=_capacity, metavar="SKILL=N", help="Of a skill in a period."
)
@click.option("--periods", type=click.IntRange(1, PERIODS_MAX), help="How far is looked ahead.")
@click.option("--by", "objective", type=click.Choice(["score", "money"]), help="What is made the most of.")
@click.option(
    "--what-if",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A scenario to compare with.",
)
@click.option(
    "--seconds",
    default=SECONDS_MAX,
    show_default=True,
    type=click.FloatRange(0.1, 3_600),
    help="How long is searched; what is not proved by then is said.",
)
@click.option(
    "--reason-seconds",
    type=click.FloatRange(0, 3_600),
    help="How long is worked out what each that is not chosen would displace; about ten, if left out.",
)
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0, 2**31), help="Where drawing begins."
)
@click.option("--all", "everything", is_flag=True, help="Show every use case that is not chosen.")
@json_option
@click.pass_context
def select(
    context: click.Context,
    /,
    objective: Objective | None,
    files: tuple[Path, ...],
    everything: bool,
    as_json: bool,
    **given: object,
) -> None:
    """Choose the use cases that are worth most together, and say of each other one why not.

    What is not given is taken as `portfolio:` declares it. Nothing is applied: this is advice.
    """
    settings: Settings = context.obj
    asked = _asked(objective, files, given)
    with open_system(settings) as system:
        fold_ledger(system)
        found = select_portfolio(system, asked)
    if as_json:
        say_json(found)
    else:
        _say(found, everything=everything)
    if found.status == "infeasible":
        sys.exit(PROBLEMS)


def _asked(objective: Objective | None, files: tuple[Path, ...], given: dict[str, object]) -> Asked:
    if len(files) > SCENARIOS_MAX:
        raise click.UsageError(f"compare with at most {SCENARIOS_MAX} scenarios at once")
    periods = given["periods"]
    budgets = given["budgets"]
    assert isinstance(budgets, tuple)
    if isinstance(periods, int) and 1 < len(budgets) < periods:
        raise click.UsageError(
            f"`--periods {periods}` needs `--budget` once, for all of them alike, or {periods} times"
        )
    seconds, reason_seconds, seed = given["seconds"], given["reason_seconds"], given["seed"]
    assert isinstance(seconds, float)
    assert reason_seconds is None or isinstance(reason_seconds, float)
    assert isinstance(seed, int)
    return Asked(
        budgets=budgets,
        capacity=given["capacity"],  # type: ignore[arg-type]  # read by _capacity
        periods=periods,  # type: ignore[arg-type]  # click.IntRange
        objective=objective,
        scenarios=tuple(_scenario(path) for path in files),
        effort=Effort(seconds=seconds, reason_seconds=reason_seconds, seed=seed),
    )


def _scenario(path: Path) -> Scenario:
    if path.stat().st_size > FILE_MAX:
        raise click.UsageError(f"`{path}` is larger than a scenario may be ({FILE_MAX:,} bytes)")
    scenario, diagnostics = read_scenario(path.read_text("utf-8", "replace"), str(path))
    if scenario is None:
        say(render_diagnostics(diagnostics, everything=False))
        sys.exit(PROBLEMS)
    return scenario


def _say(found: SelectionView, *, everything: bool) -> None:
    if found.status == "infeasible":
        say("nothing keeps every limit; these cannot be kept together:")
        say("\n".join(f"  {each}" for each in found.clash))
        note("give way at any one of them; none of the list can be left out of the clash")
    elif not found.chosen and not found.rejected:
        note("no use case is up for choice, because none states `needs:`")
        return
    else:
        _say_chosen(found)
        _say_uses(found.uses, found.currency)
        _say_rejected(found, everything=everything)
    if found.apart:
        names = ", ".join(each.id for each in found.apart[:6])
        more = f" and {len(found.apart) - 6:,} more" if len(found.apart) > 6 else ""
        say(f"\nnot up for choice, because `needs:` is not stated: {names}{more}")
    _say_scenarios(found)
    if found.status != "infeasible":
        _say_notes(found)


def _say_chosen(found: SelectionView) -> None:
    asked = len(found.chosen) + len(found.rejected)
    proof = (
        "proved: no other choice is worth more"
        if found.status == "optimal"
        else f"not proved in time: another could be worth {found.gap:.2%} more, and no more than that"
    )
    say(
        f"{len(found.chosen):,} of {count(asked, 'use case')} chosen, worth {amount(found.worth, found.unit)}"
        f" ({found.unit_meaning}); {proof}"
    )
    rows = [
        (
            each.id + (" (mandatory)" if each.mandatory else ""),
            each.stage,
            each.tier,
            "–" if each.worth is None else amount(each.worth, found.unit).removesuffix(" points"),
            each.money.display() if each.money else "–",
            each.grade.replace("_", " "),
            each.cost.display(),
            "–" if each.stays is None else f"{each.stays:.0%}",
            ", ".join(each.blocks),
        )
        for each in found.chosen
    ]
    if rows:
        headings = ["chosen", "stage", "risk", "worth", "a year's worth", "evidence", "cost", "stays"]
        headings += ["to be built"]
        say(table(headings, rows, right=frozenset({3, 4, 6, 7})))


def _say_uses(uses: tuple[Use, ...], currency: str) -> None:
    rows = [
        (
            limit(each.kind, each.about, period=each.period, tag=each.tag),
            _of(each.kind, each.taken, currency),
            _of(each.kind, each.most, currency),
        )
        for each in uses
        if each.tag != "value_share"
    ]
    if rows:
        say("")
        say(table(["limit", "taken", "there is"], rows, right=frozenset({1, 2})))


def _say_rejected(found: SelectionView, *, everything: bool) -> None:
    if not found.rejected:
        return
    shown = found.rejected if everything else found.rejected[:REJECTED_SHOWN]
    rows = [
        (
            each.id,
            "–" if each.worth is None else amount(each.worth, found.unit).removesuffix(" points"),
            "–" if each.enters is None else f"{each.enters:.0%}",
            each.why,
        )
        for each in shown
    ]
    say("")
    say(table(["not chosen", "worth", "enters", "why"], rows, right=frozenset({1, 2})))
    if len(found.rejected) > len(shown):
        say(f"... and {len(found.rejected) - len(shown):,} more; `--all` shows them")


def _say_scenarios(found: SelectionView) -> None:
    if not found.scenarios:
        return
    currency = found.currency
    base = found.total
    rows = [
        (
            "as declared",
            f"{base.count}",
            f"{base.worth:,.2f}",
            _plain(base.cost, currency),
            _by_grade(base, currency),
            "",
            "",
            "",
        )
    ]
    for each in found.scenarios:
        chosen = each.chosen
        if chosen.status == "infeasible":
            rows.append((each.name, "none", *("",) * 6))
            continue
        change = chosen.worth - base.worth
        rows.append(
            (
                each.name,
                f"{chosen.count}",
                f"{chosen.worth:,.2f}",
                _plain(chosen.cost, currency),
                _by_grade(chosen, currency),
                f"{change:+,.2f}",
                ", ".join(each.entering) or "–",
                ", ".join(each.leaving) or "–",
            )
        )
    say("")
    headings = ["what if", "chosen", f"worth ({found.unit})", "cost", "a year's worth", "change"]
    headings += ["entering", "leaving"]
    say(table(headings, rows, right=frozenset({1, 2, 3, 5})))
    for each in found.scenarios:
        if each.clash:
            say(f"{each.name}: nothing keeps every limit; these clash: {', '.join(each.clash)}")


def _by_grade(chosen: Chosen, currency: str) -> str:
    """Write the worth of a year apart for each grade, since what is supported differently is not added up."""
    moneys = ((grade, chosen.money[grade]) for grade in GRADES if grade in chosen.money)
    return "; ".join(f"{_plain(value, currency)} {grade.replace('_', ' ')}" for grade, value in moneys)


def _of(kind: str, value: Decimal, currency: str) -> str:
    return _plain(value, currency) if kind == "money" else f"{value:,f}"


def _plain(value: Decimal, currency: str) -> str:
    return Money(value, currency).display()


def _say_notes(found: SelectionView) -> None:
    bounds = sum(each.reason.kind == "costs_at_least" for each in found.rejected)
    if bounds:
        note(
            f"what {bounds:,} of {len(found.rejected):,} that are not chosen would displace was not worked"
            " out in time: `--reason-seconds` gives more"
        )
    if found.total.money:
        note(f"declared for a year: {_by_grade(found.total, found.currency)}")
    if found.unlimited_money:
        note("no budget is declared or given, so money limits nothing: give `--budget`")
    if found.later_cost:
        note(f"{found.later_cost.display()} of the cost falls into periods that no budget is given for")
    if found.draws:
        how = ", with parts allowed" if found.drawn_relaxed else ""
        note(f"`stays` and `enters`: under {found.draws} other weights (Dirichlet, seed {found.seed}{how})")
    elif found.objective == "money":
        note(
            "money is made the most of, and no weight enters it: `remit portfolio rank` shows how ranks move"
        )

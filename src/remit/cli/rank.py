"""The command that ranks the portfolio."""

from __future__ import annotations

from typing import Any

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json, say_stamp
from remit.cli.table import shorten, table
from remit.decide.rank_stability import DRAWS, Stability
from remit.decide.score import Rated
from remit.declare.ranking import CRITERIA, METHODS
from remit.declare.simulated import counts_simulated
from remit.kernel.money import canonical
from remit.operations.fold_ledger import fold_ledger
from remit.operations.rank_portfolio import Ranking, rank_portfolio
from remit.settings import Settings

APART_SHOWN = 10


@click.command()
@click.option("--unit", default="", help="Only this unit and those below it, ranked among themselves.")
@click.option(
    "--top", default=3, show_default=True, type=click.IntRange(1, 20_000), help="How many are the top."
)
@click.option(
    "--draws",
    default=DRAWS,
    show_default=True,
    type=click.IntRange(100, 10_000),
    help="How many other weights each rank is tried under.",
)
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0, 2**31), help="Where drawing begins."
)
@json_option
@click.pass_obj
def rank(settings: Settings, unit: str, top: int, draws: int, seed: int, as_json: bool) -> None:
    """Rank use cases, value and feasibility apart, and show how firm each rank is when the weights move."""
    with open_system(settings) as system:
        fold_ledger(system)
        found = rank_portfolio(system, unit=unit, top=top, draws=draws, seed=seed)
    if as_json:
        say_json(_as_data(found, top=top, draws=draws, seed=seed))
        return
    say_stamp(counted=counts_simulated(found.model))
    _say_ranked(found, top)
    _say_apart([each for each in found.rated if each.score is None])
    portfolio = found.model.portfolio
    note(f"{portfolio.method}: {METHODS[portfolio.method].meaning}; value counts as far as its evidence goes")
    note(
        f"`in top {top}`, and `ranks` in 9 of 10 cases: under {draws:,} other weights (Dirichlet,"
        f" concentration {portfolio.concentration}, seed {seed})"
    )


def _say_ranked(found: Ranking, top: int) -> None:
    scored = [each for each in found.rated if each.score is not None]
    rows = []
    for place, each in enumerate(scored, start=1):
        judged, firm = each.judged, found.stability[each.id]
        rows.append(
            (
                f"{place}",
                each.id,
                shorten(judged.name, 40),
                judged.stage,
                _figure(each.value),
                _figure(each.feasibility),
                _figure(each.score),
                judged.money.display() if judged.money else "–",
                judged.grade.replace("_", " "),
                f"{each.stated:.0%}",
                f"{firm.top_share:.0%}",
                _between(firm),
            )
        )
    headings = [
        "",
        "use case",
        "name",
        "stage",
        "value",
        "feasible",
        "score",
        "a year's worth",
        "evidence",
        "stated",
    ]
    headings += [f"in top {top}", "ranks"]
    if rows:
        say(table(headings, rows, right={0, 4, 5, 6, 7, 9, 10, 11}, least=("name",)))
    else:
        note("no use case states enough to be ranked")


def _say_apart(apart: list[Rated]) -> None:
    if not apart:
        return
    say(f"\nnot ranked, because too little is stated ({count(len(apart), 'use case')}):")
    rows = [
        (f"  {each.id}", each.judged.stage, f"{each.stated:.0%}", ", ".join(each.missing).replace("_", " "))
        for each in apart[:APART_SHOWN]
    ]
    say(table(["  use case", "stage", "stated", "missing"], rows, right=frozenset({2})))
    if len(apart) > APART_SHOWN:
        say(f"  ... and {len(apart) - APART_SHOWN:,} more; `--json` lists them")


def _between(firm: Stability) -> str:
    return f"{firm.rank_low}" if firm.rank_low == firm.rank_high else f"{firm.rank_low}–{firm.rank_high}"


def _figure(value: Any) -> str:
    return "–" if value is None else f"{value:,.2f}"


def _as_data(found: Ranking, *, top: int, draws: int, seed: int) -> dict[str, Any]:
    portfolio = found.model.portfolio
    return {
        "method": portfolio.method,
        "weights": {name: getattr(portfolio.weights, name) for name in CRITERIA},
        "concentration": portfolio.concentration,
        "draws": draws,
        "seed": seed,
        "top": top,
        "counts_simulated": counts_simulated(found.model),
        "ranked": [
            {"rank": place, **_line(each), "stability": found.stability[each.id]}
            for place, each in enumerate((each for each in found.rated if each.score is not None), start=1)
        ],
        "apart": [_line(each) for each in found.rated if each.score is None],
    }


def _line(each: Rated) -> dict[str, Any]:
    judged = each.judged
    return {
        "id": each.id,
        "name": judged.name,
        "unit": judged.unit,
        "stage": judged.stage,
        "value": each.value,
        "feasibility": each.feasibility,
        "score": each.score,
        "stated": canonical(each.stated),
        "missing": each.missing,
        "money": judged.money,
        "grade": judged.grade,
        "criteria": judged.criteria,
        "factors": {
            name: None if value is None else round(value, 4) for name, value in judged.factors.items()
        },
    }

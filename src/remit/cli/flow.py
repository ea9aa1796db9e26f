"""Commands on how the portfolio flows: flow, funnel, next, sunset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.table import shorten, table
from remit.decide.advice import ADVISED, Advice
from remit.decide.flow import HOLDS_WITHIN, Congestion, Flow, Little
from remit.decide.funnel import UnitFunnel
from remit.decide.quantile import SPAN_DAYS_MAX, Spans
from remit.declare.organisation import STAGES
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_unit
from remit.operations.model_in_force import model_in_force
from remit.operations.read_portfolio_flow import DAYS_MAX, PortfolioFlow, read_portfolio_flow
from remit.operations.read_sunsets import read_sunsets
from remit.settings import Settings

SHOWN = 12
unit_option = click.option("--unit", default="", help="Only this unit and those below it.")
days_option = click.option(
    "--days", default=365, show_default=True, type=click.IntRange(1, DAYS_MAX), help="Over how many days."
)
as_of_option = click.option(
    "--as-of",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="Up to this day instead of today; dates only: calls and evidence are those of now.",
)


def _found(settings: Settings, **wanted: Any) -> PortfolioFlow:
    as_of: datetime | None = wanted.pop("as_of", None)
    with open_system(settings) as system:
        fold_ledger(system)
        return read_portfolio_flow(system, as_of=as_of.date() if as_of else None, **wanted)


@click.command()
@unit_option
@days_option
@as_of_option
@click.option("--all", "everything", is_flag=True, help="List the advice on every use case.")
@json_option
@click.pass_obj
def flow(
    settings: Settings, unit: str, days: int, as_of: datetime | None, everything: bool, as_json: bool
) -> None:
    """Show what is in work, how old it is, whether more comes in than goes out, and advice with reasons."""
    found = _found(settings, unit=unit, days=days, as_of=as_of)
    if as_json:
        say_json({"flow": found.flow, "advice": found.advice})
        return
    say(_headline(found.flow))
    say(table(["what", "figure", "how it is known"], [*_lines(found.flow)]))
    say("")
    say(
        table(
            ["stage", "use cases", "cycles", "half within", "85 of 100 within"],
            [*_stages(found.flow)],
            right=frozenset({1, 2, 3, 4}),
        )
    )
    _say_advice(found, everything=everything)
    note(
        "cycle times are from the beginning of work to use; those that run backwards or over"
        f" {SPAN_DAYS_MAX:,} days are left out"
    )
    note("nothing is moved by advice")


def _headline(found: Flow) -> str:
    more = "more comes in than goes out" if found.overflows else "no more comes in than goes out"
    if not (found.arrived or found.departed):
        more = "nothing came in and nothing went out"
    return (
        f"{count(found.in_work, 'pilot')} in work as of {found.today};"
        f" in {found.days:,} days {found.arrived:,} came and {found.departed:,} went: {more}"
    )


def _lines(found: Flow) -> Iterator[tuple[str, str, str]]:
    ages, cycle = found.ages, found.cycle
    yield "in work", f"{found.in_work:,}", f"{ages.known:,} of known age"
    yield (
        "age",
        _days(ages.p50),
        _told(ages.known, f"85 of 100 below {_days(ages.p85)}, the oldest {_days(ages.oldest)}"),
    )
    if found.doubtful:
        yield "cycle time as reported", _days(found.cycle_reported.p50), _cycle(found.cycle_reported)
    without = f"; without {count(found.doubtful, 'date')} that cannot be true" if found.doubtful else ""
    yield "cycle time", _days(cycle.p50), _cycle(cycle) + without
    yield "arrivals", f"{found.per_month(found.arrived):,} a month", f"{found.arrived:,} begun"
    yield (
        "throughput",
        f"{found.per_month(found.departed):,} a month",
        f"{found.used:,} into use, {found.dropped:,} dropped; {found.undated:,} not dated on both sides",
    )
    yield from _little(found.little, overflows=found.overflows)
    share = f"{found.waiting / found.in_work:.0%}" if found.in_work else "–"
    yield "held by governance alone", share, f"{found.waiting:,} of {count(found.in_work, 'pilot')}"
    yield from _congestion(found.congestion)


def _little(found: Little, *, overflows: bool) -> Iterator[tuple[str, str, str]]:
    if found.expected_in_work is None or found.gap is None:
        yield "Little's law", "not to be said", "nothing that is dated on both sides departed"
    else:
        said = f"holds within {HOLDS_WITHIN:.0%}" if found.holds else f"{found.gap:.0%} apart: no steady flow"
        yield (
            "Little's law",
            said,
            f"L {found.mean_in_work:,} in work on average, λ {found.arrivals_per_day:,} a day"
            f" × W {found.mean_days:,} days = {found.expected_in_work:,}",
        )
    if overflows:
        yield (
            "warning",
            "arrivals exceed departures",
            "pilots only grow older until fewer are begun, or more decided",
        )


def _congestion(found: Congestion) -> Iterator[tuple[str, str, str]]:
    if found.index is None:
        yield "congestion index", "–", "nothing is in work"
        return
    least = "≥ " if found.at_least else ""
    yield (
        "congestion index",
        f"{least}{found.index:.0f} of 100",
        f"beyond throughput {_share(found.excess)}, late {_share(found.late)}, held {_share(found.blocked)}",
    )


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _told(known: int, quantiles: str) -> str:
    return f"the middle; {quantiles}" if known else "nothing can be said of so few"


def _cycle(cycle: Spans) -> str:
    left = f" ({cycle.left_out:,} left out)" if cycle.left_out else ""
    said = _told(cycle.count if cycle.p85 is not None else 0, f"85 of 100 within {_days(cycle.p85)}")
    return f"{said}; {cycle.count:,}{left} dated on both sides"


def _days(days: int | None) -> str:
    return "–" if days is None else f"{days:,} d"


def _stages(found: Flow) -> Iterator[tuple[str, ...]]:
    for stage, number in found.by_stage.items():
        took = found.stage_cycles.get(stage)
        if took is None or not took.count:
            yield stage, f"{number:,}", "–", "–", "–"
        else:
            yield stage, f"{number:,}", f"{took.count:,}", _days(took.p50), _days(took.p85)


def _say_advice(found: PortfolioFlow, *, everything: bool) -> None:
    counts = Counter(each.advised for each in found.advice.values())
    say("\nadvice: " + ", ".join(f"{each} {counts[each]:,}" for each in ADVISED))
    rules = Counter((each.advised, each.rule) for each in found.advice.values())
    if not everything:
        first: dict[tuple[str, str], Advice] = {}
        for each in found.advice.values():
            first.setdefault((each.advised, each.rule), each)
        ordered = sorted(rules, key=lambda each: (ADVISED.index(each[0]), -rules[each], each[1]))
        rows = [
            (
                advised,
                rule,
                f"{rules[advised, rule]:,}",
                shorten(first[advised, rule].use_case, 34),
                first[advised, rule].why,
            )
            for advised, rule in ordered
        ]
        say(table(["advice", "rule", "use cases", "such as", "because"], rows, right=frozenset({2})))
        return
    say(_advice_table(sorted(found.advice.values(), key=_graver)))


def _graver(each: Advice) -> tuple[int, str, str]:
    return -ADVISED.index(each.advised), each.rule, each.use_case


def _advice_table(advice: list[Advice]) -> str:
    rows = [(each.use_case, each.stage, each.advised, each.rule, each.why, each.unless) for each in advice]
    return table(["use case", "stage", "advice", "rule", "because", "what would change it"], rows)


@click.command(name="funnel")
@unit_option
@as_of_option
@json_option
@click.pass_obj
def show_funnel(settings: Settings, unit: str, as_of: datetime | None, as_json: bool) -> None:
    """Show how many use cases each unit has at each stage, how many come on, and who waits at which gate."""
    found = _found(settings, unit=unit, as_of=as_of).funnel
    if as_json:
        say_json(found)
        return
    headings = ["unit", "use cases", *STAGES, "tried", "launched", "scaled", "ready", "held"]
    rows = [_unit_row(each) for each in (*found.units, found.whole)]
    say(table(headings, rows, right=frozenset(range(1, len(headings)))))
    if found.waiting:
        say(f"\nheld at a gate by governance alone ({count(len(found.waiting), 'use case')}):")
        waiting = [
            (
                each.use_case,
                each.unit,
                each.into,
                ", ".join(each.roles) or "nobody was asked yet",
                f"{each.since:%Y-%m-%d}" if each.since else "–",
            )
            for each in found.waiting[:SHOWN]
        ]
        say(table(["use case", "unit", "gate", "waits for", "asked"], waiting))
        if len(found.waiting) > SHOWN:
            note(f"{len(found.waiting) - SHOWN:,} more; `--json` lists them")
    note("`tried`, `launched`, `scaled`: of those that ever came to the stage before, the share that came on")
    note("`ready` lacks nothing at its gate, `held` only people's word or consent")


def _unit_row(each: UnitFunnel) -> tuple[str, ...]:
    return (
        shorten(each.unit or "all", 40),
        f"{each.use_cases:,}",
        *(f"{number:,}" if number else "·" for number in each.at.values()),
        *(_share(of.share) for of in each.conversions),
        f"{sum(each.ready.values()):,}",
        f"{sum(each.queue.values()):,}",
    )


@click.command(name="next")
@unit_option
@click.option("--limit", default=3, show_default=True, type=click.IntRange(1, 100), help="How many.")
@as_of_option
@json_option
@click.pass_obj
def show_next(settings: Settings, unit: str, limit: int, as_of: datetime | None, as_json: bool) -> None:
    """Show what to decide next, and why: where a decision is ready, worth something and makes room."""
    found = _found(settings, unit=unit, as_of=as_of).next(limit)
    if as_json:
        say_json(found)
        return
    for place, each in enumerate(found, start=1):
        advice = each.advice
        where = f"{advice.stage}, {advice.unit}"
        say(f"{place}. {advice.advised}: {each.use_case} ({where})")
        say(f"   {shorten(each.name, 100)}")
        say(f"   because {advice.why}")
        say(f"   unless  {advice.unless}")
        parts = f"readiness {each.readiness:.2f}, worth {each.worth:.2f}, relief {each.relief:.2f}"
        say(f"   priority {each.priority:.2f} = mean of {parts}")
        say(f"   then    {each.do}")
    if not found:
        note("nothing is to be decided now")


@click.command()
@unit_option
@json_option
@click.pass_obj
def sunset(settings: Settings, unit: str, as_json: bool) -> None:
    """Show which sunset rules fire, since when, and what they recommend; a person does it, or does not."""
    with open_system(settings) as system:
        fold_ledger(system)
        _, model = model_in_force(system)
        if unit:
            require_unit(model, unit)
        found = read_sunsets(system, model)
    if unit:
        found = tuple(each for each in found if unit in model.lineage(each.unit))
    if as_json:
        say_json(found)
        return
    if found:
        rows = [
            (
                f"{each.due}",
                each.use_case,
                each.stage,
                f"{each.rule} ({each.layer})",
                each.says + (" (simulated)" if each.simulated else ""),
                each.recommend,
            )
            for each in found
        ]
        say(table(["due since", "use case", "stage", "rule", "because", "recommended"], rows))
        note(f"such as: {found[0].command}")
    note(
        f"{count(len(found), 'rule')} fire{'s' if len(found) == 1 else ''}; nothing is ended without a person"
    )

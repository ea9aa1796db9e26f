"""The sheets of the board report on how things stand: portfolio, risk and controls, flow, and method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from remit.decide.flow import Congestion, Flow
from remit.decide.funnel import Funnel
from remit.decide.life import Life
from remit.declare.organisation import STAGES
from remit.report.board import Cell, Headline, Point, Sheet, Table, counts, number, percent, table, text
from remit.report.board_sheets import SHOW
from remit.report.chart.bars import Bar, grouped_bars
from remit.report.chart.cumulative import Count, cumulative_flow
from remit.report.chart.theme import Frame
from remit.report.controls import ControlSummary
from remit.report.risk_status import LawDate, LawDates
from remit.report.risks import RiskLine

_WEEKS = 52
FIGURES_MAX = 40
LIST, FLOW, FUNNEL = "remit portfolio list", "remit portfolio flow", "remit portfolio funnel"
CONTROLS = "remit controls"


def portfolio(found: Funnel, *, advised: Mapping[str, int]) -> Sheet:
    """Lay out where use cases are, and how many come on from stage to stage."""
    whole = found.whole
    bars = [
        Bar(stage, "use cases", whole.at[stage], tone="accent" if stage in ("launch", "scale") else "context",
            says=f"{whole.at[stage]:,}")
        for stage in STAGES
    ]  # fmt: skip
    used = whole.at["launch"] + whole.at["scale"]
    about = "Use cases by stage; those in use stand out"
    conversions = (
        (text(f"{each.stage} to {each.into}"), number(each.came), number(each.came_on),
         Cell(percent(each.share), "number"))
        for each in whole.conversions
    )  # fmt: skip
    units = (
        (text(each.name), number(each.use_cases), *(number(each.at[stage]) for stage in STAGES),
         number(sum(each.queue.values())))
        for each in found.units
    )  # fmt: skip
    return Sheet(
        id="portfolio",
        name="The portfolio",
        title=f"{used:,} of {whole.use_cases:,} use cases are in use",
        made_by=LIST,
        says=(Point(f"advised: {counts(advised)}", FLOW),) if advised else (),
        tables=(
            table(
                "How many come on",
                ("step", ">came", ">came on", ">share"),
                conversions,
                made_by=FUNNEL,
                empty="none",
            ),
            table(
                "By unit",
                ("unit", *(f">{each}" for each in ("all", *STAGES, "held by governance"))),
                units,
                made_by=FUNNEL,
                empty="no use case is declared",
                most=10,
            ),
        ),
        chart=grouped_bars(Frame("Use cases by stage", about, 900, 130, "print"), bars)
        if whole.use_cases
        else None,
        chart_about=about,
    )


def risk(risks: Sequence[RiskLine], controls: ControlSummary, law: LawDates, *, today: date) -> Sheet:
    """Lay out the gravest risks and when they are reviewed, the controls that hold least, and the law."""
    late = sum(each.overdue_days > 0 for each in risks)
    risk_rows = (
        (text(each.title), text(each.owner), number(each.now.score), text(each.now.words),
         text("controls hold" if each.kept else "controls do not hold", "soft" if each.kept else "act"),
         _review(each))
        for each in risks
    )  # fmt: skip
    title = f"{controls.whole:,} of {controls.use_cases:,} use cases hold every control that is asked of them"
    return Sheet(
        id="risk",
        name="Risk and controls",
        title=title,
        made_by=CONTROLS,
        says=(
            Point(
                f"{len(risks):,} risks are in the register; as of {today} the review of {late:,} is late",
                "remit risks",
            ),
        ),
        tables=(
            table(
                "Risks, the gravest first",
                ("risk", "owner", ">score", "level now", "controls", "review by"),
                risk_rows,
                made_by="remit risks",
                empty="no risk is in the register, which does not say that there is none",
                most=7,
            ),
            _lacking(controls),
            _law(law),
        ),
    )


def _lacking(controls: ControlSummary) -> Table:
    lacking = sorted(
        (each for each in controls.controls if each.asked > each.holds),
        key=lambda each: (-each.does_not_hold, -(each.asked - each.holds), each.id),
    )
    control_rows = (
        (text(each.title), text(each.pillar), number(each.asked), number(each.holds),
         Cell(f"{each.does_not_hold:,}", "act" if each.does_not_hold else "number"),
         number(each.stale), number(each.not_shown))
        for each in lacking
    )  # fmt: skip
    return table(
        "Controls that do not hold everywhere",
        ("control", "pillar", ">asked of", ">holds", ">does not", ">stale", ">not shown"),
        control_rows,
        made_by=CONTROLS,
        empty="every control that is asked of a use case holds",
        most=7,
    )


def _law(law: LawDates) -> Table:
    return table(
        f"Days of the {law.name}, by its text as of {law.verified_on}; facts, not a legal opinion",
        ("from", ">use cases it asks something of", ">who leave a fact open", "what"),
        map(_law_row, law.coming_first),
        made_by="remit risk show USE_CASE",
        empty="no day is known",
        most=5,
    )


def _law_row(each: LawDate) -> tuple[Cell, ...]:
    what = "; ".join((*(f"{duty.article}: {duty.title}" for duty in each.duties), *each.notes))
    when = f"{each.day}{', in force' if each.passed else ''}"
    return text(when), number(each.use_cases), number(len(each.open)), text(what or "nothing", "soft")


def _review(each: RiskLine) -> Cell:
    late = each.overdue_days > 0
    return text(f"{each.review}, {each.overdue_days:,} days late", "act") if late else text(f"{each.review}")


def flow(found: Flow, lives: Iterable[Life], *, waiting: Funnel) -> Sheet:
    """Lay out how pilots flow: what is in work, what comes in and goes out, and why it jams."""
    jam = found.congestion
    least = "at least that, since a part is not known; " if jam.at_least else ""
    about = "Use cases with known dates over a year: in work, and in use after it"
    bands = cumulative(lives, today=found.today)
    figure = "not known" if jam.index is None else f"{jam.index:.0f}"
    took = "how long it takes to come into use is not known"
    if found.cycle.p50 is not None:
        took = f"half of those that went into use took {found.cycle.p50:,} days"
    return Sheet(
        id="flow",
        name="Flow and congestion",
        title=f"Pilots since {found.since}: {found.arrived:,} began and {found.departed:,} ended"
        + (", so they only grow older" if found.overflows else ""),
        made_by=FLOW,
        headline=Headline(
            figure,
            "of 100, pilot congestion",
            f"{least}pilots in work: {found.in_work:,}; {took}",
            FLOW,
            firm=jam.index is not None and not jam.at_least,
        ),
        tables=(
            _congestion(jam),
            _held(waiting),
        ),
        chart=cumulative_flow(
            Frame("Cumulative flow", about, 900, 150, "print"), bands, stages=("in work", "in use")
        )
        if bands
        else None,
        chart_about=about,
    )


def _congestion(jam: Congestion) -> Table:
    return table(
        "What congestion is made of",
        ("part", "which is", ">share"),
        _parts(jam),
        made_by=FLOW,
        empty="nothing",
    )


def _held(waiting: Funnel) -> Table:
    waits = (
        (text(each.use_case), text(each.unit), text(each.into),
         text(", ".join(each.roles) or "nobody was asked yet"),
         text(f"{each.since:%Y-%m-%d}" if each.since else "not known", "soft"))
        for each in waiting.waiting
    )  # fmt: skip
    return table(
        "Held by governance alone, the longest first",
        ("use case", "unit", "gate into", "waits for", "since"),
        waits,
        made_by=FUNNEL,
        empty="no use case waits for governance alone",
        most=6,
    )


def _parts(jam: Congestion) -> Iterable[tuple[Cell, ...]]:
    parts = (
        ("too much", "pilots beyond what the throughput carries", jam.excess),
        ("late", "pilots older than 85 of 100 were when they went into use", jam.late),
        ("blocked", "pilots that wait for governance alone", jam.blocked),
    )
    for name, says, part in parts:
        yield text(name), text(says), Cell(percent(part) or "not known", "number")


def cumulative(lives: Iterable[Life], *, today: date) -> list[Count]:
    """Count week by week over a year who is in work and who went into use; unknown dates are left out."""
    dated = [each for each in lives if each.begun]
    if not dated:
        return []
    found = []
    for weeks in reversed(range(_WEEKS + 1)):
        day = today - timedelta(weeks=weeks)
        begun = [each for each in dated if each.begun and each.begun <= day]
        gone = [each for each in begun if each.left and each.left <= day]
        work = sum(each.in_work or each.left is not None for each in begun) - len(gone)
        found.append(Count(day, "in work", work))
        found.append(Count(day, "in use", sum(not each.dropped for each in gone)))
    return found


def method(sheets: Sequence[Sheet], *, facts: Sequence[tuple[str, str]]) -> Sheet:
    """Say of every figure which command makes it, and what all of them rest on."""
    verify = "remit ledger verify"
    return Sheet(
        id="method",
        name="Method and provenance",
        title="Every figure is computed from the ledger, and can be computed again",
        made_by=verify,
        says=(
            Point(
                "value is held against cost by evidence grade; what is claimed is outlined, in no headline",
                SHOW,
            ),
            Point(
                "states are those of the time that stands below, and sums of money are those of the period",
                "remit history",
            ),
        ),
        tables=(
            table(
                "What all figures rest on",
                ("what", "which"),
                (tuple(map(text, each)) for each in facts),
                made_by="remit history",
                empty="",
            ),
            table(
                "What makes each figure; every command has `--json`",
                ("sheet", "figures", "command"),
                (
                    (text(each.name), text("; ".join(parts)), text(command, "soft"))
                    for each in sheets
                    for command, parts in each.figures.items()
                ),
                made_by=verify,
                empty="",
                most=FIGURES_MAX,
            ),
        ),
    )

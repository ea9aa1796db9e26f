"""The sheets of the board report on money: the answer, value by grade, cost, and decisions asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from remit.decide.finops.unit_cost import UnitCost
from remit.decide.worth.by_grade import GradeSum
from remit.decide.worth.span import added
from remit.report.board import (
    Cell,
    Headline,
    Point,
    Sheet,
    amount,
    between,
    claimed,
    evidenced,
    money,
    number,
    percent,
    table,
    text,
)
from remit.report.chart.bars import Bar, grouped_bars
from remit.report.chart.intervals import Effect, interval_plot
from remit.report.chart.theme import Frame
from remit.report.leaders import BoardMoney, GradeValue, LeadersLine
from remit.report.value import PortfolioValue

SHOW = "remit value show"
TOO_LITTLE = "There is too little evidence to say whether generative AI pays"


def answer(found: BoardMoney, period: str, *, points: tuple[Point, ...]) -> Sheet:
    """Say whether it pays, as far as a study supports it, against everything that it cost."""
    shown, made_by = evidenced(found.spending.value), report_command(found)
    cost, unstudied = found.spending.total, claimed(found.spending.value)
    against = f"against a full cost of {amount(cost)} {found.currency}"
    before = f"{amount(found.before)} {found.currency} in {found.before_period}"
    if not shown:
        title = TOO_LITTLE
        says = f"no study supports any value in use, {against} ({before})"
        headline = Headline("No figure", "", says, made_by, firm=False)
    else:
        whole = added(each.value for each in shown)
        grade = shown[-1].grade.replace("_", "-")
        pays = _verdict(whole.low, cost)
        title = f"What generative AI brought in {period} {pays} what it cost"
        says = f"{between(whole)}; grade {grade} or better; {against} ({before})"
        headline = Headline(amount(whole.point), f"{found.currency} evidenced value", says, made_by)
    rows = [
        (text(each.grade.replace("_", "-")), number(each.figures), *_value(each.value.point, each.grade),
         Cell(between(each.value), "soft"), money(each.confirmed))
        for each in found.spending.value
    ]  # fmt: skip
    held = [*_effects(found.spending.value), Effect("full cost", cost, says=amount(cost))]
    about = "Value of these days by evidence grade, and below it what everything cost"
    beside = f"{amount(unstudied)} {found.currency} is claimed beside that and counted in nothing"
    return Sheet(
        id="answer",
        name="The answer",
        title=title,
        made_by=made_by,
        headline=headline,
        says=(*((Point(beside, made_by),) if unstudied else ()), *points),
        tables=(
            table(
                f"Value of these days, of what is in launch and scale, {found.currency}",
                ("grade", ">figures", ">value", "between", ">confirmed by finance"),
                rows,
                made_by=made_by,
                empty="no figure of value is stated for anything in use",
            ),
        ),
        chart=interval_plot(Frame("Value and cost", about, 900, 30 + 30 * len(held), "print"), held)
        if len(held) > 1
        else None,
        chart_about=f"{about}, {found.currency}; what is claimed is hollow",
    )


def report_command(found: BoardMoney) -> str:
    return f"remit finops report --period {found.period}"


def _effects(sums: Iterable[GradeValue | GradeSum]) -> list[Effect]:
    return [
        Effect(each.grade.replace("_", "-"), each.value.point, each.value.low, each.value.high,
               firm=each.grade != "claimed", says=f"{amount(each.value.point)}, figures: {each.figures:,}")
        for each in sums
    ]  # fmt: skip


def _verdict(low: Decimal | None, cost: Decimal) -> str:
    if low is None:
        return "cannot be held against"
    return "is more than" if low > cost else "is not shown to be more than"


def _value(point: Decimal, grade: str) -> tuple[Cell]:
    return (money(point, claimed=grade == "claimed"),)


def value(found: PortfolioValue) -> Sheet:
    """Lay out value by evidence grade: what is claimed stands apart and looks different."""
    studied = [each for each in found.by_grade if each.grade != "claimed"]
    use_cases = [each for each in found.lines if each.by_grade]
    effects = _effects(found.by_grade)
    title = f"{sum(each.figures for each in studied):,} figures of value are supported by a study"
    rows = (
        (text(each.name), text(each.unit), text(each.stage), text(sum_.grade.replace("_", "-")),
         money(sum_.value.point, claimed=sum_.grade == "claimed"), Cell(between(sum_.value), "soft"),
         money(each.year) if each.cost_known else Cell("not known", "soft"))
        for each in use_cases for sum_ in each.by_grade
    )  # fmt: skip
    about = "Value of a year by evidence grade, with its interval; what is claimed is hollow and dashed"
    states = ", ".join(f"{count:,} {state}" for state, count in found.states.items() if count)
    return Sheet(
        id="value",
        name="Value by evidence grade",
        title=title if studied else "No figure of value is supported by a study yet",
        made_by=SHOW,
        says=(
            Point(f"figures: {states or 'none'}; grades are never added up", SHOW),
            Point(
                f"the cost of {found.cost_unknown:,} of {found.use_cases:,} use cases is not known in full",
                SHOW,
            ),
        ),
        tables=(
            table(
                f"Use cases by what a year of them is worth, {found.currency}",
                ("use case", "unit", "stage", "grade", ">value", "between", ">full cost"),
                sorted(rows, key=lambda row: row[3].text == "claimed"),
                made_by="remit value show USE_CASE",
                empty="no use case states what it is worth",
            ),
        ),
        chart=interval_plot(Frame("Value by grade", about, 900, 40 + 34 * len(effects), "print"), effects)
        if effects
        else None,
        chart_about=f"{about}, {found.currency}",
    )


def cost(found: BoardMoney, units: Sequence[UnitCost], *, period: str) -> Sheet:
    """Lay out what it cost by unit, model and what else, and what one call or outcome cost."""
    spent, made_by = found.spending, report_command(found)
    bars = [
        Bar(each.name or each.kind, "cost", each.cost, says=amount(each.cost))
        for each in spent.models[:8]
        if each.cost
    ]
    about = f"Full cost by model, and what is no model's, {found.currency}"
    return Sheet(
        id="cost",
        name="Cost and unit economics",
        title=f"{amount(spent.total)} {found.currency} was spent in full in {period}",
        made_by=made_by,
        says=tuple(_cost_points(found, made_by)),
        tables=(
            table(
                f"By unit, with those below it, {found.currency}",
                ("unit", ">use cases", ">cost", ">share"),
                (_line(each) for each in spent.units if not each.depth),
                made_by=made_by,
                empty="nothing was spent",
                most=8,
            ),
            table(
                f"What one of each cost in the last month that had calls, in full, {found.currency}",
                ("use case", "period", "of", ">count", ">one costs"),
                _each(units),
                made_by="remit finops unit-cost",
                empty="no real call was made",
                most=10,
            ),
        ),
        chart=grouped_bars(Frame("Cost by model", about, 900, 30 + 22 * len(bars), "print"), bars)
        if bars
        else None,
        chart_about=about,
    )


def _cost_points(found: BoardMoney, made_by: str) -> Iterator[Point]:
    spent, ahead = found.spending, found.forecast
    change = percent((spent.total - found.before) / found.before) if found.before else "nothing to compare"
    before = f"{amount(found.before)} {found.currency} in {found.before_period}; change {change}"
    yield Point(before, made_by)
    if ahead and ahead.expected is not None:
        bounds = f" ({amount(ahead.low)} to {amount(ahead.high)})" if ahead.low and ahead.high else ""
        expected = f"calls come to {amount(ahead.expected)} {found.currency} at the end of the month{bounds}"
        yield Point(expected, "remit finops forecast --by organisation")
    if found.idle:
        yield Point(f"{amount(found.idle)} {found.currency} was paid for and served nobody", made_by)
    if found.uncounted:
        left_out = f"{len(found.uncounted):,} costs are in no figure, since no period has a part of them"
        yield Point(left_out, made_by)


def _line(each: LeadersLine) -> tuple[Cell, ...]:
    name = each.name or "of no unit"
    return text(name), number(each.use_cases), money(each.cost), Cell(percent(each.share), "number")


def _each(units: Sequence[UnitCost]) -> Iterator[tuple[Cell, ...]]:
    for one in units:
        whole = [each for each in one.periods if each.each]
        for of, each in whole[-1].each.items() if whole else ():
            costs = f"{each.full:,.4f}" if each.full < 10 else f"{each.full:,.2f}"
            yield text(one.use_case), text(whole[-1].label), text(of), number(each.count), number(costs)


def decisions(
    found: BoardMoney, *, next_: Sequence[tuple[str, str, str, str]], waits: Sequence[tuple[str, str, str]]
) -> Sheet:
    """List what is asked of the board: about money, about use cases, and what waits for consent."""
    money_rows = (
        (text(each.says), money(each.a_month, claimed=each.basis == "claimed"), text(each.money),
         text(each.whose), text(each.basis, "soft"), text(each.run, "soft"))
        for each in found.proposed.top
    )  # fmt: skip
    return Sheet(
        id="decisions",
        name="Decisions asked for",
        title=found.title,
        made_by=report_command(found),
        tables=(
            table(
                f"About money, {found.currency} a month",
                ("decide to", ">money", "which", "whose", "basis", "command"),
                money_rows,
                made_by=report_command(found),
                empty="nothing was found to save, to cover or to confirm",
            ),
            table(
                "About use cases, the most urgent first",
                ("use case", "advice", "because", "command"),
                ((text(who), text(what), text(why), text(do, "soft")) for who, what, why, do in next_),
                made_by="remit portfolio next",
                empty="no use case needs a decision",
                most=6,
            ),
            table(
                "Waiting for consent, the first due first",
                ("asked for", "waits for", "due"),
                ((text(what), text(whom), text(due, "act")) for what, whom, due in waits),
                made_by="remit approval list",
                empty="no request is open",
                most=6,
            ),
        ),
    )

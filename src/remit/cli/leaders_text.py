"""The report for leaders as text: what to decide first, then where money goes and what it brings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from remit.cli.context import count
from remit.cli.leaders_answers import WIDTH, answers_text, wrapped
from remit.cli.table import shorten, table
from remit.decide.finops.forecast import SURE
from remit.decide.finops.governance_cost import GovernanceCost
from remit.decide.finops.proposal import MoneyKind, Proposal
from remit.decide.finops.unlaunched import Fate, Unlaunched
from remit.decide.worth.span import Span
from remit.operations.read_leaders_report import CaseReport
from remit.report.leaders import GradeValue, LeadersLine, LeadersReport
from remit.report.written import short

LINES_SHOWN = {"unit": 8, "use_case": 8, "stage": 6, "model": 8}
EXPERIMENTS_SHOWN = 5

_MONEY: dict[MoneyKind, str] = {
    "saves": "saves",
    "idle": "lies idle",
    "uncovered": "not covered",
    "unpriced": "without a rate",
    "value": "value to confirm",
}
_FATES: dict[Fate, str] = {
    "ended": "ended",
    "stop": "advised to stop",
    "park": "advised to park",
    "merge": "advised to merge",
    "open": "open for long",
    "in-time": "in time",
}
_REST = {"idle": "stood idle", "unreached": "reaches no use case"}


def leaders_text(found: LeadersReport) -> str:
    """Lay out the report, what is to be decided first."""
    return "\n".join(_report(found))


def _report(found: LeadersReport) -> Iterator[str]:
    yield from _filled(found.title)
    yield ""
    if found.proposed.top:
        yield from _proposals(found.proposed.top, found.currency)
        yield ""
    yield from _spent(found)
    yield ""
    yield _lines(found)
    yield ""
    yield from _experiments(found)
    yield from _governance(found.governance, found.currency)
    yield from _idle(found)


def _proposals(proposals: Sequence[Proposal], currency: str) -> Iterator[str]:
    for number, each in enumerate(proposals, 1):
        yield f"{number}  {shorten(each.says, 106)}"
        money = f"{_MONEY[each.money]} {short(each.a_month)} {currency} a month"
        bounds = f", {_between(each.low, each.high)}" if each.low != each.high else ""
        sure = f", {each.sure:.0%} sure" if each.sure and bounds else ""
        yield from _told(f"{money}{bounds} ({each.basis}{sure}) · {each.whose}")
        yield from _told(each.why)
        for other in each.instead:
            yield from _told(f"instead of: {other}")
        yield from _told(f"run: {each.run}")


def _told(text: str) -> list[str]:
    return [f" {line}" for line in wrapped(text)]


def _between(low: Decimal | None, high: Decimal | None) -> str:
    return " to ".join("open" if each is None else short(each) for each in (low, high))


def _spent(found: LeadersReport) -> Iterator[str]:
    of = f"unit {found.unit}" if found.unit else found.organisation
    state = "so far" if found.goes_on else "closed" if found.closed else "open"
    yield f"{of}, {found.since} to {found.until} ({state}), {found.currency}"
    parts = ", ".join(f"{part} {short(amount)}" for part, amount in found.spending.parts.items())
    said = f"cost in full {short(found.spending.total)}" + (f": {parts}" if parts else "")
    yield from wrapped(f"{said}; {found.before_period}: {short(found.before)}")
    ahead = found.forecast
    if ahead is not None and ahead.expected is not None:
        within = "" if ahead.low is None else f", {_between(ahead.low, ahead.high)} ({SURE:.0%} sure)"
        yield from wrapped(
            f"calls of the whole month are expected to come to {short(ahead.expected)}{within};"
            f" {short(ahead.spent)} are charged"
        )
    if not found.spending.value:
        yield from wrapped("value in launch and scale: none is stated")
    for each in found.spending.value:
        confirmed = f", {_whole(each.confirmed)} confirmed by finance" if each.confirmed else ""
        yield from wrapped(
            f"value of these days, {_grade(each)}: {_whole(each.value.point)} ({_span(each.value)}),"
            f" from {count(each.figures, 'figure')}{confirmed}"
        )
    calls = sum(each.calls for each in found.simulated.values())
    if calls:
        charge = sum((each.charge for each in found.simulated.values()), Decimal(0))
        where = "counted in the figures here" if found.counts_simulated else "in no figure here"
        yield from wrapped(
            f"simulated, and {where}: {count(calls, 'call')} of"
            f" {count(len(found.simulated), 'use case')}, at prices of {short(charge)}"
        )


def _lines(found: LeadersReport) -> str:
    spent = found.spending
    rows: list[list[str]] = []
    sides = (("unit", spent.units), ("use_case", spent.use_cases), ("stage", spent.stages))
    for side, lines in (*sides, ("model", spent.models)):
        if rows:
            rows.append([""] * 6)
        rows.append([f"by {side.replace('_', ' ')}", *[""] * 5])
        shown = LINES_SHOWN[side]
        own = [each for each in lines if each.kind not in _REST]
        for each in own[:shown]:
            rows += _line(each)
        hidden = [each for each in own[shown:] if side != "unit" or not each.depth]
        if hidden:
            cost = sum((each.cost for each in hidden), Decimal(0))
            share = sum((each.share for each in hidden), Decimal(0))
            rows.append([f"  {count(len(hidden), 'other')}", "", short(cost), _percent(share), "", ""])
        for each in lines:
            if each.kind in _REST:
                name = "  of no unit" if side == "unit" else f"  {_REST[each.kind]}"
                rows.append([name, "", short(each.cost), _percent(each.share), "", ""])
    return table(["", "", "cost", "share", "evidence", "value"], rows, right=frozenset({2, 3, 5}))


def _line(each: LeadersLine) -> Iterator[list[str]]:
    name = "  " + "  " * each.depth + ("no model: " if each.kind == "part" else "") + each.name
    stage = each.stage
    if each.kind in ("unit", "stage"):
        stage = count(each.use_cases, "use case")
    first, *others = each.value or (None,)
    yield [
        shorten_left(name, 36),
        stage,
        short(each.cost),
        _percent(each.share),
        _grade(first) if first else "",
        _valued(first) if first else "",
    ]
    for other in others:
        if other is not None:
            yield ["", "", "", "", _grade(other), _valued(other)]


def shorten_left(name: str, width: int) -> str:
    """Cut a name for a column, and leave how far it stands in."""
    inset = len(name) - len(name.lstrip())
    return " " * inset + shorten(name, width - inset)


def _grade(each: GradeValue) -> str:
    return each.grade.replace("_", " ")


def _valued(each: GradeValue) -> str:
    return f"{_whole(each.value.point)} ({_span(each.value)})"


def _span(span: Span) -> str:
    if span.bounds == "none":
        return "no interval"
    low, high = ("open" if each is None else _whole(each) for each in (span.low, span.high))
    how = f", {span.sure:.0%}" if span.sure and span.bounds == "interval" else ""
    return f"{low} to {high}{', declared' if span.bounds == 'cases' else how}"


def _whole(amount: Decimal) -> str:
    return f"{amount:,.0f}" if abs(amount) >= 10 else short(amount)


def _percent(share: Decimal) -> str:
    return f"{100 * share:.1f} %"


def _experiments(found: LeadersReport) -> Iterator[str]:
    in_time = f"; {found.in_time:,} more {'is' if found.in_time == 1 else 'are'} in time"
    if not found.unlaunched:
        yield f"Experiments that never launched: none{in_time.replace(' more', '') if found.in_time else ''}"
        yield ""
        return
    yield (
        f"Experiments that never launched: {len(found.unlaunched):,}, which cost"
        f" {short(found.unlaunched_cost)} {found.currency} to this day{in_time if found.in_time else ''}"
    )
    shown = found.unlaunched[:EXPERIMENTS_SHOWN]
    yield table(
        ["  use case", "how it stands", "days", "cost", "of which calls", "most of it for"],
        [_experiment(each) for each in shown],
        right=frozenset({2, 3, 4}),
    )
    if len(found.unlaunched) > len(shown):
        yield f"  and {len(found.unlaunched) - len(shown):,} more, which cost less each"
    yield ""


def _experiment(each: Unlaunched) -> list[str]:
    most = max(each.parts, key=lambda part: each.parts[part], default=None)
    return [
        f"  {shorten(each.use_case, 36)}",
        _FATES[each.fate],
        "" if each.days is None else f"{each.days:,}",
        short(each.amount),
        short(each.parts.get("calls", Decimal(0))),
        "" if most is None else f"{most} {short(each.parts[most])}",
    ]


def _governance(found: GovernanceCost, currency: str) -> Iterator[str]:
    yield f"Governance cost {short(found.amount)} {currency}, which is part of the cost above"
    yield from wrapped(
        f"evaluations {short(found.evaluations)} ({count(found.evaluation_calls, 'call')}),"
        f" models that judge {short(found.judges)} ({count(found.judge_calls, 'call')}),"
        f" guardrails {short(found.guardrails)}"
    )
    waits = "; ".join(
        f"{tier} risk: {count(each.count, 'review')}"
        + ("" if each.p50 is None else f", half within {_hours(each.p50)}")
        + ("" if each.p85 is None else f", 85 of 100 within {_hours(each.p85)}")
        for tier, each in found.waits.items()
    )
    now = f"{count(found.open, 'request')} {'waits' if found.open == 1 else 'wait'} now"
    if found.oldest_hours is not None:
        now += f", the oldest for {_hours(found.oldest_hours)}"
    yield from wrapped(
        f"not in money, for nobody declares what an hour of theirs costs: people's time. In {found.days} days"
        f" {waits or 'no review was asked for'}; {now if found.open else 'no request waits now'}"
    )
    yield ""


def _hours(hours: Decimal) -> str:
    return f"{hours / 24:,.1f} days" if hours >= 48 else f"{hours:,.1f} hours"


def _idle(found: LeadersReport) -> Iterator[str]:
    named = ", ".join(f"`{id}` {short(amount)}" for id, amount in found.commitments_idle.items())
    ahead = f"; of commitments are expected to lie idle: {named}" if named else ""
    yield f"Idle capacity {short(found.idle)} {found.currency}{ahead}"


def _filled(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def report_notes(found: LeadersReport) -> Iterator[str]:
    """Say how figures of the report are to be read, line by line."""
    for each in _notes(found):
        yield from _filled(each)


def _notes(found: LeadersReport) -> Iterator[str]:
    yield (
        "money a month is that of 30 days like the last 30, as of today; decisions on the same money are not"
        " both listed, and different kinds of money are never added"
    )
    yield (
        "value is a year's, in proportion to the days shown, by evidence grade and never across grades; of"
        " units it is that of use cases in launch or scale"
    )
    if found.proposed.further:
        yield f"not shown: {count(found.proposed.further, 'decision')} about less money each"
    if found.uncounted:
        yield (
            "in no figure, for they are paid once without a day, or in a currency without a rate:"
            f" {', '.join(found.uncounted)}"
        )
    for currency, amount in found.foreign.items():
        yield f"{short(amount)} {currency} of calls is in another currency, and in no figure"


def case_text(found: CaseReport) -> str:
    """Lay out what leaders ask of one use case."""
    return "\n".join(_case(found))


def _case(found: CaseReport) -> Iterator[str]:
    line = found.line
    stage = f" ({line.stage})" if line.stage else ""
    cost = f"cost in full {short(line.cost)} {found.currency}"
    yield f"{line.name}{stage}, {found.since} to {found.until}: {cost}"
    yield from _case_value(line.value)
    yield ""
    if found.proposals:
        yield from _proposals(found.proposals, found.currency)
        yield ""
    if found.answers is None:
        yield "no real call was made in the last 30 days, so nothing can be said of customisation and speed"
        return
    yield from answers_text(found.answers, found.currency)


def _case_value(value: Iterable[GradeValue]) -> Iterator[str]:
    listed = [*value]
    for each in listed:
        yield from wrapped(f"value of these days, {_grade(each)}: {_valued(each)}")
    if not listed:
        yield from wrapped("value: none is stated that counts")

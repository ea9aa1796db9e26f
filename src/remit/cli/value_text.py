"""Value as text: a line for each grade, what it costs and brings, and where a return breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from remit.cli.context import count
from remit.cli.table import shorten, table
from remit.decide.worth.broken_link import Diagnosis
from remit.decide.worth.by_grade import GradeSum
from remit.decide.worth.cost import Part
from remit.decide.worth.figure import COUNTED, Figure
from remit.decide.worth.returns import Payback, Return
from remit.decide.worth.span import Span
from remit.kernel.money import canonical
from remit.report.value import BlocksValue, PortfolioValue, UseCaseValue, ValueLine

LINES_SHOWN = 20
_PARTS: Mapping[Part, str] = {
    "calls": "calls, and models that judge",
    "platform": "share of the platform",
    "blocks": "share of blocks",
}
_MARKS = {True: "holds", False: "BROKEN", None: "unknown"}


def use_case_text(found: UseCaseValue) -> str:
    """Lay out the value of one use case: figures first, then sums by grade, cost, return, and what misses."""
    return "\n".join(_use_case(found))


def _use_case(found: UseCaseValue) -> Iterator[str]:
    yield f"{found.name} ({found.use_case}), {found.unit}, at {found.stage}"
    yield f"as of {found.as_of}, in {found.currency} for a year"
    yield ""
    yield from _chain(found)
    if not found.figures:
        yield "no outcome metric is declared, so nothing can be said of its value"
    else:
        yield table(
            ["figure", "state", "evidence", "value", "low – high", "effect", "from"],
            [_figure(each) for each in found.figures],
            right=frozenset({3}),
        )
        yield from _remarks(found.figures)
    yield ""
    yield from _by_grade(found.by_grade)
    yield from _cost(found.cost, found.year, known=found.cost_known, months=found.horizon_months)
    yield from _lines(found)
    yield from _returns(found.returns, found.discount_rate, found.horizon_months)
    if found.diagnosis is not None:
        yield from ("",) if found.returns else ()
        yield from _diagnosis(found.diagnosis)


def _chain(found: UseCaseValue) -> Iterator[str]:
    driven = {each.metric: each for each in found.chain if each.drives}
    if not driven:
        return
    for each in found.chain:
        if each.metric in driven and not any(other.drives == each.metric for other in found.chain):
            names, at = [], each.metric
            while at in driven:
                names.append(f"{at} ({driven[at].link or 'no link'})")
                at = driven[at].drives
            last = next(other for other in found.chain if other.metric == at)
            kind = f", {last.kind.replace('_', ' ')}" if last.kind else ""
            names.append(f"{at} ({last.link or 'no link'}{kind})")
            yield f"chain: {' → '.join(names)}"
    yield ""


def _figure(each: Figure) -> tuple[str, ...]:
    return (
        each.metric,
        each.state.replace("_", " "),
        (each.grade.replace("_", " ") + (", simulated" if each.simulated else "")) if each.value else "–",
        _money(each.value.point) if each.value else "–",
        _between(each.value),
        f"{_short(each.gain.point)} {each.unit}" if each.gain else "–",
        f"study {each.study}, version {each.version}"
        if each.study
        else "a study further up, carried"
        if each.assumed
        else "the declared target",
    )


def _remarks(figures: Sequence[Figure]) -> Iterator[str]:
    for each in figures:
        if each.state not in COUNTED:
            how = "counted as 0" if each.state == "no_effect" and each.value else "not counted"
            yield f"  {each.metric}: {how}; {each.why}"
        yield from (f"  {each.metric}: set aside; {why}" for why in each.aside)
        if each.studies > 1:
            yield f"  {each.metric}: bounds drawn apart: {each.study} is one of {each.studies:,} studies"
        if each.assumed:
            yield f"  {each.metric}: an assumption; {each.assumed}"
        if each.volume_of != "declared":
            how = (
                f"{each.volume:,} a year, measured by {each.volume_of}; {each.declared_volume:,} are declared"
            )
            yield f"  {each.metric}: counted at {how}"
        if each.confirmed_at is not None:
            who = ", ".join(each.confirmed_by)
            on = f"on {each.confirmed_at:%Y-%m-%d}, request {each.request}"
            yield f"  {each.metric}: confirmed by {who} {on}"
        elif each.lapsed_at is not None:
            yield f"  {each.metric}: changed since another figure was confirmed on {each.lapsed_at:%Y-%m-%d}"
        if each.request and each.confirmed_at is None:
            yield f"  {each.metric}: request {each.request} waits to be confirmed"


def _by_grade(sums: Sequence[GradeSum]) -> Iterator[str]:
    if not sums:
        yield "by evidence grade: nothing counts"
        yield ""
        return
    rows = [
        (
            each.grade.replace("_", " "),
            f"{each.figures:,}",
            _money(each.value.point),
            _between(each.value),
            _money(each.confirmed.point) if each.confirmed_figures else "–",
        )
        for each in sums
    ]
    yield table(
        ["by evidence grade", "figures", "value", "low – high", "of which confirmed"],
        rows,
        right=frozenset({1, 2, 4}),
    )
    yield ""


def _cost(cost: Mapping[Part, Decimal], year: Decimal, *, known: bool, months: int) -> Iterator[str]:
    rows = [(_PARTS.get(part, part), _money(amount)) for part, amount in cost.items()]
    rows.append(("full cost of a year" if known else "cost of a year, not known in full", _money(year)))
    yield table([f"cost, paid once over {months} months", "a year"], rows, right=frozenset({1}))
    if not known:
        yield "  nothing beside calls and shares is declared, for which there is `costs:`, or charges in"
        yield "  another currency have no rate, for which there is `exchange_rates:`"
    yield ""


def _lines(found: UseCaseValue) -> Iterator[str]:
    if not found.cost_lines:
        return
    rows = [
        (f"  {each.part}", shorten(each.name, 44), _some(each.once), _some(each.yearly), each.basis)
        for each in found.cost_lines
    ]
    yield table(["  for", "what", "once", "a year", "how it is paid"], rows, right=frozenset({2, 3}))
    yield ""


def _returns(found: Sequence[Return], rate: Decimal | None, months: int) -> Iterator[str]:
    if not found:
        return
    rows = [
        (
            _counting(each),
            _money(each.value.point),
            *(_ratio(each.return_on_cost), _share(each.roi)),
            *(_money(each.npv.point) if each.npv else "–", _between(each.npv)),
            _payback(each.payback),
        )
        for each in found
    ]
    headings = ["return, counting", "value", "per unit of cost", "ROI (low – high)", "NPV", "low – high"]
    yield table([*headings, "paid back after"], rows, right=frozenset({1, 4}))
    at = (
        f"at {canonical(rate * 100)} % a year"
        if rate is not None
        else "no `discount_rate` is declared, so no NPV"
    )
    yield f"  NPV over {months} months, {at}; each line is as good as the weakest grade that it counts"


def _counting(each: Return) -> str:
    name = each.at_least.replace("_", " ")
    if len(each.grades) > 1:
        return f"{name} and better"
    return f"{name} alone"


def _diagnosis(found: Diagnosis) -> Iterator[str]:
    yield f"the return misses: {found.misses}"
    rows = [(f"  {each.link}", each.rule, _MARKS[each.holds], each.said) for each in found.looked]
    yield table(["  link", "rule", "", "by what"], rows)
    if found.broken:
        yield f"  the broken link is the {found.broken}: what comes after it rests on it"
    else:
        yield "  no rule finds the broken link; what is unknown above would have to be measured"


def portfolio_text(found: PortfolioValue, *, everything: bool) -> str:
    """Lay out the value of many use cases, what misses its return first."""
    return "\n".join(_portfolio(found, everything))


def _portfolio(found: PortfolioValue, everything: bool) -> Iterator[str]:
    of = f"unit {found.unit}" if found.unit else "the portfolio"
    yield f"value of {of}: {count(found.use_cases, 'use case')}, as of {found.as_of}, {found.currency} a year"
    yield ""
    yield from _by_grade(found.by_grade)
    steps = " → ".join(f"{found.states[state]:,} {state}" for state in COUNTED)
    none, refused, unstated = (found.states[state] for state in ("no_effect", "refused", "unstated"))
    shown = f"; no effect shown: {none:,}" if none else ""
    yield f"figures: {steps}{shown}; not counted: {refused:,} refused, {unstated:,} unstated"
    yield ""
    yield from _cost(found.cost, found.year, known=True, months=found.horizon_months)
    if found.cost_unknown:
        yield f"* of {count(found.cost_unknown, 'use case')} nothing beside calls and shares is declared, or"
        yield "  a charge in another currency has no rate: they cost more, and return less, than it looks"
        yield ""
    yield from _returns(found.returns, found.discount_rate, found.horizon_months)
    yield ""
    lines = found.lines if everything else found.lines[:LINES_SHOWN]
    headings = [
        "use case",
        "stage",
        "state",
        "evidence",
        "value",
        "low – high",
        "cost",
        "per unit of cost",
        "misses",
    ]
    yield table(headings, [_line(each) for each in lines], right={4, 6}, least=("stage",))
    if len(found.lines) > len(lines):
        yield f"... and {len(found.lines) - len(lines):,} more; `--all` shows them"


def _line(each: ValueLine) -> tuple[str, ...]:
    best = each.by_grade[0] if each.by_grade else None
    more = f" (+{len(each.by_grade) - 1} grade)" if len(each.by_grade) > 1 else ""
    return (
        each.use_case,
        each.stage,
        each.state.replace("_", " "),
        (best.grade.replace("_", " ") + more) if best else "–",
        _money(best.value.point) if best else "–",
        _between(best.value if best else None),
        _money(each.year) + ("" if each.cost_known else " *"),
        _ratio(each.back.return_on_cost) if each.back and each.cost_known else "–",
        f"broken: {each.broken}" if each.broken else "yes" if each.misses else "",
    )


def blocks_text(found: BlocksValue) -> str:
    """Lay out what shared blocks saved."""
    return "\n".join(_blocks(found))


def _blocks(found: BlocksValue) -> Iterator[str]:
    if not found.blocks:
        yield "no block says what it took to build; `cost_to_build` and `days_to_build` take it"
        return
    rows = [
        (
            each.address,
            f"{len(each.use_cases):,}",
            _some(each.cost_to_build),
            "–" if each.days_to_build is None else f"{each.days_to_build:,}",
            _some(each.avoided),
            "–" if each.days_saved is None else f"{each.days_saved:,}",
        )
        for each in found.blocks
    ]
    headings = ["block", "use cases", "cost, once", "days to build", "avoided", "days saved"]
    yield table(headings, rows, right=frozenset(range(1, 6)))
    yield ""
    yield (
        f"claimed, not measured: {_money(found.avoided)} {found.currency} and {found.days_saved:,} days that"
        " use cases after the first did not spend"
    )
    if found.unstated:
        named = shorten(", ".join(found.unstated), 160)
        yield f"shared, and nobody says what they took to build: {named}"


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _some(amount: Decimal | None) -> str:
    return "–" if not amount else _money(amount)


def _short(value: Decimal) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def _between(span: Span | None) -> str:
    if span is None or span.bounds == "none":
        return "–"
    low, high = ("open" if each is None else _money(each) for each in (span.low, span.high))
    if span.bounds == "cases":
        return f"{low} – {high} (declared)"
    return f"{low} – {high}" + (f" ({span.sure:.0%})" if span.sure else "")


def _ratio(span: Span | None) -> str:
    if span is None:
        return "–"
    if span.bounds == "none":
        return f"{span.point:.2f}"
    low, high = ("open" if each is None else f"{each:.2f}" for each in (span.low, span.high))
    return f"{span.point:.2f} ({low} – {high})"


def _share(span: Span | None) -> str:
    if span is None:
        return "–"
    if span.bounds == "none":
        return f"{span.point * 100:,.0f} %"
    low, high = ("open" if each is None else f"{each * 100:,.0f}" for each in (span.low, span.high))
    return f"{span.point * 100:,.0f} % ({low} – {high})"


def _payback(found: Payback) -> str:
    point = "never" if found.months is None else f"{count(found.months, 'month')}"
    latest = "never" if found.latest is None else f"{found.latest:,}"
    soonest = "never" if found.soonest is None else f"{found.soonest:,}"
    return point if soonest == latest else f"{point} ({soonest} – {latest})"

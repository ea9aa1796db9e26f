"""Where proposals come from: savings, advice on use cases, capacity, commitments, budgets, prices, value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import get_args

from remit.decide.advice import Advice
from remit.decide.approval_rule import rule_for
from remit.decide.finops.allocation import Allocation, AllocationLine
from remit.decide.finops.budget_forecast import BudgetForecast
from remit.decide.finops.commitment_use import CommitmentUse
from remit.decide.finops.forecast import SURE
from remit.decide.finops.proposal import Proposal, ProposalKind, counted
from remit.decide.finops.ranked import Ranking
from remit.decide.finops.saving import Saving
from remit.decide.finops.statement import CHARGED
from remit.decide.finops.unpriced import Unpriced
from remit.decide.risk import tier_of
from remit.decide.worth.by_grade import by_grade
from remit.decide.worth.cost import YEAR_MONTHS, total
from remit.decide.worth.figure import Figure
from remit.decide.worth.span import CENT, WIDE, linear
from remit.declare.operating_model import OperatingModel
from remit.declare.price import Lacking
from remit.kernel.money import ZERO

MONTH_DAYS = 30
"""What a month is wherever money a month is said: the days that advice replays, and that are allocated."""

WAYS_SHOWN = 3


def of_savings(model: OperatingModel, ranking: Ranking) -> Iterator[Proposal]:
    """Propose what can be saved together, use case by use case.

    What is about all use cases is proposed in the place of all that, and only where it saves more.
    """
    apart: dict[str, list[Saving]] = {}
    for each in ranking.ranked:
        if each.in_total:
            apart.setdefault(each.saving.use_case, []).append(each.saving)
    whole = max((each for each in ranking.recommended if not each.use_case), key=_saved, default=None)
    together = total(each.a_month for own in apart.values() for each in own)
    if whole is not None and whole.a_month > together:
        apart = {"": [whole]}
    for use_case, own in apart.items():
        declared = use_case in model.use_cases
        yield Proposal(
            kind="saving",
            money="saves",
            says=_sentence(own),
            a_month=total(each.a_month for each in own),
            low=total(each.low for each in own),
            high=total(each.high for each in own),
            whose=model.owner_of(use_case) if declared else model.organisation.contact,
            run=_command(own),
            why=_because(own),
            basis=f"{counted(sum(each.calls for each in own), 'call')} replayed",
            use_cases=(use_case,) if declared else tuple(model.use_cases),
        )


def _saved(saving: Saving) -> tuple[Decimal, str]:
    return saving.a_month, saving.id


_FORECAST_SURE = Decimal(str(SURE))
_ENDING: dict[str, tuple[ProposalKind, str, str]] = {
    "stop": ("stop", "Stop `{}`", 'remit stage retire {} --reason "…"'),
    "park": ("park", "Park `{}`", 'remit stage demote {} --to envision --reason "…"'),
    "merge": ("merge", "Merge `{}` into another", 'remit stage retire {} --reason "…"'),
}


def of_advice(
    model: OperatingModel,
    advice: Iterable[Advice],
    month: Allocation,
    *,
    figures: Mapping[str, Sequence[Figure]],
) -> Iterator[Proposal]:
    """Propose to end or to park what advice says so of, at what it alone cost in a month.

    Shares of what others use as well are not in it, for those would bear them; nor is what was paid once. Of
    what is merged the calls go on elsewhere. `figures` of each use case say what value would be forgone.
    """
    lines: defaultdict[str, list[AllocationLine]] = defaultdict(list)
    for line in month.lines:
        lines[line.use_case].append(line)
    for each in advice:
        if each.advised not in _ENDING:
            continue
        kind, says, run = _ENDING[each.advised]
        if kind == "park" and each.stage == "envision":
            run = 'remit stage retire {} --reason "…"'
        own = [line for line in lines[each.use_case] if _avoidable(model, line, kind)]
        calls = total(line.amount for line in own if line.part == "calls")
        cost = total(line.amount for line in own)
        yield Proposal(
            kind=kind,
            money="saves",
            says=says.format(each.use_case),
            a_month=cost,
            whose=model.owner_of(each.use_case),
            run=run.format(each.use_case),
            why=f"{each.why}; unless {each.unless}{_forgone(figures.get(each.use_case, ()))}",
            basis=f"charged and declared, calls {calls.quantize(CENT, ROUND_HALF_EVEN, WIDE):,}",
            use_cases=(each.use_case,),
        )


def _forgone(figures: Sequence[Figure]) -> str:
    graded = [
        f"{_said(linear(each.value, Decimal(YEAR_MONTHS)).point)} a month ({each.grade.replace('_', ' ')})"
        for each in by_grade(figures).sums
    ]
    return f"; forgone with it: value of {', '.join(graded)}" if graded else ""


def _avoidable(model: OperatingModel, line: AllocationLine, kind: ProposalKind) -> bool:
    if line.part in CHARGED:
        return kind != "merge"
    case, _, id = line.name.partition("/")
    declared = model.use_cases[line.use_case].costs if line.use_case in model.use_cases else {}
    return case == line.use_case and id in declared and declared[id].every != "once"


def of_idle(model: OperatingModel, month: Allocation) -> Iterator[Proposal]:
    """Propose to give back what stood idle of capacity that is paid by the hour."""
    idle: dict[str, list[AllocationLine]] = {}
    for line in month.lines:
        # Of a commitment that is over nothing can be given back.
        if (line.rest == "idle" or line.part == "idle") and line.name in model.capacity:
            idle.setdefault(line.name, []).append(line)
    for lines in idle.values():
        line = lines[0]
        yield Proposal(
            kind="capacity",
            money="idle",
            says=f"Give back or fill what stands idle of `{line.name}`",
            a_month=total(each.amount for each in lines),
            whose=model.lead_of(line.unit) if line.unit in model.units else model.organisation.contact,
            run=f"remit apply DIR, with fewer `units` of `capacity/{line.name}` or an end to it",
            why=line.basis,
            basis="declared rates and served tokens",
        )


def of_commitments(model: OperatingModel, uses: Iterable[CommitmentUse]) -> Iterator[Proposal]:
    """Propose to use or renegotiate what of a commitment that goes on is expected to lie idle."""
    for each in uses:
        idle = each.expected_idle
        if each.over or not idle:
            continue
        days = (each.ends - each.starts).days + 1
        low = None if each.high is None else max(ZERO, each.available - each.high)
        high = None if each.low is None else max(ZERO, each.available - each.low)
        yield Proposal(
            kind="commitment",
            money="idle",
            says=f"Use or renegotiate what lies idle of commitment `{each.commitment}`",
            a_month=_of_month(idle, days),
            low=None if low is None else _of_month(low, days),
            high=None if high is None else _of_month(high, days),
            whose=model.organisation.contact,
            run="remit finops commitments",
            why=f"of {_said(each.available)} to {each.ends}, {_said(each.used)} are used",
            basis="forecast",
            sure=_FORECAST_SURE,
        )


def of_budgets(model: OperatingModel, forecasts: Iterable[BudgetForecast]) -> Iterator[Proposal]:
    """Propose to fund or to slow what a budget of a month or a year will not cover."""
    for each in forecasts:
        expected = each.forecast.expected
        if not each.exceeds or each.per == "day" or each.whose or expected is None:
            continue
        days = (each.ends - each.starts).days + 1 if each.per == "year" else MONTH_DAYS
        low, high = each.forecast.low, each.forecast.high
        used_up = f", used up about {each.used_up}" if each.used_up else ""
        within = [
            name
            for name, case in model.use_cases.items()
            if (not each.use_case or each.use_case == name)
            and (not each.unit or each.unit in model.lineage(case.unit))
        ]
        yield Proposal(
            kind="budget",
            money="uncovered",
            says=f"Raise budget `{each.budget}`, or call less under it",
            a_month=_of_month(max(ZERO, expected - each.limit), days),
            low=None if low is None else _of_month(max(ZERO, low - each.limit), days),
            high=None if high is None else _of_month(max(ZERO, high - each.limit), days),
            whose=each.owner or model.organisation.contact,
            run=" ".join(("remit finops forecast", each.use_case)).strip(),
            why=f"{_said(expected)} are expected of {_said(each.limit)} by {each.ends}{used_up}, then calls"
            f" meet `{each.on_breach}`",
            basis="forecast",
            sure=_FORECAST_SURE,
            use_cases=tuple(within),
        )


def of_prices(model: OperatingModel, found: Iterable[Unpriced]) -> Iterator[Proposal]:
    """Propose to price what calls used that has no rate; of what a model lacks, what is charged most for."""
    by_model: dict[str, tuple[Decimal, Unpriced]] = {}
    for each in found:
        if each.kind in get_args(Lacking) and each.charged is not None:
            held = by_model.get(each.subject)
            if held is None or each.charged.amount > held[0]:
                by_model[each.subject] = each.charged.amount, each
    for address, (charged, each) in by_model.items():
        block = model.model(address)
        yield Proposal(
            kind="unpriced",
            money="unpriced",
            says=f"Price what calls of `{address}` use and no rate is declared for",
            a_month=charged,
            whose=(block.owner if block else "") or model.organisation.contact,
            run="remit price unpriced",
            why=f"{counted(each.calls, 'call')} {each.says}",
            basis="charged",
        )


def of_value(model: OperatingModel, figures: Iterable[Figure]) -> Iterator[Proposal]:
    """Propose to have figures confirmed that studies support: a proposal for each grade."""
    waiting = [each for each in figures if each.state == "evidenced" and each.value is not None]
    for found in by_grade(waiting).sums:
        own = [each for each in waiting if each.grade == found.grade and found.grade != "claimed"]
        if not own:
            continue
        cases = [*dict.fromkeys(each.use_case for each in sorted(own, key=_worth))]
        month = linear(found.value, Decimal(YEAR_MONTHS)).rounded()
        roles = dict.fromkeys(
            role
            for name in cases
            for role in rule_for(
                model, "value", tier=tier_of(model.use_cases[name]), use_case=name, unit=""
            ).roles
        )
        more = f" and of {counted(len(cases) - 1, 'other')}" if len(cases) > 1 else ""
        yield Proposal(
            kind="value",
            money="value",
            says=f"Confirm the value of `{cases[0]}`{more}",
            a_month=month.point,
            low=month.low,
            high=month.high,
            sure=month.sure,
            whose=", ".join(roles),
            run=f"remit value confirm {cases[0]}",
            why=f"{counted(found.figures, 'figure')} that studies support and finance has not confirmed",
            basis=found.grade.replace("_", " "),
            use_cases=tuple(cases),
        )


def _worth(figure: Figure) -> tuple[Decimal, str]:
    return -(figure.value.point if figure.value else ZERO), figure.use_case


def _of_month(amount: Decimal, days: int) -> Decimal:
    whole = WIDE.multiply(amount, Decimal(MONTH_DAYS))
    return WIDE.divide(whole, Decimal(days)).quantize(CENT, ROUND_HALF_EVEN, WIDE)


def _said(amount: Decimal) -> str:
    return f"{amount.quantize(CENT, ROUND_HALF_EVEN, WIDE):,}"


def _sentence(savings: Sequence[Saving]) -> str:
    """Say what is to be done, of which the figures stand apart."""
    first = savings[0]
    where = f" in `{first.use_case}`" if first.use_case else ""
    if len(savings) > 1:
        kinds = ", ".join(dict.fromkeys(each.kind for each in savings))
        return f"Save in {len(savings):,} ways on calls{where}: {kinds}"
    do = first.summary.partition(":")[0]
    return f"{do[:1].upper()}{do[1:]}{where}"


def _command(savings: Sequence[Saving]) -> str:
    first = savings[0]
    if len(savings) > 1:
        return f"remit finops advise {first.use_case}"
    return f"remit finops apply {first.id} DIR{'' if first.edits else ' --by-hand'}"


def _because(savings: Sequence[Saving]) -> str:
    if len(savings) > 1:
        said = (f"`{each.id}` {_said(each.a_month)}" for each in savings[:WAYS_SHOWN])
        more = len(savings) - WAYS_SHOWN
        return f"no two are about the same calls: {', '.join(said)}" + (
            f" and {more:,} more" if more > 0 else ""
        )
    first = savings[0]
    figures = first.summary.partition(":")[2].strip()
    by_hand = first.by_hand and f"by hand: {first.by_hand.partition(':')[0]}"
    return "; ".join(each for each in (figures, first.quality.says, by_hand) if each)

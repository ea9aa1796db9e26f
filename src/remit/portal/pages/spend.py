"""Spend: where the money goes, what is to come, what was off, and what would be cheaper."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from types import MappingProxyType

import msgspec
from starlette.responses import Response

from remit.decide.bill_sum import Span
from remit.decide.finops.allocation import PARTS, Part
from remit.decide.finops.budget_forecast import BudgetForecast
from remit.decide.finops.edited import edited
from remit.decide.finops.ranked import Standing
from remit.decide.finops.saving import Edit
from remit.kernel.errors import Conflict
from remit.operations.advise_finops import Advised, advise
from remit.operations.apply_model import Applied
from remit.operations.explore_spend import explore_spend
from remit.operations.model_in_force import model_in_force
from remit.operations.plan_model import plan_model
from remit.operations.read_showback import read_showback
from remit.operations.read_spend import (
    SpendForecast,
    read_anomalies,
    read_budget_forecasts,
    read_commitments,
    read_spend_forecasts,
)
from remit.operations.read_unit_cost import read_unit_cost
from remit.operations.reconcile_bill import month_of
from remit.operations.take_advice import Taking, read_realised, take_advice
from remit.operations.widen_model import put_in_force
from remit.portal.asked import Asked, Page
from remit.portal.drawn import Drawn
from remit.portal.said import Said
from remit.report.chart.forecast import Ahead, Point, forecast_line
from remit.report.chart.theme import Frame
from remit.report.showback import Showback
from remit.report.spark import spark
from remit.report.spend import SPEND_BY, STEPS, SpendBy, Spending, Step
from remit.report.written import short

WINDOWS = MappingProxyType({"30": "30 days", "90": "90 days", "365": "a year"})
NAMES: MappingProxyType[SpendBy, str] = MappingProxyType(
    {"unit": "unit", "use_case": "use case", "model": "model", "key": "key", "block": "prompt"}
)
TABS = (
    ("/spend", "Explore"),
    ("/spend/budgets", "Budgets"),
    ("/spend/odd-days", "Odd days"),
    ("/spend/advice", "Advice"),
    ("/spend/showback", "Showback"),
    ("/spend/unit-cost", "Unit cost"),
)
SAID: MappingProxyType[Standing, str] = MappingProxyType(
    {
        "recommended": "do it",
        "to-show": "show quality first",
        "no-gain": "no gain",
        "worse": "worse answers",
        "simulated": "simulated",
    }
)
ROWS = 100
ADVICE_MAX = 60


def show(asked: Asked) -> Response:
    """Explore what was charged: `by` unit, use case, model, key or prompt, over days, weeks or months."""
    by: SpendBy = next((each for each in SPEND_BY if each == asked.text("show")), "use_case")
    step: Step = next((each for each in STEPS if each == asked.text("step")), "week")
    days = asked.text("days") if asked.text("days") in WINDOWS else "90"
    unit, use_case, model = asked.text("unit"), asked.text("use_case"), asked.text("model")
    seen = asked.kept.get(
        ("spend", by, step, days, unit, use_case, model),
        lambda: explore_spend(
            asked.system, by, days=int(days), step=step, unit=unit, use_case=use_case, model=model
        ),
    )
    found = seen.value
    return asked.page(
        "spend.html",
        seen=seen,
        tabs=TABS,
        found=found,
        rows=found.rows[:ROWS],
        by=by,
        step=step,
        days=days,
        unit=unit,
        use_case=use_case,
        model=model,
        declared=model_in_force(asked.system)[1],
        NAMES=NAMES,
        STEPS=STEPS,
        WINDOWS=WINDOWS,
        spark=spark,
    )


def show_budgets(asked: Asked) -> Response:
    """Show every budget, what it will have spent at its end, and what lay idle of commitments."""
    system = asked.system
    seen = asked.kept.get(
        "budgets",
        lambda: (
            read_budget_forecasts(system),
            read_spend_forecasts(system, "organisation"),
            read_commitments(system),
            explore_spend(system, "unit", days=system.clock.now().day, step="day"),
        ),
    )
    budgets, months, commitments, days = seen.value
    over = [each for each in budgets if each.exceeds]
    month = months[0] if months else None
    return asked.page(
        "spend_budgets.html",
        seen=seen,
        tabs=TABS,
        budgets=budgets[:ROWS],
        count=len(budgets),
        over=over,
        month=month,
        commitments=commitments,
        drawn=_ahead(asked, days, month, budgets),
        chart_rows=[(f"{at:%Y-%m-%d}", short(value)) for at, value in _summed(days)],
    )


def _summed(days: Spending) -> list[tuple[date, Decimal]]:
    """Sum up what was charged from the first day on, day by day, of what counts."""
    each_day = [
        sum((row.course[place] for row in days.rows if row.counts), Decimal(0))
        for place in range(len(days.starts))
    ]
    return list(zip(days.starts, accumulate(each_day), strict=True))


def _ahead(
    asked: Asked, days: Spending, month: SpendForecast | None, budgets: list[BudgetForecast]
) -> Drawn | None:
    """Draw this month's spend, what it is expected to come to, and the organisation's budget across."""
    if month is None:
        return None
    past = [Point(at, value) for at, value in _summed(days)]
    coming = month.forecast
    last = month.ends - timedelta(days=1)
    ahead = [] if coming.expected is None else [Ahead(last, coming.expected, coming.low, coming.high)]
    of_all = [each for each in budgets if not (each.unit or each.use_case) and each.per == "month"]
    limit = of_all[0].limit if of_all else None
    frame = Frame("This month, day by day", "What was spent, and what it is expected to come to", 820, 190)
    return asked.draw(forecast_line(frame, past, ahead, limit=limit))


def show_odd_days(asked: Asked) -> Response:
    """Show days that cost far more or less than expected, each with its cause."""
    system = asked.system
    seen = asked.kept.get("odd days", lambda: read_anomalies(system, model_in_force(system)[1]))
    return asked.page("spend_odd_days.html", seen=seen, tabs=TABS, found=seen.value[:ROWS])


def _advised(asked: Asked) -> Advised:
    return advise(asked.system)


def show_advice(asked: Asked) -> Response:
    """Show what would have been cheaper, found by replaying the calls that were made."""
    system = asked.system
    seen = asked.kept.get("advice", lambda: (_advised(asked), read_realised(system)), patience_s=0)
    found, realised = seen.value
    everything = asked.text("all") == "yes"
    rows = [
        each for each in found.ranking.ranked if everything or each.standing in ("recommended", "to-show")
    ]
    return asked.page(
        "spend_advice.html",
        seen=seen,
        tabs=TABS,
        found=found,
        rows=rows[:ADVICE_MAX],
        hidden=len(found.ranking.ranked) - len(rows),
        together=sum(found.ranking.together.values(), Decimal(0)),
        realised=realised,
        everything=everything,
        SAID=SAID,
        yaml=_yaml,
    )


def _yaml(edits: tuple[Edit, ...]) -> str:
    """Write edits as what a declaration would say."""
    lines = []
    for each in edits:
        value = json.dumps(msgspec.to_builtins(each.value, enc_hook=str))
        lines.append(f"{each.address}:\n  {each.path or '(new)'}: {value}")
    return "\n".join(lines)


def take(asked: Asked) -> Response:
    """Put advice in force as it stands, or ask those who must agree; it is checked afterwards."""
    system, author = asked.system, asked.reader.person
    ranked = advise(system).find(asked.form.get("advice", ""))
    asked.require("take_advice", use_case=ranked.saving.use_case)
    if not ranked.saving.edits:
        raise Conflict(f"`{ranked.saving.id}` is done by hand", help=ranked.saving.by_hand or "see its text")
    planned = plan_model(system, edited(model_in_force(system)[1], ranked.saving.edits))
    done = put_in_force(system, planned, author=author, reason=f"advice {ranked.saving.id}")
    take_advice(system, ranked, taking=Taking(planned.plan, {}, planned.digest), author=author)
    if isinstance(done, Applied):
        said = (
            f"{ranked.saving.id} is in force as version {done.version}; what it saves is checked from now on"
        )
    else:
        said = f"{ranked.saving.id} waits for consent as request {done.request.id}"
    return asked.back("/spend/advice", Said(said))


def show_showback(asked: Asked) -> Response:
    """Show what a month cost by unit and use case, with idle capacity and what reaches nobody."""
    system, month = asked.system, asked.text("month")
    days = _month(month) if month else None
    seen = asked.kept.get(("showback", month), lambda: read_showback(system, days).report)
    return asked.page(
        "spend_showback.html",
        seen=seen,
        tabs=TABS,
        found=seen.value,
        parts=_parts(seen.value),
        month=month,
        months=_months(asked),
    )


def _parts(found: Showback) -> list[Part]:
    """List the parts of cost that there are, so that no column is empty."""
    return [part for part in PARTS if any(row.parts.get(part) for row in found.rows)]


def _month(text: str) -> Span:
    try:
        year, month = text.split("-")
        return month_of(int(year), int(month))
    except ValueError:
        raise Conflict("that is no month", help="write one such as 2026-11") from None


def _months(asked: Asked) -> list[str]:
    now = asked.system.clock.now()
    place = now.year * 12 + now.month - 1
    return [f"{(place - back) // 12}-{(place - back) % 12 + 1:02}" for back in range(13)]


def show_unit_cost(asked: Asked) -> Response:
    """Show what a call, a session, an outcome and a user cost, and where that is going."""
    system = asked.system
    seen = asked.kept.get("unit cost", lambda: read_unit_cost(system))
    return asked.page("spend_unit_cost.html", seen=seen, tabs=TABS, found=seen.value)


PAGES = (
    Page("/spend", show, label="Spend", letter="s"),
    Page("/spend/budgets", show_budgets),
    Page("/spend/odd-days", show_odd_days),
    Page("/spend/advice", show_advice, send={"take": take}),
    Page("/spend/showback", show_showback),
    Page("/spend/unit-cost", show_unit_cost),
)

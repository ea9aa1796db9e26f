"""Budgets ahead: what each will have spent when its window ends, and about when it is used up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import ceil

from remit.decide.finops.daily import Daily, grouped
from remit.decide.finops.forecast import Forecast, ahead, forecasts
from remit.decide.finops.uncounted import Uncounted
from remit.declare.operating_model import OperatingModel
from remit.enforce.pool import layer_of
from remit.enforce.spend import Spend
from remit.kernel.money import ZERO, Money
from remit.kernel.period import Per, Window, window


@dataclass(frozen=True, slots=True)
class Caller:
    """Who draws from budgets: a use case, or where it is known one of its keys and the agent bound to it."""

    use_case: str
    key: str = ""
    agent: str = ""

    @property
    def name(self) -> str:
        return f"{self.use_case}\0{self.key}"


@dataclass(frozen=True, slots=True)
class BudgetForecast:
    """One window of a budget. `whose` is the key or agent that has the limit for itself, else empty.

    `use_case` and `unit` are whose the budget is; both empty if it is the organisation's. `used_up` is about
    when it is used up at this pace: today where it is, None where it lasts or nothing can be said. `chance`
    is the probability that calls ask for more than it has. What is `uncounted` is not in the pace: it was
    charged on days without a rate, and what is posted is in the organisation's currency always.
    """

    budget: str
    whose: str
    use_case: str
    unit: str
    per: Per
    starts: date
    ends: date
    limit: Decimal
    currency: str
    owner: str
    on_breach: str
    forecast: Forecast
    used_up: date | None
    chance: float | None
    uncounted: tuple[Uncounted, ...] = ()

    @property
    def exceeds(self) -> bool:
        """Say whether more is expected to be asked for than it has."""
        expected = self.forecast.expected
        return self.forecast.spent >= self.limit or (expected is not None and expected > self.limit)

    @property
    def account(self) -> str:
        """Name the window, as ledger entries do."""
        middle = f"{self.budget}:{self.whose}" if self.whose else self.budget
        return f"{middle}:{self.starts.isoformat()}"


def budget_forecasts(
    model: OperatingModel,
    spends: Mapping[str, tuple[Spend, ...]],
    callers: Iterable[Caller],
    *,
    costs: Daily,
    posted: Mapping[str, Decimal],
    now: datetime,
    uncounted: Callable[[Iterable[str]], tuple[Uncounted, ...]] = lambda names: (),
) -> list[BudgetForecast]:
    """Look ahead for every budget that covers a caller, the likeliest to be exceeded first.

    `spends` are the budgets of each use case, and `costs` has a series for each caller's name.
    """
    windows = {per: _window(model, per, now) for per in ("day", "month", "year")}
    accounts: dict[str, tuple[Spend, str, list[str]]] = {}
    for caller in callers:
        for spend in spends.get(caller.use_case, ()):
            starts = windows[spend.per].label
            account = spend.account(starts, key=caller.key, agent=caller.agent)
            if account is None:
                continue
            whose = {"key": caller.key, "agent": caller.agent}.get(spend.each, "")
            accounts.setdefault(account, (spend, whose, []))[2].append(caller.name)
    found: list[BudgetForecast] = []
    for per, span in windows.items():
        mine = {name: each for name, each in accounts.items() if each[0].per == per}
        found += _ahead(model, span, mine, costs=costs, posted=posted, now=now)
    members = {name: names for name, (_, _, names) in accounts.items()}
    found = [replace(each, uncounted=uncounted(members[each.account])) for each in found]
    return sorted(found, key=_urgency)


def _urgency(each: BudgetForecast) -> tuple[bool, float, str]:
    return not each.exceeds, -(each.chance or 0.0), each.account


def _window(model: OperatingModel, per: Per, now: datetime) -> Window:
    organisation = model.organisation
    return window(per, at=now, zone=organisation.zone, year_starts=organisation.fiscal_year_starts)


def _ahead(
    model: OperatingModel,
    span: Window,
    accounts: Mapping[str, tuple[Spend, str, list[str]]],
    *,
    costs: Daily,
    posted: Mapping[str, Decimal],
    now: datetime,
) -> Iterable[BudgetForecast]:
    if not accounts:
        return
    today = now.astimezone(UTC).date()
    series = grouped(costs, {name: members for name, (_, _, members) in accounts.items()})
    horizon = days_to(span, now)
    looked = ahead(series.days, weekday=today.weekday(), horizon=horizon, part=_last_part(span))
    spent = [posted.get(name, ZERO) for name in accounts]
    made = forecasts(looked, spent, list(series.today), horizon=horizon)
    for (spend, whose, members), forecast in zip(accounts.values(), made, strict=True):
        use_case, unit = _place(spend, members[0].partition("\0")[0], model)
        yield BudgetForecast(
            budget=spend.id,
            whose=whose,
            use_case=use_case,
            unit=unit,
            per=spend.per,
            starts=span.start.date(),
            ends=(span.end - timedelta(seconds=1)).date(),
            limit=spend.limit,
            currency=model.organisation.currency,
            owner=spend.owner,
            on_breach=spend.on_breach,
            forecast=forecast,
            used_up=_used_up(forecast, spend.limit, today),
            chance=forecast.chance_over(spend.limit),
        )


def days_to(span: Window, now: datetime) -> int:
    """Count the UTC days from today to the end of a window, today included."""
    end = (span.end - timedelta(microseconds=1)).astimezone(UTC).date()
    return max(0, (end - now.astimezone(UTC).date()).days + 1)


def _last_part(span: Window) -> float:
    """Say how much of its last UTC day a window has: where midnight is not UTC's, it ends within one."""
    end = span.end.astimezone(UTC)
    begun = timedelta(hours=end.hour, minutes=end.minute, seconds=end.second)
    return begun / timedelta(days=1) or 1.0


def _place(spend: Spend, use_case: str, model: OperatingModel) -> tuple[str, str]:
    """Name the use case and unit that a budget belongs to; both empty if it is the organisation's."""
    layer, _, name = layer_of(spend.pool).partition("/")
    if layer == "use-case" or ":use-case/" in spend.pool or spend.each:
        case = model.use_cases.get(use_case)
        return use_case, case.unit if case else ""
    return "", name if layer == "unit" else ""


def _used_up(forecast: Forecast, limit: Decimal, today: date) -> date | None:
    """Say about when a limit is reached, at an even pace from here to the end of the window."""
    if forecast.spent >= limit:
        return today
    if forecast.expected is None or forecast.expected <= limit or not forecast.days_left:
        return None
    a_day = (forecast.expected - forecast.spent) / forecast.days_left
    return today + timedelta(days=max(0, ceil((limit - forecast.spent) / a_day) - 1))


def in_words(each: BudgetForecast) -> str:
    """Say in a sentence what is expected of a budget."""
    forecast = each.forecast

    def money(amount: Decimal) -> str:
        return Money(amount, each.currency).display()

    whose = f" of `{each.whose}`" if each.whose else ""
    said = f"budget `{each.budget}`{whose} has spent {money(forecast.spent)} of {money(each.limit)}"
    if forecast.expected is not None and forecast.spent < each.limit:
        within = (
            f", {money(forecast.low)} to {money(forecast.high)} with 90 % certainty"
            if forecast.low is not None and forecast.high is not None
            else ""
        )
        said += f" and is expected to reach {money(forecast.expected)} by {each.ends}{within}"
    if each.used_up is not None:
        said += f"; at this pace it is used up about {each.used_up}"
    return said

"""What people are told of budgets that will not last, and of days that were off."""

from __future__ import annotations

from datetime import datetime

from remit.decide.finops.anomaly import Anomaly
from remit.decide.finops.anomaly import in_words as anomaly_in_words
from remit.decide.finops.budget_forecast import BudgetForecast
from remit.decide.finops.budget_forecast import in_words as budget_in_words
from remit.decide.notice import Notice
from remit.kernel.money import canonical


def forecast_key(each: BudgetForecast) -> str:
    """Name a window of a budget at a limit: a limit that was raised is another matter."""
    return f"forecast:{each.account}:{canonical(each.limit)}"


def forecast_notice(each: BudgetForecast, now: datetime) -> Notice:
    """Say that more will be asked of a budget than it has, while some of it is left."""
    forecast = each.forecast
    figures = {"expected": forecast.expected, "low": forecast.low, "high": forecast.high}
    return Notice(
        event="budget.forecast",
        at=now,
        summary=f"{budget_in_words(each)}; {each.owner} owns it",
        subject=forecast_key(each),
        use_case=each.use_case,
        unit=each.unit,
        data={
            "budget": each.budget,
            "whose": each.whose,
            "per": each.per,
            "starts": each.starts.isoformat(),
            "ends": each.ends.isoformat(),
            "limit": canonical(each.limit),
            "posted": canonical(forecast.spent),
            "used_up": each.used_up.isoformat() if each.used_up else None,
            "chance": None if each.chance is None else round(each.chance, 3),
            "on_breach": each.on_breach,
            "owner": each.owner,
            "currency": each.currency,
        }
        | {name: None if value is None else canonical(value) for name, value in figures.items()},
    )


def anomaly_key(each: Anomaly) -> str:
    return f"anomaly:{each.use_case}:{each.day.isoformat()}"


def anomaly_notice(each: Anomaly, now: datetime) -> Notice:
    """Say that a day of a use case was off, why, and where."""
    return Notice(
        event="spend.anomaly",
        at=now,
        summary=f"`{each.use_case}`: " + "; ".join(anomaly_in_words(each)),
        subject=anomaly_key(each),
        use_case=each.use_case,
        unit=each.unit,
        data={
            "day": each.day.isoformat(),
            "cost": canonical(each.cost),
            "expected": canonical(each.expected),
            "change": canonical(each.change),
            "causes": {factor: canonical(amount) for factor, amount in each.causes},
            "mover": None if each.mover is None else {"of": each.mover.of, "name": each.mover.name},
            "currency": each.currency,
        },
    )

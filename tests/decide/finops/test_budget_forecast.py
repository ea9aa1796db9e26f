"""Budgets ahead: what windows that do not end at midnight of UTC will have cost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from finops_house import house
from remit.decide.finops.budget_forecast import BudgetForecast, Caller, budget_forecasts
from remit.decide.finops.daily import Daily
from remit.decide.finops.forecast import HISTORY_DAYS
from remit.declare.operating_model import OperatingModel
from remit.enforce.spend import Spend

DAY_LIMIT = Decimal(30)


def looked(now: datetime, *, zone: str, posted: str, today: str) -> BudgetForecast:
    """Look ahead for a day's budget of a use case that costs 24 a day, 1 in each hour."""
    declared = house().model_dump(mode="json", exclude_unset=True)
    declared["organisation"]["time_zone"] = zone
    model = OperatingModel.model_validate(declared)
    spend = Spend(pool="use-case/claims", per="day", limit=DAY_LIMIT, owner="head@example.com")
    caller = Caller("claims")
    costs = Daily((caller.name,), np.full((1, HISTORY_DAYS), 24.0), (Decimal(today),))
    starts = now.astimezone(model.organisation.zone).date()
    account = spend.account(starts.isoformat(), key="", agent="")
    assert account is not None
    [found] = budget_forecasts(
        model, {"claims": (spend,)}, [caller], costs=costs, posted={account: Decimal(posted)}, now=now
    )
    return found


@pytest.mark.parametrize(
    ("zone", "hour", "posted"),
    [("UTC", 14, "14"), ("Asia/Tokyo", 14, "23"), ("America/Lima", 3, "22"), ("Europe/Berlin", 22, "23")],
)
def test_a_day_that_ends_within_a_day_of_utc_counts_only_what_is_left_of_it(
    zone: str, hour: int, posted: str
) -> None:
    now = datetime(2026, 11, 18, hour, tzinfo=UTC)
    found = looked(now, zone=zone, posted=posted, today=str(hour))
    assert found.forecast.expected == Decimal(24)
    assert not found.exceeds


def test_a_day_that_has_just_begun_is_expected_to_be_like_the_others() -> None:
    found = looked(datetime(2026, 11, 18, 15, tzinfo=UTC), zone="Asia/Tokyo", posted="0", today="15")
    assert found.starts == date(2026, 11, 19)
    assert found.forecast.expected == Decimal(24)

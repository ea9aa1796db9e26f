"""What budgets come to and which days were off, from calls in a real ledger, and told in time by web hook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace as changed

from approvals_house import OWNER, model
from completed_call import completed
from gated_house import SetClock
from remit.decide.bill_sum import Span
from remit.decide.finops.uncounted import Uncounted
from remit.declare.guardrail_price import UnitRate
from remit.declare.price import Rates
from remit.kernel.usage import Usage
from remit.operations.apply_model import apply_model
from remit.operations.fold_ledger import fold_ledger
from remit.operations.notify import Notifier
from remit.operations.read_cost import read_cost
from remit.operations.read_spend import (
    read_anomalies,
    read_budget_forecasts,
    read_commitments,
    read_spend_forecasts,
    read_uncounted,
)
from remit.operations.system import GATEWAY
from remit.record.call_entry import Call, Purpose
from remit.record.guardrail_charge import GuardrailCharge

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
RATES = Rates(date(2026, 1, 1), Decimal(1), Decimal(1))
NUMBERS = count()
OWN, ALL = "use-case/letters:month:2026-11-01", "organisation:month:2026-11-01"
HOOK = """
webhooks:
  finance:
    url: http://127.0.0.1:9/
    owner: finance@example.com
    events: [budget.forecast, spend.anomaly]
"""


def call(at: datetime, tokens: int, *, key: str = "key-1", **more: Any) -> Call:
    purpose = Purpose(
        key=key, use_case="letters", unit="desk", stage="launch", model="model/a", model_version=1, remit="r"
    )
    accounts = (OWN, ALL) if at >= datetime(2026, 11, 1, tzinfo=UTC) else ()
    usage, id = Usage(input_tokens=tokens), f"c{next(NUMBERS):025d}"
    return completed(id, at, usage, RATES, purpose=purpose, accounts=accounts, **more)


def months() -> Iterator[Call]:
    """Ten weeks of calls for 0.20 EUR a day, and yesterday for 0.90 more by another key."""
    for back in range(70, 0, -1):
        at = NOW - timedelta(days=back)
        yield call(at, 150_000 + back % 3 * 50_000)
    yield call(NOW - timedelta(days=1), 900_000, key="key-2")
    yield call(NOW - timedelta(hours=1), 10_000)
    yield call(NOW - timedelta(days=20), 300_000, simulated=True)


@pytest.fixture
def spent(house: Any) -> Iterator[Any]:
    with house.system() as opened:
        system = replace(opened, clock=SetClock(NOW))
        apply_model(system, model(more=HOOK), author=OWNER, reason="")
        with system.journals.exclusive(GATEWAY) as journal:
            journal.append(list(months()))
        fold_ledger(system)
        yield system


def test_a_budget_that_will_not_last_comes_first_with_the_day_on_which_it_is_used_up(spent: Any) -> None:
    first, second = read_budget_forecasts(spent)
    assert (first.budget, first.exceeds, first.use_case) == ("use-case/letters:month", True, "letters")
    assert first.forecast.spent == spent.store.posted()[OWN]
    assert first.forecast.low is not None
    assert first.forecast.spent < first.forecast.low < Decimal(8)
    assert first.used_up is not None
    assert date(2026, 11, 18) <= first.used_up <= date(2026, 11, 30)
    assert (second.budget, second.exceeds, second.used_up) == ("organisation:month", False, None)
    assert [each.budget for each in read_budget_forecasts(spent, unit="desk")] == [
        first.budget,
        second.budget,
    ]


def test_calls_by_keys_that_are_not_known_count_where_another_key_has_a_limit_for_itself(spent: Any) -> None:
    before = read_budget_forecasts(spent)
    declared = model(more=HOOK)
    budgets = [{"limit": "5.00 EUR", "per": "month"}, {"limit": "4.00 EUR", "per": "month", "each": "key"}]
    body = declared.model_dump(mode="json", exclude_unset=True)
    body["use_cases"]["letters"]["remit"]["spend"] = budgets
    apply_model(spent, type(declared).model_validate(body), author=OWNER, reason="")
    found = {each.account: each.forecast for each in read_budget_forecasts(spent)}
    assert [found[each.account] for each in before] == [each.forecast for each in before]


@pytest.mark.parametrize(("by", "name"), [("use-case", "letters"), ("unit", "desk"), ("model", "model/a")])
def test_a_month_is_forecast_by_whatever_is_asked_and_simulated_calls_cost_nothing(
    spent: Any, by: Any, name: str
) -> None:
    [found] = read_spend_forecasts(spent, by)
    assert (found.name, found.ends) == (name, date(2026, 11, 30))
    assert found.forecast.spent == spent.store.posted()[OWN]
    assert found.forecast.expected is not None
    assert Decimal("5.5") < found.forecast.expected < Decimal("8.5")


@pytest.mark.parametrize(
    ("zone", "now"), [("Asia/Tokyo", "2026-11-30T20:00"), ("America/Lima", "2026-12-01T02:00")]
)
def test_a_month_is_of_utc_wherever_the_organisation_is(spent: Any, zone: str, now: str) -> None:
    declared = model(more=HOOK)
    there = declared.organisation.model_copy(update={"time_zone": zone})
    apply_model(spent, declared.model_copy(update={"organisation": there}), author=OWNER, reason="")
    system = replace(spent, clock=SetClock(datetime.fromisoformat(now).replace(tzinfo=UTC)))
    [found] = read_spend_forecasts(system, "use-case")
    assert found.starts.month == system.clock.now().month
    assert (found.forecast.spent > 0) == (found.starts.month == 11)


def test_a_day_that_was_off_is_found_with_its_key(spent: Any) -> None:
    [found] = read_anomalies(spent, model(more=HOOK))
    assert (found.day, found.use_case, found.cause) == (date(2026, 11, 15), "letters", "length")
    assert found.mover is not None
    assert (found.mover.of, found.mover.name) == ("key", "key-2")
    assert read_anomalies(spent, model(more=HOOK), cases=frozenset({"others"})) == []


def guarded(at: datetime, charge: str, *, key: str = "key-1") -> GuardrailCharge:
    rate = UnitRate(date(2026, 1, 1), Decimal(1))
    asked = call(at, 1, key=key)
    return GuardrailCharge(
        id=asked.id, at=at, purpose=asked.purpose, guardrail="guardrail/a@1", custom="cloud", side="input",
        characters=5, units=1, rate=rate, charge=Decimal(charge), currency="EUR", judges="c",
        accounts=asked.accounts,
    )  # fmt: skip


def put(system: Any, *entries: Any) -> None:
    with system.journals.exclusive(GATEWAY) as journal:
        journal.append(list(entries))
    fold_ledger(system)


def test_what_guardrails_cost_is_in_forecasts_and_is_a_cause_of_its_own(spent: Any) -> None:
    [before] = read_spend_forecasts(spent, "organisation")
    put(spent, guarded(NOW - timedelta(days=3), "2.00", key="key-9"))
    [after] = read_spend_forecasts(spent, "organisation")
    assert after.forecast.spent == before.forecast.spent + 2 == spent.store.posted()[OWN]
    assert {each.name for each in read_spend_forecasts(spent, "model")} == {"model/a", "guardrail/a@1/cloud"}
    assert read_budget_forecasts(spent)[0].forecast.spent == after.forecast.spent
    found = {each.day: each for each in read_anomalies(spent, model(more=HOOK))}
    odd = found[date(2026, 11, 13)]
    assert odd.cause == "guardrails"
    assert dict(odd.causes)["guardrails"] == 2
    assert odd.mover is not None
    assert odd.mover.name in ("guardrail/a@1/cloud", "key-9")
    assert sum(amount for _, amount in odd.causes) == pytest.approx(odd.change, abs=Decimal("0.000002"))


def test_what_guardrails_draw_from_a_commitment_is_used_of_it(spent: Any) -> None:
    declared = model(more=HOOK)
    year = {"name": "Units", "id": "c-7", "amount": "10.00 EUR", "per": "year"}
    body = declared.model_dump(mode="json", exclude_unset=True)
    body["commitments"] = {"units": {**year, "starts": "2026-01-01", "ends": "2026-12-31"}}
    apply_model(spent, type(declared).model_validate(body), author=OWNER, reason="")
    asked = guarded(NOW - timedelta(days=3), "2.00")
    drawn = changed(asked, id=call(NOW, 1).id, rate=changed(asked.rate, commitment="c-7"), charge=Decimal(3))
    put(spent, asked, drawn)
    [use] = read_commitments(spent)
    assert [use.used, use.available, use.at_list] == [3, 10, 3]
    report = read_cost(spent, Span(date(2026, 11, 1), date(2026, 11, 30)))
    [line] = [each for each in report.lines if each.model == "guardrail/a@1/cloud"]
    assert [line.charged.amount, line.billed.amount] == [5, 2]


DOLLARS = {"USD": {"rates": [{"starts": "2026-11-10", "rate": "0.5"}]}}


def in_dollars(system: Any, day: int, tokens: int) -> Call:
    return changed(call(NOW.replace(day=day), tokens), currency="USD", accounts=())


def test_another_currency_counts_at_its_day_s_rate_and_a_day_without_one_is_flagged(spent: Any) -> None:
    declared = model(more=HOOK)
    body = declared.model_dump(mode="json", exclude_unset=True) | {"exchange_rates": DOLLARS}
    rated = type(declared).model_validate(body)
    [before] = read_spend_forecasts(spent, "use-case")
    put(spent, in_dollars(spent, 12, 400_000), in_dollars(spent, 9, 700_000), in_dollars(spent, 8, 100_000))
    apply_model(spent, rated, author=OWNER, reason="")
    [after] = read_spend_forecasts(spent, "use-case")
    assert after.forecast.spent == before.forecast.spent + Decimal("0.2")
    lacking = (Uncounted("USD", date(2026, 11, 8), date(2026, 11, 9), Decimal("0.8")),)
    assert after.uncounted == read_uncounted(spent, rated) == lacking
    assert {each.uncounted for each in read_budget_forecasts(spent)} == {lacking}
    assert date(2026, 11, 9) not in {each.day for each in read_anomalies(spent, rated)}


def test_a_use_case_of_which_nothing_can_be_counted_is_shown_with_what_it_lacks(spent: Any) -> None:
    lone = call(NOW.replace(day=9), 700_000)
    purpose = changed(lone.purpose, use_case="other")
    put(spent, changed(lone, currency="USD", accounts=(), purpose=purpose))
    found = {each.name: each for each in read_spend_forecasts(spent, "use-case")}
    assert found["other"].forecast.spent == 0
    assert [each.amount for each in found["other"].uncounted] == [Decimal("0.7")]


def test_owners_are_told_once_while_some_of_the_money_is_left(spent: Any) -> None:
    looking = Notifier(spent)
    for hours in (0, 2, 2, 8):
        spent.clock.on(hours=hours)
        looking.look()
        Notifier(spent).look()
    told = [each.notice for each in spent.outbox.deliveries(limit=100)]
    assert sorted(each.event for each in told) == ["budget.forecast", "spend.anomaly"]
    [budget] = [each for each in told if each.event == "budget.forecast"]
    assert Decimal(budget.data["posted"]) < Decimal(budget.data["limit"]) == 5
    assert "at this pace it is used up about 2026-11-19" in budget.summary

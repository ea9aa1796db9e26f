"""Where proposals come from, and what of it is counted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from allocated import calls, guarded, house, period
from remit.decide.advice import Advice
from remit.decide.finops.budget_forecast import BudgetForecast
from remit.decide.finops.commitment_use import CommitmentUse
from remit.decide.finops.draft import CALLS_OF
from remit.decide.finops.forecast import Forecast
from remit.decide.finops.period_cost import allocation_of
from remit.decide.finops.proposals import (
    of_advice,
    of_budgets,
    of_commitments,
    of_idle,
    of_prices,
    of_savings,
    of_value,
)
from remit.decide.finops.ranked import rank
from remit.decide.finops.saving import Edit, QualityShown, Saving
from remit.decide.finops.unpriced import Unpriced
from remit.decide.worth.figure import figures
from remit.kernel.money import Money
from worth_house import case, model, result

MONTH: dict[str, Any] = {"starts": date(2026, 11, 1), "ends": date(2026, 11, 30), "currency": "EUR"}
TEAM = {"name": "Team", "kind": "people", "amount": "310.00 EUR", "every": "month"}
START = {"name": "Start", "kind": "change", "amount": "3600.00 EUR", "every": "once", "since": "2026-01-01"}
SHARED = {"centre": {"name": "Centre", "kind": "people", "amount": "100.00 EUR", "every": "month"}}


def saving(use_case: str, a_month: int, **fields: Any) -> Saving:
    stated: dict[str, Any] = {
        "kind": "batch",
        "use_case": use_case,
        "unit": "motor",
        "subject": "large",
        "summary": "let 2 calls wait: 1 EUR instead of 2 EUR",
        "since": date(2026, 10, 1),
        "until": date(2026, 10, 30),
        "calls": 2,
        "charged": Decimal(2 * a_month),
        "would": Decimal(a_month),
        "currency": "EUR",
        "basis": "",
        "quality": QualityShown("same", says="the answers are the same"),
        **dict.fromkeys(("a_month", "low", "high"), Decimal(a_month)),
    }
    return Saving(**(stated | fields))


def test_savings_of_a_use_case_that_add_up_are_proposed_as_one() -> None:
    of = {name: {"figures": {CALLS_OF: name}, "subject": name} for name in ("model/a", "model/b")}
    [found] = of_savings(
        house(), rank([saving("triage", 5, **of["model/a"]), saving("triage", 3, **of["model/b"])])
    )
    assert (found.a_month, found.low, found.high) == (Decimal(8), Decimal(8), Decimal(8))
    assert found.says == "Save in 2 ways on calls in `triage`: batch"
    assert (found.run, found.basis) == ("remit finops advise triage", "4 calls replayed")


def test_a_saving_is_proposed_with_the_command_that_takes_it() -> None:
    own = [saving("triage", 5), saving("letters", 4, edits=(Edit("use-case/letters", "a", 1),))]
    batch, edited = of_savings(house(), rank([*own, saving("", 8)]))
    assert (batch.says, batch.why) == (
        "Let 2 calls wait in `triage`",
        "1 EUR instead of 2 EUR; the answers are the same",
    )
    assert batch.run == "remit finops apply batch:triage:large DIR --by-hand"
    assert edited.run == "remit finops apply batch:letters:large DIR"
    [whole] = of_savings(house(), rank([*own, saving("", 10)]))
    assert (whole.a_month, whole.whose) == (Decimal(10), "head@example.com")


def advised(use_case: str, what: Any) -> Advice:
    return Advice(use_case, "motor", "experiment", what, "stale", "it is old", "a call")


def test_what_ends_costs_no_more_of_its_own_and_what_others_share_stays() -> None:
    costly = {
        "name": "Triage",
        "unit": "motor",
        "purpose": "Sort claims.",
        "costs": {"team": TEAM, "start": START},
    }
    declared = house(platform=SHARED, use_cases={"triage": costly})
    month = allocation_of(period(declared, calls("triage", "12"), guards=[guarded("triage", "0.5")]))
    amounts = {
        kind: [each.a_month for each in of_advice(declared, [advised("triage", kind)], month, figures={})]
        for kind in ("stop", "park", "merge", "go")
    }
    assert amounts == {"stop": [Decimal("322.5")], "park": [Decimal("322.5")], "merge": [310], "go": []}


def test_what_would_be_forgone_with_a_use_case_is_said_by_grade() -> None:
    declared = model(letters=case(costs={"team": TEAM}))
    shown = figures("letters", declared.use_cases["letters"].outcomes, [result()], currency="EUR")
    month = allocation_of(period(declared))
    [stop] = of_advice(declared, [advised("letters", "stop")], month, figures={"letters": shown})
    assert "forgone with it: value of 4,000.00 a month (experiment)" in stop.why


def test_idle_units_and_commitments_are_proposed_at_what_a_month_of_them_costs() -> None:
    units = {
        "units": {"name": "Units", "kind": "provisioned", "model": "model/a", "per_hour": "1.00 EUR",
                  "starts": "2026-01-01", "input_tokens_per_minute": 100, "unit": "claims"}
    }  # fmt: skip
    month = allocation_of(period(house(capacity=units), calls("triage"), capacity=units))
    [idle] = of_idle(house(capacity=units), month)
    assert (idle.money, idle.whose) == ("idle", "claims@example.com")
    assert Decimal(740) < idle.a_month < Decimal(745)
    use = CommitmentUse(
        "yearly", "A year", date(2026, 1, 1), date(2026, 12, 31), Decimal(3650), Decimal(0), Decimal(1000),
        at_list=Decimal(2000), over=False, currency="EUR", expected=Decimal(2433), low=Decimal(2400),
        high=Decimal(2500),
    )  # fmt: skip
    [left] = of_commitments(house(), [use])
    assert (left.a_month, left.low, left.high) == (Decimal("100.03"), Decimal("94.52"), Decimal("102.74"))


def test_a_budget_that_will_not_last_is_proposed_for_what_it_lacks() -> None:
    forecast = Forecast(spent=Decimal(80), expected=Decimal(130), low=Decimal(90), high=Decimal(150),
                        days_left=6, history=30, seasonal=False)  # fmt: skip
    budget = BudgetForecast(
        "use-case/triage:month", "", "triage", "motor", "month", **MONTH, limit=Decimal(100),
        owner="owner@example.com", on_breach="deny", forecast=forecast, used_up=date(2026, 11, 27),
        chance=0.9,
    )  # fmt: skip
    [found] = of_budgets(house(), [budget])
    assert (found.a_month, found.low, found.high) == (Decimal(30), Decimal(0), Decimal(50))
    assert (found.whose, found.use_cases) == ("owner@example.com", ("triage",))


def unpriced(kind: Any, amount: str | None, subject: str = "model/a") -> Unpriced:
    charged = None if amount is None else Money(Decimal(amount), "EUR")
    return Unpriced(kind, subject, date(2026, 10, 3), date(2026, 10, 9), 2, charged, "read images", "")


def test_what_lacks_a_rate_is_proposed_by_model_and_no_call_is_counted_twice() -> None:
    found = [
        unpriced("tier", "3"),
        unpriced("image", "7"),
        unpriced("no-price", None),
        unpriced("currency", "9", "USD"),
    ]
    [lacking] = of_prices(house(), found)
    assert (lacking.a_month, lacking.money) == (Decimal(7), "unpriced")
    assert (lacking.whose, lacking.why) == ("head@example.com", "2 calls read images")


def test_value_that_studies_support_waits_to_be_confirmed_grade_by_grade_and_claims_do_not() -> None:
    declared = model(letters=case(), answers=case(), claim=case())
    shown = [
        *figures("letters", declared.use_cases["letters"].outcomes, [result()], currency="EUR"),
        *figures("answers", declared.use_cases["answers"].outcomes,
                 [result("r2", use_case="answers", grade="before_after", effect=-3.0, low=-4.0, high=-2.0)],
                 currency="EUR"),
        *figures("claim", declared.use_cases["claim"].outcomes, [], currency="EUR"),
    ]  # fmt: skip
    found = [*of_value(declared, shown)]
    assert [(each.basis, each.a_month, each.use_cases) for each in found] == [
        ("experiment", Decimal(4000), ("letters",)),
        ("before after", Decimal(2000), ("answers",)),
    ]
    assert found[0].run == "remit value confirm letters"

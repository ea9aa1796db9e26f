"""Allocation: every cost reaches a use case or says why it does not, and no cent is lost on the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocated import CASES, LIVE, OCTOBER, adjustment, calls, guarded, house, period
from remit.decide.bill_sum import Span
from remit.decide.finops.allocation import Allocation, AllocationLine, Simulated
from remit.decide.finops.period_cost import Booked, allocation_of
from remit.decide.finops.statement import CHARGED
from remit.decide.finops.unit_cost import Counted, period_cost
from remit.decide.worth.cost import total
from remit.record.projection import StageFact
from strategies import model_block

GATEWAY = {"name": "Gateway", "kind": "tools", "amount": "90.00 EUR", "every": "month"}
PTU: dict[str, Any] = {
    "name": "Kept units",
    "kind": "provisioned",
    "model": "model/kept",
    "per_hour": "1.00 EUR",
    "starts": "2026-10-01",
}


def whole(found: Allocation) -> Allocation:
    assert total(each.amount for each in found.lines) == found.total, "no cent is lost"
    return found


def of(found: Allocation, part: str) -> dict[str, Decimal]:
    return {each.use_case or each.rest: each.amount for each in whole(found).lines if each.part == part}


def test_calls_reach_the_use_case_and_the_unit_that_they_were_made_for() -> None:
    rows = (
        calls("triage", "1.20", calls=3),
        calls("triage", "0.30", unit="claims"),
        calls("letters", "9", simulated=True),
        calls("letters", "7", currency="USD"),
        calls("gone", "0.05", unit="old", model="model/b"),
    )
    found = whole(allocation_of(period(house(), *rows)))
    assert [(each.use_case, each.unit, each.amount, each.basis) for each in found.lines] == [
        ("triage", "claims", Decimal("0.3"), "1 call"),
        ("triage", "motor", Decimal("1.2"), "3 calls"),
        ("gone", "old", Decimal("0.05"), "1 call"),
    ]
    assert found.simulated == {"letters": Simulated(1, Decimal(9))}, "simulated calls cost nothing"
    assert found.foreign == {"USD": Decimal(7)}, "what is in another currency is said, and added to nothing"


def test_guardrails_by_others_reach_the_use_case_that_they_were_asked_for() -> None:
    guards = (
        guarded("triage", "0.0017", units=2),
        guarded("triage", "0.00085"),
        guarded("triage", "0.5", custom="lawyers"),
        guarded("letters", "0.00085", unit="claims"),
        guarded("letters", "9", currency="USD"),
    )
    found = whole(allocation_of(period(house(), calls("triage", "1"), guards=guards)))
    lines = [(each.name, each.use_case, each.unit, each.amount, each.basis) for each in found.lines]
    assert lines[1:] == [
        *(
            ("guardrail/inputs@1/cloud", *of)
            for of in (
                ("letters", "claims", Decimal("0.00085"), "1 text unit, asked once"),
                ("triage", "motor", Decimal("0.00255"), "3 text units, asked 2 times"),
            )
        ),
        ("guardrail/inputs@1/lawyers", "triage", "motor", Decimal("0.5"), "1 text unit, asked once"),
    ]
    assert found.foreign == {"USD": Decimal(9)}
    # One call more is guarded once more, too.
    cost = period_cost(found, "triage", Counted(calls=1), goes_on=False)
    assert cost.marginal == Decimal("1.50255")


@pytest.mark.parametrize(
    ("by", "shares"),
    [
        ("calls", {"triage": "67.5", "letters": "22.5"}),
        ("tokens", {"triage": "30", "letters": "60"}),
        ("charge", {"triage": "18", "letters": "72"}),
        ("equally", {"triage": "30", "letters": "30", "photos": "30"}),
        ("weighted", {"letters": "60", "photos": "30"}),
    ],
)
def test_what_all_share_is_split_by_the_declared_key(by: str, shares: dict[str, str]) -> None:
    weights = {"letters": "2", "photos": "1"} if by == "weighted" else {}
    made = house(platform={"gateway": GATEWAY | {"shared_by": by, "weights": weights}})
    rows = (
        calls("triage", "1", calls=3, tokens=(80, 20)),
        calls("letters", "4", unit="claims", tokens=(150, 50)),
    )
    found = allocation_of(period(made, *rows))
    assert of(found, "platform") == {name: Decimal(amount) for name, amount in shares.items()}


def test_people_that_all_share_are_people_and_what_a_use_case_has_is_its_own() -> None:
    team = {"name": "Team", "kind": "people", "amount": "310.00 EUR", "every": "month"}
    start = {"name": "Start", "kind": "change", "amount": "9.00 EUR", "every": "once"}
    cases = CASES | {"letters": CASES["letters"] | {"costs": {"team": team, "start": start}}}
    centre = GATEWAY | {"kind": "people", "amount": "30.00 EUR", "shared_by": "equally"}
    once = GATEWAY | {"every": "once"}
    made = house(platform={"centre": centre, "once": once}, use_cases=cases)
    found = allocation_of(period(made))
    lines = [(each.name, each.use_case, each.amount) for each in whole(found).lines]
    assert lines == [
        *(("centre", name, Decimal(10)) for name in ("letters", "photos", "triage")),
        ("letters/team", "letters", Decimal(310)),
    ]
    assert found.uncounted == ("portfolio/economics/platform/once", "use-case/letters/costs/start")


def test_what_is_live_shares_and_what_is_envisioned_retired_or_not_there_yet_does_not() -> None:
    made = house(platform={"gateway": GATEWAY})
    stages = {
        "triage": StageFact("scale", date(2026, 1, 1), "reviewed"),
        "letters": StageFact("experiment", date(2026, 11, 5), "adopted"),
        "photos": StageFact("retired", date(2026, 9, 1), "narrowed"),
    }
    assert of(allocation_of(period(made, stages=stages)), "platform") == {"triage": 90}
    called = period(made, calls("photos"), calls("letters"), stages=stages)
    assert of(allocation_of(called), "platform") == {"photos": 45, "letters": 45}
    nobody = whole(allocation_of(period(made, stages={})))
    assert [(each.rest, each.amount, each.basis) for each in nobody.lines] == [
        ("unreached", Decimal(90), "Gateway, and no use case is live")
    ]


def test_a_shared_block_is_split_among_those_who_stand_on_it() -> None:
    blocks = {
        "model/kept": model_block(cost_per_month="31.00 EUR"),
        "model/unused": model_block(cost_per_month="5.00 EUR", cost_to_build="100.00 EUR"),
        "model/over": model_block(
            cost_per_month="31.00 EUR",
            status="deprecated",
            last_day="2026-10-10",
            reason="Old.",
            cost_shared_by="weighted",
            cost_weights={"photos": "1"},
        ),
        "model/built": model_block(cost_to_build="1096.00 EUR", built="2026-01-01"),
    }
    cases = CASES | {"photos": CASES["photos"] | {"blocks": ["model/kept", "model/over", "model/built"]}}
    made = house(blocks=blocks, use_cases=cases)
    found = whole(allocation_of(period(made, calls("triage", calls=3, model="model/kept"))))
    assert [(each.name, each.use_case, each.rest, each.amount) for each in found.lines] == [
        ("model/built", "photos", "", Decimal(31)),
        ("model/kept", "triage", "", Decimal(31)),
        ("model/over", "photos", "", Decimal(10)),
        ("model/unused", "", "unreached", Decimal(5)),
    ]
    assert found.uncounted == ("model/unused",)


def test_a_guardrail_is_shared_by_those_who_must_pass_it() -> None:
    guardrail = {"name": "Baseline", "cost_per_month": "40.00 EUR"}
    layer: dict[str, Any] = {"guardrails": {"guardrail/base": {}}}
    cases = CASES | {name: CASES[name] | {"remit": layer} for name in ("triage", "letters")}
    made = house(blocks={"guardrail/base": guardrail}, use_cases=cases)
    rows = calls("triage", calls=3), calls("letters"), calls("photos", calls=9), calls("gone", calls=9)
    assert of(allocation_of(period(made, *rows)), "blocks") == {"triage": 30, "letters": 10}


def test_capacity_costs_every_hour_and_what_stood_idle_stands_apart() -> None:
    ptu = PTU | {"input_tokens_per_minute": "100", "output_tokens_per_minute": "1", "unit": "claims"}
    rows = (
        # October has 745 hours in Amsterdam: 44,700 minutes, of one output token each.
        calls("triage", model="model/kept", tokens=(600_000, 4_470)),
        calls("letters", model="model/kept@2", tokens=(200_000, 4_470)),
        calls("letters", model="model/other", tokens=(10**9, 10**9)),
    )
    found = allocation_of(period(house(), *rows, capacity={"ptu": ptu}))
    assert of(found, "capacity") == {
        "idle": Decimal("596"),
        "triage": Decimal("111.34"),
        "letters": Decimal("37.66"),
    }
    idle = next(each for each in found.lines if each.rest == "idle")
    assert (idle.unit, idle.basis, idle.share) == (
        "claims",
        "20.0 % of 44,700 output tokens were served, not allocated: nobody is declared to share it",
        Decimal("0.8"),
    )
    shared = allocation_of(period(house(), *rows, capacity={"ptu": ptu | {"idle": "shared"}}))
    assert of(shared, "capacity") == {"triage": Decimal("111.34"), "letters": Decimal("37.66")}
    assert set(of(shared, "idle")) == {"triage", "letters"}
    assert sum(of(shared, "idle").values()) == 596
    assert {(each.rest, each.by) for each in shared.lines if each.part == "idle"} == {("", "tokens")}


def test_what_stood_idle_while_nobody_called_is_of_those_who_have_a_declared_weight() -> None:
    ptu = PTU | {"input_tokens_per_minute": "100", "idle": "shared"}
    nobody = allocation_of(period(house(), capacity={"ptu": ptu}))
    assert of(nobody, "capacity") == {"idle": 745}
    weighed = ptu | {"shared_by": "weighted", "weights": {"triage": "3", "letters": "2"}}
    found = allocation_of(period(house(), capacity={"ptu": weighed}))
    assert of(found, "idle") == {"triage": 447, "letters": 298}
    assert of(found, "capacity") == {}


@pytest.mark.parametrize(
    ("zone", "first", "last", "hours"),
    [
        ("Europe/Amsterdam", date(2026, 3, 29), date(2026, 3, 29), "23"),
        ("Europe/Amsterdam", date(2026, 10, 25), date(2026, 10, 25), "25"),
        ("Australia/Lord_Howe", date(2026, 4, 5), date(2026, 4, 5), "24.5"),
    ],
)
def test_a_day_has_the_hours_that_its_clocks_show(zone: str, first: date, last: date, hours: str) -> None:
    ptu = PTU | {"starts": "2026-01-01", "units": "2"}
    found = whole(
        allocation_of(period(house(zone=zone), days=Span(first, last), capacity={"ptu": ptu}, stages={}))
    )
    (line,) = found.lines
    assert (line.amount, line.rest) == (2 * Decimal(hours), "unreached")
    assert line.basis == f"2 units for {hours} hours, which served no use case"


def test_capacity_is_paid_while_it_is_taken_and_its_set_up_over_its_term() -> None:
    taken = PTU | {"starts": "2026-10-31", "once": "120.00 EUR", "term_months": "1"}
    rows = calls("triage", model="model/kept", hour="2026-10-30T12:00:00Z", tokens=(9, 9))
    later = calls("letters", model="model/kept", hour="2026-10-31T12:00:00Z")
    offered = {name: each for name, each in PTU.items() if name != "starts"}
    over = PTU | {"starts": "2026-08-01", "ends": "2026-09-30"}
    capacity = {"taken": taken, "offered": offered, "over": over}
    found = allocation_of(period(house(), rows, later, capacity=capacity))
    # A day of 24 hours, and one of 30 days' set-up.
    assert of(found, "capacity") == {"letters": Decimal(28)}
    unused = allocation_of(period(house(), capacity={"ptu": PTU | {"input_tokens_per_minute": "9"}}))
    assert of(unused, "capacity") == {"idle": 745}, "what served nobody stood idle"


def test_each_hour_of_capacity_is_exchanged_at_the_rate_of_its_day() -> None:
    dollars = PTU | {"per_hour": "1.00 USD"}
    changing = {"rates": [{"starts": "2026-01-01", "rate": "0.50"}, {"starts": "2026-10-11", "rate": "0.75"}]}
    model = house(exchange_rates={"USD": changing})

    def paid(first: int, last: int) -> Decimal:
        days = Span(date(2026, 10, first), date(2026, 10, last))
        return allocation_of(period(model, days=days, capacity={"ptu": dollars})).total

    # October has an hour more on the 25th.
    assert paid(1, 31) == 240 * Decimal("0.50") + (21 * 24 + 1) * Decimal("0.75")
    assert paid(1, 10) + paid(11, 20) + paid(21, 31) == paid(1, 20) + paid(21, 31) == paid(1, 31)


def test_capacity_in_a_foreign_currency_counts_at_the_rate_of_the_day_or_is_named() -> None:
    dollars = PTU | {"per_hour": "1.00 USD", "starts": "2026-10-30", "once": "10.00 CHF"}
    capacity = {"ptu": dollars}
    rates = {"USD": {"rates": [{"starts": "2026-01-01", "rate": "0.50"}]}}
    made = house(exchange_rates=rates)
    known = allocation_of(period(made, capacity=capacity))
    assert of(known, "capacity") == {"unreached": Decimal(24)}
    assert known.uncounted == ("capacity/ptu/once",)
    unknown = allocation_of(period(house(), capacity=capacity))
    assert (unknown.lines, unknown.uncounted) == ((), ("capacity/ptu/once", "capacity/ptu"))


def test_an_adjustment_reaches_whom_it_is_about() -> None:
    rows = (
        calls("triage", "3", model="model/a"),
        calls("letters", "1", unit="claims", model="model/a"),
        calls("photos", "9", model="model/b", key="other"),
    )

    def share(**about: Any) -> dict[str, Decimal]:
        booked = Booked(adjustment("-8", **about), Decimal(-8))
        return of(allocation_of(period(house(), *rows, booked=[booked])), "adjustments")

    assert share(use_case="letters") == {"letters": -8}
    assert share(model="model/a") == {"triage": -6, "letters": -2}
    assert share(key="other") == {"photos": -8}
    assert share(unit="claims", model="model/a") == {"triage": -6, "letters": -2}, "with units below"
    assert share(unit="motor", model="model/a") == {"triage": -8}
    assert share(provider="echo", model="model/a") == {"triage": -6, "letters": -2}
    assert share(provider="nobody") == {"unreached": -8}


def test_what_became_known_after_a_month_was_closed_is_marked() -> None:
    late = Booked(adjustment("-8"), Decimal(-8), prior=True, rows=(calls("photos", "1"),))
    found = allocation_of(
        period(house(), calls("triage", "5"), booked=[late], late={("letters", "claims"): Decimal(2)})
    )
    assert [(each.name, each.use_case, each.amount) for each in whole(found).lines if each.prior] == [
        ("late", "letters", Decimal(2)),
        ("a1", "photos", Decimal(-8)),
    ]


amounts = st.decimals(-1_000, 1_000, places=9)
keys = st.sampled_from(("calls", "tokens", "charge", "equally", "weighted"))
guards_drawn = st.builds(
    guarded,
    st.sampled_from((*LIVE, "gone")),
    st.decimals(0, 1_000, places=12).map(str),
    units=st.integers(0, 50),
    custom=st.sampled_from(("cloud", "lawyers")),
    currency=st.sampled_from(("EUR", "USD")),
)
rows_drawn = st.lists(
    st.builds(
        calls,
        st.sampled_from((*LIVE, "gone")),
        st.decimals(0, 1_000, places=9).map(str),
        calls=st.integers(0, 50),
        model=st.sampled_from(("model/a", "model/kept", "model/kept@2")),
        tokens=st.tuples(st.integers(0, 10**7), st.integers(0, 10**6)),
        hour=st.integers(1, 31).map(lambda day: f"2026-10-{day:02}T12:00:00Z"),
        simulated=st.booleans(),
    ),
    max_size=6,
)


@given(rows_drawn, keys, amounts, st.decimals(0, 10**6, places=12), st.data())
def test_whatever_is_spent_is_allocated_or_named_to_the_last_digit(
    rows: Any, by: Any, corrected: Decimal, platform: Decimal, data: st.DataObject
) -> None:
    weights = data.draw(st.dictionaries(st.sampled_from(LIVE), st.integers(0, 9).map(str)))
    shared = {"shared_by": by, "weights": weights}
    ptu = PTU | shared | {"input_tokens_per_minute": data.draw(st.sampled_from(("0", "1", "500")))}
    ptu |= {"units": data.draw(st.integers(1, 9).map(str)), "per_hour": "0.123456789012 EUR"}
    block = model_block(cost_per_month="77.77 EUR", cost_shared_by=by, cost_weights=weights)
    made = house(
        platform={"gateway": GATEWAY | shared | {"amount": f"{platform:f} EUR", "every": "year"}},
        blocks={"model/kept": block, "model/a": model_block()},
    )
    booked = [Booked(adjustment(str(corrected), model="model/kept"), corrected)]
    stages: dict[str, StageFact] | None = None if data.draw(st.booleans()) else {}
    guards = data.draw(st.lists(guards_drawn, max_size=4))
    known: dict[str, Any] = {"capacity": {"ptu": ptu}, "stages": stages, "guards": guards}
    found = whole(allocation_of(period(made, *rows, booked=booked, **known)))
    spent = [sums.charge for key, sums in rows if not key.simulated]
    spent += (read.charge for key, read in guards if key.currency == "EUR")
    costs = (*spent, corrected, Decimal("77.77"), 745 * int(ptu["units"]) * Decimal("0.123456789012"))
    yearly = total(each.amount for each in found.lines if each.part == "platform")
    assert found.total == total((*costs, yearly))
    assert all(each.use_case or each.rest for each in found.lines)
    by_cost: dict[tuple[str, str], list[AllocationLine]] = {}
    for each in found.lines:
        by_cost.setdefault((each.part, each.name), []).append(each)
    for (part, _), lines in by_cost.items():
        if part not in CHARGED:
            assert abs(total(each.share for each in lines) - 1) < Decimal("0.00000001")


def test_days_name_themselves() -> None:
    assert allocation_of(period(house())).days == OCTOBER

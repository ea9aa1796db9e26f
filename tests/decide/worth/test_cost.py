"""Cost: calls, what is declared, and shares of what all have, without losing a cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.decide.called_facts import Rolled
from remit.decide.worth.cost import FullCost, full_costs, split
from remit.kernel.money import Money
from remit.record.called_blocks import CalledBlocks
from remit.record.projection import StageFact, UsageKey, UsageSum
from strategies import model_block
from worth_house import NOW, START, TEAM, case, model


def calls(name: str, count: int, charge: str, *, day: str = "2026-11-21", **key: Any) -> Any:
    stated: dict[str, Any] = {"simulated": False, "currency": "EUR"} | key
    at = UsageKey(f"{day}T00:00:00Z", name, "motor", "launch", "model/large", "", **stated)
    return at, UsageSum(calls=count, charge=Decimal(charge))


def at(**stages: Any) -> dict[str, StageFact]:
    return {name: StageFact(stage, date(2026, 8, 1), "declared") for name, stage in stages.items()}


def costs(made: Any, *totals: Any, blocks: Any = (), **stages: Any) -> dict[str, FullCost]:
    return full_costs(made, at(**stages), Rolled(totals=totals, blocks=blocks), now=NOW)


def test_what_is_declared_is_paid_once_or_again_and_again() -> None:
    found = costs(model(), letters="launch")["letters"]
    assert (found.once, found.yearly, found.declared) == (Decimal(9_000), Decimal(12_000), True)
    assert found.of_a_year(36) == Decimal("15000.00")
    assert found.by_part(36) == {"people": Decimal("12000.00"), "change": Decimal("3000.00")}


def test_calls_are_counted_for_a_year_from_the_first_day_on() -> None:
    made = model(letters=case())
    ten_days = costs(made, calls("letters", 40, "10"), calls("letters", 9, "99", simulated=True))["letters"]
    assert (ten_days.calls, ten_days.charged, ten_days.days) == (40, Decimal(10), 10)
    assert ten_days.yearly == 365, "simulated calls cost nothing"
    assert not ten_days.declared
    one_day = costs(made, calls("letters", 4, "1", day="2026-11-30"))["letters"]
    assert (one_day.days, one_day.yearly) == (7, Decimal("52.15")), "one day is not a year"
    assert costs(made, calls("letters", 4, "1", currency="USD"))["letters"].yearly == 0
    undated = UsageKey("", "letters", "motor", "launch", "model/large", "", "EUR", simulated=False)
    assert costs(made, (undated, UsageSum(calls=1, charge=Decimal(30))))["letters"].yearly == 365


def test_a_cost_that_is_paid_for_a_part_of_the_time_counts_in_that_part() -> None:
    half = TEAM | {"until": "2028-05-30"}
    over = TEAM | {"until": "2026-01-01"}
    made = model(letters=case(costs={"half": half, "over": over}))
    found = costs(made)["letters"]
    assert [line.yearly for line in found.lines] == [Decimal("6000.00"), Decimal("0.00")]
    assert found.lines[0].basis == "costs/half, each month, 548 of 1,096 days"


def test_the_platform_is_split_among_the_use_cases_that_run() -> None:
    platform = {
        "calls": {"name": "Gateway", "kind": "tools", "amount": "100.00 EUR", "every": "year"},
        "charge": {
            "name": "Desk",
            "kind": "people",
            "amount": "10.00 EUR",
            "every": "year",
            "shared_by": "charge",
        },
        "equal": {
            "name": "Centre",
            "kind": "people",
            "amount": "1.00 EUR",
            "every": "once",
            "shared_by": "equally",
        },
    }
    made = model(economics={"platform": platform}, a=case(), b=case(), c=case(), d=case())
    found = costs(
        made,
        calls("a", 30, "1"),
        calls("b", 10, "3"),
        a="launch",
        b="scale",
        c="experiment",
        d="retired",
    )
    shares = {
        name: [line.once + line.yearly for line in each.lines if line.part == "platform"]
        for name, each in found.items()
    }
    assert shares == {
        "a": [Decimal("75.00"), Decimal("2.50"), Decimal("0.34")],
        "b": [Decimal("25.00"), Decimal("7.50"), Decimal("0.33")],
        "c": [Decimal("0.33")],
    }


def test_a_block_is_paid_once_by_those_who_use_it_and_by_how_often_they_do() -> None:
    blocks = {
        "model/large": {
            **model_block().model_dump(mode="json", exclude_unset=True),
            "cost_per_month": "1.00 EUR",
        },
        "tool/a": {"name": "A tool", "effect": "reads", "cost_to_build": "100.00 EUR"},
        "guardrail/base": {"name": "Baseline"},
    }
    made = model(
        blocks=blocks,
        a=case(blocks=["tool/a"]),
        b=case(blocks=["tool/a", "model/large"]),
        c=case(blocks=["tool/a", "model/large", "tool/gone"]),
    )
    called = [
        CalledBlocks("a", "motor", "model/large", "", simulated=False, calls=3),
        CalledBlocks("b", "motor", "model/large", "", simulated=False, calls=1),
        CalledBlocks("c", "motor", "model/large", "", simulated=True, calls=9),
    ]
    found = costs(made, blocks=called, a="launch", b="launch", c="launch")
    assert {name: (each.once, each.yearly) for name, each in found.items()} == {
        "a": (Decimal("33.34"), Decimal(9)),
        "b": (Decimal("33.33"), Decimal(3)),
        "c": (Decimal("33.33"), Decimal(0)),
    }
    assert sum(each.once for each in found.values()) == 100


def test_parts_of_a_year_add_up_to_it_to_the_cent() -> None:
    odd = START | {"amount": "1000.01 EUR"}
    made = model(letters=case(costs={"a": odd, "b": odd | {"kind": "people"}, "team": TEAM}))
    found = costs(made)["letters"]
    assert sum(found.by_part(7).values()) == found.of_a_year(7)
    assert full_costs(model(letters=case()), {}, Rolled(), now=NOW)["letters"].by_part(36) == {}


amounts = st.decimals(0, 10**9, places=2) | st.decimals(0, 10**6, places=6)
weights = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3), st.decimals(0, 10**6, places=3), min_size=1, max_size=9
)


@given(amounts, weights)
def test_splitting_loses_no_cent_and_gives_nobody_more_than_a_cent_too_much(
    amount: Decimal, shares: dict[str, Decimal]
) -> None:
    parts = split(amount, shares)
    assert sum(parts.values()) == amount
    assert parts.keys() == shares.keys()
    whole = sum(shares.values())
    for name, part in parts.items():
        share = amount * shares[name] / whole if whole else amount / len(shares)
        assert abs(part - share) < Decimal("0.010001")


def test_nobody_to_split_among_is_nothing() -> None:
    assert split(Decimal(5), {}) == {}


def test_a_charge_in_another_currency_is_exchanged_or_said_to_be_left_out() -> None:
    made = model(letters=case(costs={"team": TEAM}))
    dollars = calls("letters", 4, "1", currency="USD"), calls("letters", 40, "10")
    found = costs(made, *dollars)["letters"]
    assert (found.declared, found.known, found.left_out) == (True, False, (Money(Decimal(1), "USD"),))
    assert found.lines[0].basis == "44 calls in 10 days; without 1 USD, of which no rate is declared"
    assert costs(made, calls("letters", 40, "10"))["letters"].known


def test_a_guardrail_that_nobody_lists_is_paid_by_those_who_call() -> None:
    guard = {"name": "Guard", "cost_per_month": "10.00 EUR"}
    made = model(letters=case(), answers=case(), blocks={"guardrail/guard": guard})
    found = costs(made, calls("letters", 4, "1"))
    assert [each.name for each in found["letters"].lines if each.part == "blocks"] == ["guardrail/guard"]
    assert not [each for each in found["answers"].lines if each.part == "blocks"]

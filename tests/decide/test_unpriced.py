"""What lacks a price is listed with its money until it has one, and nothing is said of what is in order."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from completed_call import completed
from remit.decide.finops.unpriced import Unpriced, unpriced_adjustments, unpriced_calls, unpriced_models
from remit.declare.operating_model import OperatingModel
from remit.declare.price import Price
from remit.kernel.money import Money
from remit.kernel.usage import Usage
from remit.record.call_entry import Call, Purpose
from remit.record.decided import Adjustment
from strategies import MOMENT, model_block, operating_model

TODAY = MOMENT.date()
RATES = Price.model_validate({"starts": "2026-01-01", "input": "1", "output": "2"}).rates
PURPOSE = Purpose(
    key="k", use_case="triage", unit="motor", stage="launch", model="model/a", model_version=1, remit="r"
)
USAGE = Usage(input_tokens=1_000_000, audio_input_tokens=5)


def call(id: str, **more: Any) -> Call:
    return completed(id, MOMENT, USAGE, RATES, purpose=PURPOSE, **more)


def adjustment(**more: Any) -> Adjustment:
    said: dict[str, Any] = {
        "id": "a1",
        "at": MOMENT + timedelta(hours=1),
        "reason": "price",
        "note": "n",
        "since": TODAY,
        "until": TODAY,
        "amount": Decimal(1),
        "currency": "EUR",
        "author": "f@example.com",
    }
    return Adjustment(**(said | more))


def test_calls_in_a_tier_without_rates_are_summed_by_model_and_tier() -> None:
    calls = [call(f"c{at}", unpriced=("tier",), tier="scale") for at in range(3)]
    calls += [
        call("c8", unpriced=("audio", "image")),
        call("c9"),
        call("c10", unpriced=("tier",), simulated=True),
    ]
    found = unpriced_calls(calls, [], operating_model())
    assert [(each.kind, each.calls, each.charged) for each in found] == [
        ("audio", 1, Money(Decimal(1), "EUR")),
        ("image", 1, Money(Decimal(1), "EUR")),
        ("tier", 3, Money(Decimal(3), "EUR")),
    ]
    assert (found[2].subject, found[2].since, found[2].until) == ("model/a", TODAY, TODAY)
    assert "`scale`" in found[2].says


@pytest.mark.parametrize(
    ("more", "priced"),
    [
        ({"corrects": "c1"}, True),
        ({"model": "model/a"}, True),
        ({"model": "model/a", "use_case": "triage"}, True),
        ({"corrects": "c2"}, False),
        ({"model": "model/b"}, False),
        ({"model": "model/a", "use_case": "letters"}, False),
        ({"model": "model/a", "reason": "discount"}, False),
        ({"model": "model/a", "until": TODAY - timedelta(days=1), "since": date(2026, 1, 1)}, False),
        ({"model": "model/a", "at": MOMENT - timedelta(hours=1)}, False),
    ],
)
def test_a_call_is_listed_until_it_or_its_model_and_day_is_adjusted(
    more: dict[str, Any], priced: bool
) -> None:
    found = unpriced_calls([call("c1", unpriced=("tier",))], [adjustment(**more)], operating_model())
    assert (found == []) == priced


def test_amounts_in_a_currency_without_a_rate_are_listed_and_with_one_are_not() -> None:
    foreign = adjustment(currency="USD", amount=Decimal("2.5"))
    for model, there in (
        (operating_model(), True),
        (operating_model(exchange_rates=rates("2026-12-01")), True),
        (operating_model(exchange_rates=rates("2026-01-01")), False),
    ):
        found = unpriced_adjustments([foreign, adjustment()], model)
        found += unpriced_calls([call("c1", currency="USD")], [], model)
        assert [each.kind for each in found] == ["currency", "currency"] * there
        if there:
            assert found[0].charged == Money(Decimal("2.5"), "USD")


def rates(starts: str) -> dict[str, Any]:
    return {"USD": {"rates": [{"starts": starts, "rate": "0.9"}]}}


def models(*prices: dict[str, Any], **sections: Any) -> OperatingModel:
    return operating_model(blocks={"model/a": model_block(prices=list(prices))}, **sections)


def found(model: OperatingModel, calls: int = 0) -> list[Unpriced]:
    return list(unpriced_models(model, used={"model/a": calls}, today=TODAY))


LATER = {"starts": "2027-01-01", "input": "1", "output": "2"}
FREE = {"starts": "2026-01-01", "input": "0", "output": "0"}
DRAWN = {"starts": "2026-01-01", "input": "1", "output": "2", "commitment": "c-7"}


def capacity(**more: str) -> dict[str, Any]:
    said = {
        "name": "Units",
        "kind": "provisioned",
        "model": "model/a",
        "per_hour": "1 EUR",
        "starts": "2026-01-01",
    }
    return {"units": said | more}


def commitment(ends: str) -> dict[str, Any]:
    said = {
        "name": "Year",
        "id": "c-7",
        "amount": "1 EUR",
        "per": "year",
        "starts": "2026-01-01",
        "ends": ends,
    }
    return {"year": said}


def test_a_model_in_use_or_kept_ready_wants_a_price_in_force() -> None:
    [gap] = found(models(LATER), calls=3)
    assert (gap.kind, gap.since, gap.until, gap.calls) == ("no-price", TODAY, date(2026, 12, 31), 3)
    assert found(models(LATER)) == []
    [ready] = found(models(capacity=capacity()))
    assert "capacity `units` is paid for it" in ready.says
    assert found(models(capacity=capacity(ends="2026-10-01"))) == []


@pytest.mark.parametrize(
    ("ends", "prices", "there"),
    [
        ("2026-10-01", (), True),
        ("2026-12-10", (), True),
        ("2027-06-01", (), False),
        ("2026-12-31", (LATER,), False),
        ("2026-12-10", (LATER,), True),
    ],
)
def test_a_price_that_rests_on_what_ends_is_told_before_it_costs_nothing(
    ends: str, prices: tuple[dict[str, Any], ...], there: bool
) -> None:
    drawn = found(models(DRAWN, *prices, commitments=commitment(ends)))
    free = found(models(FREE, *prices, capacity=capacity(ends=ends)))
    assert [each.kind for each in drawn] == ["commitment-ends"] * there
    assert [each.kind for each in free] == ["capacity-ends"] * there


def test_capacity_without_an_end_and_prices_that_are_paid_by_the_call_are_in_order() -> None:
    assert found(models(FREE, capacity=capacity())) == []
    assert found(models(LATER | {"starts": "2026-01-01"}, capacity=capacity(ends="2026-10-01"))) == []

"""What a key is told of itself: what it can call, what is left, and when it ends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from remit.enforce.account import Account
from remit.enforce.key import Key
from remit.enforce.remit import resolve
from remit.report.own_remit import Now, OwnRemit, own_remit
from strategies import MOMENT, operating_model

ROOT: dict[str, Any] = {
    "calls": "true",
    "models": "any",
    "spend": [{"limit": "10.00 EUR", "per": "day"}],
    "requests_per_minute": "60",
}


def told(key: Key | None = None, *, accounts: Any = None, users: int = 0, **case: Any) -> OwnRemit:
    model = operating_model(
        organisation={
            "name": "H",
            "contact": "head@example.com",
            "currency": "EUR",
            "remit": ROOT,
            "time_zone": "Europe/Amsterdam",
        },
        units={"claims": {"name": "Claims", "lead": "claims@example.com"}},
        use_cases={"triage": {"name": "T", "unit": "claims", "purpose": "Sort.", "remit": case}},
    )
    remit = resolve(model, "triage", "launch")
    now = Now(MOMENT, date(2026, 11, 1), accounts or {}, users, 3)
    return own_remit(model, remit, key or Key("k1", "triage"), now)


def test_a_budget_is_told_with_what_is_left_of_it_and_when_it_begins_anew() -> None:
    account = Account(Decimal("2.50"), Decimal("1"))
    found = told(
        Key("k1", "triage", agent="settler"),
        accounts={"organisation:day:2026-11-23": account},
        spend=[{"limit": "5.00 EUR", "per": "month", "each": "key", "on_breach": "warn"}],
    )
    pool, own = found.budgets
    assert (pool.limit, pool.available, pool.owner) == ("10", "6.5", "head@example.com")
    assert pool.ends == datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert (own.budget, own.available, own.on_breach) == ("use-case/triage:each-key:month", "5", "warn")
    assert own.owner == "claims@example.com"


def test_a_budget_that_is_spent_and_more_has_nothing_left() -> None:
    [pool] = told(accounts={"organisation:day:2026-11-23": Account(Decimal(11))}).budgets
    assert pool.available == "0"


def test_every_field_names_its_layer_and_owner_and_whether_it_is_held_to() -> None:
    found = told(models=["model/a"], users_max="5")
    assert "spend" not in found.fields
    assert found.fields["models"].value == ["model/a"]
    assert (found.fields["users_max"].layer, found.fields["users_max"].owner) == (
        "use-case/triage",
        "claims@example.com",
    )
    assert found.fields["users_max"].enforced
    assert "expires" not in found.fields


@pytest.mark.parametrize(("users", "left"), [(0, 2), (2, 0), (3, 0)])
def test_how_many_users_there_may_still_be_is_never_below_none(users: int, left: int) -> None:
    assert told(users=users, users_max="2").users_left == left
    assert told(users=users).users_left is None


def test_calls_end_with_whatever_ends_first() -> None:
    midnight = datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert told().ends is None
    assert told(expires="2026-11-30").ends == midnight
    assert told(expires="2027-11-30", time_box_days="29").ends == midnight
    key = Key("k1", "triage", expires=datetime(2026, 11, 24, tzinfo=UTC))
    assert told(key, expires="2026-11-30").ends == key.expires


def test_only_what_can_be_called_now_is_listed() -> None:
    assert told(models=["model/a"]).models == ("a",)
    assert told(Key("k1", "triage", models=("model/b",))).models == ("b",)
    assert told(Key("k1", "triage", models=("model/b",)), models=["model/a"]).models == ()
    assert told(calls="false").models == ()
    assert told(expires="2026-11-22").models == ()
    assert told(data_class_max="public").models == ()

"""Reasons read as sentences, with figures in their units and long lists cut."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from remit.decide.programme import Row
from remit.decide.rejection import Lacking, Rejection
from remit.declare.portfolio import Portfolio
from remit.report.selection import amount, in_unit, limit, why

MORE = (
    Lacking("money", (), 1, Decimal(1200)),
    Lacking("capacity", ("data",), 2, Decimal("0.50")),
    Lacking("work_in_progress", ("experiment",), 0, Decimal(1)),
    Lacking("risk", ("high",), 0, Decimal(1)),
)
CLASH = (
    Row("mandatory", {}, Decimal(-1), ("law",)),
    Row("exclusive", {}, Decimal(1), ("law", "chat")),
    Row("depends_on", {}, Decimal(0), ("chat", "base")),
)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            {"kind": "displaces", "displaced": ("a",), "joining": ("b",), "lost": Decimal(1)},
            "in place of `a` and with `b` it would leave 1.00 points less",
        ),
        (
            {"kind": "displaces", "displaced": ("a",), "lost": Decimal(0)},
            "in place of `a` it would be worth as much: a tie",
        ),
        (
            {"kind": "displaces", "lost": Decimal("-0.0005")},
            "chosen it would be worth 0.0005 points more: the choice was stopped early",
        ),
        (
            {"kind": "costs_at_least", "lost": Decimal(2)},
            "would leave at least 2.00 points less; what it would displace was not worked out in time",
        ),
        (
            {"kind": "costs_at_least", "lost": Decimal(0)},
            "what it would displace was not worked out in time",
        ),
        (
            {"kind": "unstated", "missing": ("value", "data_maturity")},
            "nobody says what it would bring: value, data maturity missing",
        ),
        (
            {"kind": "impossible", "clash": CLASH},
            "cannot be had at all; it clashes with: `law` is mandatory, at most one of `law`, `chat`,"
            " `chat` stands on `base`",
        ),
        (
            {"kind": "costs_at_least", "blocked_by": ("x", "y"), "lacking": MORE, "joining": ("base",)},
            "what it would displace was not worked out in time; `x`, `y` are chosen and excluded by it;"
            " beside all that is chosen it and `base` lack"
            " 1,200.00 EUR in period 1, 0.5 of data in period 2, 1 of places at experiment,"
            " 1 of use cases at risk tier high",
        ),
        (
            {"kind": "displaces", "displaced": tuple("abcdefgh"), "lost": Decimal(1)},
            "in place of `a`, `b`, `c`, `d`, `e`, `f`, 2 more it would leave 1.00 points less",
        ),
    ],
)
def test_a_reason_is_a_sentence(reason: dict[str, Any], said: str) -> None:
    assert why(Rejection("z", **reason), unit="points", currency="EUR") == said


def test_worth_is_said_in_what_it_is_counted_in() -> None:
    assert in_unit(Portfolio(), "EUR")[0] == "points"
    assert in_unit(Portfolio.model_validate({"method": "wsjf"}), "EUR") == (
        "points",
        "the sum of cost of delay × confidence; the effort is a limit already",
    )
    assert in_unit(Portfolio.model_validate({"objective": "money"}), "EUR")[0] == "EUR"
    assert amount(Decimal("1234.5"), "EUR") == "1,234.50 EUR"
    assert limit("money", (), period=3) == "the budget of period 3"

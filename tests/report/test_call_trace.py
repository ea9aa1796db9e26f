"""A call's charge in its parts, and its time in its spans."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.declare.price import Rates
from remit.kernel.usage import Usage
from remit.record.call_entry import Attempt, Call, Purpose
from remit.report.call_trace import call_trace, token_charges
from remit.report.entry_sheet import cell

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
_rate = st.decimals(0, 1000, places=6)
_maybe = st.none() | _rate
_tokens = st.integers(0, 10**9)


def a_call(**changes: Any) -> Call:
    fields: dict[str, Any] = {
        "id": "C1",
        "at": NOW,
        "began": NOW,
        "purpose": Purpose(
            key="K",
            use_case="pilot",
            unit="desk",
            stage="launch",
            model="model/plain",
            model_version=1,
            remit="abc",
        ),
        "provider": "house",
        "simulated": False,
        "served_model": "plain-1",
        "streamed": True,
        "status": "completed",
        "settlement": "post",
        "usage": Usage(input_tokens=10, output_tokens=5),
        "accounts": ("unit/desk:month:2026-11-01",),
        "held": Decimal(1),
        "charge": Decimal("0.5"),
        "currency": "EUR",
        "rates": Rates(date(2026, 1, 1), Decimal(2), Decimal(4)),
        "latency_ms": 900,
        "first_token_ms": 300,
    }
    return Call(**fields | changes)


@given(
    st.builds(
        Rates,
        starts=st.just(date(2026, 1, 1)),
        input=_rate,
        output=_rate,
        cache_read=_maybe,
        cache_write=_maybe,
        cache_write_1h=_maybe,
    ),
    st.builds(
        Usage,
        input_tokens=_tokens,
        output_tokens=_tokens,
        cache_read_tokens=_tokens,
        cache_write_tokens=_tokens,
        cache_write_1h_tokens=_tokens,
    ),
)
def test_the_parts_of_a_charge_add_up_to_it(rates: Rates, usage: Usage) -> None:
    parts = token_charges(rates, usage, "EUR")
    assert sum((each.charge.amount for each in parts), Decimal(0)) == rates.cost(usage)
    assert sum(each.tokens for each in parts) == usage.total


def test_the_spans_of_a_call_fill_its_time() -> None:
    tried = Attempt(model="model/first", provider="away", fault="provider-busy", took_ms=200)
    spans = call_trace(a_call(attempts=(tried,))).spans
    assert [(each.starts_ms, each.took_ms, each.failed) for each in spans] == [
        (0, 200, True),
        (200, 100, False),
        (300, 600, False),
    ]


def test_a_kept_answer_and_a_stopped_call_have_no_model_in_their_time() -> None:
    kept = call_trace(a_call(cached="C0", first_token_ms=None, latency_ms=3))
    assert [each.name for each in kept.spans] == ["a kept answer again"]
    stopped = call_trace(a_call(status="blocked", usage=Usage(), first_token_ms=None))
    assert [each.name for each in stopped.spans] == ["guardrails"]


def test_each_decision_stands_with_whose_it_was() -> None:
    steps = call_trace(a_call(policies_noted=("late-hours",))).steps
    assert [each.name for each in steps] == ["Admitted", "Noted", "Held", "Answered", "Settled"]
    assert "operating model version 1" in steps[0].whose
    assert steps[-1].said == "0.50 EUR posted"


def test_no_cell_begins_a_formula() -> None:
    for text in ("=1+1", "+1", "-1", "@x", "\tx", "\rx"):
        assert cell(text) == f"'{text}"
    assert cell("plain = text") == "plain = text"

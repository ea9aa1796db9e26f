"""Sprawl: a call belongs if one of its words names a use case or a key; the others are summed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.decide import sprawl
from remit.decide.name_at_provider import served_name
from remit.decide.sprawl import Sieve, Sprawl, declared_names
from remit.kernel.money import Money
from remit.kernel.usage import Usage
from remit.record.metered import Metered
from remit.record.usage_format import UsageFormat
from strategies import model_block, operating_model

FORMAT = UsageFormat.model_validate(
    {
        "name": "Log",
        "source": "here",
        "layout": "lines",
        "at": "at",
        "model": "model",
        "input_tokens": "in",
        "output_tokens": "out",
        "labels": ["project"],
        "model_prefixes": ["us.", "eu."],
    }
)
MODEL = operating_model(
    blocks={"model/large": model_block(options={"model": "maker.large"})},
    use_cases={
        "triage": {"name": "Triage", "unit": "motor", "purpose": "P.", "labels": {"project": "Proj_1"}},
    },
)
TOKENS = Usage(input_tokens=1_000_000, output_tokens=1_000_000)


def row(**changes: Any) -> Metered:
    given: dict[str, Any] = {
        "day": date(2026, 11, 16),
        "model": "eu.maker.large",
        "account": "1",
        "project": "",
        "identity": "anna",
        "key": "",
        "calls": 1,
        "usage": TOKENS,
        "names": frozenset({"anna"}),
        **changes,
    }
    return Metered(**given)


def sifted(*rows: Metered) -> Sprawl:
    sieve = Sieve(MODEL, ["key-1"], FORMAT)
    for each in rows:
        sieve.add(each)
    return sieve.result()


def test_a_call_belongs_by_use_case_key_or_label() -> None:
    assert declared_names(MODEL, ["key-1"], FORMAT) == {"triage", "key-1", "proj_1"}
    inside = (row(names=frozenset({name, "other"})) for name in ("triage", "TRIAGE", "key-1", "proj_1"))
    found = sifted(*inside, row())
    assert (found.calls_inside, found.calls_outside) == (4, 1)


def test_what_is_outside_is_summed_by_who_model_and_day_and_priced_where_a_price_is_known() -> None:
    found = sifted(row(), row(calls=2), row(model="unknown"), row(day=date(2026, 11, 17), usage=None))
    assert [(each.calls, each.cost, each.unpriced) for each in found.outside] == [
        (3, Money(Decimal(6), "EUR"), 0),
        (1, None, 1),
        (1, None, 1),
    ]
    assert (found.cost, found.unpriced) == (Money(Decimal(6), "EUR"), 2)


def test_a_row_of_many_calls_is_priced_at_their_mean_length() -> None:
    longer = {"above": "600000", "input": "5", "output": "10"}
    price = {"starts": "2020-01-01", "input": "1", "output": "2", "long_context": [longer]}
    model = operating_model(
        blocks={"model/large": model_block(options={"model": "maker.large"}, prices=[price])}
    )
    for calls, cost in ((1, 15), (2, 3)):
        sieve = Sieve(model, [], FORMAT)
        sieve.add(row(calls=calls))
        assert sieve.result().cost == Money(Decimal(cost), "EUR")


def test_an_unknown_price_is_never_zero() -> None:
    found = sifted(row(model="unknown"), row(day=date(2019, 1, 1)))
    assert found.cost is None
    assert all(each.cost is None for each in found.outside)
    assert sifted().cost is None


def test_a_sum_of_priced_and_unpriced_calls_says_how_many_it_leaves_out() -> None:
    [source] = sifted(row(), row(usage=None)).outside
    assert (source.cost, source.unpriced, source.tokens_unknown) == (Money(Decimal(3), "EUR"), 1, 1)


def test_a_model_is_known_by_its_name_without_where_it_ran() -> None:
    assert served_name("maker.large", FORMAT.model_prefixes) == "maker.large"
    assert served_name("arn:x:1:inference-profile/eu.maker.large", FORMAT.model_prefixes) == "maker.large"


def test_sources_beyond_the_most_are_counted_together(monkeypatch: Any) -> None:
    monkeypatch.setattr(sprawl, "SOURCES_MAX", 2)
    found = sifted(*(row(identity=f"user-{n}", calls=5) for n in range(4)))
    assert (len(found.outside), found.beyond, found.calls_outside) == (2, 10, 20)


rows_drawn = st.lists(
    st.builds(
        row,
        identity=st.sampled_from(("anna", "ben")),
        model=st.sampled_from(("eu.maker.large", "unknown")),
        calls=st.integers(0, 9),
        usage=st.none() | st.just(TOKENS),
        names=st.sampled_from((frozenset({"triage"}), frozenset({"anna"}), frozenset[str]())),
    ),
    max_size=12,
)


@given(rows_drawn, st.randoms(use_true_random=False))
def test_no_call_is_lost_and_the_order_of_rows_makes_no_difference(rows: list[Metered], random: Any) -> None:
    found = sifted(*rows)
    assert found.calls_inside + found.calls_outside == sum(each.calls for each in rows)
    random.shuffle(rows)
    assert sifted(*rows) == found

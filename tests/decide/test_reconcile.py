"""A bill is held against our own calls; the parts of each difference sum to it, to the last digit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.adjusting import ADJUSTED, portion, proposals
from remit.decide.bill_sum import BillSums, OwnSums, Span
from remit.decide.name_at_provider import NamesAtProvider, words_of
from remit.decide.reconcile import lines, summed
from remit.declare.exchange import ExchangeRate
from remit.declare.price import ListRates, Rates
from remit.kernel.money import EXACT, ZERO
from remit.kernel.usage import Usage
from remit.record.billed import Billed
from remit.record.call_entry import Call, Purpose
from remit.record.decided import Adjustment
from remit.record.export_row import Unreadable
from strategies import model_block, operating_model

CASE = {"name": "A case", "unit": "motor", "purpose": "P."}
MODEL = operating_model(
    providers={"cloud": {"technology": "openai", "base_url": "https://models.example.com/v1"}},
    blocks={
        "model/large@1": model_block(provider="cloud", options={"model": "eu.maker.large"}),
        "model/large@2": model_block(
            provider="cloud", options={"model": "maker.large", "billed_as": "Large4, Big Large"}
        ),
        "model/small": model_block(provider="cloud", options={"model": "maker.small"}),
        "model/echo": model_block(),
    },
    use_cases={"triage": {**CASE, "labels": {"role": "triage-role"}}, "letters": CASE},
)
NAMES = NamesAtProvider(MODEL, ("eu.", "us."))
WORDS = words_of(MODEL, {"key-1": "triage", "key-2": "letters"}, ("role",))
DAY = date(2026, 11, 3)
MONTH = Span(date(2026, 11, 1), date(2026, 11, 30))
RATES = Rates(date(2026, 1, 1), Decimal(3), Decimal(15), Decimal("0.3"), Decimal("3.75"), Decimal(6))


def row(kind: Any = "input", tokens: int | None = 1_000_000, cost: str = "3", **more: Any) -> Billed:
    given: dict[str, Any] = {
        "day": DAY,
        "until": more.get("day", DAY),
        "model": "Large4",
        "account": "",
        "project": "",
        "key": "",
        "kind": kind,
        "tokens": None if tokens is None else {kind: Decimal(tokens)},
        "quantity": None,
        "unit": "",
        "list_cost": None,
        "effective": Decimal(cost),
        "billed": Decimal(cost),
        "decimals": 2,
        "currency": "EUR",
        "names": frozenset(),
        **more,
    }
    return Billed(**given)


def call(usage: Usage | None = None, **more: Any) -> Call:
    usage = Usage(input_tokens=1_000_000) if usage is None else usage
    whose = {"use_case": more.pop("use_case", "triage"), "key": more.pop("key", "key-1")}
    rates = more.pop("rates", RATES)
    at = more.pop("at", datetime(2026, 11, 3, 12, tzinfo=UTC))
    given: dict[str, Any] = {
        "id": "c1",
        "at": at,
        "purpose": Purpose(
            unit="motor",
            stage="launch",
            model=more.pop("model", "model/large@2"),
            model_version=1,
            remit="r",
            **whose,
        ),
        "provider": "cloud",
        "simulated": False,
        "served_model": "maker.large",
        "streamed": False,
        "status": "completed",
        "settlement": "post",
        "usage": usage,
        "accounts": (),
        "held": ZERO,
        "charge": rates.cost(usage),
        "currency": "EUR",
        "rates": rates,
        "began": at,
        "latency_ms": 1,
        **more,
    }
    return Call(**given)


def matched(rows: Any, calls: Any, *, exchange: Any = None) -> Any:
    bill = BillSums(NAMES, WORDS, currency="EUR", exchange=exchange or {})
    for each in rows:
        bill.add(each)
    own = OwnSums(NAMES, frozenset(bill.providers) or frozenset({"cloud"}))
    for each in calls:
        own.add(each)
    return lines(bill, own, MONTH)


def causes(rows: Any, calls: Any, **more: Any) -> Any:
    return summed(matched(rows, calls, **more))


def test_what_agrees_has_no_gap_however_the_bill_names_the_model() -> None:
    for name in ("Large4", "Big Large", "maker.large", "us.maker.large", "arn:x:1:profile/eu.maker.large"):
        [line] = matched([row(model=name)], [call(), call(model="model/large@1", usage=Usage())])
        assert (line.gap, line.causes, line.calls) == (0, {}, 1)


def test_a_lower_rate_at_the_same_quantity_is_a_discount_and_a_higher_one_a_price() -> None:
    assert causes([row(cost="2.70")], [call()]) == {"discount": Decimal("-0.30")}
    assert causes([row(cost="3.30")], [call()]) == {"price": Decimal("0.30")}


def test_where_the_bill_says_list_prices_discount_and_price_are_told_apart() -> None:
    found = causes([row(cost="2.97", list_cost=Decimal("3.30"))], [call()])
    assert found == {"discount": Decimal("-0.33"), "price": Decimal("0.30")}
    listed = Decimal("3.30")
    dearer = msgspec.structs.replace(RATES, list=ListRates(listed, Decimal(15)))
    for ours in (call(list_charge=listed), call(rates=dearer)):
        assert causes([row(cost="3.30", list_cost=listed)], [ours]) == {"discount": Decimal("0.30")}


def test_input_that_is_cached_on_one_side_only_is_said_as_that() -> None:
    billed = [row(tokens=400_000, cost="1.20"), row("cache_read", 600_000, "0.18")]
    assert causes(billed, [call()]) == {"cached_tokens": Decimal("-1.62")}


def test_billed_tokens_without_calls_are_unattributed_at_what_was_billed_for_them() -> None:
    found = matched([row(tokens=4_000_000, cost="10.80")], [call()])
    assert summed(found) == {"unattributed": Decimal("8.10"), "discount": Decimal("-0.30")}
    [line] = found
    assert (line.attributed, line.used) == (Decimal("2.70"), Decimal("10.80"))
    assert line.tokens_attributed == 1_000_000


def test_calls_that_are_not_billed_are_said_at_what_they_were_charged() -> None:
    assert causes([row(tokens=400_000, cost="1.20")], [call()]) == {"not_billed": Decimal("-1.80")}
    found = matched([row()], [call(), call(model="model/small", served_model="maker.small")])
    assert [(line.model, dict(line.causes)) for line in found] == [
        ("maker.large", {}),
        ("maker.small", {"not_billed": Decimal(-3)}),
    ]


def test_a_model_that_nobody_declares_and_a_day_without_calls_are_unattributed() -> None:
    found = matched([row(model="Unknown9"), row(day=date(2026, 11, 4)), row()], [call()])
    assert [(line.model, dict(line.causes)) for line in found] == [
        ("Unknown9", {"unattributed": 3}),
        ("maker.large", {}),
        ("maker.large", {"unattributed": 3}),
    ]


def test_half_a_unit_of_the_last_digit_for_each_row_is_rounding_and_more_is_not() -> None:
    thirds = Usage(input_tokens=333_333)
    assert causes([row(tokens=333_333, cost="1.00")], [call(thirds)]) == {"rounding": Decimal("0.000001")}
    usage = Usage(input_tokens=1_001_000)
    rows = [row(tokens=500_500, cost="1.50"), row(tokens=500_500, cost="1.50")]
    assert causes(rows, [call(usage)]) == {"rounding": Decimal("-0.003")}
    assert causes([row(cost="2.99")], [call()]) == {"discount": Decimal("-0.01")}


def test_what_is_far_from_any_rate_is_not_explained_away() -> None:
    assert causes([row(cost="3000")], [call()]) == {"unexplained": Decimal(2997)}
    assert causes([row(cost="0.003")], [call()]) == {"unexplained": Decimal("-2.997")}
    assert causes([row(tokens=None, cost="3.50")], [call()]) == {"unexplained": Decimal("0.50")}
    capped = call(charge=Decimal(2))
    assert causes([row()], [capped]) == {"unexplained": Decimal(1)}


def test_other_rows_are_causes_of_their_own() -> None:
    rows = [
        row(),
        row("guardrail", None, "0.15", model=""),
        row("tax", None, "0.60", model=""),
        row("support", None, "1", model=""),
        row("credit", None, "-2", model=""),
        row("discount", None, "-0.10", model=""),
        row("other", None, "0.07", model="Images1"),
    ]
    assert causes(rows, [call()]) == {
        "guardrail": Decimal("0.15"),
        "tax": Decimal("0.60"),
        "support": Decimal(1),
        "credit": Decimal(-2),
        "discount": Decimal("-0.10"),
        "other": Decimal("0.07"),
    }


def test_a_discount_on_a_row_of_its_own_belongs_to_its_model() -> None:
    [line] = matched([row(), row("discount", None, "-0.30")], [call()])
    assert (line.billed, line.causes) == (Decimal("2.70"), {"discount": Decimal("-0.30")})
    alone = matched([row("discount", None, "-0.30")], [call()])
    assert summed(alone) == {"discount": Decimal("-0.30"), "not_billed": Decimal(-3)}


def test_what_is_drawn_from_a_purchase_is_used_and_not_billed() -> None:
    drawn = row(cost="3", billed=ZERO)
    bought = row("purchase", None, "500", effective=ZERO, model="")
    assert causes([drawn, bought], [call()]) == {"purchase": Decimal(497)}


def test_a_bill_that_says_whose_it_is_is_matched_by_key_then_use_case_then_the_rest() -> None:
    letters, other = call(use_case="letters", key="key-2"), call(use_case="other", key="k")
    calls = [call(), call(key="key-9"), letters, other]
    rows = [
        row(names=frozenset({"KEY-1"})),
        row(names=frozenset({"triage-role"}), cost="2.70"),
        row(names=frozenset({"letters", "key-2"}), cost="3.30"),
        row(names=frozenset({"nobody"})),
    ]
    found = matched(rows, calls)
    assert {(line.use_case, line.key): (line.calls, dict(line.causes)) for line in found} == {
        ("triage", "key-1"): (1, {}),
        ("triage", ""): (1, {"discount": Decimal("-0.30")}),
        ("letters", "key-2"): (1, {"price": Decimal("0.30")}),
        ("", ""): (1, {}),
    }


def test_words_that_do_not_agree_name_nobody() -> None:
    [line] = matched([row(names=frozenset({"triage", "letters"}))], [call()])
    assert (line.use_case, line.causes) == ("", {})


def test_a_bill_by_the_month_is_matched_over_the_month() -> None:
    later = call(at=datetime(2026, 11, 29, 23, tzinfo=UTC))
    whole = row(tokens=2_000_000, cost="6", day=MONTH.first, until=MONTH.last)
    [line] = matched([whole], [call(), later])
    assert (line.span, line.calls, line.causes) == (MONTH, 2, {})


def test_simulated_calls_and_answers_given_again_are_never_billed() -> None:
    left_out = [call(simulated=True), call(cached="c0"), call(provider="another"), call(Usage())]
    assert causes([row()], [call(), *left_out]) == {}


def test_another_currency_needs_a_rate() -> None:
    bill = BillSums(NAMES, WORDS, currency="EUR", exchange={})
    with pytest.raises(Unreadable, match=r"^another-currency$"):
        bill.add(row(currency="USD"))
    dollars = {"USD": Decimal("0.9")}
    assert causes([row(currency="USD", cost="3.00")], [call()], exchange=dollars) == {
        "discount": Decimal("-0.30")
    }


def test_another_currency_is_worth_what_is_declared_for_the_day_of_the_row() -> None:
    asked = row(currency="USD", cost="3.00")
    for starts, known in ((asked.day, True), (asked.day + timedelta(days=1), False)):
        dated = ExchangeRate.model_validate({"rates": [{"starts": starts, "rate": "0.5"}]})
        bill = BillSums(NAMES, WORDS, currency="EUR", exchange={}, declared={"USD": dated})
        if known:
            bill.add(asked)
            assert [each.billed for each in bill.usage.values()] == [Decimal("1.5")]
        else:
            with pytest.raises(Unreadable, match=r"^another-currency$"):
                bill.add(asked)


def test_a_model_without_cost_shares_by_its_tokens() -> None:
    free = Rates(date(2026, 1, 1), ZERO, ZERO)
    found = causes([row(tokens=4_000_000, cost="8")], [call(rates=free)])
    assert found == {"unattributed": Decimal(6), "unexplained": Decimal(2)}


KINDS = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
APART = ("guardrail", "tax", "purchase", "credit", "discount", "support", "other")
money = st.decimals(-50, 50, places=6) | st.decimals(0, 5, places=24)
days = st.integers(0, 2).map(lambda more: DAY + timedelta(days=more))
words = st.frozensets(st.sampled_from(("key-1", "triage", "letters", "x")), max_size=2)
models = st.sampled_from(("Large4", "eu.maker.large", "maker.small", "Unknown9", ""))
drawn_rows = st.lists(
    st.builds(
        row,
        kind=st.sampled_from(KINDS),
        tokens=st.none() | st.integers(0, 3_000_000),
        model=models,
        day=days,
        list_cost=st.none() | money,
        effective=money,
        billed=money,
        decimals=st.integers(0, 6),
        currency=st.sampled_from(("EUR", "USD")),
        names=words,
    )
    | st.builds(row, kind=st.sampled_from(APART), tokens=st.none(), model=models, billed=money, names=words),
    max_size=8,
)
drawn_usage = st.builds(
    Usage,
    input_tokens=st.integers(0, 2_000_000),
    output_tokens=st.integers(0, 100_000),
    cache_read_tokens=st.integers(0, 500_000),
    cache_write_tokens=st.integers(0, 500_000),
    cache_write_1h_tokens=st.integers(0, 5),
)


@st.composite
def drawn_calls(draw: st.DrawFn) -> Call:
    more: dict[str, Any] = {}
    if draw(st.booleans()):
        more["charge"] = draw(st.decimals(0, 9, places=9))
    if draw(st.booleans()):
        more["list_charge"] = draw(st.decimals(0, 9, places=9))
    use_case, key = draw(st.sampled_from((("triage", "key-1"), ("triage", "key-9"), ("letters", "key-2"))))
    return call(
        draw(drawn_usage),
        at=datetime(2026, 11, 3, 12, tzinfo=UTC) + timedelta(days=draw(st.integers(0, 2))),
        model=draw(st.sampled_from(("model/large@1", "model/large@2", "model/small", "model/gone"))),
        use_case=use_case,
        key=key,
        **more,
    )


@given(drawn_rows, st.lists(drawn_calls(), max_size=6))
def test_the_parts_sum_to_the_gap_and_nothing_is_lost_on_either_side(rows: Any, calls: Any) -> None:
    rates = {"USD": Decimal("0.923456789")}
    found = matched(rows, calls, exchange=rates)
    for line in found:
        assert sum_of(line.causes.values()) == line.gap
    exchanged = (EXACT.multiply(each.billed, rates.get(each.currency, Decimal(1))) for each in rows)
    assert sum_of(line.billed for line in found) == sum_of(exchanged)
    assert sum_of(line.charged for line in found) == sum_of(each.charge for each in calls if is_charged(each))
    assert sum_of(summed(found).values()) == sum_of(line.gap for line in found)
    assert sum(line.calls for line in found) == sum(map(is_charged, calls))


def is_charged(each: Call) -> bool:
    return bool(each.charge or each.usage.total)


def sum_of(amounts: Any) -> Decimal:
    total = ZERO
    for each in amounts:
        total = EXACT.add(total, each)
    return total


@given(drawn_rows, st.lists(drawn_calls(), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_calls_makes_no_difference(rows: Any, calls: Any, random: Any) -> None:
    rates = {"USD": Decimal("0.9")}
    before = summed(matched(rows, calls, exchange=rates))
    random.shuffle(rows)
    random.shuffle(calls)
    assert summed(matched(rows, calls, exchange=rates)) == before


def test_a_bill_has_the_days_of_all_its_rows_and_one_of_none_has_none() -> None:
    assert BillSums(NAMES, WORDS, currency="EUR", exchange={}).span is None
    bill = BillSums(NAMES, WORDS, currency="EUR", exchange={})
    bill.add(row("tax", None, "1", day=date(2026, 11, 30)))
    last = date(2026, 11, 30)
    assert bill.span == Span(last, last)
    bill.add(row())
    assert bill.span == Span(DAY, last)


def test_more_sums_than_are_kept_apart_are_refused(monkeypatch: Any) -> None:
    monkeypatch.setattr("remit.decide.bill_sum.SUMS_MAX", 1)
    bill = BillSums(NAMES, WORDS, currency="EUR", exchange={})
    bill.add(row())
    bill.add(row())
    with pytest.raises(Unreadable, match=r"^too-many-sums$"):
        bill.add(row(model="Unknown9"))


def test_of_two_prices_on_one_day_the_later_one_prices_what_only_the_bill_has() -> None:
    dearer = Rates(date(2026, 11, 3), Decimal(6), Decimal(30))
    calls = [call(), call(rates=dearer)]
    rows = [row(tokens=2_000_000, cost="9")]
    assert causes(rows, calls) == causes(rows, calls[::-1]) == {}


@given(drawn_rows, st.lists(drawn_calls(), max_size=6))
def test_once_the_ledger_is_adjusted_by_a_bill_nothing_is_left_to_adjust(rows: Any, calls: Any) -> None:
    found = matched(rows, calls, exchange={"USD": Decimal("0.9")})
    providers = frozenset({"cloud"})
    proposed = proposals(found, (), providers, period=MONTH)
    written = [
        Adjustment(
            id="a",
            at=datetime(2026, 12, 1, tzinfo=UTC),
            reason=each.about.reason,
            note="as billed",
            since=each.days.first,
            until=each.days.last,
            amount=each.amount,
            currency="EUR",
            cost=each.about.cost,
            use_case=each.about.use_case,
            unit=each.about.unit,
            model=each.about.model,
            provider=each.about.provider,
            author="finance@example.com",
        )
        for each in proposed
    ]
    earlier = [(each, portion(each, MONTH)) for each in written]
    assert proposals(found, earlier, providers, period=MONTH) == ()
    settled = {cause: amount for cause, amount in summed(found).items() if cause in ADJUSTED}
    assert sum_of(each.amount for each in proposed) == sum_of(settled.values())

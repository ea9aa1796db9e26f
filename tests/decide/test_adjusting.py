"""Adjustments are spread over their days and shared out by charges, and no digit of them is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.decide.adjusting import About, concerns, portion, proposals, split
from remit.decide.bill_sum import OwnSum, Span
from remit.decide.reconcile import Line, Own
from remit.declare.price import Rates
from remit.kernel.money import EXACT, ZERO
from remit.record.decided import Adjustment

RATES = Rates(date(2026, 1, 1), Decimal(1), Decimal(2))
SPAN = Span(date(2026, 11, 1), date(2026, 11, 30))


def adjustment(amount: str = "-3", **more: Any) -> Adjustment:
    given: dict[str, Any] = {
        "id": "a1",
        "at": datetime(2026, 12, 3, tzinfo=UTC),
        "reason": "discount",
        "note": "late",
        "since": SPAN.first,
        "until": SPAN.last,
        "amount": Decimal(amount),
        "currency": "EUR",
        "provider": "cloud",
        "author": "finance@example.com",
        **more,
    }
    return Adjustment(**given)


def own(use_case: str, charge: str) -> Own:
    sums = OwnSum("model/large", "motor", "cloud", RATES, 1, {}, Decimal(charge))
    return Own(use_case, "k", sums)


def line(*calls: Own, **causes: str) -> Line:
    return Line(
        model="maker.large",
        span=SPAN,
        use_case="",
        key="",
        kind="usage",
        rows=1,
        calls=len(calls),
        tokens_billed={},
        tokens_called={},
        billed=ZERO,
        charged=ZERO,
        causes={cause: Decimal(amount) for cause, amount in causes.items()},  # type: ignore[misc]  # names of causes
        own=calls,
    )


CLOUD = frozenset({"cloud"})


def missing(lines: Any, earlier: Any = (), providers: frozenset[str] = CLOUD, period: Span = SPAN) -> Any:
    return proposals(lines, earlier, providers, period=period)


def about(use_case: str, reason: Any = "discount", cost: Any = "both") -> About:
    return About(reason, cost, "cloud", "model/large", "motor", use_case)


def test_what_a_bill_explains_is_proposed_by_use_case_as_each_was_charged() -> None:
    found = missing(
        [line(own("triage", "1"), own("letters", "3"), discount="-0.4", unattributed="9", tax="1")]
    )
    assert [(each.about, each.amount) for each in found] == [
        (about("letters"), Decimal("-0.3")),
        (about("triage"), Decimal("-0.1")),
    ]


def test_a_purchase_changes_what_is_billed_alone_and_is_nobodys() -> None:
    [found] = missing([line(purchase="500")])
    assert (found.about, found.amount) == (About("purchase", "billed", "cloud", "", "", ""), Decimal(500))
    [several] = missing([line(purchase="500")], providers=CLOUD | {"other"})
    assert several.about.provider == ""


def test_of_what_was_drawn_from_a_commitment_nothing_is_taken_off_the_bill_twice() -> None:
    drawn = own("triage", "3")
    drawn.sum.committed = Decimal(3)
    assert missing([line(drawn, purchase="-3")]) == ()
    assert [each.amount for each in missing([line(own("triage", "3"), purchase="-3")])] == [Decimal(-3)]
    # The provider bills some of it all the same.
    [found] = missing([line(drawn, purchase="-2.5")])
    assert (found.about, found.amount) == (about("triage", "purchase", "billed"), Decimal("0.5"))


def test_what_was_adjusted_is_not_proposed_again_and_what_no_bill_says_is_taken_back() -> None:
    said = adjustment("-0.4", model="model/large", unit="motor", use_case="triage")
    lines = [line(own("triage", "1"), discount="-0.4")]
    assert missing(lines, [(said, said.amount)]) == ()
    [rest] = missing([line(own("triage", "1"), discount="-0.5")], [(said, said.amount)])
    assert (rest.about, rest.amount) == (about("triage"), Decimal("-0.1"))
    [back] = missing([line(own("triage", "1"))], [(said, said.amount)])
    assert (back.about, back.amount) == (about("triage"), Decimal("0.4"))
    credit = adjustment("-7", reason="credit")
    assert missing([], [(credit, credit.amount)]) == ()


def test_a_proposal_is_for_the_days_of_its_lines_within_the_period() -> None:
    early, late = (Span(day, day) for day in (date(2026, 11, 3), date(2026, 11, 9)))
    lines = [replace(line(own("triage", "1"), discount="-1"), span=days) for days in (late, early)]
    [found] = missing(lines)
    assert (found.amount, found.days) == (Decimal(-2), Span(early.first, late.last))
    autumn = adjustment("-9", model="model/large", unit="motor", use_case="triage", since=date(2026, 9, 1))
    [rest] = missing(lines, [(autumn, Decimal(-3))])
    assert (rest.amount, rest.days) == (Decimal(1), SPAN)


def test_an_adjustment_concerns_a_provider_by_its_own_word_or_its_model_s() -> None:
    blocks = {"model/large": "cloud"}
    assert concerns(adjustment(), CLOUD, blocks)
    assert not concerns(adjustment(provider="other"), CLOUD, blocks)
    assert concerns(adjustment(provider="", model="model/large"), CLOUD, blocks)
    assert not concerns(adjustment(provider="", model="model/gone"), CLOUD, blocks)
    assert concerns(adjustment(provider="", source="d"), CLOUD, blocks)
    assert not concerns(adjustment(provider=""), CLOUD, blocks)


amounts = st.decimals(-1000, 1000, places=12) | st.decimals(0, 1, places=24)


@given(amounts, st.integers(0, 400), st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_months_share_an_adjustment_out_and_their_parts_are_the_whole(
    amount: Decimal, length: int, spans: list[int]
) -> None:
    since = date(2026, 1, 15)
    given = adjustment(str(amount), since=since, until=since + timedelta(days=length))
    begin, total = since - timedelta(days=7), ZERO
    for days in [*spans, 1000]:
        total = EXACT.add(total, portion(given, Span(begin, begin + timedelta(days=days - 1))))
        begin += timedelta(days=days)
    assert total == amount
    assert portion(given, Span(begin, begin)) == 0


@given(amounts, st.lists(st.decimals(0, 10**6, places=9), min_size=1, max_size=8))
def test_shares_sum_to_what_is_shared(amount: Decimal, weights: list[Decimal]) -> None:
    shares = split(amount, weights)
    total = ZERO
    for each in shares:
        total = EXACT.add(total, each)
    assert total == amount
    if any(weights):
        assert not any(share for share, weight in zip(shares, weights, strict=True) if not weight)

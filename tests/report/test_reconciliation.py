"""The report on a bill sums to its gap, and takes off what was adjusted before."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

from remit.decide.adjusting import SAID, Reason
from remit.decide.bill_sum import Span
from remit.decide.reconcile import Cause, Line
from remit.kernel.money import Money
from remit.record.decided import Adjustment
from remit.record.projection import UsageKey, UsageSum
from remit.report.cost import cost_report
from remit.report.reconciliation import MEANINGS, Read, Share, reconciliation

DAY = date(2026, 11, 3)
SPAN = Span(DAY, DAY)
READ = Read("FOCUS", ("a.csv",), "d1", 3, {"no-amount": 1}, ())


def line(billed: str, charged: str, **causes: str) -> Line:
    return Line(
        model="maker.large",
        span=SPAN,
        use_case="triage",
        key="",
        kind="usage",
        rows=1,
        calls=2,
        tokens_billed={"input": Decimal(10), "output": Decimal(0)},
        tokens_called={"input": Decimal(7)},
        billed=Decimal(billed),
        charged=Decimal(charged),
        causes={cause: Decimal(amount) for cause, amount in causes.items()},  # type: ignore[misc]  # names of causes
        used=Decimal(billed),
        attributed=Decimal(charged),
        tokens_attributed=Decimal(7),
    )


def adjustment(reason: Reason, amount: str) -> tuple[Adjustment, Decimal]:
    entry = Adjustment(
        id="a",
        at=datetime(2026, 12, 1, tzinfo=UTC),
        reason=reason,
        note="n",
        since=DAY,
        until=DAY,
        amount=Decimal(amount),
        currency="EUR",
        author="finance@example.com",
    )
    return entry, Decimal(amount)


def report(*lines: Line, earlier: Any = ()) -> Any:
    return reconciliation(
        READ,
        lines,
        period=SPAN,
        providers={"b", "a"},
        currency="EUR",
        unmatched={"x"},
        earlier=earlier,
        proposed=(),
        adjusted_by=(),
        known=("a",),
    )


def test_causes_sum_to_the_gap_with_earlier_adjustments_taken_off() -> None:
    lines = line("9", "10", discount="-1"), line("4", "0", unattributed="4")
    found = report(*lines, earlier=[adjustment("discount", "-0.75"), adjustment("credit", "2")])
    assert found.gap == Money(Decimal("1.75"), "EUR")
    assert {each.cause: each.amount.amount for each in found.causes} == {
        "discount": Decimal("-0.25"),
        "unattributed": Decimal(4),
        "credit": Decimal(-2),
    }
    assert (found.billed.amount, found.charged.amount, found.adjusted.amount) == (13, 10, Decimal("1.25"))
    assert (found.providers, found.unmatched, found.earlier) == (("a", "b"), ("x",), ("a",))
    assert found.lines[0].tokens_billed == {"input": Decimal(10)}
    assert (found.cost_share.percent, found.token_share.percent) == (Decimal("76.9"), Decimal("70.0"))


def test_without_usage_there_is_no_share() -> None:
    assert Share(Decimal(0), Decimal(0)).percent is None


def test_every_cause_has_a_meaning_and_every_reason_a_cause() -> None:
    assert set(MEANINGS) == set(get_args(Cause))
    assert set(SAID) == set(get_args(Reason))


def test_other_currencies_cost_nothing_here() -> None:
    keys = [
        UsageKey(
            "2026-11-03T09:00:00Z", "triage", "motor", "launch", "model/m", "k", currency, simulated=False
        )
        for currency in ("EUR", "USD")
    ]
    other, _ = adjustment("credit", "-1")
    foreign = Adjustment(
        **{name: getattr(other, name) for name in other.__struct_fields__} | {"currency": "USD"}
    )
    found = cost_report(
        [(key, UsageSum(calls=1, charge=Decimal(3))) for key in keys],
        [other, foreign],
        month=SPAN,
        as_of=None,
        currency="EUR",
    )
    total: Any = found.total
    assert (total.calls, total.charged.amount, total.billed.amount) == (1, 3, 2)
    assert found.adjustments == 1

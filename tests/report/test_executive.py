"""What most needs a decision, in one sentence, and quarters."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from remit.decide.advice import Advice
from remit.decide.finops.proposal import Proposal, Proposed
from remit.decide.next_best import Next
from remit.report.approvals import RequestView, Seat
from remit.report.controls import ControlSummary
from remit.report.executive import Decisions, LawDate, quarter_before, quarter_of, standing, title, waiting

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SAVING = Proposal(
    "saving", "saves", "Use the small model", Decimal(120), "a@example.com", "x", "y", "measured"
)
SAVES = Proposed((SAVING,), 0, {"saves": Decimal(120)})


def request(hours: float, *, id: str = "r1", said: str = "let it launch") -> RequestView:
    fields: dict[str, Any] = dict.fromkeys(RequestView.__dataclass_fields__, ())
    fields |= {
        "id": id, "summary": said, "deadline": NOW + timedelta(hours=hours), "escalated": False,
        "seats": (Seat("risk-owner", "risk@example.com"),), "use_case": "letters",
    }  # fmt: skip
    return RequestView(**fields)


def advice(name: str, advised: Any, rule: str = "late") -> Advice:
    return Advice(name, "desk", "experiment", advised, rule, "it is late", "calls")


def after(name: str, advised: Any) -> Next:
    return Next(name, name.title(), advice(name, advised), 0.5, 1.0, 0.5, 0.5, "do it")


def asked(*requests: RequestView, proposed: Proposed | None = None, next: tuple[Next, ...] = ()) -> Decisions:
    return Decisions(requests, proposed or Proposed(), next, {each.use_case: each.advice for each in next})


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (asked(request(5), proposed=SAVES), "Answer 1 request due in 5 hours: let it launch"),
        (asked(request(-1), request(9)), "Answer 2 requests, the first overdue: let it launch"),
        (asked(request(0.5)), "Answer 1 request due within the hour: let it launch"),
        (asked(request(100), proposed=SAVES), "One decision is worth 120 EUR a month"),
        (asked(request(100)), "Answer 1 request, due on 2026-11-28: let it launch"),
        (asked(next=(after("a", "stop"),)), "Decide whether to stop A: it is late"),
        (asked(next=(after("a", "park"), after("b", "stop"))), "Decide on 2 use cases: stop 1, park 1"),
        (asked(next=(after("a", "go"),)), "Decide on A: it is late"),
        (asked(), "Nothing waits for a decision now"),
    ],
)
def test_the_title_is_what_most_needs_a_decision(found: Decisions, said: str) -> None:
    assert title(found, now=NOW, currency="EUR")[0] == said


def test_decisions_are_listed_by_kind_each_once_and_the_rest_is_counted() -> None:
    requests = [request(hours, id=f"r{hours}") for hours in (-1, 2, 3, 4)]
    found = asked(*requests, proposed=SAVES, next=(after("letters", "stop"), after("b", "stop")))
    listed, more = waiting(found, now=NOW, currency="EUR")
    assert [each.says.split()[0] for each in listed] == ["let", "let", "let", "Use", "stop"]
    assert ([each.late for each in listed[:2]], listed[0].whose) == ([True, False], "risk@example.com")
    assert (listed[3].money, listed[4].link, more) == ("120 EUR", "/use-cases/b", 2)


def test_without_a_register_the_page_says_what_to_do_and_what_comes_when() -> None:
    nothing = ControlSummary(0, 0, ())
    dates = [LawDate(date(2027, 8, 2), "Article 26", "Use it as told", 3)]
    register, coming = standing(nothing, (), dates)[1:]
    assert "add `risks:`" in register.status
    assert (coming.on, coming.status) == (date(2027, 8, 2), "concerns 3 use cases")


def test_quarters_meet_without_a_gap() -> None:
    day = date(2024, 1, 1)
    for _ in range(12):
        this = quarter_of(day)
        assert this.first == day
        assert quarter_before(this).last == day - timedelta(days=1)
        assert quarter_of(this.last) == this
        day = this.last + timedelta(days=1)
    assert day == date(2027, 1, 1)

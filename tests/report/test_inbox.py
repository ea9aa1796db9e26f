"""The inbox in words: what waits for the reader, until when, and in which order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from remit.report.approvals import RequestView
from remit.report.inbox import inbox_order, inbox_title
from strategies import utc

NOW = utc(2026, 12, 1, 9)


def view(id: str, *, hours: float, mine: bool) -> RequestView:
    given: dict[str, Any] = dict.fromkeys(RequestView.__dataclass_fields__, "")
    given |= {"id": id, "deadline": NOW + timedelta(hours=hours), "mine": ("centre",) if mine else ()}
    return RequestView(**given)


@pytest.mark.parametrize(
    ("waiting", "said"),
    [
        ((), "nothing waits for anybody's consent"),
        (((5, False),), "nothing waits for you; 1 request waits for others"),
        (((5, True),), "1 request waits for you; it is due in 5 hours"),
        (((50, True), (-2.5, True)), "2 requests wait for you; the first was due 2 hours ago"),
        (((1, False), (0.01, True)), "1 request waits for you; it is due in a moment"),
    ],
)
def test_the_title_is_what_the_reader_has_to_decide(waiting: Any, said: str) -> None:
    views = [view(f"r{at}", hours=hours, mine=mine) for at, (hours, mine) in enumerate(waiting)]
    assert inbox_title(views, NOW) == said


def test_what_the_reader_may_answer_comes_first_and_of_it_what_is_due_first() -> None:
    views = [view("a", hours=1, mine=False), view("b", hours=9, mine=True), view("c", hours=2, mine=True)]
    assert [each.id for each in inbox_order(views)] == ["c", "b", "a"]

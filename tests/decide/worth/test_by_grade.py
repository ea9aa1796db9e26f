"""By grade: sums stand side by side, and there is no sum of all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from remit.decide.worth.by_grade import ByGrade, by_grade
from remit.decide.worth.figure import Figure
from remit.decide.worth.span import Span


def figure(grade: Any, point: int, *, state: Any = "evidenced", about: int = 0) -> Figure:
    span = Span(Decimal(point), Decimal(point - about), Decimal(point + about), Decimal("0.95"), "interval")
    return Figure("letters", "minutes", "Minutes", "minute", state, grade, value=span)


SUMS = by_grade(
    [
        figure("experiment", 100, about=10),
        figure("experiment", 50, about=5, state="confirmed"),
        figure("before_after", 30, about=20),
        figure("claimed", 1000, state="claimed"),
        Figure("letters", "other", "Other", "minute", "refused", "claimed"),
        Figure("letters", "more", "More", "minute", "unstated", "claimed"),
    ]
)


def test_there_is_a_line_for_each_grade_the_strongest_first() -> None:
    assert [(each.grade, each.figures, str(each.value.point)) for each in SUMS.sums] == [
        ("experiment", 2, "150"),
        ("before_after", 1, "30"),
        ("claimed", 1, "1000"),
    ]
    strong = SUMS.of("experiment")
    assert strong is not None
    assert (strong.value.low, strong.value.high, strong.value.sure) == (
        Decimal(135),
        Decimal(165),
        Decimal("0.90"),
    )
    assert (strong.confirmed_figures, strong.confirmed.point) == (1, Decimal(50))
    assert SUMS.of("quasi_experiment") is None


def test_there_is_no_total_and_no_way_to_add_lines_by_mistake() -> None:
    assert not hasattr(SUMS, "total")
    assert not [
        name for name in dir(ByGrade) if "total" in name or name in ("__add__", "__radd__", "__iter__")
    ]
    with pytest.raises(TypeError):
        sum(SUMS.sums)  # type: ignore[arg-type]  # that it does not type-check either is the point


def test_a_sum_across_grades_names_them_and_is_as_weak_as_the_weakest() -> None:
    across = SUMS.across("before_after")
    assert across is not None
    assert (across.weakest, across.grades, across.value.point) == (
        "before_after",
        ("experiment", "before_after"),
        Decimal(180),
    )
    everything = SUMS.across("claimed")
    assert everything is not None
    assert (everything.weakest, everything.figures) == ("claimed", 4)
    assert by_grade([]).across("claimed") is None

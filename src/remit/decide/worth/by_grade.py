"""By grade: sums of figures that are supported equally well, side by side and never in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from remit.decide.grade import supports, weakest
from remit.decide.worth.figure import SUMMED, Figure
from remit.decide.worth.span import Span, added
from remit.declare.grade import GRADES, Grade


@dataclass(frozen=True, slots=True)
class GradeSum:
    """What figures of one grade come to in a year, and the part of it that finance confirmed."""

    grade: Grade
    figures: int
    value: Span
    confirmed_figures: int
    confirmed: Span


@dataclass(frozen=True, slots=True)
class Across:
    """A sum across grades, which says so: of `at_least` one grade, and so as weak as the weakest in it."""

    at_least: Grade
    weakest: Grade
    grades: tuple[Grade, ...]
    figures: int
    value: Span


@dataclass(frozen=True, slots=True)
class ByGrade:
    """Sums by grade, the strongest first; what is refused or unstated is in none,
    and what shows no effect counts as 0, with its bounds.

    INVARIANT: there is no sum of all. Who wants one across grades names the weakest that may be in it, and
    gets a value that says which are.
    """

    sums: tuple[GradeSum, ...]

    def of(self, grade: Grade) -> GradeSum | None:
        return next((each for each in self.sums if each.grade == grade), None)

    def across(self, at_least: Grade) -> Across | None:
        """Add across grades, from the strongest down to one; None where there is nothing of them."""
        parts = [each for each in self.sums if supports(each.grade, at_least)]
        if not parts:
            return None
        grades = tuple(each.grade for each in parts)
        return Across(
            at_least,
            weakest(grades),
            grades,
            sum(each.figures for each in parts),
            added(each.value for each in parts),
        )


def by_grade(figures: Iterable[Figure]) -> ByGrade:
    """Add up figures, each to those of its own grade."""
    kept = [each for each in figures if each.state in SUMMED and each.value is not None]
    sums = []
    for grade in reversed(GRADES):
        of = [each for each in kept if each.grade == grade]
        if of:
            firm = [each for each in of if each.state == "confirmed"]
            sums.append(GradeSum(grade, len(of), _sum(of), len(firm), _sum(firm)))
    return ByGrade(tuple(sums))


def _sum(figures: Iterable[Figure]) -> Span:
    return added(each.value for each in figures if each.value is not None)

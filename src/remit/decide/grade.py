"""Grades: what may be said of figures that are supported differently well."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from remit.decide.study_result import newest_results
from remit.declare.grade import GRADES
from remit.declare.grade import Grade as Grade
from remit.declare.organisation import SimulatedIn
from remit.record.dossier_entry import Evidence
from remit.record.entry import Entry
from remit.record.outcome_entry import StudyResult


def weakest(grades: Iterable[Grade]) -> Grade:
    """Name the grade of what rests on all of these: it is as weak as the weakest; of nothing, a claim.

    >>> weakest(["experiment", "before_after"]), weakest([])
    ('before_after', 'claimed')
    """
    return min(grades, key=GRADES.index, default="claimed")


def strongest(grades: Iterable[Grade]) -> Grade:
    """Name the grade of what any one of these shows alone.

    >>> strongest(["claimed", "experiment", "before_after"])
    'experiment'
    """
    return max(grades, key=GRADES.index, default="claimed")


def supports(grade: Grade, at_least: Grade) -> bool:
    """Say if a grade is at least another one.

    >>> supports("quasi_experiment", "before_after"), supports("claimed", "before_after")
    (True, False)
    """
    return GRADES.index(grade) >= GRADES.index(at_least)


def grades(filed: Iterable[Entry], *, today: date, simulated: SimulatedIn = "apart") -> dict[str, Grade]:
    """Say for each use case how well its value is supported by studies; others have a claim.

    What the newest version of a registered study found has the grade that it was given, where its whole
    interval lies on the way to the target and no check refused it. What somebody files as a finding is before
    and after: it does not say how it was come by. Nothing that is expired or taken back
    counts, and what is simulated only where such is `counted`.
    """

    def counted(each: StudyResult | Evidence) -> bool:
        return simulated == "counted" or not each.simulated

    found: dict[str, Grade] = {}
    entries = [*filed]
    for result in newest_results(entries):
        if result.progress_low is not None and result.progress_low > 0 and counted(result):
            found[result.use_case] = strongest([found.get(result.use_case, "claimed"), result.grade])
    words = [each for each in entries if isinstance(each, Evidence)]
    withdrawn = {each.withdraws for each in words if each.withdraws}
    for each in words:
        if each.source != "value_study" or not each.use_case or not counted(each) or each.withdraws:
            continue
        if each.id not in withdrawn and (each.expires is None or each.expires >= today):
            found[each.use_case] = strongest([found.get(each.use_case, "claimed"), "before_after"])
    return found

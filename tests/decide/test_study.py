"""What was registered counts as it was registered: newest versions, results that no check refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from remit.decide.filed_facts import found
from remit.decide.grade import grades
from remit.decide.study import graded, locked, study_views, to_register, unlocked
from remit.declare.grade import GRADES, Grade
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.record.filed import Filed
from remit.record.outcome_entry import Checked, StudyRegistered, StudyResult
from remit.report.study import NEEDS, result_lines

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
DECLARED = """
organisation: {name: Example, contact: head-of-ai@example.com, currency: EUR}
units: {claims: {name: Claims, lead: lead@example.com}}
use_cases:
  triage:
    name: Triage
    unit: claims
    purpose: Sort claims.
    outcomes:
      minutes: {name: Minutes, unit: minute, direction: down, baseline: 40, target: 30}
studies:
  quicker:
    use_case: triage
    metric: minutes
    hypothesis: It helps.
    estimator: experiment
    starts: 2026-03-01
    ends: 2026-03-28
    smallest_effect: -2
"""


def model(text: str = DECLARED) -> OperatingModel:
    made = load({"a.yaml": text}).operating_model
    assert made is not None
    return made


def registered(version: int = 1, **more: Any) -> StudyRegistered:
    said: dict[str, Any] = {"digest": "", "late": False, "model_version": 1, "author": "a@example.com"} | more
    return StudyRegistered(
        id=f"r{version}",
        at=NOW,
        study="quicker",
        version=version,
        use_case="triage",
        metric="minutes",
        estimator="experiment",
        starts=date(2026, 3, 1),
        **said,
    )


def result(id: str = "s1", version: int = 1, **more: Any) -> StudyResult:
    said: dict[str, Any] = {"grade": "experiment", "progress": 0.8, "progress_low": 0.5, "progress_high": 1.1}
    return StudyResult(
        id=id,
        at=NOW,
        study="quicker",
        version=version,
        use_case="triage",
        metric="minutes",
        estimator="experiment",
        effect=-8.0,
        low=-11.0,
        high=-5.0,
        sure=0.95,
        baseline=40.0,
        treated=100,
        untreated=100,
        clusters=200,
        outcomes=200,
        outcomes_digest="",
        known=NOW,
        author="a@example.com",
        **(said | more),
    )


@pytest.mark.parametrize("grade", GRADES)
def test_a_late_version_is_never_graded_above_before_and_after(grade: Grade) -> None:
    of = graded(grade, registered(late=True))
    assert GRADES.index(of) == min(GRADES.index(grade), GRADES.index("before_after"))
    assert graded(grade, registered()) == grade


def test_a_study_is_registered_once_and_again_when_it_says_something_else() -> None:
    [first] = to_register(model(), [])
    assert (first.version, first.late(date(2026, 2, 28)), first.late(date(2026, 3, 1))) == (1, False, True)
    before = registered(digest=first.digest)
    assert list(to_register(model(), [before])) == []
    for was, becomes in (
        ("smallest_effect: -2", "smallest_effect: -1"),
        ("target: 30", "target: 35"),
        ("ends: 2026-03-28", "ends: 2026-04-28"),
    ):
        [second] = to_register(model(DECLARED.replace(was, becomes)), [before])
        assert second.version == 2
        assert second.digest != first.digest
    worth = DECLARED.replace("target: 30", "target: 30, value_of_one: 1.20 EUR")
    assert list(to_register(model(worth), [before])) == []


def test_what_is_locked_can_be_read_again() -> None:
    at = model()
    study, metric = unlocked(locked(at.studies["quicker"], at))
    assert study == at.studies["quicker"]
    assert (metric.unit, metric.baseline, metric.target) == ("minute", Decimal(40), Decimal(30))


def test_the_last_result_of_the_newest_version_is_a_fact_with_its_interval() -> None:
    [fact] = found([registered(), result(), result("s2", progress=0.7)])
    assert (fact.measure, fact.value, fact.low, fact.high) == (
        "share_of_target",
        Decimal("0.7"),
        Decimal("0.5"),
        Decimal("1.1"),
    )
    assert (fact.sure, fact.entries, fact.evidence) == (Decimal("0.95"), ("s2",), "value_study")


@pytest.mark.parametrize(
    "entries",
    [
        [registered(), result(refused=True)],
        [registered(), result(), result("s2", refused=True)],
        [registered(), registered(2), result()],
        [result()],
    ],
)
def test_what_is_refused_or_of_an_earlier_version_is_no_evidence(entries: list[Any]) -> None:
    assert list(found(entries)) == []
    assert grades(entries, today=NOW.date()) == {}


def test_a_grade_is_given_where_the_whole_interval_lies_on_the_way_to_the_target() -> None:
    today = NOW.date()
    assert grades([registered(), result()], today=today) == {"triage": "experiment"}
    assert grades([registered(late=True), result(grade="before_after")], today=today) == {
        "triage": "before_after"
    }
    for weak in (result(progress_low=-0.1), result(progress_low=None), result(simulated=True)):
        assert grades([registered(), weak], today=today) == {}
    counted = grades([registered(), result(simulated=True)], today=today, simulated="counted")
    assert counted == {"triage": "experiment"}, "where the organisation has such counted"


def test_a_view_tells_versions_results_and_state() -> None:
    entries: list[Filed] = [registered(), registered(2, late=True), result(version=1)]
    [view] = study_views(model(), entries, now=NOW).values()
    assert (view.state, view.newest.version, view.result) == ("registered", 2, None)
    assert [each.id for each in view.results] == ["s1"]
    states = [
        study_views(model(), entries, now=datetime(2026, month, 15, tzinfo=UTC))["quicker"].state
        for month in (2, 3, 4)
    ]
    assert states == ["registered", "running", "ended"]
    gone = model(DECLARED.partition("studies:")[0])
    assert study_views(gone, entries, now=NOW)["quicker"].state == "withdrawn"


def test_what_is_refused_says_what_a_claim_would_need() -> None:
    checks = tuple(Checked(name, holds=False, said="it does not") for name in NEEDS)
    said = "\n".join(result_lines(result(checks=checks, refused=True), unit="minute"))
    assert said.startswith("quicker: -8 minute [-11, -5], REFUSED")
    assert all(f"for a claim: {need}" in said for need in NEEDS.values())

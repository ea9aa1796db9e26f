"""Studies as they are registered: what was fixed, when, in which version, and what a result may be called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import msgspec

from remit.decide.grade import weakest
from remit.decide.study_result import newest_versions
from remit.declare.grade import Grade
from remit.declare.operating_model import OperatingModel, digest
from remit.declare.study import Study
from remit.declare.use_case import OutcomeMetric
from remit.record.filed import Filed
from remit.record.outcome_entry import StudyRegistered, StudyResult

State = Literal["registered", "running", "ended", "withdrawn"]
"""Where a study is: it has not started, it has, its last day is over, or nobody declares it any more."""


_FIXED = ("unit", "direction", "baseline", "target")


def locked(study: Study, model: OperatingModel) -> bytes:
    """Write down what of a study is fixed: its own declaration, and how its metric is counted.

    What one unit of the metric is worth is not fixed: that says nothing of whether there is an effect.
    """
    metric = model.use_cases[study.use_case].outcomes[study.metric]
    fixed = metric.model_dump(mode="json", include=set(_FIXED), exclude_none=True)
    said = {"study": study.model_dump(mode="json", exclude_defaults=True), "metric": fixed}
    return msgspec.json.format(msgspec.json.encode(said, order="deterministic"), indent=2)


def unlocked(body: bytes) -> tuple[Study, OutcomeMetric]:
    """Read what was fixed."""
    said = msgspec.json.decode(body)
    study = Study.model_validate(said["study"])
    return study, OutcomeMetric.model_validate({**said["metric"], "name": study.metric})


@dataclass(frozen=True, slots=True)
class Fixed:
    """One study to be registered, and the text that is locked."""

    study: str
    declared: Study
    version: int
    body: bytes

    @property
    def digest(self) -> str:
        return digest(self.body)

    def late(self, today: date) -> bool:
        """Say whether it is fixed only when it has started: what it shows was not foretold."""
        return today >= self.declared.starts


def to_register(model: OperatingModel, before: Iterable[StudyRegistered]) -> Iterator[Fixed]:
    """List the studies that are new, or say something else than the version registered last."""
    newest = newest_versions(before)
    for name, study in model.studies.items():
        body = locked(study, model)
        known = newest.get(name)
        if known is None or known.digest != digest(body):
            yield Fixed(name, study, known.version + 1 if known else 1, body)


def graded(found: Grade, registered: StudyRegistered) -> Grade:
    """Say what a result may be called: of a version that is late, before and after at most.

    >>> from datetime import UTC
    >>> then = datetime(2026, 3, 2, tzinfo=UTC)
    >>> late = StudyRegistered(
    ...     id="1", at=then, study="s", version=2, digest="", use_case="t", metric="m", late=True,
    ...     estimator="experiment", starts=date(2026, 3, 1), model_version=3, author="lead@example.com",
    ... )
    >>> graded("experiment", late), graded("claimed", late)
    ('before_after', 'claimed')
    """
    return weakest((found, "before_after")) if registered.late else found


@dataclass(frozen=True, slots=True)
class StudyView:
    """A study: its versions and results, the oldest first, and how it stands on a day."""

    study: str
    state: State
    versions: tuple[StudyRegistered, ...]
    results: tuple[StudyResult, ...]
    ends: date | None

    @property
    def newest(self) -> StudyRegistered:
        return self.versions[-1]

    @property
    def result(self) -> StudyResult | None:
        """What the newest version found last."""
        of = [each for each in self.results if each.version == self.newest.version]
        return of[-1] if of else None


def study_views(model: OperatingModel, filed: Iterable[Filed], *, now: datetime) -> dict[str, StudyView]:
    """Put together every study that was ever registered."""
    today = now.astimezone(model.organisation.zone).date()
    versions: dict[str, list[StudyRegistered]] = {}
    results: dict[str, list[StudyResult]] = {}
    for each in filed:
        if isinstance(each, StudyRegistered):
            versions.setdefault(each.study, []).append(each)
        elif isinstance(each, StudyResult):
            results.setdefault(each.study, []).append(each)
    return {
        name: StudyView(
            study=name,
            state=_state(model.studies, name, today),
            versions=tuple(sorted(each, key=lambda one: one.version)),
            results=tuple(sorted(results.get(name, ()), key=lambda one: one.id)),
            ends=model.studies[name].ends if name in model.studies else None,
        )
        for name, each in sorted(versions.items())
    }


def _state(studies: Mapping[str, Study], name: str, today: date) -> State:
    if name not in studies:
        return "withdrawn"
    if today < studies[name].starts:
        return "registered"
    return "running" if today <= studies[name].ends else "ended"

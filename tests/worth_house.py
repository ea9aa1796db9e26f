"""What studies found and what things cost, for tests of value."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from remit.declare.operating_model import OperatingModel
from remit.record.outcome_entry import Checked, StudyResult
from strategies import operating_model, utc

NOW = utc(2026, 11, 30, 12)
MINUTES: dict[str, Any] = {
    "name": "Minutes for a letter",
    "unit": "minute",
    "direction": "down",
    "baseline": "24",
    "target": "15",
    "value_of_one": "0.80 EUR",
    "volume_per_year": "10000",
}
TEAM = {"name": "Team", "kind": "people", "amount": "1000.00 EUR", "every": "month"}
START = {"name": "Start", "kind": "change", "amount": "9000.00 EUR", "every": "once"}


def case(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Letters",
        "unit": "motor",
        "purpose": "Write letters.",
        "outcomes": {"minutes": MINUTES},
        **fields,
    }


def model(*, economics: Any = None, blocks: Any = None, **cases: Any) -> OperatingModel:
    """Make a model of these use cases, with `economics` under `portfolio:`."""
    sections: dict[str, Any] = {"use_cases": cases or {"letters": case(costs={"team": TEAM, "start": START})}}
    if economics is not None:
        sections["portfolio"] = {"economics": economics}
    if blocks is not None:
        sections["blocks"] = blocks
    return operating_model(**sections)


def result(id: str = "r1", *, known: datetime = NOW, **fields: Any) -> StudyResult:
    """Make what a study found: by default six minutes less, 4 to 8, by an experiment."""
    stated: dict[str, Any] = {
        "study": "letters-2026",
        "version": 1,
        "use_case": "letters",
        "metric": "minutes",
        "estimator": "experiment",
        "grade": "experiment",
        "effect": -6.0,
        "low": -8.0,
        "high": -4.0,
        "sure": 0.95,
        "baseline": 24.0,
        "treated": 500,
        "untreated": 500,
        "clusters": 40,
        "outcomes": 1000,
        "outcomes_digest": "d",
        "author": "owner@example.com",
    }
    return StudyResult(id=id, at=known, known=known, **(stated | fields))


def naive() -> StudyResult:
    """The naive comparison of LaLonde's training programme: it seems to cost its people 635 a year."""
    return result(
        "r-naive",
        study="training",
        estimator="comparison",
        grade="claimed",
        effect=-635.0,
        low=-1926.0,
        high=656.0,
        refused=True,
        checks=(
            Checked("outcomes-at-hand", True, "614 outcomes"),
            Checked("arms-alike-before", False, "before, the arms differed by 1.7 standard deviations"),
        ),
    )

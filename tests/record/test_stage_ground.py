"""Grounds of stages: what moves a use case without a review is named, and all that is done is not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from remit.record.decided import StageChange
from remit.record.dossier_entry import GateReview
from remit.record.stage_ground import StageGrounds

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def moved(stage: str, basis: Any, review: str = "") -> StageChange:
    return StageChange(
        id="m",
        at=NOW,
        use_case="mail",
        stage=stage,
        since=date(2026, 12, 1),
        basis=basis,
        review=review,
        author="r@example.com",
    )


def reviewed(into: str, outcome: Any = "proceed", use_case: str = "mail") -> GateReview:
    return GateReview(
        id="r",
        at=NOW,
        use_case=use_case,
        stage="experiment",
        into=into,
        outcome=outcome,
        tier="low",
        gate="g",
        model_version=1,
        shown=(),
        reason="It is so.",
        author="r@example.com",
    )


def said(*entries: object) -> list[str]:
    grounds = StageGrounds()
    return [each for entry in entries for each in grounds.take(entry)]


BEGUN = moved("experiment", "adopted")


@pytest.mark.parametrize(
    "entries",
    [
        [moved("envision", "declared")],
        [BEGUN, reviewed("launch"), moved("launch", "reviewed", "r"), moved("experiment", "narrowed")],
        [BEGUN, reviewed("launch", "pivot"), moved("envision", "reviewed", "r")],
        [BEGUN, reviewed("launch", "halt"), moved("retired", "reviewed", "r")],
        [BEGUN, reviewed("launch", "pivot"), moved("retired", "narrowed")],
    ],
)
def test_what_commands_write_has_its_ground(entries: list[object]) -> None:
    assert said(*entries) == []


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([BEGUN, moved("scale", "adopted")], "though it was at `experiment` already"),
        ([BEGUN, moved("launch", "narrowed")], "and calls that back from `experiment`"),
        ([moved("launch", "narrowed")], "and calls that back from `nowhere`"),
        ([BEGUN, moved("launch", "reviewed", "r")], "by no review that is recorded"),
        (
            [BEGUN, reviewed("launch", use_case="post"), moved("launch", "reviewed", "r")],
            "by no review that is recorded",
        ),
        (
            [BEGUN, reviewed("launch"), moved("scale", "reviewed", "r")],
            "by a review of the gate into `launch`",
        ),
        (
            [BEGUN, reviewed("launch", "pivot"), moved("launch", "reviewed", "r")],
            "by a review that ended in pivot",
        ),
        (
            [
                *(BEGUN, reviewed("launch"), moved("launch", "reviewed", "r")),
                *(moved("experiment", "narrowed"), moved("launch", "reviewed", "r")),
            ],
            "by no review that is recorded",
        ),
        ([moved("retired", "adopted"), moved("launch", "narrowed")], "and calls that back from `retired`"),
    ],
)
def test_a_stage_without_a_ground_is_named(entries: list[object], why: str) -> None:
    [found] = said(*entries)
    assert found.endswith(why)

"""What is filed for good: the entries that gates, controls, approvals and closed periods rest on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from remit.record.advice_entry import AdviceTaken
from remit.record.approval_entry import Approval, ApprovalRequest, Delegation
from remit.record.decided import PeriodClosed
from remit.record.dossier_entry import Evaluation, Evidence, GateReview, Waiver
from remit.record.outcome_entry import StudyRegistered, StudyResult

Filed = (
    Evidence
    | Evaluation
    | GateReview
    | Waiver
    | StudyRegistered
    | StudyResult
    | ApprovalRequest
    | Approval
    | Delegation
    | PeriodClosed
    | AdviceTaken
)

FILED: tuple[type[Filed], ...] = get_args(Filed)


@dataclass(frozen=True, slots=True)
class FiledFilter:
    """Which entries of dossiers to list; empty fields do not filter.

    `kinds` are classes of entries. Entries of an empty use case are of a unit, or of the whole organisation;
    `use_case` None lists those of all. `before` leaves out what was written at or after an instant.
    """

    kinds: tuple[type[Filed], ...] = ()
    use_case: str | None = None
    request: str = ""
    since: datetime | None = None
    before: datetime | None = None

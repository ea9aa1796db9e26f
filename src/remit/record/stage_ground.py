"""Grounds of stages: whether each use case came to where it is as stages may change, by its entries alone.

Whoever can write into a journal can chain a line to it that no command would have written. Such a line is
as it was written, and still says what nobody decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from remit.declare.organisation import STAGES
from remit.record.decided import StageChange
from remit.record.dossier_entry import GateReview


@dataclass(slots=True)
class StageGrounds:
    """The stages that use cases came to, and the reviews that moved nobody yet, taken in their order."""

    stages: dict[str, str] = field(default_factory=dict)
    reviews: dict[str, GateReview] = field(default_factory=dict)

    def take(self, entry: object) -> Iterator[str]:
        """Take an entry in, and say what is wrong with a change of stage."""
        if isinstance(entry, GateReview):
            self.reviews[entry.id] = entry
        elif isinstance(entry, StageChange):
            if why := self._groundless(entry):
                yield f"entry `{entry.id}` moves `{entry.use_case}` to `{entry.stage}`, {why}"
            self.stages[entry.use_case] = entry.stage

    def _groundless(self, entry: StageChange) -> str:
        before = self.stages.get(entry.use_case)
        if entry.basis in ("declared", "adopted"):
            return f"though it was at `{before}` already" if before is not None else ""
        if entry.basis == "narrowed":
            back = before is not None and _place(entry.stage) <= _place(before)
            return "" if back else f"and calls that back from `{before or 'nowhere'}`"
        review = self.reviews.pop(entry.review, None)
        if review is None or review.use_case != entry.use_case:
            return "by no review that is recorded"
        if review.outcome == "proceed":
            return "" if entry.stage == review.into else f"by a review of the gate into `{review.into}`"
        back = before is not None and _place(entry.stage) < _place(before)
        return "" if back else f"by a review that ended in {review.outcome}"


def _place(stage: str) -> int:
    """Say how far a stage is along the way; the end allows nothing, and comes before all."""
    return -1 if stage == "retired" else STAGES.index(stage) if stage in STAGES else len(STAGES)

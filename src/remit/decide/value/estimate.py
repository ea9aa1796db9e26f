"""An estimate: the effect that outcomes show, how sure it is, and the checks that can refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.declare.grade import Grade
from remit.kernel.errors import RemitError

Floats = NDArray[np.float64]

Estimator = Literal[
    "experiment", "differences", "synthetic_control", "interrupted_series", "before_after", "comparison"
]
"""Ways to estimate an effect, each in a module of its own."""

OUTCOMES_MAX = 5_000_000
"""More outcomes than this are summed up by whoever has them: by day, arm and cluster they say the same."""


class StudyDataUnusable(RemitError):
    """The outcomes cannot be estimated from at all; `help` says what to do."""

    code = "study-data-unusable"


@dataclass(frozen=True, slots=True)
class Check:
    """One assumption of an estimator, held against the data.

    `holds` is None where the data cannot say. One that `blocks` and does not hold refuses the claim.
    """

    name: str
    holds: bool | None
    said: str
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean effect on one outcome, in its unit, with the interval that holds it with probability `sure`.

    `treated` and `untreated` count outcomes, or periods where one series is looked at; `clusters` are the
    independent ones among them. `details` holds what a reader may check: weights, other figures.
    """

    estimator: Estimator
    grade: Grade
    effect: float
    low: float
    high: float
    sure: float
    treated: int
    untreated: int
    clusters: int
    baseline: float
    checks: tuple[Check, ...]
    p: float | None = None
    details: Mapping[str, float] = field(default_factory=dict)

    @property
    def refused_by(self) -> tuple[Check, ...]:
        """The checks that refuse the claim; what they refuse is shown and never counted."""
        return tuple(each for each in self.checks if each.blocks and each.holds is False)


def require(values: Floats, *, what: str) -> None:
    """See that outcomes are numbers, are not too many, and are not all the same."""
    if len(values) > OUTCOMES_MAX:
        raise StudyDataUnusable(
            f"{len(values):,} {what} are more than the {OUTCOMES_MAX:,} that are read at once",
            help="record them summed up, by day, arm and cluster, or limit the study to fewer days",
        )
    if not np.isfinite(values).all():
        raise StudyDataUnusable(
            f"some of the {what} are not numbers", help="leave out what was not measured; do not write zero"
        )
    if len(values) and np.ptp(values) == 0:
        raise StudyDataUnusable(
            f"all {len(values):,} {what} are {values[0]:g}",
            help="see that the metric is measured at all, and in the unit that is declared",
        )

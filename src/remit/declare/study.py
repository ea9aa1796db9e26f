"""Studies: how it will show what a use case brings, fixed before it starts."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from remit.declare.block import Portion
from remit.declare.declared import BlockAddress, Count, Day, Declared, Id, Prose
from remit.declare.gate import Confidence
from remit.declare.use_case import Figure

StudyEstimator = Literal[
    "experiment", "differences", "synthetic_control", "interrupted_series", "before_after", "comparison"
]
"""How the effect is estimated; see [how an effect is estimated](../concepts/estimators.md)."""


class Window(Declared):
    """Days from one to another, both included."""

    since: Day
    """The first day."""
    until: Day
    """The last day."""


class StudyStep(Declared):
    """From when on a larger part is treated."""

    since: Day
    """The first day of it."""
    treated: Portion
    """The part that is treated from then on."""


class Assignment(Declared):
    """Who is in which arm, drawn by the gateway from the caller's reference, the same whenever it is asked.

    A call of the control arm is refused with `held-out`, so that its case is done without the use case, or
    served by another model or prompt.
    """

    treated: Portion
    """The part that is treated from the first day, above `0` and below `1`."""
    raised: tuple[StudyStep, ...] = ()
    """A roll-out in steps: when a larger part is treated. Those who were treated stay so, and those who
    change arms are left out of the comparison."""
    holdout: Portion = Decimal(0)
    """The part that is never treated, whatever a later version of the study says."""
    control: BlockAddress | None = None
    """The model or prompt that serves the control arm; left out, its calls are refused."""


class Study(Declared):
    """What is measured on whom, from when, how, and what would count; registered when it is applied."""

    use_case: Id
    """The use case that it is about."""
    metric: Id
    """The outcome metric of that use case."""
    hypothesis: Prose
    """What is expected, in one sentence."""
    estimator: StudyEstimator
    """How the effect is estimated."""
    baseline: Window | None = None
    """The days before, with which is compared."""
    starts: Day
    """The day on which it starts; it must be registered before."""
    ends: Day
    """The last day of it."""
    smallest_effect: Figure
    """The smallest effect that matters, in the metric's unit."""
    sure: Confidence | None = None
    """How sure the interval is to hold the effect; left out, `0.95`."""
    looks: Literal["any", "one"] = "any"
    """Whether it is looked at again and again, or once at its end; for `experiment`. All others are looked at
    once."""
    stops: Literal["end", "clusters", "sure"] = "end"
    """What ends it: its last day; or, if that comes first, as many clusters as there are to be, or an
    interval that says whether the smallest effect is reached. The last two are for `experiment` with `any`
    looks."""
    clusters: Count = 1000
    """How many persons, teams or cases there are to be; for `experiment`."""
    every: Literal["day", "week"] = "day"
    """How long one period is, for estimators that compare periods."""
    assignment: Assignment | None = None
    """How the gateway draws arms; left out, outcomes say which arm they are of."""
    units: tuple[Id, ...] = ()
    """For what compares units: those that have the use case; all others that have outcomes are compared. With
    `synthetic_control` it is one."""
    since: dict[Id, Day] = {}
    """For `differences`: units that begin later than the study does, and when."""
    others: tuple[Id, ...] = ()
    """For `interrupted_series`: outcome metrics of the same use case that it does not touch."""


LOOKED_AT_ONCE: tuple[StudyEstimator, ...] = (
    *("differences", "synthetic_control", "interrupted_series", "before_after", "comparison"),
)
"""Estimators whose interval holds at one look alone."""


def looked_at_once(study: Study) -> bool:
    """Say whether a study is looked at only when it is over."""
    return study.estimator in LOOKED_AT_ONCE or study.looks == "one"

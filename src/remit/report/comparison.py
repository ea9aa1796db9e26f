"""The report on releases beside each other: one value for every surface, each figure as it is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from remit.decide.comparison import (
    Contrast,
    Earlier,
    Rated,
    Regression,
    contrast,
    counted,
    rate,
    regressions,
)
from remit.decide.sample import GateAsks, Needed, Noun, needed
from remit.record.dossier_entry import Evaluation
from remit.record.evaluation_detail import Details


@dataclass(frozen=True, slots=True)
class Towards:
    """How far a release is from what a criterion of a gate asks, and how many more cases it takes."""

    release: str
    asks: GateAsks
    needed: Needed


@dataclass(frozen=True, slots=True)
class Comparison:
    """Releases beside each other, the gate, and what they were.

    `details` are missing where the outcomes of the cases are not stored here any more; then nothing is
    compared case by case. `new` are releases of which none like them was tried on the data set before.
    `outdated` says of releases why they are not what calls get now, and so no evidence any more.
    """

    evaluation: Evaluation
    rated: tuple[Rated, ...]
    contrasts: tuple[Contrast, ...] = ()
    regressions: tuple[Regression, ...] = ()
    new: tuple[str, ...] = ()
    towards: tuple[Towards, ...] = ()
    outdated: Mapping[str, str] = field(default_factory=dict)
    details: Details | None = None


def comparison(
    evaluation: Evaluation,
    details: Details | None,
    *,
    earlier: Sequence[Earlier] = (),
    earlier_details: Mapping[str, Details] | None = None,
    asks: Sequence[GateAsks] = (),
    outdated: Mapping[str, str] | None = None,
) -> Comparison:
    """Lay an evaluation out: its releases, every two of them, the gate, and the last run."""
    adverse = evaluation.measure == "attack_success_rate"
    noun: Noun = "attack" if adverse else "case"
    seen = {each.release for each in earlier}
    return Comparison(
        evaluation,
        rate(evaluation.results, adverse=adverse),
        contrast(details) if details is not None else (),
        regressions(evaluation, details, earlier, earlier_details=earlier_details or {})
        if details is not None
        else (),
        new=tuple(each.release for each in evaluation.results if each.release not in seen),
        towards=tuple(
            Towards(
                each.release, ask, needed(counted(each, adverse=adverse), each.cases, ask.asked, noun=noun)
            )
            for ask in asks
            for each in evaluation.results
        ),
        outdated=outdated or {},
        details=details,
    )

"""The report on an evaluation: how each release did, in one value for every surface."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from remit.decide.confidence import wilson
from remit.record.dossier_entry import Evaluation, Scored
from remit.record.evaluation_detail import Details, Outcome

NOT_PASSED_MAX = 20


@dataclass(frozen=True, slots=True)
class ScorerShare:
    """Of the cases of a release that a scorer scored, how many it passed."""

    scorer: str
    passed: int
    cases: int


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """How one release did: a share of its cases, with Wilson's interval at 95 %, and what it took.

    The share is that of the passed cases; of an adversarial set, of the attacks that succeeded. `not_passed`
    are ids of cases that did not pass for whatever reason, in their order, at most 20; of all of them
    `not_passed_cases` is the count.
    """

    scored: Scored
    share: float
    low: float
    high: float
    scorers: tuple[ScorerShare, ...]
    not_passed: tuple[str, ...]
    not_passed_cases: int


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What an evaluation came to; the releases stand in the order in which they were named."""

    evaluation: Evaluation
    releases: tuple[ReleaseReport, ...]


def evaluation_report(evaluation: Evaluation, details: Details) -> EvaluationReport:
    """Report on an evaluation from its entry and what became of its cases."""
    adverse = evaluation.measure == "attack_success_rate"
    releases = (
        _release(scored, details.cases, details.outcomes[scored.release], adverse=adverse)
        for scored in evaluation.results
    )
    return EvaluationReport(evaluation, tuple(releases))


def _release(
    scored: Scored, cases: Sequence[str], outcomes: Sequence[Outcome], *, adverse: bool
) -> ReleaseReport:
    counted = scored.cases - scored.passed if adverse else scored.passed
    low, high = wilson(counted, scored.cases)
    by_scorer = Counter(label for outcome in outcomes for label in outcome.scores)
    missed = [id for id, outcome in zip(cases, outcomes, strict=True) if outcome.status != "passed"]
    return ReleaseReport(
        scored,
        counted / scored.cases if scored.cases else 0.0,
        low,
        high,
        tuple(ScorerShare(name, passed, by_scorer[name]) for name, passed in sorted(scored.scorers.items())),
        tuple(missed[:NOT_PASSED_MAX]),
        len(missed),
    )

"""Comparison of releases: quality with its interval, cost and latency, each beside each, and now beside then.

All of it follows from an `Evaluation` and from what became of its cases, so who has the ledger and the stored
texts can work it out again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations

from remit.decide.confidence import wilson
from remit.decide.paired import Pairs, holm, mcnemar, newcombe, paired
from remit.declare.version import family
from remit.record.dossier_entry import Evaluation, Scored
from remit.record.evaluation_detail import Details

SURE = 0.95
"""How sure intervals are, and one less than what calls a difference more than chance."""


@dataclass(frozen=True, slots=True)
class Rated:
    """How one release did: the share of its cases, with Wilson's interval, and what a case cost.

    The share is that of the passed cases; of an adversarial set, of the attacks that succeeded.
    `dominated_by` are the releases that are at least as good, as cheap and as fast, and better in one of it.
    """

    scored: Scored
    share: float
    low: float
    high: float
    charge_per_case: Decimal
    dominated_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contrast:
    """How two releases did on the same cases.

    `difference` is by how much the share of the first is greater, within `low` to `high`. `chance` is the
    probability of so uneven a split between equals, and `corrected` the same with Holm's correction for all
    pairs that were looked at.
    """

    first: str
    second: str
    pairs: Pairs
    difference: float
    low: float
    high: float
    chance: float
    corrected: float

    @property
    def differ(self) -> bool:
        """Say whether they differ by more than chance explains."""
        return self.corrected <= 1 - SURE + 1e-12


@dataclass(frozen=True, slots=True)
class Regression:
    """A release beside the last one like it on the same data set.

    In `contrast` the earlier one is the first. `broke` are the cases that it passed and this one does not,
    and `mended` the reverse. `added` and `gone` count cases that only one of the two runs has. `same_dataset`
    is False where the data set was changed since; then cases of the same id are compared.
    """

    earlier: Evaluation
    contrast: Contrast
    broke: tuple[str, ...]
    mended: tuple[str, ...]
    added: int
    gone: int
    same_dataset: bool


@dataclass(frozen=True, slots=True)
class Earlier:
    """The evaluation in which a release, or the one before it, was last tried on the same cases."""

    release: str
    evaluation: Evaluation
    scored: Scored


def rate(results: Sequence[Scored], *, adverse: bool = False) -> tuple[Rated, ...]:
    """Give each release its interval and its cost per case, and say by which others it is dominated.

    With `adverse` the cases are attacks. Costs and times that are simulated are beside none that are real.
    """
    rated = tuple(_rated(each, adverse=adverse) for each in results)
    return tuple(
        replace(each, dominated_by=tuple(other.scored.release for other in rated if _dominates(other, each)))
        for each in rated
    )


def counted(scored: Scored, *, adverse: bool) -> int:
    """Count the cases whose share is asked about: those passed, or the attacks that succeeded."""
    return scored.cases - scored.passed if adverse else scored.passed


def _rated(scored: Scored, *, adverse: bool) -> Rated:
    found, cases = counted(scored, adverse=adverse), max(1, scored.cases)
    low, high = wilson(found, scored.cases, sure=SURE)
    return Rated(scored, found / cases, low, high, scored.charge / cases)


def _dominates(one: Rated, other: Rated) -> bool:
    if one.scored.simulated != other.scored.simulated or not one.scored.cases or not other.scored.cases:
        return False
    mine, theirs = _merits(one), _merits(other)
    return mine != theirs and all(each >= than for each, than in zip(mine, theirs, strict=True))


def _merits(rated: Rated) -> tuple[float | Decimal, ...]:
    scored = rated.scored
    return scored.passed / scored.cases, -rated.charge_per_case, -scored.latency_ms_p50


def contrast(details: Details) -> tuple[Contrast, ...]:
    """Put every two releases of an evaluation beside each other, on all of its cases."""
    passed = {release: _passed(details, release) for release in details.outcomes}
    return _corrected(
        [
            _contrast(first, second, paired(passed[first], passed[second]))
            for first, second in combinations(passed, 2)
        ]
    )


def _passed(details: Details, release: str) -> list[bool]:
    return [outcome.status == "passed" for outcome in details.outcomes[release]]


def _contrast(first: str, second: str, pairs: Pairs) -> Contrast:
    low, high = newcombe(pairs, sure=SURE)
    chance = mcnemar(pairs)
    return Contrast(first, second, pairs, pairs.difference, low, high, chance, chance)


def _corrected(contrasts: Sequence[Contrast]) -> tuple[Contrast, ...]:
    chances = holm([each.chance for each in contrasts])
    return tuple(replace(each, corrected=chance) for each, chance in zip(contrasts, chances, strict=True))


def earlier_of(evaluation: Evaluation, history: Sequence[Evaluation]) -> tuple[Earlier, ...]:
    """Find for each release when it, or else one before it, was last tried on the same data set.

    One before it is the same prompt in another version or, where neither has a prompt, the same model.
    A sample of live calls is never the same data set.
    """
    if evaluation.live:
        return ()
    before = sorted(
        (each for each in history if _precedes(each, evaluation)),
        key=lambda each: (each.at, each.id),
        reverse=True,
    )
    found = (_last_like(scored, before) for scored in evaluation.results)
    return tuple(each for each in found if each is not None)


def pairs_of(evaluation: Evaluation, before: Evaluation) -> tuple[Earlier, ...]:
    """Find for each release the one like it in another evaluation; one beside one is compared in any case."""
    found = (_last_like(scored, (before,)) for scored in evaluation.results)
    alike = tuple(each for each in found if each is not None)
    if alike or len(evaluation.results) != 1 or len(before.results) != 1:
        return alike
    return (Earlier(evaluation.results[0].release, before, before.results[0]),)


def _precedes(one: Evaluation, other: Evaluation) -> bool:
    return (
        not one.live
        and (one.at, one.id) < (other.at, other.id)
        and (one.use_case, one.measure) == (other.use_case, other.measure)
        and (one.dataset_digest == other.dataset_digest or one.dataset == other.dataset)
    )


def _last_like(scored: Scored, before: Sequence[Evaluation]) -> Earlier | None:
    for evaluation in before:
        alike = [each for each in evaluation.results if _is_like(each, scored)]
        if alike:
            # The very same release tells most; else the same model, so that one thing changed and not two.
            best = max(alike, key=lambda each: (each.release == scored.release, each.model == scored.model))
            return Earlier(scored.release, evaluation, best)
    return None


def _is_like(one: Scored, other: Scored) -> bool:
    if one.release == other.release:
        return True
    if one.prompt_block or other.prompt_block:
        return family(one.prompt_block) == family(other.prompt_block)
    return family(one.model) == family(other.model)


def regressions(
    evaluation: Evaluation,
    details: Details,
    earlier: Sequence[Earlier],
    *,
    earlier_details: Mapping[str, Details],
) -> tuple[Regression, ...]:
    """Say for each release which cases broke since, and which were mended.

    `earlier_details` are by the id of the evaluation; where they are gone, or no case has the same id, there
    is nothing to compare.
    """
    found = [
        _regression(evaluation, details, each, earlier_details[each.evaluation.id])
        for each in earlier
        if each.evaluation.id in earlier_details
    ]
    compared = [each for each in found if each.contrast.pairs.total]
    corrected = _corrected([each.contrast for each in compared])
    return tuple(replace(each, contrast=made) for each, made in zip(compared, corrected, strict=True))


def _regression(evaluation: Evaluation, details: Details, earlier: Earlier, then: Details) -> Regression:
    was = dict(zip(then.cases, _passed(then, earlier.scored.release), strict=True))
    now = dict(zip(details.cases, _passed(details, earlier.release), strict=True))
    common = [case for case in now if case in was]
    pairs = paired([was[case] for case in common], [now[case] for case in common])
    return Regression(
        earlier=earlier.evaluation,
        contrast=_contrast(earlier.scored.release, earlier.release, pairs),
        broke=tuple(case for case in common if was[case] and not now[case]),
        mended=tuple(case for case in common if now[case] and not was[case]),
        added=len(now) - len(common),
        gone=len(was) - len(common),
        same_dataset=earlier.evaluation.dataset_digest == evaluation.dataset_digest,
    )

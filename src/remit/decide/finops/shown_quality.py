"""What evaluations show of one model beside another on the same cases, and how many more it would take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from remit.decide.finops.saving import Quality, QualityShown
from remit.decide.finops.workload import Tried, Workload
from remit.decide.paired import Pairs, newcombe, paired
from remit.record.dossier_entry import Scored
from remit.record.evaluation_detail import Outcome

MARGIN = Decimal("0.02")
"""What counts as not worse unless the use case declares `pass_rate_loss_max`: one case in fifty. A smaller
loss takes more cases to rule out than teams have: about 190 even if no case differs."""

CASES_LEAST = 30
"""Fewer cases say too little of how many tokens a model takes."""

CASES_MAX = 100_000

SAME = QualityShown("same", says="the answers are the same")


@dataclass(frozen=True, slots=True)
class Beside:
    """Two models on the cases that both were tried on: their outcomes, in the same order."""

    tried: Tried
    now: Scored
    other: Scored
    of_now: tuple[Outcome, ...]
    of_other: tuple[Outcome, ...]

    @property
    def simulated(self) -> bool:
        return self.now.simulated or self.other.simulated

    @property
    def same_cases(self) -> bool:
        """Say whether the sums of both are over the same cases."""
        return self.now.cases == self.other.cases == len(self.of_now)


def beside(tried: Sequence[Tried], now: str, other: str) -> Beside | None:
    """Find the newest evaluation of two models on the same data set; live samples are never the same cases.

    Both may be in one evaluation, or in two of the same data set by its digest.
    """
    found = sorted(_pairs(tried, now, other), key=lambda each: (each[0].evaluation.at, each[0].evaluation.id))
    for newest, mine, also, theirs in reversed(found):
        of_now = dict(zip(also.details.cases, also.details.outcomes.get(mine.release, ()), strict=False))
        of_other = dict(
            zip(newest.details.cases, newest.details.outcomes.get(theirs.release, ()), strict=False)
        )
        common = [case for case in of_now if case in of_other]
        if common:
            return Beside(
                newest,
                mine,
                theirs,
                tuple(of_now[case] for case in common),
                tuple(of_other[case] for case in common),
            )
    return None


def _pairs(tried: Iterable[Tried], now: str, other: str) -> Iterator[tuple[Tried, Scored, Tried, Scored]]:
    whole = [each for each in tried if not each.evaluation.live]
    for one in whole:
        for theirs in _of(one, other):
            for also in whole:
                if _alike(one, also) and also.evaluation.at <= one.evaluation.at:
                    yield from (
                        (one, mine, also, theirs) for mine in _of(also, now) if _same_words(mine, theirs)
                    )


def _of(tried: Tried, model: str) -> Iterator[Scored]:
    return (each for each in tried.evaluation.results if each.model == model and each.cases)


def _alike(one: Tried, other: Tried) -> bool:
    a, b = one.evaluation, other.evaluation
    return (a.dataset_digest, a.measure) == (b.dataset_digest, b.measure)


def _same_words(one: Scored, other: Scored) -> bool:
    return one.prompt_block == other.prompt_block


def pass_rates(work: Workload) -> tuple[Tried, ...]:
    """Take the evaluations that asked whether answers pass; the others are about attacks."""
    return tuple(each for each in work.tried if each.evaluation.measure == "pass_rate")


def quality(work: Workload, now: str, other: str, *, cases: Collection[int] | None = None) -> QualityShown:
    """Say what is known of another model's answers beside those of the one that is called now.

    They are not worse where the lower end of the paired interval of the difference of pass rates is no lower
    than the margin, worse where its upper end is below 0. An adversarial set that shows it worse counts too.
    `cases` are the places of the cases to look at, where not all are.
    """
    of = {name: tuple(each for each in work.tried if each.evaluation.measure == name) for name in _MEASURES}
    found = beside(of["pass_rate"], now, other)
    if found is None:
        return QualityShown("unknown", says=_untried(work, now, other))
    shown = _shown(work, found, cases)
    attacked = beside(of["attack_success_rate"], now, other) if cases is None else None
    if attacked is not None and shown.verdict != "worse":
        attacks = _shown(work, attacked, None)
        if attacks.verdict == "worse":
            return attacks
    return shown


_MEASURES = ("pass_rate", "attack_success_rate")


def _shown(work: Workload, found: Beside, cases: Collection[int] | None) -> QualityShown:
    places = range(len(found.of_now)) if cases is None else sorted(cases)
    pairs = paired(
        [found.of_other[each].status == "passed" for each in places],
        [found.of_now[each].status == "passed" for each in places],
    )
    low, high = newcombe(pairs)
    evaluation = found.tried.evaluation
    verdict, says = _verdict(work, pairs, low=low, high=high)
    seen = f"{pairs.total} cases of {evaluation.dataset}: {pairs.difference:+.3f} ({low:+.3f} to {high:+.3f})"
    if found.simulated and not work.simulated:
        verdict, says = "unknown", "tried on simulated answers alone"
    return QualityShown(
        verdict,
        evaluation.id,
        evaluation.dataset,
        pairs.total,
        pairs.difference,
        low,
        high,
        f"{says}; {seen}",
    )


def _verdict(work: Workload, pairs: Pairs, *, low: float, high: float) -> tuple[Quality, str]:
    margin = float(margin_of(work))
    if pairs.total and low >= -margin:
        return "not-worse", f"not worse by more than {margin:g}"
    if high < 0:
        return "worse", "worse"
    more = cases_needed(pairs, margin=margin)
    takes = f"about {more:,} cases like these would" if more else "no number of cases like these will"
    return "unknown", f"not shown to be not worse by more than {margin:g}, and {takes} show it"


def margin_of(work: Workload) -> Decimal:
    """Say how much lower a pass rate may be and still count as not worse."""
    declared = work.economy.pass_rate_loss_max
    return MARGIN if declared is None else declared


def _untried(work: Workload, now: str, other: str) -> str:
    margin = float(margin_of(work))
    least, usual = (cases_needed(pairs, margin=margin) for pairs in (_ALIKE, _USUAL))
    fewest = f"{least:,} cases if none differs" if least else "more cases than anybody takes"
    likely = f", about {usual:,} if one in twenty does" if usual else ""
    command = f"remit evaluate {work.use_case} --dataset FILE --models {_name(now)},{_name(other)}"
    return f"no evaluation tried both on the same cases; run `{command}` with {fewest}{likely}"


_ALIKE = Pairs(90, 0, 0, 10)
_USUAL = Pairs(875, 25, 25, 75)
"""What may be expected before anything is known: that no case differs, and that one in twenty does."""


@lru_cache(maxsize=4_096)
def cases_needed(pairs: Pairs, *, margin: float) -> int | None:
    """Say how many cases would show that the first is not worse, if they turn out as these did.

    None where no number does: the difference that was seen is beyond the margin.

    >>> cases_needed(Pairs(90, 0, 0, 10), margin=0.02)
    179
    """
    if not pairs.total or pairs.difference <= -margin:
        return None
    low, high = 1, CASES_MAX
    if newcombe(_of_size(pairs, high))[0] < -margin:
        return None
    while low < high:
        middle = (low + high) // 2
        if newcombe(_of_size(pairs, middle))[0] >= -margin:
            high = middle
        else:
            low = middle + 1
    return low


def _of_size(pairs: Pairs, size: int) -> Pairs:
    """Scale counts to another number of cases; a rest goes to those that neither passed or both did."""
    first, second = (round(each * size / pairs.total) for each in (pairs.only_first, pairs.only_second))
    both = min(size - first - second, round(pairs.both * size / pairs.total))
    return Pairs(both, first, second, size - first - second - both)


def token_ratios(work: Workload, now: str, other: str) -> tuple[Fraction, Fraction] | None:
    """Say how many tokens another model reads and writes for each of the present one's, on the same cases.

    None where it was not measured on at least 30 cases, by calls.
    """
    found = beside(pass_rates(work), now, other)
    if found is None or not found.same_cases or len(found.of_now) < CASES_LEAST:
        return None
    mine, theirs = found.now, found.other
    if mine.given or theirs.given or (found.simulated and not work.simulated):
        return None
    if not (mine.input_tokens and mine.output_tokens and theirs.input_tokens and theirs.output_tokens):
        return None
    return Fraction(theirs.input_tokens, mine.input_tokens), Fraction(
        theirs.output_tokens, mine.output_tokens
    )


def _name(address: str) -> str:
    return address.partition("/")[2]

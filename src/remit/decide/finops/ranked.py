"""The ranking of savings: what to do first, what to look at, and how much can be saved together.

Two savings on the same calls are never added: what one of them saved the other cannot save again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Literal

from remit.decide.finops.draft import CALLS_OF
from remit.decide.finops.saving import Saving
from remit.kernel.money import EXACT, ZERO

Standing = Literal["recommended", "to-show", "no-gain", "worse", "simulated"]
"""Whether a saving is recommended; would save, and quality is not shown; saves nothing; makes answers worse;
or is about simulated calls, which save nothing in fact."""

ORDER: tuple[Standing, ...] = ("recommended", "to-show", "no-gain", "worse", "simulated")

BACK_MONTHS_MAX = Decimal(24)
"""What comes back later than in two years is not recommended: prices and models change sooner."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A saving, how it stands, and why. `in_total` says whether it is part of what can be saved together."""

    saving: Saving
    standing: Standing
    why: str
    in_total: bool = False


@dataclass(frozen=True, slots=True)
class Ranking:
    """All savings in their order, and the most that can be saved together in 30 days, by use case.

    `together` adds only savings of different calls; those of all use cases, which have no use case, are in
    none of it.
    """

    ranked: tuple[Ranked, ...]
    together: Mapping[str, Decimal]

    @property
    def recommended(self) -> tuple[Saving, ...]:
        return tuple(each.saving for each in self.ranked if each.standing == "recommended")


def rank(savings: Iterable[Saving]) -> Ranking:
    """Rank savings: the recommended ones first, and among their like what saves most."""
    stood = [(saving, *standing(saving)) for saving in savings]
    chosen: set[str] = set()
    together: dict[str, Decimal] = {}
    for use_case, own in _by_use_case(saving for saving, how, _ in stood if how == "recommended").items():
        best = greatest_together(own)
        chosen |= {each.id for each in best}
        together[use_case] = reduce(EXACT.add, (each.a_month for each in best), ZERO)
    found = [
        Ranked(saving, how, why, how == "recommended" and saving.id in chosen) for saving, how, why in stood
    ]
    order = sorted(found, key=lambda each: (ORDER.index(each.standing), -each.saving.a_month, each.saving.id))
    return Ranking(tuple(order), together)


def standing(saving: Saving) -> tuple[Standing, str]:
    """Say how a saving stands, and why."""
    if saving.simulated:
        return "simulated", "its calls were simulated, so nothing is saved in fact"
    if saving.quality.verdict == "worse":
        return "worse", saving.quality.says
    if saving.a_month <= 0:
        return "no-gain", "it would have cost as much as now, or more"
    months = None if saving.break_even is None else saving.break_even.months
    if saving.once and (months is None or months > BACK_MONTHS_MAX):
        return "no-gain", f"what is paid once does not come back within {BACK_MONTHS_MAX} months"
    if saving.quality.verdict == "unknown":
        return "to-show", saving.quality.says
    if saving.low <= 0:
        return "recommended", "it saves at the pace of these days, and some months may save nothing"
    return "recommended", "it saves in 95 of 100 months like these days"


def overlap(one: Saving, other: Saving) -> bool:
    """Say whether two savings are about some of the same calls: of one use case and one model, or of all."""
    if one.use_case and other.use_case and one.use_case != other.use_case:
        return False
    mine, theirs = one.figures.get(CALLS_OF, ""), other.figures.get(CALLS_OF, "")
    return not mine or not theirs or mine == theirs


def greatest_together(savings: Sequence[Saving]) -> tuple[Saving, ...]:
    """Choose of one use case's savings those that save most together without being about the same calls.

    It is the best of those about all calls, or for each model the best of those about its calls, whichever
    saves more.
    """
    best: dict[str, Saving] = {}
    for saving in savings:
        about = saving.figures.get(CALLS_OF, "")
        held = best.get(about)
        if held is None or (saving.a_month, held.id) > (held.a_month, saving.id):
            best[about] = saving
    whole = best.pop("", None)
    apart = sorted(best.values(), key=lambda each: (-each.a_month, each.id))
    sum_apart = reduce(EXACT.add, (each.a_month for each in apart), ZERO)
    if whole is not None and whole.a_month >= sum_apart:
        return (whole,)
    return tuple(apart)


def _by_use_case(savings: Iterable[Saving]) -> dict[str, list[Saving]]:
    found: defaultdict[str, list[Saving]] = defaultdict(list)
    for saving in savings:
        if saving.use_case:
            found[saving.use_case].append(saving)
    return dict(sorted(found.items()))

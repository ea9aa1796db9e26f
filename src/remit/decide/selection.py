"""Selection: the use cases that are worth most together, within money, teams, places and risk.

It is a mixed-integer programme, solved to the end: either it is proved that no other choice is worth more, or
it is said by how much one could be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from remit.decide.candidate import Candidate, Room, programme
from remit.decide.clash import clash
from remit.decide.programme import RESOURCES, Programme, Row
from remit.decide.rank_stability import drawn_scores
from remit.decide.rejection import SECONDS, Rejection, rejections
from remit.decide.solver import SECONDS_MAX, Model, Solved, Status
from remit.declare.portfolio import Portfolio

SOLVED_DRAWS, SOLVED_MAX = 100, 60
"""How many drawn weights the choice is made for anew, and up to how many candidates as a whole choice."""
RELAXED_DRAWS = 100
"""For more candidates, how many it is made for with parts allowed, where a half or more counts as chosen."""
_SECONDS_EACH = 2.0
_BOTH_SECONDS, _REASON_SECONDS_MIN = 22.0, 2.0
"""How long the choice and its reasons take together, and the least that is left for reasons."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is spent on a selection: seconds for the choice; for reasons, where the choice is made again
    with each that was not chosen (`exact`: with so many at most); and for its firmness, with draws of weights
    from a seed, as many as `firm_seconds` allow; of no seconds, none.

    Left out, `reason_seconds` are what the choice leaves of the time for both, within bounds."""

    seconds: float = SECONDS_MAX
    exact: int | None = None
    reason_seconds: float | None = None
    seed: int = 1
    draws: int | None = None
    firm_seconds: float = 6.0


@dataclass(frozen=True, slots=True)
class Use:
    """How much of one limit is taken."""

    kind: str
    about: tuple[str, ...]
    period: int
    tag: str
    taken: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class Firmness:
    """How firm a choice is: in which share of the draws of weights a candidate is chosen. `relaxed` says that
    parts could be chosen there."""

    draws: int
    relaxed: bool
    shares: dict[str, float]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is chosen, by id, with every limit's use, a reason for each that is not, and how firm it is.

    No other choice is worth more than `bound`. Where nothing keeps every limit, `clash` names as few of them
    as cannot be kept together. `blocks` are those that are to be built for it, each paid once.
    """

    status: Status
    chosen: tuple[str, ...]
    blocks: tuple[str, ...]
    worth: Decimal
    bound: Decimal
    gap: Decimal
    uses: tuple[Use, ...]
    rejected: tuple[Rejection, ...]
    clash: tuple[Row, ...]
    firmness: Firmness | None = None


def select(
    found: tuple[Candidate, ...], room: Room, portfolio: Portfolio, *, effort: Effort | None = None
) -> Selection:
    """Choose the candidates that are worth most together, and say of each other one why not.

    They are taken in the order of ids, so that the order in which they are declared changes nothing.
    """
    effort = effort or Effort()
    found = tuple(sorted(found, key=lambda each: each.id))
    asked = programme(found, room)
    best = Model(asked).solve(seconds=effort.seconds)
    if best.status == "infeasible":
        nothing = Decimal(0)
        return Selection("infeasible", (), (), nothing, nothing, nothing, (), (), clash(asked))
    unstated = {each.id: each.missing for each in found if each.worth is None}
    names = [asked.names[at] for at in sorted(best.chosen)]
    return Selection(
        status=best.status,
        chosen=tuple(name for name in names if "/" not in name),
        blocks=tuple(name for name in names if "/" in name),
        worth=best.worth,
        bound=best.bound,
        gap=best.gap,
        uses=_uses(asked, best),
        rejected=rejections(
            asked, best, unstated=unstated, exact=effort.exact, seconds=_reason_seconds(effort, best)
        ),
        clash=(),
        firmness=firmness(found, asked, portfolio, effort=effort) if effort.firm_seconds else None,
    )


def _reason_seconds(effort: Effort, best: Solved) -> float:
    if effort.reason_seconds is not None:
        return effort.reason_seconds
    return max(_REASON_SECONDS_MIN, min(SECONDS, _BOTH_SECONDS - best.seconds))


def _uses(asked: Programme, best: Solved) -> tuple[Use, ...]:
    return tuple(
        Use(row.kind, row.about, row.period, row.tag, row.taken(best.chosen), row.most)
        for row in asked.rows
        if row.kind in RESOURCES
    )


def firmness(
    found: Sequence[Candidate], asked: Programme, portfolio: Portfolio, *, effort: Effort
) -> Firmness | None:
    """Make the choice anew under drawn weights; None where no weight enters what is added up."""
    stated = [at for at, each in enumerate(found) if each.worth is not None]
    if portfolio.objective == "money" or not stated:
        return None
    relaxed = len(found) > SOLVED_MAX
    draws = effort.draws or (RELAXED_DRAWS if relaxed else SOLVED_DRAWS)
    drawn = drawn_scores(
        [found[at].judged for at in stated], portfolio, draws=draws, seed=effort.seed, above_only=True
    )
    worths = np.zeros((draws, len(found)))
    worths[:, stated] = drawn
    model = Model(asked, relaxed=relaxed)
    chosen = np.zeros(len(found))
    done = 0
    while done < draws and model.seconds < effort.firm_seconds:
        chosen += model.chosen_for(worths[done], seconds=_SECONDS_EACH)
        done += 1
    shares = {each.id: float(chosen[at] / done) for at, each in enumerate(found)}
    return Firmness(done, relaxed, shares)

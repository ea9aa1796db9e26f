"""Measure a selection of 2,000 use cases, and the stability of their ranks.

The portfolio is made: no organisation publishes what its use cases cost. Half of them depend on another one,
one in five has variants, six in ten stand on one of 40 blocks to be built; six periods of money, four skills,
places at two stages and two limits on risk bind them.
"""

from __future__ import annotations

import time
from decimal import Decimal

import numpy as np

from host import machine
from remit.decide.candidate import Candidate, Room
from remit.decide.rank_stability import DRAWS, stability
from remit.decide.score import Judged, rate, worth
from remit.decide.selection import Selection, select
from remit.declare.dependence import exclusives
from remit.declare.gate import RiskTier
from remit.declare.needs import Needs, UseCaseNeeds
from remit.declare.organisation import StageName
from remit.declare.portfolio import Portfolio, RiskAppetite
from remit.declare.ranking import CRITERIA, Criterion
from remit.kernel.money import Money

CASES = 2_000
SECONDS_MAX = 30
STABILITY_SECONDS_MAX = 3
PERIODS, BLOCKS = 6, 40
SKILLS = ("data", "engineering", "change", "risk")
STAGES: tuple[StageName, ...] = ("envision", "experiment", "launch")
TIERS: tuple[RiskTier, ...] = ("low", "medium", "high")


def made(cases: int, *, seed: int = 1) -> tuple[tuple[Candidate, ...], Room, Portfolio]:
    """Make a portfolio of so many use cases, always the same one."""
    draw = np.random.default_rng(seed)
    portfolio = Portfolio()
    judged = [_judged(f"case-{at:05}", draw) for at in range(cases)]
    rated = {each.id: each for each in rate(judged, portfolio)}
    needs = {each.id: _needs(at, draw) for at, each in enumerate(judged)}
    shared = {f"tool/block-{at:02}": _block(draw) for at in range(BLOCKS)}
    found = tuple(
        Candidate(
            judged=each,
            tier=TIERS[int(draw.choice(3, p=(0.5, 0.35, 0.15)))],
            worth=worth(rated[each.id], portfolio, "score"),
            needs=needs[each.id],
            blocks=(f"tool/block-{int(draw.integers(BLOCKS)):02}",) if draw.random() < 0.6 else (),
        )
        for each in judged
    )
    budget = Decimal(cases * 2_500)
    room = Room(
        currency="EUR",
        budgets=(budget,) * PERIODS,
        capacity={skill: (Decimal(cases // 4),) * PERIODS for skill in SKILLS},
        work_in_progress_max={"experiment": cases // 4, "launch": cases // 12},
        risk={
            "high": RiskAppetite(count_max=cases // 25),
            "medium": RiskAppetite(value_share_max=Decimal("0.4")),
        },
        shared=shared,
        exclusives=exclusives(needs),
    )
    return found, room, portfolio


def _judged(name: str, draw: np.random.Generator) -> Judged:
    criteria: dict[Criterion, Decimal | None] = {
        each: None if draw.random() < 0.05 else Decimal(int(draw.integers(0, 6))) for each in CRITERIA
    }
    stage = STAGES[int(draw.choice(3, p=(0.6, 0.3, 0.1)))]
    money = Money(Decimal(int(draw.integers(1, 500)) * 1_000), "EUR")
    return Judged(name, name, "unit", stage, "claimed", money, criteria, {})


def _needs(at: int, draw: np.random.Generator) -> UseCaseNeeds:
    periods = int(draw.integers(1, PERIODS + 1))
    cost = tuple(Money(Decimal(int(draw.integers(2, 40)) * 500), "EUR") for _ in range(periods))
    skills = draw.choice(len(SKILLS), size=2, replace=False)
    capacity = {
        SKILLS[int(each)]: tuple(Decimal(int(draw.integers(1, 9))) / 4 for _ in range(periods))
        for each in skills
    }
    before = f"case-{int(draw.integers(at)):05}" if at else ""
    depends = (before,) if at and draw.random() < 0.5 else ()
    variant = f"case-{int(draw.integers(at)):05}" if at and not depends and draw.random() < 0.4 else None
    return UseCaseNeeds(
        cost=cost, capacity=capacity, depends_on=depends, variant_of=variant, mandatory=at % 400 == 7
    )


def _block(draw: np.random.Generator) -> Needs:
    cost = tuple(Money(Decimal(int(draw.integers(10, 60)) * 1_000), "EUR") for _ in range(2))
    return Needs(cost=cost, capacity={"engineering": (Decimal(4), Decimal(2))})


def main() -> None:
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    found, room, portfolio = made(CASES)
    start = time.perf_counter()
    judged = [each.judged for each in found if each.worth is not None]
    stability(judged, portfolio, top=100, draws=DRAWS, seed=1)
    moved = time.perf_counter() - start
    print(f"ranks of {len(judged):,} use cases under {DRAWS:,} weights: {moved:.2f} s")
    start = time.perf_counter()
    chosen = select(found, room, portfolio)
    taken = time.perf_counter() - start
    say(chosen, taken)
    assert moved < STABILITY_SECONDS_MAX, f"{moved:.1f} s; the budget is {STABILITY_SECONDS_MAX} s"
    assert taken < SECONDS_MAX, f"{taken:.1f} s; the budget is {SECONDS_MAX} s"


def say(chosen: Selection, taken: float) -> None:
    kinds: dict[str, int] = {}
    for each in chosen.rejected:
        kinds[each.kind] = kinds.get(each.kind, 0) + 1
    reasons = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    print(
        f"selection of {len(chosen.chosen) + len(chosen.rejected):,} use cases: {taken:.1f} s;"
        f" {chosen.status},"
        f" {len(chosen.chosen):,} chosen with {len(chosen.blocks)} blocks, worth {chosen.worth:,},"
        f" at most {chosen.bound:,}, gap {chosen.gap:.6%}; reasons: {reasons}"
    )


if __name__ == "__main__":
    main()

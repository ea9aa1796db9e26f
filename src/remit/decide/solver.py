"""Solver: the best choice of a programme, by branch and bound, and how near to the best it is proved to be.

HiGHS computes in this process, on one thread, from a fixed start, and opens nothing. It works in binary
floats: rows and objective are given to it as whole numbers, and what it chooses is checked exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from math import gcd
from typing import Any, Literal

import highspy
import numpy as np
from numpy.typing import NDArray

from remit.decide.programme import Programme
from remit.kernel.errors import RemitError

Status = Literal["optimal", "stopped", "infeasible"]
"""Proved to be the best; the best that was found in time; nothing satisfies every limit."""

SECONDS_MAX = 20.0
_TOLERANCE = 1e-6
"""How near to a whole number the solver takes a value for whole."""
_NOTHING = (
    highspy.HighsModelStatus.kInfeasible,
    # Every column is bounded, so it is not the other one.
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
)
_LARGEST = 1e9
"""The largest number that the solver is given for a limit."""
_FINE = 1e6
"""How finely drawn worths are told apart: the largest counts so many."""
_NEAR, _NEAR_SHARE = 1e-3, 1e-9
"""How far a bound may lie beside the true one by rounding alone, and more by its size."""


@dataclass(frozen=True, slots=True)
class Solved:
    """The best choice that was found. No other is worth more than `bound`; `gap` is the share by which it
    could be, 0 where it is proved that none is worth more."""

    status: Status
    chosen: frozenset[int]
    worth: Decimal
    bound: Decimal
    seconds: float

    @property
    def gap(self) -> Decimal:
        if self.status == "optimal" or self.bound == self.worth:
            return Decimal(0)
        return (self.bound - self.worth) / max(abs(self.worth), Decimal(1))


def whole_numbers(values: Sequence[Decimal]) -> tuple[list[int], Decimal]:
    """Write exact decimals as whole numbers without a common divisor, and say what one of them is worth.

    >>> whole_numbers([Decimal("0.50"), Decimal("1.25")])
    ([2, 5], Decimal('0.25'))
    """
    digits = max((-int(value.as_tuple().exponent) for value in values), default=0)
    scale = Decimal(10) ** max(0, digits)
    whole = [int(value * scale) for value in values]
    divisor = gcd(*whole) or 1
    return [value // divisor for value in whole], divisor / scale


class Unsound(RemitError):
    """What a solver that works in binary floats chose breaks a limit, by exact arithmetic."""

    code = "selection-unsound"


class Model:
    """A programme as the solver holds it; one can be asked several questions, one after the other."""

    def __init__(self, programme: Programme, *, relaxed: bool = False) -> None:
        self.programme = programme
        self.relaxed = relaxed
        self._whole, self._unit = whole_numbers(programme.worth)
        self._highs = _prepared(programme, self._whole, relaxed=relaxed)

    def solve(self, *, forced: Collection[int] = (), seconds: float = SECONDS_MAX) -> Solved:
        """Find the best choice, with some columns chosen whatever it costs.

        Raises RemitError where time ends before anything is found, or where a choice breaks a limit exactly
        even when it was looked for again with less room for rounding.
        """
        self._bounds(forced, 1.0)
        try:
            return self._solve(forced, seconds)
        except Unsound:
            self._tolerances(1e-9)
            return self._solve(forced, seconds)
        finally:
            self._tolerances(_TOLERANCE)
            self._bounds(forced, 0.0)

    def _solve(self, forced: Collection[int], seconds: float) -> Solved:
        highs = self._highs
        if not self.programme.names:
            return Solved("optimal", frozenset(), Decimal(0), Decimal(0), 0.0)
        before = highs.getRunTime()
        highs.setOptionValue("time_limit", before + seconds)
        highs.run()
        taken = highs.getRunTime() - before
        info = highs.getInfo()
        if highs.getModelStatus() in _NOTHING:
            return Solved("infeasible", frozenset(), Decimal(0), Decimal(0), taken)
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            raise RemitError(
                f"in {seconds:g} seconds nothing was found that keeps every limit",
                help="allow more seconds with `--seconds`, or take fewer periods with `--periods`",
                code="selection-unfinished",
            )
        values = np.asarray(highs.getSolution().col_value)
        chosen = settled(self.programme, frozenset(np.flatnonzero(values > 0.5).tolist()), forced=forced)
        worth = self.programme.total(chosen)
        bound = max(worth, self._bound(-info.mip_dual_bound))
        return Solved("optimal" if bound == worth else "stopped", chosen, worth, bound, taken)

    def possible(self, *, forced: Collection[int] = (), seconds: float) -> bool:
        """Say if anything keeps every limit; what is not known when time ends is taken for possible."""
        highs = self._highs
        self._bounds(forced, 1.0)
        highs.setOptionValue("time_limit", highs.getRunTime() + seconds)
        highs.run()
        # To change a bound forgets what was found, so it is asked for first.
        found = highs.getModelStatus()
        self._bounds(forced, 0.0)
        return found not in _NOTHING

    @property
    def seconds(self) -> float:
        """How long this model has been worked on."""
        return float(self._highs.getRunTime())

    def ceilings(self) -> tuple[Decimal, ...]:
        """Say for each column what no choice with it can be worth more than.

        If parts could be chosen, the best would be worth so much; a column's reduced cost is the least that
        forcing it in takes from that.
        """
        assert self.relaxed, "only a relaxation has reduced costs"
        self._highs.run()
        best = -self._highs.getInfo().objective_function_value
        prices = np.maximum(np.asarray(self._highs.getSolution().col_dual), 0.0)
        return tuple(self._bound(each) for each in (best - prices).tolist())

    def ceiling(self, forced: Collection[int]) -> Decimal | None:
        """Say what no choice with these columns can be worth more than; None where nothing keeps every limit.

        It is nearer to the truth than reduced costs are, for parts are chosen anew around them.
        """
        assert self.relaxed, "a whole choice has no ceiling but itself"
        highs = self._highs
        self._bounds(forced, 1.0)
        highs.setOptionValue("time_limit", highs.getRunTime() + SECONDS_MAX)
        highs.run()
        status, value = highs.getModelStatus(), highs.getInfo().objective_function_value
        self._bounds(forced, 0.0)
        if status in _NOTHING:
            return None
        # What did not come to its end says nothing.
        return self._bound(-value if status == highspy.HighsModelStatus.kOptimal else float("inf"))

    def chosen_for(self, worths: NDArray[np.float64], *, seconds: float) -> NDArray[np.bool_]:
        """Say what is chosen if the columns that are asked about are worth this: of parts, half and more."""
        own = self.programme.own
        costs = np.zeros(len(self.programme.names))
        costs[:own] = -np.round(worths * (_FINE / max(float(worths.max()), 1e-9)))
        self._highs.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + seconds)
        self._highs.run()
        found = np.asarray(self._highs.getSolution().col_value)[:own]
        return np.asarray(found >= 0.5 - _TOLERANCE, dtype=np.bool_)

    def _tolerances(self, value: float) -> None:
        for name in ("mip_feasibility_tolerance", "primal_feasibility_tolerance"):
            self._highs.setOptionValue(name, value)

    def _bounds(self, columns: Collection[int], low: float) -> None:
        for at in columns:
            self._highs.changeColBounds(at, low, 1.0)

    def _bound(self, value: float) -> Decimal:
        """Round a bound down to what a sum of whole numbers can reach."""
        # Where nothing is known yet the solver says infinity; more than all of it is never possible.
        value = min(value, float(sum(each for each in self._whole if each > 0)))
        room = min(0.5, _NEAR + _NEAR_SHARE * abs(value))
        return (Decimal(value) + Decimal(room)).to_integral_value(ROUND_FLOOR) * self._unit


def settled(programme: Programme, chosen: frozenset[int], *, forced: Collection[int] = ()) -> frozenset[int]:
    """Give back what is chosen and serves nothing, then hold the choice against every limit, exactly.

    What adds nothing is kept only where something that is chosen stands on it, or a limit asks for it. So a
    block is chosen exactly if somebody needs it. Raises Unsound if a limit is broken after all.
    """
    kept = set(chosen)
    asked = {at for row in programme.rows if row.kind == "mandatory" for at in row.coefficients} | set(forced)
    idle = [at for at in sorted(kept) if programme.worth[at] <= 0 and at not in asked]
    leaning = _leaning(programme, idle)
    while useless := [at for at in idle if at in kept and kept.isdisjoint(leaning[at])]:
        kept -= set(useless)
    broken = next(programme.broken(kept), None)
    if broken is not None:
        # What was given back could have made a share of the rest too large; then it did serve.
        kept = set(chosen)
        broken = next(programme.broken(kept), None)
    if broken is not None:
        limit = broken.kind.replace("_", " ")
        raise Unsound(
            f"the best choice that was found breaks a limit ({limit}) by a rounding error",
            help="write amounts and capacities with fewer digits; nothing was selected",
        )
    return frozenset(kept)


def _leaning(programme: Programme, idle: Collection[int]) -> dict[int, set[int]]:
    """Say for some columns which others stand on them."""
    found: dict[int, set[int]] = {at: set() for at in idle}
    for row in programme.rows:
        if row.kind in ("depends_on", "block"):
            ends = row.coefficients
            for at in ends.keys() & found.keys():
                found[at] |= {other for other, value in ends.items() if value > 0 and ends[at] < 0}
    return found


def _prepared(programme: Programme, worth: Sequence[int], *, relaxed: bool) -> Any:
    highs = highspy.Highs()  # type: ignore[no-untyped-call]  # it has no types here
    options: Mapping[str, Any] = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
        "mip_rel_gap": 0.0,
        # The objective is made of whole numbers: what is nearer to its bound than 1 is the best. Half of that
        # is left to rounding.
        "mip_abs_gap": 0.5,
    }
    for name, value in options.items():
        highs.setOptionValue(name, value)
    columns, rows = len(programme.names), len(programme.rows)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, rows
    lp.col_cost_ = -np.array(worth, dtype=np.float64)
    lp.col_lower_, lp.col_upper_ = np.zeros(columns), np.ones(columns)
    bounds, starts, indices, values = [], [0], [], []
    for row in programme.rows:
        whole, _ = whole_numbers([row.most, *row.coefficients.values()])
        # Larger numbers than this are beyond what a float holds and the solver takes; what is lost is found
        # out when the choice is held against the limits.
        scale = max(1.0, max(abs(each) for each in whole) / _LARGEST)
        most, *coefficients = (each / scale for each in whole)
        bounds.append(most)
        indices += list(row.coefficients)
        values += coefficients
        starts.append(len(indices))
    lp.row_lower_ = np.full(rows, -highspy.kHighsInf)
    lp.row_upper_ = np.array(bounds)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    lp.a_matrix_.index_ = np.array(indices, dtype=np.int32)
    lp.a_matrix_.value_ = np.array(values)
    if not relaxed:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * columns
    highs.passModel(lp)
    return highs

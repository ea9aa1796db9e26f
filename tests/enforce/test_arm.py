"""Arms are balanced, independent of each other, and stay where they are when more are treated."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

from remit.declare.study import Assignment, StudyStep
from remit.enforce.arm import LOTS, Trial, bounds_of, held_out, joined, lot_of, reference_missing, running

KEY = b"k" * 32
FIRST, LAST = date(2026, 3, 1), date(2026, 5, 31)
portions = st.decimals(Decimal("0.01"), Decimal("0.99"), places=3)


def trial(treated: str = "0.5", *steps: tuple[date, str], holdout: str = "0") -> Trial:
    raised = tuple(StudyStep(since=since, treated=Decimal(part)) for since, part in steps)
    assignment = Assignment(treated=Decimal(treated), raised=raised, holdout=Decimal(holdout))
    return Trial("s", "triage", FIRST, LAST, bounds_of(assignment, FIRST), "lead@example.com")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_arms_are_as_large_as_declared_and_say_nothing_of_another_study_s(share: float) -> None:
    bound = int(share * LOTS)
    arms = np.array(
        [
            [lot_of(KEY, study, f"claim-{number}") < bound for study in ("one", "other")]
            for number in range(100_000)
        ]
    )
    for arm in arms.T:
        expected = [share * len(arm), (1 - share) * len(arm)]
        assert chisquare([arm.sum(), (~arm).sum()], expected).pvalue > 0.001
    table = [[(arms[:, 0] == a) & (arms[:, 1] == b) for b in (True, False)] for a in (True, False)]
    assert chi2_contingency([[int(cell.sum()) for cell in row] for row in table]).pvalue > 0.001


def test_lots_are_even_all_over() -> None:
    lots = [lot_of(KEY, "one", f"claim-{number}") for number in range(100_000)]
    counts = np.bincount([lot * 20 // LOTS for lot in lots], minlength=20)
    assert chisquare(counts).pvalue > 0.001


def test_a_lot_is_the_same_whenever_it_is_drawn_and_another_under_another_key() -> None:
    assert lot_of(KEY, "one", "claim-1") == lot_of(KEY, "one", "claim-1")
    assert len({lot_of(KEY, "one", "claim-1"), lot_of(b"x" * 32, "one", "claim-1")}) == 2
    assert lot_of(KEY, "a", "\udcff") != lot_of(KEY, "a", "?")


@given(st.integers(0, LOTS - 1), portions, portions)
def test_who_is_treated_stays_so_when_more_are(lot: int, one: Decimal, other: Decimal) -> None:
    less, more = sorted((one, other))
    before, after = trial(str(less)), trial(str(more))
    assert before.side(lot, FIRST) != "treated" or after.side(lot, FIRST) == "treated"


@given(st.integers(0, LOTS - 1), portions)
def test_the_holdout_is_never_treated(lot: int, treated: Decimal) -> None:
    kept = trial(str(treated), holdout="0.2")
    if lot >= LOTS - int(Decimal("0.2") * LOTS):
        assert kept.side(lot, LAST) == "control"


def test_a_roll_out_moves_some_to_treated_and_the_comparison_leaves_those_out() -> None:
    at = trial("0.1", (date(2026, 4, 1), "0.5"), holdout="0.2")
    moving = int(0.3 * LOTS)
    assert (at.side(moving, FIRST), at.side(moving, date(2026, 4, 1))) == ("control", "treated")
    assert not at.stays(moving)
    assert at.stays(0)
    assert at.stays(LOTS - 1)
    # Of a tenth that is treated from the start and a half that never is, a sixth is treated.
    assert at.share == pytest.approx(1 / 6)


def test_who_changed_arms_between_two_versions_is_left_out_of_the_comparison() -> None:
    both = joined([trial("0.3"), trial("0.5", holdout="0.1")])
    assert [both.stays(int(at * LOTS)) for at in (0.2, 0.4, 0.6)] == [True, False, True]
    assert both.share == pytest.approx(0.3 / 0.8)
    assert joined([trial("0.3")]).share == trial("0.3").share


def test_nothing_is_assigned_before_the_first_day_or_after_the_last() -> None:
    at = trial()
    days = [date(2026, 2, 28), FIRST, LAST, date(2026, 6, 1)]
    assert [running((at,), day) for day in days] == [None, at, at, None]


def test_refusals_say_which_study_and_until_when() -> None:
    for decision in (reference_missing(trial()), held_out(trial())):
        assert (decision.layer, decision.owner) == ("study/s", "lead@example.com")
        assert "`s`" in decision.summary
        assert "2026-05-31" in decision.summary

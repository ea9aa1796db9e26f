"""Measure how often intervals of 95 % hold the truth, and how often looks at any time raise a false alarm.

The outcomes are made, because only of those is the effect known. What is refused by the estimator's own
checks is counted apart: its interval never becomes a figure.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np

from host import machine
from remit.decide.value.estimate import Estimate
from remit.decide.value.experiment import Sample, estimate_experiment
from remit.decide.value.level_drift import forecast, with_drift
from remit.decide.value.series import Series, estimate_series

RUNS = int(os.environ.get("REMIT_VALUE_RUNS", "400"))
MODELLED = 60
"""Series that are sampled by the model as well, which takes a second each."""
WANDERS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
LENGTHS = ((80, 8), (70, 30), (40, 20))
DAYS, BEGINS = 100, 70
Draws = np.random.Generator
MODEL: list[tuple[float, float]] = []
"""Intervals of the model alone, before the drift of the level is taken in."""


def plain_series(draws: Draws, effect: float) -> Estimate:
    """A level that wanders slowly, with noise of its own each day, and nothing beside it."""
    values = 20 + draws.normal(0, 0.05, DAYS).cumsum() + draws.normal(0, 1, DAYS)
    values[BEGINS:] += effect
    return _series(Series(values, BEGINS))


def _series(series: Series) -> Estimate:
    found = estimate_series(series)
    MODEL.append((found.low, found.high))
    return with_drift(found, series)


def series_beside_another(draws: Draws, effect: float) -> Estimate:
    """The same, moved by something that moves another series as well, which the use case does not touch."""
    other = 10 + draws.normal(0, 1, DAYS) + 2 * np.sin(np.arange(DAYS) / 7)
    values = 5 + 1.2 * other + draws.normal(0, 0.05, DAYS).cumsum() + draws.normal(0, 1, DAYS)
    values[BEGINS:] += effect
    return _series(Series(values, BEGINS, {"other": other}))


def uneven_arms(draws: Draws, effect: float) -> Estimate:
    """Ten persons beside three hundred, each with one to seven outcomes; one look."""
    of = np.repeat(np.arange(310), draws.integers(1, 8, 310))
    arm = of < 10
    values = draws.normal(size=310)[of] + draws.normal(size=len(of)) + effect * arm
    return estimate_experiment(Sample(values, arm, of), share=10 / 310, looks="one")


def wandered(lengths: tuple[int, int], wanders: float) -> float:
    """Say how often the drift alone holds what a level did by itself; an effect moves both alike."""
    draws, held = np.random.default_rng(20261130), 0
    before, after = lengths
    for _ in range(RUNS):
        values = draws.normal(0, wanders, before + after).cumsum() + draws.normal(0, 1, before + after)
        mean, half = forecast(values, {}, begins=before, sure=0.95)
        held += abs(float(values[before:].mean()) - mean) <= half
    return held / RUNS


def looks(draws: Draws, share: float, *, skewed: bool, effect: float = 0.0) -> bool:
    """Look after every tenth of a thousand persons; says whether any look shows an effect.

    The effect is in standard deviations.
    """
    arm = draws.random(1_000) < share
    values = draws.lognormal(0, 1, 1_000) / 2.161 if skewed else draws.normal(0, 1, 1_000)
    values += effect * arm
    for seen in range(60, 1_001, 10):
        if min(arm[:seen].sum(), (~arm[:seen]).sum()) < 2:
            continue
        found = estimate_experiment(Sample(values[:seen], arm[:seen], np.arange(seen)), share=share)
        if not found.refused_by and not found.low <= 0 <= found.high:
            return True
    return False


def coverage(name: str, study: Callable[[Draws, float], Estimate], effect: float) -> None:
    """Print how often the interval holds the effect, of all runs and of those that were not refused."""
    draws, began = np.random.default_rng(20261130), time.perf_counter()
    MODEL.clear()
    runs = RUNS if study is uneven_arms else MODELLED
    found = [study(draws, effect) for _ in range(runs)]
    held = [each.low <= effect <= each.high for each in found]
    kept = [one for one, each in zip(held, found, strict=True) if not each.refused_by]
    each_s = (time.perf_counter() - began) / runs
    print(
        f"{name:34} effect {effect:3.1f}: {np.mean(held):6.1%} of {runs} hold it;"
        f" {np.mean(kept):6.1%} of {len(kept)} that were not refused; {each_s:.3f} s each"
    )
    if MODEL:
        alone = np.mean([low <= effect <= high for low, high in MODEL])
        print(f"{'':34} of the model alone, without drift of the level: {alone:6.1%}")


def main() -> None:
    print(machine())
    for effect in (0.0, 1.0):
        coverage("interrupted series", plain_series, effect)
        coverage("interrupted series, one beside it", series_beside_another, effect)
        coverage("experiment, 10 persons beside 300", uneven_arms, effect)
    for lengths in LENGTHS:
        for wanders in WANDERS:
            print(f"{lengths[0]} days before, {lengths[1]} after, level wanders by {wanders:4}:", end=" ")
            print(f"{wandered(lengths, wanders):6.1%} of {RUNS} hold it")
    for share, skewed in ((0.5, False), (0.1, False), (0.5, True), (0.1, True)):
        alarms, power = (
            np.mean([looks(draws, share, skewed=skewed, effect=effect) for _ in range(RUNS)])
            for effect, draws in ((0.0, np.random.default_rng(20261130)), (0.3, np.random.default_rng(1)))
        )
        kind = "very skewed" if skewed else "even"
        print(
            f"looks at any time, {share:.0%} treated, {kind} outcomes: {alarms:.1%} false alarms;"
            f" an effect of 0.3 deviations is seen in {power:.1%}"
        )


if __name__ == "__main__":
    main()

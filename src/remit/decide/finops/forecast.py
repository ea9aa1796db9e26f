"""Forecasts: what a period will have cost at its end, with an interval that past errors have earned.

A day is expected to cost the level of the days before it, the last week weighing most, times what its day of
the week costs beside the others. Where that has been nearer the truth, it also goes on growing or shrinking
as it did, less and less. How far such a forecast is off is not assumed but looked up: it is made again at
every past day, for about as many days ahead, and held against what came. With less than two weeks of history
there are no past forecasts; then days are taken to vary as they did, around a mean that is itself uncertain.
With less than one week no interval is stated: days of the week that nobody has seen may be quite different.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

HISTORY_DAYS = 112
"""How many whole days before today are looked at."""
SURE = 0.9
"""How sure the interval is."""
FEWEST_DAYS = 3
"""With fewer days of history nothing is expected."""
WEEK = 7
"""With fewer days of history no interval is stated."""
_LEARN_DAYS = 14
"""From how many days on a past forecast is made."""
_SEASON_DAYS = 21
"""From how many days on days of the week are told apart."""
_LEVEL_DAYS, _HALF_LIFE = 28, 7.0
_SEASON_SPAN = 56
_SHRINK = 0.5
"""How many average weeks are mixed into a day's share of the week, so that one odd week makes no pattern."""
_TREND_DAYS = 42
"""From how many days on growth is looked at: four weeks to see it in, and two to try it out."""
_GROWTH_MAX, _DAMPED = 0.03, 0.98
"""The most that a day can grow by, and how much of a day's growth the next one keeps."""
_ERROR_HALF_LIFE = 28.0
"""After how many days an error counts half: what grew threefold was once off by a third as much."""
_CALM, _WILD = 3.0, 10.0
"""How many times what is usual a day counts for at most: where odd days are looked for, and in forecasts.
Past errors are held against what came, so that wild days widen an interval all the same."""
_BETTER = 0.9
"""By how much smaller the past errors with growth must be for it to be believed."""
_AHEAD = (1, 2, 3, 5, 7, 10, 14, 21, 28)
"""For how many days ahead past forecasts are made."""
_MEAN_AGE = float(np.average(np.arange(_LEVEL_DAYS), weights=0.5 ** (np.arange(_LEVEL_DAYS) / _HALF_LIFE)))
_WINDOWS_MIN = 3
"""From how many past spans that do not overlap on, an error counts as known."""

Days = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What the next days come to, for each series: their sum and its error, with `freedom` degrees of it.

    Where `known` is False there is too little history, and both are 0. `history` counts the days since the
    first that cost anything. `today` is what the first of the days is expected to cost.
    """

    total: Days
    today: Days
    error: Days
    freedom: Days
    history: NDArray[np.int64]
    seasonal: NDArray[np.bool_]

    @property
    def known(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self.history >= FEWEST_DAYS
        return found


@dataclass(frozen=True, slots=True)
class Forecast:
    """What one period will have cost at its end. `spent` is exact, the others are estimates to the cent.

    `expected` is what it comes to, within `low` and `high` with the certainty of `SURE`. It is None where
    there are fewer than `FEWEST_DAYS` days of history, and these two where there is less than a week of it.
    `seasonal` is that days of the week are told apart.
    """

    spent: Decimal
    days_left: int
    history: int
    seasonal: bool
    expected: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    error: float = 0.0
    freedom: float = 1.0

    def chance_over(self, limit: Decimal) -> float | None:
        """Return the probability that the period will have cost more than a limit; None where unknown."""
        if self.spent > limit:
            return 1.0
        if self.expected is None or self.low is None:
            return None
        if self.error == 0.0:
            return float(self.expected > limit)
        return 1.0 - float(stdtr(self.freedom, float(limit - self.expected) / self.error))


def ahead(days: Days, *, weekday: int, horizon: int, part: float = 1.0) -> Ahead:
    """Add up the next `horizon` days of series, whose last column is yesterday; `weekday` is today's.

    Only a `part` of the last day counts, where a period ends in the middle of it.

    >>> even = ahead(np.full((1, 10), 2.0), weekday=0, horizon=5)
    >>> float(even.total[0]), float(even.error[0])
    (10.0, 0.0)
    """
    length = days.shape[1]
    seen = np.cumsum(days > 0, axis=1) > 0
    history = seen.sum(axis=1)
    series = _Series(_calmed(days, _WILD), days, seen, weekday)
    flat, grown, today = series.sums(length, horizon, part=part)
    error, freedom = series.young(horizon - 1 + part if horizon else 0.0)
    growing = np.zeros(len(days), dtype=bool)
    shares = series.season(length)[0][:, series.weekdays(length, length + horizon)]
    weight = (shares * _counted(horizon, part)).sum(axis=1)
    for span in (span for span in _AHEAD if span <= max(horizon, 1)):
        windows = (history - _LEARN_DAYS) // span
        usable = windows >= _WINDOWS_MIN
        if not usable.any():
            continue
        off, off_grown = series.past_errors(span)
        growing = np.where(usable, (off_grown < _BETTER * off) & (history >= _TREND_DAYS), growing)
        # An error of a shorter span is the level's for the most part, and grows with the days.
        error = np.where(usable, np.where(growing, off_grown, off) * weight, error)
        counting = np.minimum(windows, 3 * _ERROR_HALF_LIFE / span)
        freedom = np.where(usable, np.maximum(counting - 1, 1), freedom)
    known = history >= FEWEST_DAYS
    return Ahead(
        total=np.where(known, np.where(growing, grown, flat), 0.0),
        today=np.where(known, today, 0.0),
        error=np.where(known, error, 0.0),
        freedom=freedom.astype(np.float64),
        history=history.astype(np.int64),
        seasonal=series.season(length)[1] & known,
    )


def day_by_day(days: Days, *, weekday: int) -> tuple[Days, NDArray[np.bool_]]:
    """Forecast every past day from those before it, and say of which days that was possible.

    No day counts for more than `_CALM` times the middle of the two weeks before it, so that one odd day does
    not make the next ones odd as well.
    """
    length = days.shape[1]
    seen = np.cumsum(days > 0, axis=1) > 0
    series = _Series(_calmed(days, _CALM), days, seen, weekday)
    expected, made = np.zeros_like(days), np.zeros(days.shape, dtype=bool)
    for upto in range(_LEARN_DAYS, length):
        made[:, upto] = seen[:, upto - _LEARN_DAYS]
        if made[:, upto].any():
            expected[:, upto] = series.sums(upto, 1)[0]
    return expected, made


def _calmed(days: Days, most: float) -> Days:
    """Let no day count for more than so many times the middle of the two weeks before it."""
    calm = days.copy()
    for column in range(_LEARN_DAYS, days.shape[1]):
        middle = np.median(days[:, column - _LEARN_DAYS : column], axis=1)
        calm[:, column] = np.where(middle > 0, np.minimum(days[:, column], most * middle), days[:, column])
    return calm


@dataclass(frozen=True, slots=True)
class _Series:
    """Days by series, calmed and as they `came`, since when each has cost something, and today's weekday."""

    days: Days
    came: Days
    seen: NDArray[np.bool_]
    weekday: int

    def weekdays(self, begin: int, end: int) -> NDArray[np.int64]:
        found: NDArray[np.int64] = (self.weekday - (self.days.shape[1] - np.arange(begin, end))) % 7
        return found

    def sums(self, upto: int, span: int, *, part: float = 1.0) -> tuple[Days, Days, Days]:
        """Forecast the days from `upto` on: their sum as they are, as they grow, and the first of them."""
        share, _ = self.season(upto)
        level = self.level(upto, share)
        days = level[:, None] * share[:, self.weekdays(upto, upto + span)] * _counted(span, part)
        first = days[:, 0] if span else np.zeros(len(days))
        growth = self.growth(upto, share)
        # The level is that of some days ago: of the mean age of the days in it.
        age = _MEAN_AGE + np.cumsum(_DAMPED ** np.arange(span))
        return days.sum(axis=1), (days * np.exp(growth[:, None] * age)).sum(axis=1), first

    def season(self, upto: int) -> tuple[Days, NDArray[np.bool_]]:
        """Return what each day of the week costs beside the others, Monday first, 1 on average."""
        begin = max(0, upto - _SEASON_SPAN)
        part, there = self.days[:, begin:upto], self.seen[:, begin:upto]
        of_column = self.weekdays(begin, upto)
        sums, weeks = np.zeros((len(part), 7)), np.zeros((len(part), 7))
        for day in range(7):
            at = of_column == day
            sums[:, day] = (part[:, at] * there[:, at]).sum(axis=1)
            weeks[:, day] = there[:, at].sum(axis=1)
        number = weeks.sum(axis=1)
        mean = _ratio(sums.sum(axis=1), number)
        told = (number >= _SEASON_DAYS) & (mean > 0)
        share = (sums / np.where(told, mean, 1.0)[:, None] + _SHRINK) / (weeks + _SHRINK)
        share /= share.mean(axis=1, keepdims=True)
        return np.where(told[:, None], share, 1.0), told

    def level(self, upto: int, share: Days) -> Days:
        """Return what a day costs now, days of the week apart; the last days weigh most."""
        begin = max(0, upto - _LEVEL_DAYS)
        weights = 0.5 ** ((upto - 1 - np.arange(begin, upto)) / _HALF_LIFE) * self.seen[:, begin:upto]
        # A ratio of sums: dividing each day by its share would blow up days that hardly cost anything.
        expected = (weights * share[:, self.weekdays(begin, upto)]).sum(axis=1)
        level = _ratio((weights * self.days[:, begin:upto]).sum(axis=1), expected)
        history = self.seen[:, :upto].sum(axis=1)
        # Before weeks can be told apart, a level is of one whole week.
        week = (history >= WEEK) & (history < 2 * WEEK)
        found: Days = np.where(week, self.days[:, max(0, upto - WEEK) : upto].mean(axis=1), level)
        return found

    def growth(self, upto: int, share: Days) -> Days:
        """Return by which part a day grows, from the last two weeks beside the two before."""
        weeks = 2 * WEEK
        if upto < 2 * weeks:
            return np.zeros(len(self.days))
        before, after = (self.days[:, upto - back : upto - back + weeks].sum(axis=1) for back in (28, 14))
        whole = (before > 0) & (after > 0) & self.seen[:, upto - 2 * weeks]
        ratio = np.log(_ratio(np.where(whole, after, 1.0), np.where(whole, before, 1.0))) / weeks
        found: Days = np.clip(ratio, -_GROWTH_MAX, _GROWTH_MAX)
        return found

    def past_errors(self, span: int) -> tuple[Days, Days]:
        """Return by how much forecasts of so many days were off, as the root of the mean square.

        They are made at every past day, once without growth and once with it. Each is for an average day:
        five working days are off by more than three and a weekend.
        """
        length = self.days.shape[1]
        squares, grown_squares, number = (np.zeros(len(self.days)) for _ in range(3))
        running = np.concatenate([np.zeros((len(self.days), 1)), np.cumsum(self.came, axis=1)], axis=1)
        for upto in range(_LEARN_DAYS, length - span + 1):
            made = self.seen[:, upto - _LEARN_DAYS]
            if not made.any():
                continue
            flat, grown, _ = self.sums(upto, span)
            days = self.season(upto)[0][:, self.weekdays(upto, upto + span)].sum(axis=1)
            came = running[:, upto + span] - running[:, upto]
            weight = 0.5 ** ((length - span - upto) / _ERROR_HALF_LIFE) * made
            squares += weight * ((flat - came) / days) ** 2
            grown_squares += weight * ((grown - came) / days) ** 2
            number += weight
        return np.sqrt(_ratio(squares, number)), np.sqrt(_ratio(grown_squares, number))

    def young(self, horizon: float) -> tuple[Days, Days]:
        """Return the error where no past forecast is known: that of a sum, around an uncertain mean."""
        number = np.maximum(self.seen.sum(axis=1), 2).astype(np.float64)
        mean = (self.came * self.seen).sum(axis=1) / number
        variance = (np.square(self.came - mean[:, None]) * self.seen).sum(axis=1) / (number - 1)
        return np.sqrt(variance * (horizon + horizon**2 / number)), number - 1


def _counted(span: int, part: float) -> Days:
    """Say how much of each day counts: all of it, of the last a part."""
    found = np.ones(span)
    found[-1:] = part
    return found


def _ratio(over: Days, under: Days) -> Days:
    """Divide where there is something to divide by; else it is 0."""
    found: Days = np.divide(over, under, out=np.zeros_like(over, dtype=np.float64), where=under > 0)
    return found


def forecasts(
    found: Ahead, spent: list[Decimal], spent_today: list[Decimal], *, horizon: int
) -> list[Forecast]:
    """Say for each series what its period will have cost; `spent` is what it has so far, today's included."""
    reach = stdtrit(found.freedom, 0.5 + SURE / 2) * found.error
    made = []
    for index, (so_far, today) in enumerate(zip(spent, spent_today, strict=True)):
        history, seasonal = int(found.history[index]), bool(found.seasonal[index])
        if not found.known[index] or horizon == 0:
            settled = so_far if horizon == 0 else None
            made.append(Forecast(so_far, horizon, history, seasonal, settled, settled, settled))
            continue
        # Today has cost at least what it has, and what was expected of it may be over already.
        rest = max(float(found.total[index]) - float(today), float(found.total[index] - found.today[index]))
        expected = max(_cents(float(so_far) + rest), so_far)
        within = history >= WEEK
        low, high = (_cents(float(so_far) + rest + sign * float(reach[index])) for sign in (-1, 1))
        made.append(
            Forecast(
                spent=so_far,
                days_left=horizon,
                history=history,
                seasonal=seasonal,
                expected=expected,
                low=max(low, so_far) if within else None,
                high=max(high, so_far) if within else None,
                error=float(found.error[index]),
                freedom=float(found.freedom[index]),
            )
        )
    return made


_CENT = Decimal("0.01")
_FINE = Decimal("0.000001")


def _cents(value: float) -> Decimal:
    """Round an estimate to the cent, or what is less than a few cents to a millionth."""
    amount = Decimal(repr(max(value, 0.0)))
    return amount.quantize(_CENT if amount >= 1 else _FINE, rounding=ROUND_HALF_EVEN)

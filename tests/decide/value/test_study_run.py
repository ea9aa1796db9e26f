"""A study that is run finds what is there, and says of bad outcomes what to do with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import repeat
from typing import Any

import numpy as np
import pytest

from remit.decide.value.estimate import StudyDataUnusable
from remit.decide.value.study_data import Seen, Windows, days_over, sampled
from remit.decide.value.study_run import Data, Found, run
from remit.declare.study import Study
from remit.declare.use_case import OutcomeMetric
from remit.enforce.arm import LOTS, lot_of, trial_of
from remit.record.outcome_entry import Outcome, StudyRegistered

METRIC = OutcomeMetric(
    name="Minutes", unit="minute", direction="down", baseline=Decimal(40), target=Decimal(30)
)
START, END = date(2026, 3, 1), date(2026, 3, 28)
KEY = b"k" * 32
ARMS = ("treated", "control")


def study(estimator: str = "experiment", **more: Any) -> Study:
    said = {
        "use_case": "triage",
        "metric": "minutes",
        "hypothesis": "It helps.",
        "estimator": estimator,
        "starts": "2026-03-01",
        "ends": "2026-03-28",
        "smallest_effect": "-2",
    }
    return Study.model_validate({**said, **more})


def outcome(value: float, day: date, **more: Any) -> Outcome:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    said = {"id": "1", "use_case": "triage", "metric": "minutes", "source": "test", "key": "1"}
    return Outcome(at=at, happened=at, value=Decimal(str(value)), author="a@example.com", **{**said, **more})


def found(
    outcomes: Iterable[Outcome],
    of: Study | None = None,
    *,
    late: bool = False,
    last: date = END,
    others: Callable[[str], Iterable[Outcome]] = lambda _: (),
) -> Found:
    of = of or study()
    registered = StudyRegistered(
        id="0",
        at=datetime(2026, 2, 1, tzinfo=UTC),
        study="s",
        version=1,
        digest="",
        use_case="triage",
        metric="minutes",
        estimator=of.estimator,
        starts=of.starts,
        late=late,
        model_version=1,
        author="a@example.com",
    )
    return run(
        Data(
            outcomes=outcomes,
            windows=Windows(of, UTC, last),
            metric=METRIC,
            registered=registered,
            units={unit: unit for unit in of.units},
            trial=trial_of("s", of, of.assignment) if of.assignment else None,
            lot=lambda reference: lot_of(KEY, "s", reference),
            others=others,
        )
    )


def said_arms(*, effect: float = -8, count: int = 200, level: float = 40, **more: Any) -> Iterator[Outcome]:
    draws = np.random.default_rng(20261130)
    for number in range(count):
        arm = number % 2
        value = draws.normal(level + effect * arm, 3)
        words = {"arm": ("control", "treated")[arm], "cluster": str(number), **more}
        yield outcome(round(value, 2), START + timedelta(days=number % 28), **words)


def check(of: Found, name: str) -> bool | None:
    [only] = [each for each in of.checks if each.name == name]
    return only.holds


def test_arms_that_outcomes_name_are_compared() -> None:
    at = found(said_arms())
    assert at.refused_by == ()
    assert at.grade == "experiment"
    assert at.estimate.low < -8 < at.estimate.high
    assert check(at, "smallest effect") is True
    assert at.progress is not None
    assert at.progress[1] < 0.8 < at.progress[2]
    assert at.seen.count == 200


def test_a_version_that_is_late_is_before_and_after_at_most() -> None:
    at = found(said_arms(), late=True)
    assert (at.grade, check(at, "registered before")) == ("before_after", False)
    assert at.refused_by == ()


def test_an_effect_that_is_too_small_to_matter_is_said_to_be() -> None:
    assert check(found(said_arms(effect=0, count=2000)), "smallest effect") is False
    assert check(found(said_arms(effect=-2)), "smallest effect") is None


def test_arms_that_the_gateway_drew_are_drawn_again_and_those_that_changed_are_left_out() -> None:
    steps = [{"since": "2026-03-10", "treated": "0.6"}]
    of = study(assignment={"treated": "0.3", "raised": steps, "holdout": "0.1"})
    draws = np.random.default_rng(20261201)

    def drawn() -> Iterator[Outcome]:
        for number in range(400):
            reference = f"claim-{number}"
            treated = lot_of(KEY, "s", reference) < int(Decimal("0.3") * LOTS)
            value = round(draws.normal(32 if treated else 40, 3), 2)
            yield outcome(value, START + timedelta(days=number % 28), reference=reference)

    at = found(drawn(), of)
    assert at.refused_by == ()
    assert check(at, "one arm throughout") is None
    assert at.seen.changed == pytest.approx(120, abs=30)
    assert at.estimate.low < -8 < at.estimate.high


def test_units_that_began_are_compared_with_those_that_did_not() -> None:
    draws = np.random.default_rng(20261202)
    units = [f"desk-{number}" for number in range(20)]
    of = study(
        "differences",
        baseline={"since": "2026-02-01", "until": "2026-02-28"},
        units=units[:10],
        every="week",
    )

    def weekly() -> Iterator[Outcome]:
        for unit in units:
            for day in range(56):
                when = date(2026, 2, 1) + timedelta(days=day)
                began = unit in of.units and when >= START
                value = round(draws.normal(35 if began else 40, 2), 2)
                yield outcome(value, when, cluster=unit)

    at = found(weekly(), of)
    assert at.refused_by == ()
    assert at.grade == "quasi_experiment"
    assert at.estimate.low < -5 < at.estimate.high
    with pytest.raises(StudyDataUnusable, match="no outcome is of `desk-x`"):
        found(weekly(), of.model_copy(update={"units": (*of.units, "desk-x")}))


def test_units_that_begin_later_begin_in_a_later_period() -> None:
    draws = np.random.default_rng(20261203)
    units = [f"desk-{number}" for number in range(60)]
    later = dict.fromkeys(units[20:40], "2026-03-15")
    of = study(
        "differences",
        baseline={"since": "2026-02-01", "until": "2026-02-28"},
        units=units[:40],
        since=later,
        every="week",
    )
    begins = {unit: date.fromisoformat(later.get(unit, "2026-03-01")) for unit in of.units}

    def weekly() -> Iterator[Outcome]:
        for unit in units:
            for week in range(8):
                when = date(2026, 2, 1) + timedelta(days=7 * week)
                began = unit in begins and when >= begins[unit]
                yield outcome(round(draws.normal(35 if began else 40, 1), 2), when, cluster=unit)

    at = found(weekly(), of)
    assert at.estimate.low < -5 < at.estimate.high


def test_one_unit_is_set_against_the_others() -> None:
    draws = np.random.default_rng(20261204)
    common = draws.normal(0, 3, 56).cumsum()
    of = study(
        "synthetic_control",
        baseline={"since": "2026-02-01", "until": "2026-02-28"},
        units=["north"],
        every="week",
    )

    def weekly() -> Iterator[Outcome]:
        for number in range(11):
            unit = "north" if not number else f"desk-{number}"
            for day in range(56):
                when = date(2026, 2, 1) + timedelta(days=day)
                fall = -15 if not number and when >= START else 0
                value = 40 + common[day // 7] * (1 + number % 3) / 2 + fall + draws.normal(0, 0.1)
                yield outcome(round(value, 3), when, cluster=unit)

    with pytest.raises(StudyDataUnusable, match="4 periods lie before the treatment"):
        found(weekly(), of)
    at = found(weekly(), of.model_copy(update={"every": "day"}))
    assert at.estimate.effect == pytest.approx(-15, abs=3)


def test_one_series_is_compared_with_itself_and_with_others_beside_it() -> None:
    draws = np.random.default_rng(20261205)
    window = {"since": "2026-02-01", "until": "2026-02-28"}

    def daily(level: float, fall: float) -> list[Outcome]:
        return [
            outcome(
                round(draws.normal(level + fall * (day >= 28), 1), 2), date(2026, 2, 1) + timedelta(days=day)
            )
            for day in range(56)
        ]

    at = found(daily(40, -8), study("before_after", baseline=window))
    assert (at.grade, at.refused_by) == ("before_after", ())
    assert at.estimate.low < -8 < at.estimate.high
    at = found(
        daily(40, -8),
        study("interrupted_series", baseline=window, others=["claims"]),
        others=lambda _: daily(100, 0),
    )
    assert at.grade == "quasi_experiment"
    assert check(at, "others") is True
    assert at.estimate.effect == pytest.approx(-8, abs=1)


def test_those_who_were_not_assigned_are_compared_and_refused() -> None:
    at = found(said_arms(), study("comparison"))
    assert [each.name for each in at.refused_by] == ["alike before"]


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (lambda: (), "no outcome of `minutes` happened from 2026-03-01 to 2026-03-28"),
        (lambda: said_arms(arm="treated"), "no outcome is of the control arm"),
        (lambda: said_arms(arm=""), "of none of 200 outcomes is it known which arm"),
        (lambda: said_arms(cluster="desk"), "belong to one cluster"),
        (
            lambda: (outcome(40, START, arm=arm) for arm in ("treated", "control") * 40),
            "all 80 outcomes are 40",
        ),
        (
            lambda: (outcome(40, date(2026, 2, 1), arm=arm) for arm in ("treated", "control")),
            "all 2 outcomes happened before 2026-03-01",
        ),
    ],
)
def test_bad_outcomes_are_refused_with_what_to_do(
    outcomes: Callable[[], Iterable[Outcome]], said: str
) -> None:
    with pytest.raises(StudyDataUnusable, match=said) as refused:
        found(outcomes())
    assert refused.value.help


def test_ten_million_outcomes_are_refused_before_they_fill_the_memory() -> None:
    one = outcome(40, START, arm="treated")
    seen = Seen(most=1000)
    with pytest.raises(StudyDataUnusable, match="more than 1,000 outcomes in its days"):
        sampled(
            repeat(one, 10_000_000),
            Windows(study(), UTC, END),
            seen,
            arm_of=lambda _: True,
            by_reference=False,
        )
    assert seen.count == 1001


def test_results_that_are_summed_up_keep_their_clusters_or_are_refused() -> None:
    for of in (study(), study("comparison")):
        with pytest.raises(StudyDataUnusable, match="names no cluster") as refused:
            found((outcome(40 + day, START, arm=arm, count=90) for day in range(9) for arm in ARMS), of)
        assert "by day, arm and cluster" in refused.value.help


def test_seconds_in_place_of_minutes_are_refused() -> None:
    at = found(said_arms(level=2400, effect=-480))
    assert [each.name for each in at.refused_by] == ["declared unit"]


def test_outcomes_of_which_nobody_knows_the_arm_refuse_the_claim_where_they_are_many() -> None:
    def some() -> Iterator[Outcome]:
        yield from said_arms()
        for _ in range(40):
            yield outcome(40, START)

    assert [each.name for each in found(some()).refused_by] == ["known which"]


def test_a_gap_in_a_series_is_named() -> None:
    days = [day for day in range(56) if day != 30]
    values = (outcome(40 + day % 3, date(2026, 2, 1) + timedelta(days=day)) for day in days)
    with pytest.raises(StudyDataUnusable, match="no outcomes in 1 of 56 periods"):
        found(values, study("before_after", baseline={"since": "2026-02-01", "until": "2026-02-28"}))


def test_a_look_before_the_end_says_that_it_is_one() -> None:
    at = found(said_arms(), last=date(2026, 3, 20))
    assert check(at, "ended as registered") is None
    sure = found(said_arms(), study(stops="sure"), last=date(2026, 3, 20))
    assert check(sure, "ended as registered") is True


def test_periods_are_whole_and_keep_before_and_after_apart() -> None:
    of = study("before_after", baseline={"since": "2026-02-05", "until": "2026-02-25"}, every="week")
    at = Windows(of, UTC, date(2026, 3, 17))
    assert (at.before, at.after) == (3, 2)
    days = ["2026-02-04", "2026-02-05", "2026-02-25", "2026-02-26", "2026-03-01", "2026-03-14", "2026-03-15"]
    assert [at.period(date.fromisoformat(day)) for day in days] == [None, 0, 2, None, 3, 4, None]
    assert days_over(of, date(2026, 3, 18)) == date(2026, 3, 17)
    assert days_over(of, date(2026, 7, 1)) == END


def test_one_result_from_two_sources_is_refused_and_not_counted_twice() -> None:
    def told(source: str) -> list[Outcome]:
        return [
            outcome(
                40 - 5 * (n % 2) + n % 7,
                START,
                arm=ARMS[(n + 1) % 2],
                cluster=f"c{n}",
                key=f"{n}",
                source=source,
            )
            for n in range(80)
        ]

    [check] = [
        each for each in found([*told("crm"), *told("csv")]).refused_by if each.name == "one source each"
    ]
    assert check.said.startswith(
        "80 of 160 outcomes, of `crm`, `csv`, have the reference and time of one from"
    )
    assert "one source each" not in [each.name for each in found(told("crm")).checks]

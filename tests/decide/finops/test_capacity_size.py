"""Sizes of a capacity, against a plain simulation of each size."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_columns import MadeCall
from finops_house import DEAR, call, capacity, work
from remit.decide.finops.capacity_size import (
    Demand,
    best_size,
    every_size,
    hours,
    size_by_day,
    units_needed,
)
from remit.decide.finops.tariff import Tariff, as_charged, tokens_of, total
from remit.decide.finops.workload import Workload
from remit.declare.capacity import Capacity
from remit.declare.price import Rates
from remit.kernel.money import EXACT, ZERO
from remit.kernel.usage import Usage
from strategies import COSTLY

EXCERPT = Path(__file__).parents[2] / "data/traces/azure_llm_2023_conversation_excerpt.csv"
WHOLE = Path(__file__).parents[4] / "shared/data/traces/azure_llm_2023_conversation.csv.gz"


def demand(workload: Workload, offer: Capacity, beside: str = "0") -> Demand:
    rows = workload.rows
    served = Tariff(np.zeros(len(rows), np.int32), (Rates(workload.since, Decimal(beside), Decimal(beside)),))
    return Demand(
        rows,
        tokens_of(workload, rows),
        as_charged(workload, rows),
        served,
        units_needed(workload, rows, offer),
    )


def simulated(made: list[MadeCall], offer: Capacity, *, units: int, hours: Decimal, beside: str) -> Decimal:
    """Go through the calls one by one, minute by minute, and price each as served or not."""
    cost = EXACT.multiply(EXACT.multiply(offer.per_hour.amount, units), hours)
    minute, read, wrote = -1, 0, 0
    free = Rates(DEAR.starts, Decimal(beside), Decimal(beside))
    for each in sorted(made, key=lambda call: call.at_s):
        now = round(each.at_s * 1_000) // 60_000
        if now != minute:
            minute, read, wrote = now, 0, 0
        read += each.input_total
        wrote += each.output_tokens
        limits = (
            (read, offer.input_tokens_per_minute),
            (wrote, offer.output_tokens_per_minute),
        )
        served = units > 0 and all(limit is None or used <= limit * units for used, limit in limits)
        usage = Usage(input_tokens=each.input_tokens, output_tokens=each.output_tokens)
        cost = EXACT.add(cost, (free if served else each.rates).cost(usage))
    return cost


some_calls = st.lists(
    st.builds(
        call,
        st.integers(0, 600),
        input_tokens=st.integers(0, 5_000),
        output_tokens=st.integers(0, 2_000),
    ),
    min_size=1,
    max_size=40,
)


@COSTLY
@given(
    some_calls,
    st.sampled_from(["0.00 EUR", "0.001 EUR", "0.01 EUR", "1.00 EUR"]),
    st.none() | st.integers(0, 8_000),
    st.none() | st.integers(1, 3_000),
    st.sampled_from(["0", "1"]),
)
def test_every_size_costs_what_a_simulation_of_it_does_and_the_best_is_the_cheapest_of_all(
    made: list[MadeCall], per_hour: str, reads: int | None, writes: int | None, beside: str
) -> None:
    offer = capacity(per_hour=per_hour, input_tokens_per_minute=reads, output_tokens_per_minute=writes)
    workload = work(made)
    wanted = demand(workload, offer, beside)
    sizes = every_size(workload, wanted, offer)
    most = len(sizes) + 20
    expected = [
        simulated(made, offer, units=units, hours=Decimal(24), beside=beside) for units in range(most)
    ]
    assert sizes == expected[: len(sizes)]
    best = best_size(workload, wanted, offer)
    assert best.cost == min(expected)
    assert best.units == expected.index(min(expected))
    assert total(size_by_day(workload, wanted, offer, units=best.units)) == best.cost


def test_calls_are_served_in_their_order_until_the_minute_is_full() -> None:
    made = [call(each, input_tokens=600, output_tokens=1) for each in (0, 1, 2, 60)]
    workload = work(made)
    offer = capacity(input_tokens_per_minute=1_000)
    assert units_needed(workload, workload.rows, offer).tolist() == [1, 2, 2, 1]


def test_without_throughput_one_unit_serves_all() -> None:
    workload = work([call(input_tokens=10**6)] * 3)
    assert units_needed(workload, workload.rows, capacity()).tolist() == [1, 1, 1]


def test_what_reads_nothing_serves_only_what_has_nothing_to_read() -> None:
    workload = work([call(input_tokens=0), call(1, input_tokens=5)])
    needed = units_needed(workload, workload.rows, capacity(input_tokens_per_minute=0))
    assert needed[0] == 1
    assert needed[1] > 10**9


def test_hours_are_those_of_the_days() -> None:
    assert hours(work([], days=3)) == 72


def azure(path: Path) -> Iterator[MadeCall]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    first = datetime.fromisoformat(rows[0]["TIMESTAMP"][:26])
    for row in rows:
        after = (datetime.fromisoformat(row["TIMESTAMP"][:26]) - first).total_seconds()
        yield call(after, input_tokens=int(row["ContextTokens"]), output_tokens=int(row["GeneratedTokens"]))


def sizes_agree(made: list[MadeCall], per_hour: str) -> None:
    offer = capacity(per_hour=per_hour, input_tokens_per_minute=100_000, output_tokens_per_minute=20_000)
    workload = work(made)
    best = best_size(workload, demand(workload, offer), offer)
    most = best.peak + 1
    brute = [simulated(made, offer, units=units, hours=Decimal(24), beside="0") for units in range(most)]
    assert (best.units, best.cost) == (brute.index(min(brute)), min(brute))


@pytest.mark.parametrize("per_hour", ["0.01 EUR", "0.05 EUR", "0.20 EUR"])
def test_real_arrivals_have_the_size_that_trying_every_size_finds(per_hour: str) -> None:
    sizes_agree(list(azure(EXCERPT)), per_hour)


@pytest.mark.skipif(not WHOLE.exists(), reason="the whole trace is not beside this clone")
def test_the_whole_trace_has_the_size_that_trying_every_size_finds() -> None:
    sizes_agree(list(azure(WHOLE)), "0.30 EUR")


def test_the_part_that_is_used_is_that_of_the_tokens_of_all_minutes() -> None:
    made = [call(60 * each, input_tokens=500, output_tokens=0) for each in range(60)]
    offer = capacity(per_hour="0.0001 EUR", input_tokens_per_minute=1_000)
    workload = work(made)
    found = best_size(workload, demand(workload, offer), offer)
    assert found.units == 1
    assert found.utilisation == pytest.approx(30_000 / (1_000 * 24 * 60))
    assert found.calls_served == 60


def test_a_capacity_that_never_pays_has_no_unit() -> None:
    workload = work([call()])
    offer = capacity(per_hour="5.00 EUR")
    found = best_size(workload, demand(workload, offer), offer)
    assert (found.units, found.utilisation) == (0, 0.0)
    assert found.cost == DEAR.cost(Usage(input_tokens=1_000, output_tokens=100))
    assert best_size(workload, demand(workload, offer), offer, least=1).units == 1
    assert found.cost > ZERO

"""What a prompt cache would have served is what a plain simulation of one says, call by call."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_columns import MadeCall, columns
from remit.decide.finops.prefix_replay import EVERY, Beginnings, Checkpoints, input_total
from remit.enforce.prefix import BLOCKS

HERE = Path(__file__).parents[2] / "data" / "traces" / "mooncake_excerpt.jsonl.gz"
EACH = range(1, 2_000)
"""Blocks where each has a digest, as in the trace."""

PLACEMENTS = {
    "every": EVERY,
    "end": Checkpoints(at_end=True),
    "after": Checkpoints(after=(2,)),
    "both": Checkpoints(after=(1, 3), at_end=True),
}


def simulated(
    calls: Sequence[MadeCall], placed: str, *, tokens_min: int, lifetime_s: int
) -> list[tuple[int, int]]:
    """Keep a cache in a dictionary, and look at one call after the other."""
    checkpoints = PLACEMENTS[placed]
    touched: dict[int, int] = {}
    served = []
    for call in calls:
        total = call.input_total
        size = call.prompt_bytes or 4 * total or 1
        ends = [min(total, n * 2_048 * total // size) for n in range(1, len(call.prefix) + 1)]
        long = [n for n, tokens in enumerate(ends) if tokens >= tokens_min]

        def kept(digest: int, now: int = round(call.at_s * 1_000)) -> bool:
            return digest in touched and now - touched[digest] <= 1_000 * lifetime_s

        found = [n for n in long if kept(call.prefix[n])]
        read = ends[found[-1]] if found else 0
        points = {
            n
            for n in long
            if checkpoints.every or n + 1 in checkpoints.after or (checkpoints.at_end and n == len(ends) - 1)
        }
        reach = ends[max(points)] if points else 0
        if checkpoints.at_end and call.prefix and total >= tokens_min:
            reach = total
        served.append((read, max(0, reach - read)))
        for n in {*found, *points}:
            touched[call.prefix[n]] = round(call.at_s * 1_000)
    return served


def replayed(
    calls: Sequence[MadeCall], placed: str, *, tokens_min: int, lifetime_s: int
) -> list[tuple[int, int]]:
    made = columns(calls)
    beginnings = Beginnings(made, np.arange(len(made)), tokens_min=tokens_min, blocks=EACH)
    served = beginnings.serve(PLACEMENTS[placed], lifetime_s=lifetime_s)
    return list(zip(served.read.tolist(), served.written.tolist(), strict=True))


def trace() -> list[MadeCall]:
    """Read the whole trace where it is at hand, else the part of it that stands here."""
    whole = Path(os.environ.get("REMIT_TRACE_DATA", "nowhere")) / "mooncake_conversation.jsonl.gz"
    with gzip.open(whole if whole.exists() else HERE, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        MadeCall(
            at_s=row["timestamp"] / 1000,
            input_tokens=row["input_length"],
            output_tokens=row["output_length"],
            prefix=row["hash_ids"],
        )
        for row in rows
    ]


@pytest.mark.parametrize("placed", PLACEMENTS)
@pytest.mark.parametrize(("tokens_min", "lifetime_s"), [(1_024, 300), (4_096, 3_600)])
def test_real_calls_are_served_as_a_plain_simulation_says(
    placed: str, tokens_min: int, lifetime_s: int
) -> None:
    calls = trace()
    found = replayed(calls, placed, tokens_min=tokens_min, lifetime_s=lifetime_s)
    assert found == simulated(calls, placed, tokens_min=tokens_min, lifetime_s=lifetime_s)
    # No beginning of two blocks has 4,096 tokens.
    assert (sum(read for read, _ in found) > 0) == ((placed, tokens_min) != ("after", 4_096))


@st.composite
def conversations(draw: st.DrawFn) -> list[MadeCall]:
    """Make up calls whose prompts begin alike, at times that a lifetime just does or does not span."""
    known: dict[tuple[int, ...], int] = {}
    calls, at = [], 0.0
    for _ in range(draw(st.integers(1, 12))):
        at += draw(st.sampled_from([0, 0, 1, 299, 300, 300.001, 301, 599, 3_600, 3_601]))
        blocks = tuple(draw(st.lists(st.integers(0, 1), max_size=5)))
        digests = [known.setdefault(blocks[:n], len(known)) for n in range(1, len(blocks) + 1)]
        total = draw(st.integers(len(blocks) * 100, len(blocks) * 900))
        size = len(blocks) * 2_048 + draw(st.integers(0, 2_047)) if blocks else 0
        calls.append(MadeCall(at_s=at, input_tokens=total, prefix=digests, prompt_bytes=size))
    return calls


@given(
    conversations(),
    st.sampled_from([*PLACEMENTS]),
    st.sampled_from([0, 512, 1_024]),
    st.sampled_from([300, 3_600]),
)
def test_made_up_calls_are_served_as_a_plain_simulation_says(
    calls: list[MadeCall], placed: str, tokens_min: int, lifetime_s: int
) -> None:
    found = replayed(calls, placed, tokens_min=tokens_min, lifetime_s=lifetime_s)
    assert found == simulated(calls, placed, tokens_min=tokens_min, lifetime_s=lifetime_s)


@given(conversations(), st.sampled_from([*PLACEMENTS]))
def test_what_is_read_and_written_is_never_more_than_was_asked(calls: list[MadeCall], placed: str) -> None:
    made = columns(calls)
    rows = np.arange(len(made))
    for (read, written), total in zip(
        replayed(calls, placed, tokens_min=0, lifetime_s=300), input_total(made, rows).tolist(), strict=True
    ):
        assert 0 <= read <= total
        assert read + written <= total
    longer = replayed(calls, "every", tokens_min=0, lifetime_s=3_600)
    shorter = replayed(calls, "every", tokens_min=0, lifetime_s=300)
    assert all(more >= less for (more, _), (less, _) in zip(longer, shorter, strict=True))


def test_it_is_found_where_what_calls_share_ends() -> None:
    calls = [
        MadeCall(at_s=at, input_tokens=3_000, prefix=[1, 2, 10 + 2 * at, 11 + 2 * at]) for at in range(9)
    ]
    beginnings = Beginnings(columns(calls), np.arange(9), tokens_min=0)
    served: Any = beginnings.serve(EVERY, lifetime_s=300)
    assert beginnings.often_shared(served, most=3) == (2,)


def test_coarse_digests_of_long_prompts_lose_less_than_an_eighth() -> None:
    long = [MadeCall(at_s=at, input_tokens=512 * 200, prefix=range(at, 200 + at)) for at in range(2)]
    shared = [*range(150), *range(1_000, 1_050)]
    calls = [long[0], MadeCall(at_s=1, input_tokens=512 * 200, prefix=shared)]
    coarse = [
        MadeCall(
            at_s=each.at_s,
            input_tokens=each.input_tokens,
            prefix=[each.prefix[n - 1] for n in BLOCKS if n <= 200],
        )
        for each in calls
    ]
    [_, exact] = replayed(calls, "every", tokens_min=0, lifetime_s=300)
    served = Beginnings(columns(coarse), np.arange(2), tokens_min=0).serve(EVERY, lifetime_s=300)
    assert exact[0] == 150 * 512
    assert 150 * 512 * 7 / 8 <= served.read[1] <= exact[0]

"""What a prompt cache would have served is what a plain simulation of one says, call by call."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_columns import MadeCall, columns
from remit.decide.finops.prefix_replay import Beginnings, Checkpoints, Places, input_total
from remit.enforce.prefix import BLOCKS

HERE = Path(__file__).parents[2] / "data" / "traces" / "mooncake_excerpt.jsonl.gz"
EACH = range(1, 2_000)
"""Blocks where each has a digest, as in the trace."""

SEEN = (1, 2, 3)
"""After how many blocks a cache looks where there are places."""

PLACEMENTS = {
    "every": None,
    "tools": Checkpoints(("tools",)),
    "system": Checkpoints(("system",)),
    "end": Checkpoints(("end",)),
    "declared": Checkpoints(("tools", "system", "end")),
    "after": Checkpoints(after=(2,)),
    "both": Checkpoints(("end",), after=(1, 3)),
}


def simulated(
    calls: Sequence[MadeCall], placed: str, *, tokens_min: int, lifetime_s: int
) -> list[tuple[int, int]]:
    """Keep a cache in a dictionary, and look at one call after the other."""
    checkpoints = PLACEMENTS[placed]
    touched: dict[int, int] = {}
    served = []
    for call in calls:
        now, total = round(call.at_s * 1_000), call.input_total
        size = call.prompt_bytes or 4 * total or 1
        # Digests by where they end, in tokens, and whether the cache keeps them.
        begun: list[tuple[int, int, bool]] = []
        for n, digest in enumerate(call.prefix, 1):
            if checkpoints is None or n in SEEN:
                begun.append((n * 2_048, digest, checkpoints is None or n in checkpoints.after))
        if checkpoints is not None:
            at = checkpoints.at
            begun += [(*call.tools, "tools" in at), (*call.system, "system" in at), (*call.before, False)]
            begun += [(size, call.end, "end" in at)]
        long = [
            (min(total, length * total // size), digest, point)
            for length, digest, point in begun
            if digest and min(total, length * total // size) >= tokens_min
        ]
        reach = max((tokens for tokens, _, point in long if point), default=0)
        found = [
            (tokens, digest)
            for tokens, digest, _ in long
            if digest in touched and now - touched[digest] <= 1_000 * lifetime_s and tokens <= reach
        ]
        read = max((tokens for tokens, _ in found), default=0)
        if checkpoints is not None and checkpoints.at and not call.end and total >= tokens_min:
            reach = total
        served.append((read, max(0, reach - read)))
        for digest in {*(digest for _, digest in found), *(digest for _, digest, point in long if point)}:
            touched[digest] = now
    return served


def replayed(
    calls: Sequence[MadeCall], placed: str, *, tokens_min: int, lifetime_s: int
) -> list[tuple[int, int]]:
    made, checkpoints = columns(calls), PLACEMENTS[placed]
    rows = np.arange(len(made))
    if checkpoints is None:
        beginnings = Beginnings(made, rows, tokens_min=tokens_min, blocks=EACH)
        served = beginnings.serve(lifetime_s=lifetime_s)
    else:
        # All of them are ordered together, as where the cheapest is looked for.
        places = Places(made, rows, tokens_min=tokens_min, after=SEEN, blocks=EACH)
        served = places.serve(checkpoints, lifetime_s=lifetime_s)
    return list(zip(served.read.tolist(), served.written.tolist(), strict=True))


@cache
def trace() -> Sequence[MadeCall]:
    """Read the whole trace where it is at hand, else the part of it that stands here.

    It does not say where tools and system messages end, so they are taken to do so after one block and after
    three, and a prompt to end with its last whole block: a call goes on from an earlier one where it has that
    as well.
    """
    whole = Path(os.environ.get("REMIT_TRACE_DATA", "nowhere")) / "mooncake_conversation.jsonl.gz"
    with gzip.open(whole if whole.exists() else HERE, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    calls, ended = list[MadeCall](), set[int]()
    for row in rows:
        # From 1 on, as 0 is that there is none.
        blocks = [each + 1 for each in row["hash_ids"]]
        before = max((n for n, digest in enumerate(blocks[:-1], 1) if digest in ended), default=0)
        last = blocks[max(1, row["input_length"] // 512) - 1]
        calls.append(
            MadeCall(
                at_s=row["timestamp"] / 1000,
                input_tokens=row["input_length"],
                output_tokens=row["output_length"],
                prefix=blocks,
                tools=(2_048, blocks[0]),
                system=(3 * 2_048, blocks[2]) if len(blocks) > 2 else (0, 0),
                before=(before * 2_048, blocks[before - 1]) if before else (0, 0),
                end=last,
            )
        )
        ended.add(last)
    return calls


@pytest.mark.parametrize("placed", PLACEMENTS)
@pytest.mark.parametrize(("tokens_min", "lifetime_s"), [(1_024, 300), (4_096, 3_600)])
def test_real_calls_are_served_as_a_plain_simulation_says(
    placed: str, tokens_min: int, lifetime_s: int
) -> None:
    calls = trace()
    found = replayed(calls, placed, tokens_min=tokens_min, lifetime_s=lifetime_s)
    assert found == simulated(calls, placed, tokens_min=tokens_min, lifetime_s=lifetime_s)
    # No beginning of three blocks has 4,096 tokens.
    none = tokens_min == 4_096 and placed in ("tools", "system", "after")
    assert (sum(read for read, _ in found) > 0) == (not none and (placed, tokens_min) != ("tools", 1_024))


@st.composite
def conversations(draw: st.DrawFn) -> list[MadeCall]:
    """Make up calls whose prompts begin alike, at times that a lifetime just does or does not span."""
    known: dict[tuple[object, ...], int] = {}
    calls, at = [], 0.0
    for _ in range(draw(st.integers(1, 12))):
        at += draw(st.sampled_from([0, 0, 1, 299, 300, 300.001, 301, 599, 3_600, 3_601]))
        blocks = tuple(draw(st.lists(st.integers(0, 1), max_size=5)))
        total = draw(st.integers(len(blocks) * 100, len(blocks) * 900))
        more = draw(st.sampled_from([0, 700, 2_047]))
        size = len(blocks) * 2_048 + more if blocks else 0

        def upto(length: int, said: tuple[int, ...] = (*blocks, more)) -> int:
            """A digest is of all that is said up to there: so many blocks, and some of what follows."""
            return known.setdefault((said[: -(-length // 2_048)], length), len(known) + 1) if length else 0

        lengths = sorted(draw(st.integers(2_048, size)) // 700 * 700 for _ in range(3)) if blocks else [0] * 3
        tools, system, before = (draw(st.sampled_from([0, each, each // 2_048 * 2_048])) for each in lengths)
        calls.append(
            MadeCall(
                at_s=at,
                input_tokens=total,
                prefix=[upto(n * 2_048) for n in range(1, len(blocks) + 1)],
                prompt_bytes=size,
                tools=(tools, upto(tools)),
                system=(system, upto(system)),
                before=(before, upto(before)),
                end=draw(st.sampled_from([0, upto(size), upto(size)])),
            )
        )
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
    served: Any = beginnings.serve(lifetime_s=300)
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
    served = Beginnings(columns(coarse), np.arange(2), tokens_min=0).serve(lifetime_s=300)
    assert exact[0] == 150 * 512
    assert 150 * 512 * 7 / 8 <= served.read[1] <= exact[0]


def test_a_call_does_not_serve_itself_where_two_of_its_places_are_the_same() -> None:
    calls = [
        MadeCall(at_s=at, input_tokens=2_000, system=(8_000, 1 + at), end=1 + at, prompt_bytes=8_000)
        for at in range(2)
    ]
    assert replayed(calls, "declared", tokens_min=0, lifetime_s=300) == [(0, 2_000)] * 2


def test_what_calls_share_up_to_a_block_is_not_read_where_the_point_stands_beyond() -> None:
    # A system message of four blocks, a question that is shorter than one, and a point after it.
    calls = [
        MadeCall(at_s=at, input_tokens=2_100, prefix=[1, 2, 3, 4], system=(8_192, 4), end=10 + at)
        for at in range(3)
    ]
    assert replayed(calls, "end", tokens_min=0, lifetime_s=300) == [(0, 2_100)] * 3
    shared = 8_192 * 2_100 // 8_400
    assert replayed(calls, "system", tokens_min=0, lifetime_s=300) == [(0, shared), (shared, 0), (shared, 0)]

"""Calls in columns, in the order in which they began: millions can be replayed at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.declare.price import Rates

Named = Literal["use_case", "unit", "stage", "model", "provider", "prompt", "user", "run", "asked", "tier"]
"""Columns of names: `prompt` is the prompt block, `asked` the keyed digest of what was asked, `tier` the
provider's service tier. What is not known is the empty name."""


PLACES = ("tools", "system", "before", "end")
"""Up to where there are digests of a prompt beside those of whole blocks: where a cache point may stand, and
where the call before ended if this one goes on from it."""


@dataclass(frozen=True, slots=True)
class CallColumns:
    """Settled calls that a model answered or a kept answer served, none that was stopped or only judged.

    Every array has an element for each call but `prefix`. `began_ms` counts milliseconds since 1970 in UTC.
    `codes` holds for each column of names the place of each call's name in `names`; `rates` is the place in
    `rate_list` of the rates that the call was priced with. Kinds of tokens exclude each other as those of
    `Usage` do. Where no first token came, `first_token_ms` is -1.

    `prefix` has the keyed digests of the beginnings of what was asked, whole blocks of so many bytes as
    `PREFIX_BYTES` says, the shortest first, one call's after the other's: those of call `i` are
    `prefix[prefix_starts[i]:prefix_starts[i + 1]]`. The digest at place `k` is of the first `BLOCKS[k]`
    blocks, and two calls of a use case begin with the same so many blocks where it is the same; no text is
    needed. `prefix_starts` has one element more than calls. `prompt_bytes` is how long what was asked is,
    where it has a block, else 0.

    `place_digests` has four columns, digests of what was asked up to the places of `PLACES`, 0 where there is
    none; `tools_bytes`, `system_bytes` and `before_bytes` are how long it is up to the first three of them.
    """

    began_ms: NDArray[np.int64]
    codes: Mapping[Named, NDArray[np.int32]]
    names: Mapping[Named, tuple[str, ...]]
    rates: NDArray[np.int32]
    rate_list: tuple[Rates, ...]
    input_tokens: NDArray[np.int64]
    cache_read_tokens: NDArray[np.int64]
    cache_write_tokens: NDArray[np.int64]
    cache_write_1h_tokens: NDArray[np.int64]
    output_tokens: NDArray[np.int64]
    output_tokens_max: NDArray[np.int64]
    latency_ms: NDArray[np.int64]
    first_token_ms: NDArray[np.int64]
    streamed: NDArray[np.bool_]
    batch: NDArray[np.bool_]
    cached: NDArray[np.bool_]
    simulated: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    prefix_starts: NDArray[np.int64]
    prefix: NDArray[np.uint64]
    prompt_bytes: NDArray[np.int64]
    tools_bytes: NDArray[np.int32]
    system_bytes: NDArray[np.int32]
    before_bytes: NDArray[np.int32]
    place_digests: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.began_ms)


_RUNS = 100_000


def runs_of(
    starts: NDArray[np.int64], values: NDArray[np.uint64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Take the runs of values of some rows, in their order; gives where each begins, and the values."""
    lengths = starts[rows + 1] - starts[rows]
    taken = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    put = np.empty(int(taken[-1]), values.dtype)
    # Some at a time: the places of all of them take as much room as the values do.
    for first in range(0, len(rows), _RUNS):
        last = min(first + _RUNS, len(rows))
        shift = np.repeat(starts[rows[first:last]] - taken[first:last], lengths[first:last])
        put[taken[first] : taken[last]] = values[shift + np.arange(taken[first], taken[last])]
    return taken, put

"""An answer cache: how many calls asked exactly what was asked before, and what they need not have cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remit.decide.finops.call_columns import Named
from remit.decide.finops.draft import draft, money, share
from remit.decide.finops.saving import Edit, Saving
from remit.decide.finops.shown_quality import SAME
from remit.decide.finops.tariff import Tokens, as_charged, cost_by_day, tokens_of, total
from remit.decide.finops.workload import Rows, Workload

MINUTES = (5, 60, 24 * 60)
"""For how long answers may be given again, as tried."""

_SAME: tuple[Named, ...] = ("asked", "model", "prompt")
"""What two calls have in common of which the second is given the answer to the first."""

NEARLY = 10
"""A shorter time is taken where it saves all but a tenth of what the longest does."""


def response_caches(work: Workload) -> Iterator[Saving]:
    """Find what the answer cache would have saved, and for how many minutes it should keep answers."""
    rows = asked_rows(work)
    if not len(rows):
        return
    was = cost_by_day(work, rows, as_charged(work, rows))
    again = {minutes: given_again(work, rows, within_s=minutes * 60) for minutes in MINUTES}
    would = {
        minutes: cost_by_day(work, rows, as_charged(work, rows), _without(tokens_of(work, rows), hits))
        for minutes, hits in again.items()
    }
    charged = total(was)
    saved = {minutes: charged - total(each) for minutes, each in would.items()}
    most = max(saved.values())
    if most <= 0:
        return
    minutes = next(each for each in MINUTES if saved[each] * NEARLY >= most * (NEARLY - 1))
    begun = draft(work, "response-cache", calls=len(rows), was=was, would=would[minutes])
    edits, by_hand = _change(work, minutes)
    yield replace(
        begun,
        summary=f"give answers again for {minutes:,} minutes to exactly the same request:"
        f" {money(work, begun.would)} instead of {money(work, begun.charged)}",
        quality=SAME,
        risks=_RISKS,
        edits=edits,
        by_hand=by_hand,
        basis=f"digests of what was asked, by model and prompt; {begun.basis}",
        figures={
            **{
                f"given again within {each:,} min": f"{int(hits.sum()):,} of {len(rows):,}"
                f" ({share(int(hits.sum()), len(rows))}), {money(work, saved[each])}"
                for each, hits in again.items()
            }
        },
    )


def asked_rows(work: Workload) -> Rows:
    """Keep the calls that may be given an answer again: whole answers to what a digest was kept of."""
    calls = work.calls
    codes, names = calls.codes["asked"], calls.names["asked"]
    unknown = [code for code in np.unique(codes).tolist() if not names[code]]
    return np.flatnonzero(~np.isin(codes, unknown) & ~calls.failed & ~calls.batch)


def given_again(work: Workload, rows: Rows, *, within_s: int) -> NDArray[np.bool_]:
    """Say which calls would have been given an answer again that is at most so many seconds old.

    An answer is kept when it is whole, is not kept longer for being given again, and makes place for the next
    one to the same request. Calls while it is still written are not given it.
    """
    calls = work.calls
    keys = np.zeros(len(rows), np.int64)
    for name in _SAME:
        keys = keys * len(calls.names[name]) + calls.codes[name][rows]
    _, place, count = np.unique(keys, return_inverse=True, return_counts=True)
    again = np.zeros(len(rows), np.bool_)
    repeated = np.flatnonzero(count[place] > 1)
    began = calls.began_ms[rows[repeated]].tolist()
    took = calls.latency_ms[rows[repeated]].tolist()
    kept: dict[int, list[int]] = {}
    for each, key, at, ms in zip(repeated.tolist(), place[repeated].tolist(), began, took, strict=True):
        whole = kept.setdefault(key, [])
        # Of the answers that were whole by then the last one counts.
        last = max((ended for ended in whole if ended <= at), default=None)
        if last is not None and at - last < within_s * 1_000:
            again[each] = True
        else:
            kept[key] = [ended for ended in whole if ended > at or ended == last]
            kept[key].append(at + ms)
    return again


def _without(tokens: Tokens, hits: NDArray[np.bool_]) -> Tokens:
    kinds = (tokens.input, tokens.cache_read, tokens.cache_write, tokens.cache_write_1h, tokens.output)
    return Tokens(*(np.where(hits, 0, kind) for kind in kinds))


def _change(work: Workload, minutes: int) -> tuple[tuple[Edit, ...], str]:
    """Say what to declare, or what stands in its way."""
    remit, case = work.remit, work.model.use_cases.get(work.use_case)
    if case is None or remit is None:
        return (), "state `cache_minutes` in the use case's remit"
    if remit.capture_max not in (None, "raw"):
        return (), f"`capture_max: {remit.capture_max}` lets no answer be kept; ask the data's owner"
    stated = remit.cache_minutes
    if stated is not None and stated != case.remit.cache_minutes and stated < minutes:
        return (), f"a layer above states `cache_minutes: {stated}`; ask its owner"
    return (Edit(f"use-case/{work.use_case}", "remit.cache_minutes", minutes),), ""


_RISKS = (
    "what was true when an answer was given may have changed when it is given again",
    "who asks the same twice for another answer gets the same one",
)

"""Prompt trimming: what the fixed words of a prompt cost, and what each hundred tokens fewer would save."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import numpy as np

from remit.decide.finops.draft import draft, money, share
from remit.decide.finops.saving import QualityShown, Saving
from remit.decide.finops.tariff import Tokens, as_charged, cost_by_day, tokens_of, total
from remit.decide.finops.workload import Rows, Workload
from remit.declare.block import PLACEHOLDER, PromptBlock
from remit.kernel.money import EXACT

TRIM = 100
"""Savings are said for so many tokens; how many can go, only a reader of the prompt can say."""

LARGE = Decimal("0.3")
"""A smaller part of the input is not worth a reader's time."""

CHARACTERS_OF_A_TOKEN = 4
"""A text of English has about four characters for each token."""


def prompt_trims(work: Workload) -> Iterator[Saving]:
    """Find the prompts whose fixed words are at least 30 % of what their calls read."""
    for address in work.found("prompt"):
        block = work.model.blocks.get(address)
        rows = work.where("prompt", address)
        if isinstance(block, PromptBlock):
            fixed = fixed_tokens(work, block, rows)
            read = int(work.read(rows).sum())
            if fixed > TRIM and read and Decimal(fixed * len(rows)) >= LARGE * read:
                yield _trim(work, address, rows, fixed=fixed)


def fixed_tokens(work: Workload, block: PromptBlock, rows: Rows) -> int:
    """Estimate how many tokens the fixed words of a prompt are.

    By their characters, and never more than the shortest input of a call that had them: each call read them
    all, so the shortest bounds them from above.
    """
    characters = sum(len(PLACEHOLDER.sub("", turn.text)) for turn in block.turns)
    read = work.read(rows)
    shortest = int(read[read > 0].min()) if (read > 0).any() else 0
    return min(-(-characters // CHARACTERS_OF_A_TOKEN), shortest)


def without(work: Workload, rows: Rows, removed: int) -> Tokens:
    """Take away so many fixed tokens from what each call read, from where the cheapest were charged first.

    The fixed words stand at the beginning, which is what a cache serves; so a call whose cache served any
    saves at the cache's rate, and no more is claimed than that.
    """
    tokens = tokens_of(work, rows)
    left = np.full(len(rows), removed, np.int64)
    kinds = []
    for kind in (tokens.cache_read, tokens.cache_write, tokens.cache_write_1h, tokens.input):
        taken = np.minimum(kind, left)
        left = left - taken
        kinds.append(kind - taken)
    read, write, longer, plain = kinds
    return Tokens(plain, read, write, longer, tokens.output)


def _trim(work: Workload, address: str, rows: Rows, *, fixed: int) -> Saving:
    tariff = as_charged(work, rows)
    was = cost_by_day(work, rows, tariff)
    begun = draft(
        work,
        "prompt-trim",
        subject=address.partition("/")[2],
        calls=len(rows),
        was=was,
        would=cost_by_day(work, rows, tariff, without(work, rows, TRIM)),
    )
    whole = total(cost_by_day(work, rows, tariff, without(work, rows, fixed)))
    part = share(fixed * len(rows), int(work.read(rows).sum()))
    return replace(
        begun,
        summary=f"each {TRIM} tokens fewer in `{address}` save"
        f" {money(work, EXACT.subtract(begun.charged, begun.would))} of {money(work, begun.charged)}",
        quality=QualityShown("unknown", says="other words may bring other answers; evaluate both versions"),
        risks=(
            "a shorter prompt may bring worse or longer answers",
            "a new beginning misses the prompt cache at first",
        ),
        by_hand=f"declare a shorter version of `{address}` and evaluate it beside this one",
        basis=f"for {TRIM} tokens; the fixed words are about {fixed:,} tokens, by their characters and the"
        f" shortest input; {begun.basis}",
        figures={
            "fixed tokens": f"{fixed:,}",
            "part of the input": part,
            "cost of the fixed words": money(work, EXACT.subtract(begun.charged, whole)),
        },
    )

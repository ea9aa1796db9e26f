"""Charges worked out again from what calls used: the same as when they were made, to the last digit."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from remit.decide.finops.call_columns import CallColumns, Named
from remit.decide.finops.tariff import Tokens, grouped_cost
from remit.kernel.money import EXACT, ZERO


def replayed_charge(calls: CallColumns, by: Named = "model") -> dict[str, Decimal]:
    """Add up what calls cost at the rates that each was priced with, by the names in a column."""
    tokens = Tokens(
        calls.input_tokens,
        calls.cache_read_tokens,
        calls.cache_write_tokens,
        calls.cache_write_1h_tokens,
        calls.output_tokens,
    )
    groups = calls.codes[by].astype(np.int64) * len(calls.rate_list) + calls.rates
    found: dict[str, Decimal] = {}
    for group, cost in grouped_cost(groups, tokens, calls.rate_list).items():
        name = calls.names[by][group // len(calls.rate_list)]
        found[name] = EXACT.add(found.get(name, ZERO), cost)
    return found

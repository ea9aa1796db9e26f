"""Weigh features by small decision trees that were fitted once, kept as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray


class Trees(msgspec.Struct, frozen=True, eq=False):
    """Full trees of one depth, a row each: features and thresholds within, weights at the leaves."""

    feature: NDArray[np.int64]
    threshold: NDArray[np.float32]
    leaf: NDArray[np.float32]
    bias: float

    def odds(self, row: NDArray[np.float32]) -> float:
        """Return the sum of the leaves that the features lead to."""
        trees = np.arange(len(self.leaf))
        node = np.zeros(len(self.leaf), dtype=np.int64)
        inner = self.feature.shape[1]
        while len(node) and node[0] < inner:
            node = 2 * node + 1 + (row[self.feature[trees, node]] > self.threshold[trees, node])
        return self.bias + float(self.leaf[trees, node - inner].sum())


def trees(arrays: Mapping[str, NDArray[Any]]) -> Trees:
    return Trees(
        feature=arrays["feature"].astype(np.int64),
        threshold=arrays["threshold"].astype(np.float32),
        leaf=arrays["leaf"].astype(np.float32),
        bias=float(arrays["trees_bias"][0]),
    )

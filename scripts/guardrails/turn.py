"""Fit how vectors are turned, so that texts of one intent come nearer to its centre than to others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

Rows = np.ndarray
EXAMPLES, ASKED, STEPS = 5, 12, 150
SCALE, RATE, KEPT = 20.0, 0.003, 0.02


class Part(NamedTuple):
    vectors: Rows
    labels: Rows


def fitted_turn(parts: list[Part], *, seed: int) -> Rows:
    """Return a matrix near to the identity, fitted on drawn examples and texts of each set in turn."""
    random = np.random.default_rng(seed)
    size = parts[0].vectors.shape[1]
    turn = np.eye(size, dtype=np.float32)
    mean, square = np.zeros_like(turn), np.zeros_like(turn)
    for step in range(1, STEPS + 1):
        part = parts[step % len(parts)]
        slope = _slope(part, turn, random) + KEPT * (turn - np.eye(size, dtype=np.float32))
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        turn -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return turn


def _slope(part: Part, turn: Rows, random: np.random.Generator) -> Rows:
    names = [name for name in sorted(set(part.labels)) if name not in ("oos", "None")]
    chosen = np.stack(
        [random.choice(np.flatnonzero(part.labels == n), EXAMPLES + ASKED, replace=False) for n in names]
    )
    count = len(names)
    rows = np.concatenate([chosen[:, :EXAMPLES].ravel(), chosen[:, EXAMPLES:].ravel()])
    own = np.repeat(np.arange(count), ASKED)
    before = part.vectors[rows]
    after = before @ turn
    lengths = np.linalg.norm(after, axis=1, keepdims=True) + 1e-6
    unit = after / lengths
    centres = unit[: count * EXAMPLES].reshape(count, EXAMPLES, -1).mean(axis=1)
    spans = np.linalg.norm(centres, axis=1, keepdims=True)
    centres = centres / spans
    asked = unit[count * EXAMPLES :]
    odds = SCALE * asked @ centres.T
    share = np.exp(odds - odds.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    share[np.arange(len(asked)), own] -= 1
    share *= SCALE / len(asked)
    by_centre = share.T @ asked
    by_centre = (by_centre - centres * (by_centre * centres).sum(axis=1, keepdims=True)) / spans
    by_unit = np.concatenate([np.repeat(by_centre / EXAMPLES, EXAMPLES, axis=0), share @ centres])
    by_after = (by_unit - unit * (by_unit * unit).sum(axis=1, keepdims=True)) / lengths
    return np.asarray(before.T @ by_after)

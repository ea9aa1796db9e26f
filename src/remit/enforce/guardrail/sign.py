"""Gather the signs that a text is an attack: what its words weigh, window by window, and which techniques it
shows."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
from ahocorasick_rs import AhoCorasick, MatchKind

from remit.enforce.guardrail.gram import Grams, grams
from remit.enforce.guardrail.normalise import codepoints
from remit.enforce.guardrail.scanner import Scanner
from remit.enforce.guardrail.technique import TECHNIQUES

BITS = 18
Task = npt.NDArray[np.uint64]
HEADS = ("jailbreak", "prompt_injection", "prompt_leakage", "harm", "attack", "planted")
"""What the words of a window are weighed for. `harm` is what is asked for, in any language; `attack` is any
of the first three; `planted` is an instruction to a machine that stands in a text it was given to read."""

PLANTED = HEADS.index("planted")

_SENTENCE_MAX = 320
_SPANS = (1, 2, 4)
"""How many sentences in a row are weighed together."""

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

_END = np.zeros(0x3100, np.bool_)
_END[[ord(one) for one in ".!?\n;:"] + [0x3002, 0x061F, 0x06D4, 0x0964, 0x2026]] = True
_WIDE_END = (0xFF01, 0xFF1F, 0xFF1B, 0x3002)


class Signs(msgspec.Struct, frozen=True, gc=False):
    """What was seen in one text: each window's weight for each head, and what the whole shows."""

    starts: Places
    ends: Places
    weights: Floats  # windows × heads
    whole: Floats  # heads
    techniques: Floats
    shape: Floats
    stray: Floats
    words: float  # of harmful requests in other languages


class Weights(msgspec.Struct, frozen=True, gc=False):
    """The table of a model over runs, a row for each number; what every text starts from; a list of words."""

    table: npt.NDArray[np.int8]
    scale: Floats
    bias: Floats
    words: AhoCorasick | None


def gather(text: str, weights: Weights, scanner: Scanner, lowered: str, task: Task | None = None) -> Signs:
    """Weigh a text's windows and name its techniques."""
    runs = grams(text, bits=BITS)
    edges = _edges(text)
    segment = np.searchsorted(edges, runs.at, side="right") - 1
    sentences = len(edges) - 1
    picked = weights.table[runs.slots]
    sums = np.zeros((sentences + 1, len(HEADS) + 1), np.float64)
    for head in range(len(HEADS)):
        sums[1:, head] = np.bincount(segment, picked[:, head], sentences)
    sums[1:, -1] = np.bincount(segment, minlength=sentences)
    sums = np.cumsum(sums, axis=0)
    first = [np.arange(max(sentences - span + 1, 0)) for span in _SPANS]
    begin = np.concatenate(first)
    end = np.concatenate([row + span for row, span in zip(first, _SPANS, strict=True)])
    begin, end = np.append(begin, 0), np.append(end, sentences)
    window = sums[end] - sums[begin]
    scored = window[:, :-1] * weights.scale / np.sqrt(np.maximum(window[:, -1:], 24.0)) + weights.bias
    parts = scored[:-1].astype(np.float32)
    odd = int(parts[:, PLANTED].argmax())
    return Signs(
        edges[begin[:-1]],
        edges[end[:-1]],
        parts,
        scored[-1].astype(np.float32),
        techniques(lowered, scanner),
        shape(text, sentences),
        np.concatenate(
            [parts[odd], stray(runs, int(edges[begin[odd]]), int(edges[end[odd]]), len(text), task)]
        ),
        _worded(lowered, weights.words),
    )


def word_list(packed: npt.NDArray[np.uint8]) -> AhoCorasick | None:
    """Make what finds words, from a list with one a line."""
    words = bytes(packed).decode("utf-8").split("\n")
    return AhoCorasick(words, matchkind=MatchKind.LeftmostLongest) if any(words) else None


def _worded(lowered: str, words: AhoCorasick | None) -> float:
    if words is None:
        return 0.0
    known = " " + lowered.encode("utf-8", "replace").decode("utf-8")  # it reads no half of a pair
    return float(min(len({found[0] for found in words.find_matches_as_indexes(known)}), 5))


def stray(runs: Grams, start: int, end: int, length: int, task: Task | None) -> Floats:
    """Measure how far a window belongs to the text around it, and to what the text is read for."""
    first, last = np.searchsorted(runs.words_at, (start, end))
    inside = np.unique(runs.words[first:last])
    around = np.concatenate([runs.words[:first], runs.words[last:]])
    size = max(len(inside), 1)
    shared = np.count_nonzero(np.isin(inside, around)) / size
    asked = np.count_nonzero(np.isin(inside, task)) / size if task is not None else 0.0
    size = max(length, 1)
    return np.array(
        [shared, start / size, end / size, np.log1p(end - start) / 4, asked, task is not None], np.float32
    )


def _edges(text: str) -> Places:
    """Cut a text into sentences; each edge is where one begins, the last is the text's end."""
    codes = codepoints(text)
    size = len(codes)
    if size == 0:
        return np.array([0, 0])
    near = np.minimum(codes, len(_END) - 1)
    stop = _END[near]
    for wide in _WIDE_END:
        stop |= codes == wide
    after = np.empty(size, np.bool_)
    after[-1] = True
    np.less_equal(codes[1:], 32, out=after[:-1])
    after |= (codes == 10) | (codes > 0x2E80)
    cut = np.flatnonzero(stop & after) + 1
    edges = np.concatenate([[0], cut[cut < size], [size]])
    # Sentences of a few characters belong to what follows; very long ones are cut.
    kept = np.concatenate([[True], np.diff(edges)[:-1] >= 12, [True]])
    edges = edges[kept]
    long = np.flatnonzero(np.diff(edges) > _SENTENCE_MAX)
    if len(long):
        more = [np.arange(edges[i] + _SENTENCE_MAX, edges[i + 1] - 40, _SENTENCE_MAX) for i in long.tolist()]
        edges = np.unique(np.concatenate([edges, *more]))
    return edges.astype(np.int64)


_OWNERS = np.array([owner for owner, (_, patterns) in enumerate(TECHNIQUES) for _ in patterns])
PATTERNS = [pattern for _, patterns in TECHNIQUES for pattern in patterns]


def techniques(lowered: str, scanner: Scanner) -> Floats:
    """Count for each technique how many of its patterns are seen, two at most."""
    counts = np.bincount(_OWNERS[scanner.held(lowered)], minlength=len(TECHNIQUES))
    return np.minimum(counts, 2).astype(np.float32)


def shape(text: str, sentences: int) -> Floats:
    """Measure what a text looks like, whatever it says."""
    size = max(len(text), 1)
    codes = codepoints(text)
    low = np.minimum(codes, 127)
    capital = (low >= 65) & (low <= 90)
    small = (low >= 97) & (low <= 122)
    sign = (low > 32) & ~capital & ~small & ~((low >= 48) & (low <= 57)) & (codes < 128)
    letters = max(int(capital.sum() + small.sum()), 1)
    # A run of letters and signs without vowels or spaces is what a searched-for suffix is made of.
    turns = np.count_nonzero(sign[1:] & (small | capital)[:-1] & ((low != 32)[1:]))
    return np.array(
        [
            np.log1p(size) / 4,
            np.log1p(sentences) / 2,
            np.count_nonzero(codes >= 0x250) / size,
            capital.sum() / letters,
            sign.sum() / size * 4,
            turns / size * 8,
            np.count_nonzero(low == 10) / size * 10,
        ],
        np.float32,
    )


def vector(signs: Signs, *, decoded: bool) -> Floats:
    """Put the signs of a text into one row of numbers."""
    best = signs.weights.max(axis=0)
    strongest = signs.weights[int(signs.weights[:, 4].argmax())]
    row = [
        signs.whole,
        best,
        strongest,
        signs.stray,
        signs.techniques,
        signs.shape,
        [float(decoded), signs.words],
    ]
    return np.concatenate(row).astype(np.float32)

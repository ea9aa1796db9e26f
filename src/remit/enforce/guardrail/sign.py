"""Gather the signs that a text is an attack: what its words weigh, window by window, and which techniques it
shows."""

from __future__ import annotations

import math
import re
from typing import Any

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
Sums = npt.NDArray[np.float64]

_NONE, _ONE = np.zeros(1, np.int64), np.ones(1, np.int64)
_EACH_HEAD = np.arange(len(HEADS))
_FEW = 16
_END = re.compile("[.!?;:\\u061f\\u06d4\\u0964\\u2026](?=[\\x00- ]|\\Z)|[\\n\\u3002\\uff01\\uff1f\\uff1b]")
"""Where a sentence ends; what has no space after it in some scripts ends one all the same."""
_SHORTEST = 12


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

    table: npt.NDArray[np.uint64]  # a byte for each head, and two more: a row is fetched at once
    scale: Floats
    bias: Floats
    words: AhoCorasick | None


def gather(text: str, weights: Weights, scanner: Scanner, lowered: str, task: Task | None = None) -> Signs:
    """Weigh a text's windows and name its techniques."""
    runs = grams(text, bits=BITS)
    edges = _edges(text)
    begin, end, sums = _windows(weights.table[runs.slots], runs.at, edges)
    share = sums[:, :-1] * weights.scale / np.sqrt(np.maximum(sums[:, -1:], 24.0)) + weights.bias
    scored: Floats = share.astype(np.float32)
    parts = scored[:-1]
    starts, ends = edges[begin], edges[end]
    odd = int(parts[:, PLANTED].argmax())
    apart = stray(runs, int(starts[odd]), int(ends[odd]), len(text), task)
    return Signs(
        starts,
        ends,
        parts,
        scored[-1],
        techniques(lowered, scanner),
        shape(text, len(edges) - 1),
        np.concatenate([parts[odd], apart]),
        _worded(lowered, weights.words),
    )


def packed(table: npt.NDArray[np.int8]) -> npt.NDArray[np.uint64]:
    """Put each row of a table into one number."""
    wide = np.zeros((len(table), 8), np.int8)
    wide[:, : table.shape[1]] = table
    return wide.view(np.uint64).ravel()


def _windows(rows: npt.NDArray[np.uint64], at: Places, edges: Places) -> tuple[Places, Places, Sums]:
    """Add up what each window's runs weigh for each head, and their number; the whole text comes last."""
    count, sentences = len(HEADS), len(edges) - 1
    picked = rows.view(np.int8).reshape(-1, 8)[:, :count]
    if sentences == 1:
        one = np.append(picked.sum(axis=0, dtype=np.float64), len(picked))
        return _NONE, _ONE, np.stack([one, one])
    segment = np.searchsorted(edges, at, side="right") - 1
    sums = np.zeros((sentences + 1, count + 1), np.float64)
    if sentences <= _FEW:
        inside = segment == np.arange(sentences)[:, None]
        sums[1:, :-1] = inside.astype(np.float32) @ picked.astype(np.float32)  # whole numbers, so exact
    else:
        place = (segment[:, None] * count + _EACH_HEAD).ravel()
        sums[1:, :-1] = np.bincount(place, picked.ravel(), sentences * count).reshape(sentences, count)
    sums[1:, -1] = np.bincount(segment, minlength=sentences)
    np.cumsum(sums, axis=0, out=sums)
    begin = np.concatenate([np.arange(max(sentences - span + 1, 0)) for span in _SPANS])
    end = np.concatenate([np.arange(span, sentences + 1) for span in _SPANS])
    return begin, end, np.concatenate([sums[end] - sums[begin], sums[-1:]])


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
    first, last = np.searchsorted(runs.words_at, (start, end)).tolist()
    words = runs.words.tolist()
    inside = set(words[first:last])
    size = max(len(inside), 1)
    around = {*words[:first], *words[last:]}
    asked = len(inside.intersection(task.tolist())) / size if task is not None else 0.0
    shared = len(inside & around) / size
    size = max(length, 1)
    return np.array(
        [shared, start / size, end / size, math.log1p(end - start) / 4, asked, task is not None], np.float32
    )


def _edges(text: str) -> Places:
    """Cut a text into sentences; each edge is where one begins, the last is the text's end."""
    size = len(text)
    edges, before = [0], 0
    for found in _END.finditer(text):
        cut = found.end()
        # Sentences of a few characters belong to what follows; very long ones are cut.
        if cut - before >= _SHORTEST and cut < size:
            edges += range(edges[-1] + _SENTENCE_MAX, cut - 40, _SENTENCE_MAX)
            edges.append(cut)
        before = cut
    edges += range(edges[-1] + _SENTENCE_MAX, size - 40, _SENTENCE_MAX)
    edges.append(size)
    return np.array(edges, np.int64)


_OWNERS = np.array([owner for owner, (_, patterns) in enumerate(TECHNIQUES) for _ in patterns])
PATTERNS = [pattern for _, patterns in TECHNIQUES for pattern in patterns]


def techniques(lowered: str, scanner: Scanner) -> Floats:
    """Count for each technique how many of its patterns are seen, two at most."""
    counts = np.bincount(_OWNERS[scanner.held(lowered)], minlength=len(TECHNIQUES))
    return np.minimum(counts, 2).astype(np.float32)


_CODES = np.arange(128)
_CAPITAL = (_CODES >= 65) & (_CODES <= 90)
_SMALL = (_CODES >= 97) & (_CODES <= 122)
_LETTER = _CAPITAL | _SMALL
_MARK = (_CODES > 32) & ~_LETTER & ~((_CODES >= 48) & (_CODES <= 57))
_MARK[127] = True
_COUNTED = np.stack([_CAPITAL, _LETTER, _MARK, _CODES == 10]).astype(np.int64)


def shape(text: str, sentences: int) -> Floats:
    """Measure what a text looks like, whatever it says."""
    size = max(len(text), 1)
    foreign = 0
    if text.isascii():
        low: npt.NDArray[Any] = np.frombuffer(text.encode(), np.uint8)
    else:
        codes = codepoints(text)
        foreign = int(np.count_nonzero(codes >= 0x250))
        low = np.where(codes < 128, codes, 32)  # what is beyond is none of what is counted
    capitals, letters, marks, lines = (_COUNTED @ np.bincount(low, minlength=128)).tolist()
    # A run of letters and signs without vowels or spaces is what a searched-for suffix is made of.
    turns = np.count_nonzero(_MARK[low[1:]] & _LETTER[low[:-1]])
    letters = max(letters, 1)
    return np.array(
        [
            math.log1p(size) / 4,
            math.log1p(sentences) / 2,
            foreign / size,
            capitals / letters,
            marks / size * 4,
            turns / size * 8,
            lines / size * 10,
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

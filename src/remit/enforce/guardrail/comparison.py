"""What a sentence says that the sentences it comes from do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from remit.enforce.guardrail.alignment import Source
from remit.enforce.guardrail.contrast import CAUSES, COMMON, NEGATIONS, QUANTITIES, SURENESS, stem
from remit.enforce.guardrail.fact import Token, same_number

Rows = NDArray[np.float32]
Kind = Literal["number", "name", "date", "negation", "opposite", "quantity", "sureness", "cause"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Reason = tuple[Kind, int, int]

FEATURES = (
    "uncovered", "uncovered_best", "uncovered_two", "new_pairs", "unmoved", "disorder", "far", "far_two",
    "unlike_words", "numbers", "numbers_elsewhere", "names", "names_elsewhere", "dates", "negation",
    "opposite", "quantity", "sureness", "cause", "speaker", "question", "short", "new_words",
)  # fmt: skip
_SPEAKERS = frozenset("i me my we our us you your".split())
_SOFT_WORDS_MAX = 24
_KNOWN_WORDS_MAX = 80
_RARE_LEAST = 0.2


class Means(Protocol):
    """What words and sentences are compared with."""

    @property
    def embed(self) -> Callable[[Sequence[str]], Rows]: ...

    @property
    def opposite(self) -> Mapping[str, frozenset[str]]: ...


def compared(
    text: str,
    own: Sequence[Token],
    near: Sequence[Sequence[Token]],
    texts: Sequence[str],
    source: Source,
    weights: Rows,
    means: Means,
) -> tuple[Rows, list[Reason]]:
    """Return how far a sentence goes beyond the nearest of the source, one number for each feature."""
    reasons = [*_facts(own, near, source), *_turns(own, near, means.opposite)]
    counts = dict.fromkeys(KINDS, 0)
    for kind, _, _ in reasons:
        counts[kind] += 1
    cover, unlike = _wording(text, own, near, texts, weights, source, means)
    elsewhere = _elsewhere(own, near)
    words = {token.key for token in own}
    many = max(1, sum(token.kind == "number" for token in own))
    named = max(1, sum(token.kind == "name" for token in own))
    row = [
        *cover,
        unlike,
        counts["number"] / many,
        elsewhere[0],
        counts["name"] / named,
        elsewhere[1],
        *(float(counts[kind] > 0) for kind in KINDS[2:]),
        float(bool(words & _SPEAKERS)),
        float(text.rstrip().endswith("?")),
        float(len(own) < 5),
        min(5, sum(token.key not in source.stems for token in own)) / 5,
    ]
    return np.array(row, dtype=np.float32), reasons


def _facts(own: Sequence[Token], near: Sequence[Sequence[Token]], source: Source) -> list[Reason]:
    """Find numbers, dates and names that are nowhere in the source."""
    numbers = [token for one in near for token in one if token.kind == "number"]
    found: list[Reason] = []
    for token in own:
        if token.kind == "number":
            known = any(same_number(token, other) for other in numbers) or _plain(token) & source.digits
            if not known and token.key not in source.stems:
                found.append(("number", token.start, token.end))
        elif token.kind == "date" and not _dated(token, source):
            found.append(("date", token.start, token.end))
        elif token.kind == "name" and token.key not in source.stems:
            found.append(("name", token.start, token.end))
    return found


def _plain(token: Token) -> frozenset[str]:
    whole = f"{token.value:.10g}"
    return frozenset({whole, f"{token.value:,.10g}", f"{token.value:.1f}"})


def _dated(token: Token, source: Source) -> bool:
    return bool({stem(token.key), token.key, token.key[:3], token.key[:4]} & source.stems)


def _elsewhere(own: Sequence[Token], near: Sequence[Sequence[Token]]) -> tuple[float, float]:
    """Return which share of numbers and of names is not in the best two sentences."""
    two = [token for one in near[:2] for token in one]
    values = [token for token in two if token.kind == "number"]
    keys = {token.key for token in two}
    numbers = [token for token in own if token.kind == "number"]
    named = [token for token in own if token.kind == "name"]
    lost = sum(not any(same_number(token, other) for other in values) for token in numbers)
    return (
        lost / max(1, len(numbers)),
        sum(token.key not in keys for token in named) / max(1, len(named)),
    )


def _turns(
    own: Sequence[Token], near: Sequence[Sequence[Token]], opposite: Mapping[str, frozenset[str]]
) -> list[Reason]:
    """Find words that make a statement another one than that of the nearest sentence."""
    if not near:
        return []
    best = near[0]
    there = {token.key for one in near[:2] for token in one}
    found: list[Reason] = []
    for token in own:
        turned = opposite.get(token.key, frozenset()) & there
        if turned and token.key not in there:
            found.append(("opposite", token.start, token.end))
    found.extend(_negations(own, best))
    for kind, scale, least in (("quantity", QUANTITIES, 2), ("sureness", SURENESS, 1)):
        found.extend(_scaled(kind, own, near, scale, least))  # type: ignore[arg-type]  # both are kinds
    said = [token for token in own if token.key in CAUSES]
    if said and not there & CAUSES:
        found.append(("cause", said[0].start, said[0].end))
    return found


def _negations(own: Sequence[Token], best: Sequence[Token]) -> list[Reason]:
    """Find what is denied on one side alone: a word that both have, with a no before it in one of them."""
    here, there = _denied(own), _denied(best)
    both = {token.key for token in own} & {token.key for token in best}
    found: list[Reason] = []
    for key, token in here.items():
        if key in both and key not in there:
            found.append(("negation", token.start, token.end))
            break
    else:
        lost = [key for key in there if key in both and key not in here]
        first = next((token for token in own if token.key in lost), None)
        if first is not None:
            found.append(("negation", first.start, first.end))
    return found


def _denied(found: Sequence[Token]) -> dict[str, Token]:
    """Return the words that follow a no, each with that no."""
    denied: dict[str, Token] = {}
    for at, token in enumerate(found):
        if token.key in NEGATIONS or token.key.endswith(("n't", "n’t")):
            after = [one for one in found[at + 1 : at + 6] if one.key not in COMMON][:2]
            for one in after:
                denied.setdefault(one.key, token)
    return denied


def _scaled(
    kind: Kind,
    own: Sequence[Token],
    near: Sequence[Sequence[Token]],
    scale: Mapping[str, int],
    least: int,
) -> list[Reason]:
    """Find a word of a scale that stands elsewhere on it than the source's words."""
    there = {scale[token.key] for one in near[:2] for token in one if token.key in scale}
    keys = {token.key for one in near[:2] for token in one}
    for token in own:
        value = scale.get(token.key)
        if value is None or token.key in keys:
            continue
        if (there and min(abs(value - other) for other in there) >= least) or (
            not there and kind == "sureness"
        ):
            return [(kind, token.start, token.end)]
    return []


def _wording(
    text: str,
    own: Sequence[Token],
    near: Sequence[Sequence[Token]],
    texts: Sequence[str],
    weights: Rows,
    source: Source,
    means: Means,
) -> tuple[list[float], float]:
    """Return how much of the wording has no counterpart: words, pairs, order, meaning."""
    keys = [token.key for token in own]
    rare = [float(weights[source.places[key]]) for key in keys]
    total = sum(rare) or 1.0
    if not near:
        return [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0], 1.0
    first = {token.key for token in near[0]}
    two = first | {token.key for one in near[1:2] for token in one}
    cover = [
        1 - sum(value for key, value in zip(keys, rare, strict=True) if key in known) / total
        for known in (source.stems | {t.key for one in near for t in one if t.kind != "word"}, first, two)
    ]
    pairs = {pair for one in near for pair in pairwise(token.key for token in one)}
    mine = list(pairwise(keys))
    vectors = means.embed([text, *texts[:1], " ".join(texts[:2])])
    return [
        *cover,
        1 - sum(pair in pairs for pair in mine) / max(1, len(mine)),
        1 - _longest(keys, [token.key for token in near[0]]) / len(keys),
        _disorder(own, near[0]),
        1 - float(vectors[0] @ vectors[1]),
        1 - float(vectors[0] @ vectors[2]),
    ], _unlike(own, near, rare, total, means)


def _longest(mine: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest run of words that both have."""
    best = 0
    before: dict[int, int] = {}
    where: dict[str, list[int]] = {}
    for at, key in enumerate(other[:400]):
        where.setdefault(key, []).append(at)
    for key in mine[:400]:
        now = {at: before.get(at - 1, 0) + 1 for at in where.get(key, ())[:20]}
        best = max(best, *now.values()) if now else best
        before = now
    return best


def _disorder(own: Sequence[Token], best: Sequence[Token]) -> float:
    """Return which share of the words that both have, in order, goes backwards in the source."""
    where: dict[str, int] = {}
    for at, token in enumerate(best):
        if token.key not in COMMON:
            where.setdefault(token.key, at)
    order = [where[token.key] for token in own if token.key in where]
    steps = list(pairwise(order))
    return sum(then < here for here, then in steps) / max(1, len(steps))


def _unlike(
    own: Sequence[Token], near: Sequence[Sequence[Token]], rare: Sequence[float], total: float, means: Means
) -> float:
    """Return how much of the sentence has neither its words nor any like them in the source."""
    there = {token.key for one in near for token in one}
    new = [
        (value, token.word)
        for token, value in zip(own, rare, strict=True)
        if token.key not in there and value > _RARE_LEAST
    ]
    new = sorted(new, reverse=True)[:_SOFT_WORDS_MAX]
    known = [token.word for one in near[:2] for token in one if token.key not in COMMON]
    known = list(dict.fromkeys(known))[:_KNOWN_WORDS_MAX]
    if not new or not known:
        return sum(value for value, _ in new) / total
    vectors = means.embed([*(word for _, word in new), *known])
    like = np.maximum(0, vectors[: len(new)] @ vectors[len(new) :].T).max(axis=1)
    return float(sum(value * (1 - float(one)) for (value, _), one in zip(new, like, strict=True)) / total)

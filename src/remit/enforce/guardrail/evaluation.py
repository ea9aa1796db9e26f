"""Evaluation: how well guardrails find what somebody said is in texts, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from remit.enforce.guardrail.confusion import Measure, auc, measure, quantile
from remit.enforce.guardrail.dataset import Gold, Row
from remit.enforce.guardrail.finding import CONFIDENCES, Confidence
from remit.enforce.guardrail.trust import Policy

ROWS_KEPT = 50
THRESHOLDS = tuple(step / 100 for step in range(100))
SHARE_OF_SPAN = 0.5
"""How much of what somebody marked must be found."""

Level = Literal["low", "medium", "high"]
LEVELS: dict[Level, int] = {"low": 3, "medium": 2, "high": 1}
"""Strengths, each with the number of the confidence that it stops from on."""


class Hit(msgspec.Struct, frozen=True):
    """Something that a guardrail found."""

    policy: Policy
    type: str
    start: int
    end: int
    confidence: Confidence


class Seen(msgspec.Struct, frozen=True):
    """What a guardrail found in a row, and how long that took of a processor.

    `swept` is what its content filters find at their highest strength, and `other` what the guardrail finds
    that it is compared with. `score` is how well an answer rests on its sources, or answers its question.
    """

    row: Row
    hits: tuple[Hit, ...]
    cpu_ns: int
    swept: tuple[Hit, ...] = ()
    other: tuple[Hit, ...] | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one policy, or of one of its types; neither is named for the guardrail as a whole."""

    policy: Policy | Literal[""]
    type: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Strength:
    """What a content filter would find at a strength."""

    type: str
    strength: Level
    measure: Measure


@dataclass(frozen=True, slots=True)
class Threshold:
    """What would be found if that score were the least that passes."""

    threshold: float
    measure: Measure


@dataclass(frozen=True, slots=True)
class Scores:
    """How well a score tells answers apart: `auc` is how often a good one scores above a bad one.

    `best` is the threshold at which the mean of recall and of what rightly passes is the highest.
    """

    auc: float | None
    best: float | None
    balanced_accuracy: float | None
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """In how many rows each of two guardrails found something; rows are named up to a limit.

    `right` are those of which somebody said that there is something in them.
    """

    both: int
    neither: int
    only_this: int
    only_this_right: int
    only_other: int
    only_other_right: int
    only_this_rows: tuple[int, ...]
    only_other_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of a processor that texts took: each, and by 1,024 bytes."""

    ms_p50: float
    ms_p95: float
    ms_per_kb: float
    ms_per_kb_p50: float
    ms_per_kb_p95: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a guardrail did on a data set. No text is in here; rows are named by the numbers of their lines."""

    rows: int
    measured: tuple[Measured, ...]
    spans: tuple[Measured, ...]
    strengths: tuple[Strength, ...]
    scores: Scores | None
    compared: Compared | None
    cost: Cost | None
    missed_rows: tuple[int, ...]
    false_alarm_rows: tuple[int, ...]
    not_looked_for: Mapping[str, int]


Named = tuple[Policy | Literal[""], str]
_WHOLE: Named = ("", "")


@dataclass(slots=True)
class _Tally:
    rows: Counter[tuple[Named, bool, bool]] = field(default_factory=Counter)
    spans: Counter[tuple[Named, str]] = field(default_factory=Counter)
    swept: Counter[tuple[str, Level, bool, bool]] = field(default_factory=Counter)
    compared: Counter[tuple[bool, bool, bool]] = field(default_factory=Counter)
    named: dict[str, list[int]] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)
    spoken_of: set[str] = field(default_factory=set)
    scores: list[tuple[float, bool]] = field(default_factory=list)
    costs: list[tuple[int, int]] = field(default_factory=list)

    def name(self, what: str, number: int) -> None:
        kept = self.named.setdefault(what, [])
        if len(kept) < ROWS_KEPT:
            kept.append(number)


def evaluate(seen: Iterable[Seen], looked_for: Mapping[str, Policy], *, of: str = "") -> Evaluation:
    """Sum up what was found in a data set, by the types that a guardrail looks for.

    With `of` only that type counts, and labels that name none are taken to be about it. Else such a label is
    about anything that is found. Of types that no label names and of which nothing was found nothing is said.
    An answer with sources is only weighed against them, by its grounding unless `of` says otherwise.
    """
    types = {of: looked_for[of]} if of in looked_for else {} if of else dict(looked_for)
    tally = _Tally()
    for each in seen:
        _row(tally, each, types, of)
    return Evaluation(
        rows=len(tally.costs),
        measured=_measured(tally.rows, tally.spoken_of),
        spans=_spans_measured(tally.spans),
        strengths=_strengths(tally.swept, tally.spoken_of),
        scores=_scores(tally.scores),
        compared=_compared(tally) if tally.compared else None,
        cost=_cost(tally.costs),
        missed_rows=tuple(tally.named.get("missed", ())),
        false_alarm_rows=tuple(tally.named.get("false", ())),
        not_looked_for=dict(tally.unknown.most_common()),
    )


def _row(tally: _Tally, seen: Seen, types: Mapping[str, Policy], of: str) -> None:
    row = seen.row
    texts = (row.text, *row.sources, row.query)
    tally.costs.append((seen.cpu_ns, sum(len(each.encode("utf-8", "surrogatepass")) for each in texts)))
    if row.sources:
        of = of or "GROUNDING"
        types = {type: policy for type, policy in types.items() if type == of}
        assert row.positive is not None, "a row with sources has a label"
        tally.scores += [] if seen.score is None else [(seen.score, row.positive)]
        if not types:
            return
    hits = [hit for hit in seen.hits if hit.type in types]
    wanted = row.types & types.keys()
    tally.unknown.update(row.types - types.keys())
    positive = bool(wanted) if row.positive is None else row.positive
    tally.rows[_WHOLE, positive, bool(hits)] += 1
    if positive and not hits:
        tally.name("missed", row.number)
    if hits and not positive:
        tally.name("false", row.number)
    hit_types = {hit.type for hit in hits}
    tally.spoken_of |= {*hit_types, *wanted, *([of] if of else [])}
    for policy in dict.fromkeys(types.values()):
        its = {type for type in types if types[type] == policy}
        said = bool(wanted & its) if row.positive is None else row.positive
        tally.rows[(policy, ""), said, bool(hit_types & its)] += 1
    for type, policy in types.items():
        said = type in wanted if row.positive is None else row.positive
        tally.rows[(policy, type), said, type in hit_types] += 1
        if policy == "content":
            _sweep(tally, seen.swept, type, said=said)
    if row.spans is not None:
        _spans(tally, [each for each in row.spans if each.type in types], hits, types)
    if seen.other is not None:
        _compare(tally, row, bool(hits), any(not of or hit.type == of for hit in seen.other), positive)


def _sweep(tally: _Tally, swept: Sequence[Hit], type: str, *, said: bool) -> None:
    sure = max((CONFIDENCES.index(hit.confidence) for hit in swept if hit.type == type), default=0)
    for level, least in LEVELS.items():
        tally.swept[type, level, said, sure >= least] += 1


def _spans(tally: _Tally, golds: Sequence[Gold], hits: Sequence[Hit], types: Mapping[str, Policy]) -> None:
    """Match what was found to what somebody marked, each once; parts of what matched are no faults."""
    left = list(hits)
    matched: list[Gold] = []
    for gold in golds:
        found = next((hit for hit in left if hit.type == gold.type and _covers(hit, gold)), None)
        name: Named = (types[gold.type], gold.type)
        tally.spans[name, "missed" if found is None else "found"] += 1
        if found is not None:
            left.remove(found)
            matched.append(gold)
    for hit in left:
        if hit.type in types and not any(
            gold.type == hit.type and gold.start <= hit.start and hit.end <= gold.end for gold in matched
        ):
            tally.spans[(hit.policy, hit.type), "false"] += 1


def _covers(hit: Hit, gold: Gold) -> bool:
    shared = min(hit.end, gold.end) - max(hit.start, gold.start)
    return shared >= SHARE_OF_SPAN * (gold.end - gold.start)


def _compare(tally: _Tally, row: Row, this: bool, other: bool, positive: bool) -> None:
    tally.compared[this, other, positive] += 1
    if this is not other:
        tally.name("this" if this else "other", row.number)


def _measured(rows: Counter[tuple[Named, bool, bool]], spoken_of: Collection[str]) -> tuple[Measured, ...]:
    names = sorted({name for name, _, _ in rows if not name[1] or name[1] in spoken_of})
    return tuple(
        Measured(
            *name,
            measure(
                rows[name, True, True],
                rows[name, True, False],
                rows[name, False, True],
                rows[name, False, False],
            ),
        )
        for name in names
    )


def _spans_measured(spans: Counter[tuple[Named, str]]) -> tuple[Measured, ...]:
    names = sorted({name for name, _ in spans})
    each = {name: (spans[name, "found"], spans[name, "missed"], spans[name, "false"]) for name in names}
    if len(names) > 1:
        each = {_WHOLE: tuple(map(sum, zip(*each.values(), strict=True))), **each}  # type: ignore[dict-item]  # three sums
    return tuple(Measured(*name, measure(*counts)) for name, counts in each.items())


def _strengths(
    swept: Counter[tuple[str, Level, bool, bool]], spoken_of: Collection[str]
) -> tuple[Strength, ...]:
    found = {type for type, _, _, hit in swept if hit}
    return tuple(
        Strength(
            type,
            level,
            measure(
                swept[type, level, True, True],
                swept[type, level, True, False],
                swept[type, level, False, True],
                swept[type, level, False, False],
            ),
        )
        for type in sorted({type for type, _, _, _ in swept if type in spoken_of or type in found})
        for level in LEVELS
    )


def _scores(scores: Sequence[tuple[float, bool]]) -> Scores | None:
    if not scores:
        return None
    bad = [score for score, unsupported in scores if unsupported]
    good = [score for score, unsupported in scores if not unsupported]
    thresholds = []
    for threshold in THRESHOLDS:
        found, false = (sum(score < threshold for score in side) for side in (bad, good))
        thresholds.append(Threshold(threshold, measure(found, len(bad) - found, false, len(good) - false)))
    if not bad or not good:
        return Scores(None, None, None, tuple(thresholds))
    balanced = [(each.measure.found / len(bad) + each.measure.passed / len(good)) / 2 for each in thresholds]
    best = max(balanced)
    return Scores(
        round(auc(bad, good), 4),
        thresholds[balanced.index(best)].threshold,
        round(best, 4),
        tuple(thresholds),
    )


def _compared(tally: _Tally) -> Compared:
    counts = tally.compared

    def total(this: bool, other: bool) -> int:
        return counts[this, other, True] + counts[this, other, False]

    return Compared(
        both=total(True, True),
        neither=total(False, False),
        only_this=total(True, False),
        only_this_right=counts[True, False, True],
        only_other=total(False, True),
        only_other_right=counts[False, True, True],
        only_this_rows=tuple(tally.named.get("this", ())),
        only_other_rows=tuple(tally.named.get("other", ())),
    )


def _cost(costs: Sequence[tuple[int, int]]) -> Cost | None:
    if not costs:
        return None
    each = sorted(cpu / 1e6 for cpu, _ in costs)
    per_kb = sorted(cpu / 1e6 / (max(bytes, 1) / 1024) for cpu, bytes in costs)
    total = sum(cpu for cpu, _ in costs) / 1e6, max(sum(bytes for _, bytes in costs), 1) / 1024
    return Cost(
        *(round(value, 4) for value in (quantile(each, 0.5), quantile(each, 0.95), total[0] / total[1])),
        *(round(value, 4) for value in (quantile(per_kb, 0.5), quantile(per_kb, 0.95))),
    )

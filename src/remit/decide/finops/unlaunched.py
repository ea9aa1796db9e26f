"""Experiments that never launched: what was tried, never came into use, and has cost to this day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, cast

from remit.decide.advice import Advice
from remit.decide.bill_sum import Span
from remit.decide.finops.accrual import accrual
from remit.decide.finops.allocation import PARTS, Allocation, Part
from remit.decide.finops.statement import CHARGED
from remit.decide.life import Life
from remit.decide.worth.cost import total
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES, StageName
from remit.kernel.money import EXACT, ZERO, plain
from remit.record.decided import StageChange

OPEN_DAYS = 180
"""From which age on an experiment that is still open is counted, whatever is advised on it."""

Fate = Literal["ended", "stop", "park", "merge", "open", "in-time"]
"""Whether it ended, what is advised on it, whether it is open for long, or none of these."""


@dataclass(frozen=True, slots=True)
class Unlaunched:
    """A use case that came to the experiment and no further, and what it has cost from its first day on.

    `days` is how long it was worked on, None where nobody says since when.
    """

    use_case: str
    unit: str
    owner: str
    fate: Fate
    days: int | None
    amount: Decimal
    parts: Mapping[Part, Decimal]


@dataclass(frozen=True, slots=True)
class Tried:
    """When a use case was worked on, and how it ended."""

    use_case: str
    fate: Fate
    began: date | None
    ended: date | None


def tried(
    lives: Mapping[str, Life],
    moves: Iterable[StageChange],
    advice: Mapping[str, Advice],
    *,
    today: date,
) -> Iterator[Tried]:
    """List the use cases that came to the experiment and never to launch, also those declared no more."""
    by_case: defaultdict[str, list[StageChange]] = defaultdict(list)
    for move in moves:
        by_case[move.use_case].append(move)
    for name in sorted({*lives, *by_case}):
        own = sorted(by_case[name], key=lambda each: (each.at, each.id))
        life = lives.get(name)
        seen: list[StageName] = [cast(StageName, each.stage) for each in own if each.stage != "retired"]
        farthest = max((*seen, life.reached if life else STAGES[0]), key=STAGES.index)
        if farthest != "experiment":
            continue
        began = life.begun if life and life.begun else own[0].since if own else None
        if life is None or life.at == "retired":
            last = life.left if life and life.left else own[-1].since if own else None
            yield Tried(name, "ended", began, last)
        else:
            yield Tried(name, _fate(advice.get(name), life.age(today)), began, None)


def _fate(advice: Advice | None, age: int | None) -> Fate:
    if advice is not None and advice.advised != "go":
        return advice.advised
    return "open" if age is not None and age > OPEN_DAYS else "in-time"


def unlaunched(
    model: OperatingModel, found: Iterable[Tried], months: Iterable[Allocation], *, today: date
) -> tuple[Unlaunched, ...]:
    """Say what each has cost, the dearest first, by the allocation of all `months` since the first began.

    What is declared for it alone is counted from its first day to its last, and what was paid once in whole:
    ended, it comes back no more. Its shares of what others use as well are those of months that it was worked
    on in.
    """
    cases = [*found]
    by_case = {each.use_case: each for each in cases}
    shared: dict[str, dict[Part, Decimal]] = {name: {} for name in by_case}
    units: dict[str, str] = {}
    for month in months:
        for line in month.lines:
            each = by_case.get(line.use_case)
            if each is None or line.name.startswith(f"{line.use_case}/"):
                continue
            units[line.use_case] = line.unit
            if line.part in CHARGED or line.part == "adjustments" or _within(each, month.days):
                parts = shared[line.use_case]
                parts[line.part] = EXACT.add(parts.get(line.part, ZERO), line.amount)
    listed = []
    for each in cases:
        parts = shared[each.use_case]
        for part, amount in _own(model, each, today):
            parts[part] = EXACT.add(parts.get(part, ZERO), amount)
        case = model.use_cases.get(each.use_case)
        until = each.ended or today
        listed.append(
            Unlaunched(
                use_case=each.use_case,
                unit=case.unit if case else units.get(each.use_case, ""),
                owner=model.owner_of(each.use_case) if case else model.organisation.contact,
                fate=each.fate,
                days=(until - each.began).days if each.began else None,
                amount=plain(total(parts.values())),
                parts={part: plain(parts[part]) for part in PARTS if parts.get(part)},
            )
        )
    return tuple(sorted(listed, key=lambda each: (-each.amount, each.use_case)))


def _within(each: Tried, days: Span) -> bool:
    return (each.began is None or each.began <= days.last) and (
        each.ended is None or days.first <= each.ended
    )


def _own(model: OperatingModel, each: Tried, today: date) -> Iterator[tuple[Part, Decimal]]:
    case = model.use_cases.get(each.use_case)
    last = min(each.ended or today, today)
    for cost in case.costs.values() if case else ():
        if cost.every == "once":
            if cost.since is None or cost.since <= last:
                yield cost.kind, cost.amount.amount
            continue
        first = cost.since or each.began
        if first is None or first > last:
            continue
        starts = model.organisation.fiscal_year_starts
        horizon = model.portfolio.economics.horizon_months
        yield (
            cost.kind,
            accrual(cost, Span(first, last), horizon_months=horizon, year_starts=starts) or ZERO,
        )

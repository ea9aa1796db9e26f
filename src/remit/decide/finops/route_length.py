"""Routing: calls with short input, or those that a cheap model gets right, go to a cheaper model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from remit.decide.confidence import wilson
from remit.decide.finops.draft import (
    CALLS_OF,
    ask_for_the_route,
    draft,
    money,
    of_all,
    share,
    through_a_route,
)
from remit.decide.finops.other_model import Candidate, risks_of, tokens_said
from remit.decide.finops.saving import QualityShown, Saving
from remit.decide.finops.shown_quality import Beside, beside, pass_rates, quality
from remit.decide.finops.tariff import (
    ROUNDED,
    Tariff,
    Tokens,
    as_charged,
    at_model,
    cost_by_day,
    grouped_cost,
    near,
    only,
    tokens_of,
)
from remit.decide.finops.workload import Workload
from remit.declare.block import RouteCondition, RouteTarget
from remit.kernel.money import EXACT, ZERO

STEPS = 20
"""A threshold is tried at each twentieth of the calls, ordered by their input."""

BYTES_OF_A_TOKEN = 4
"""Routes count a byte of input as one token. English has about four bytes for each token; where calls say how
long they were, theirs count."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One length of input up to which calls go to the other model, how many do, and what that saves.

    `mean` is what calls of the greatest lengths among them were charged on average.
    """

    input_tokens: int
    calls: int
    saved: Decimal
    mean: Decimal


def route_savings(work: Workload, found: Candidate) -> Iterator[Saving]:
    """Find the length that saves most, and what trying the cheaper model first would save.

    Where the other model is shown to be not worse on all cases there is nothing to route: it is advised as
    another model.
    """
    whole = quality(work, found.now, found.other)
    if whole.verdict != "not-worse":
        tried = beside(pass_rates(work), found.now, found.other)
        yield from _by_length(work, found, whole if tried is None else tried)
        if tried is not None and (work.simulated or not tried.simulated):
            yield from _by_difficulty(work, found, tried)


def thresholds(work: Workload, found: Candidate) -> tuple[Threshold, ...]:
    """Work out what each step would have saved, exactly, in one pass over the calls."""
    read = work.read(found.rows)
    lengths = np.unique(np.quantile(read, np.arange(1, STEPS) / STEPS, method="lower").astype(np.int64))
    steps = np.searchsorted(lengths, read, side="left")
    counts = np.bincount(steps, minlength=len(lengths) + 1)
    tariff = at_model(work, found.rows, found.block)
    assert tariff is not None, "a candidate has a price"
    was = _by_step(steps, as_charged(work, found.rows), tokens_of(work, found.rows))
    would = _by_step(steps, tariff, found.tokens)
    saved, calls, steps_found = ZERO, 0, []
    for place, length in enumerate(lengths.tolist()):
        saved = EXACT.add(saved, EXACT.subtract(was[place], would[place]))
        calls += int(counts[place])
        mean = ROUNDED.divide(was[place], Decimal(int(counts[place])))
        steps_found.append(Threshold(length, calls, saved, mean))
    return tuple(steps_found)


def _by_step(steps: NDArray[np.int64], tariff: Tariff, tokens: Tokens) -> defaultdict[int, Decimal]:
    costs: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
    for group, cost in grouped_cost(steps * len(tariff.rates) + tariff.codes, tokens, tariff.rates).items():
        place = group // len(tariff.rates)
        costs[place] = EXACT.add(costs[place], cost)
    return costs


def _shown(work: Workload, found: Candidate, step: Threshold, tried: Beside | QualityShown) -> QualityShown:
    """Say what is known of calls up to a length.

    A case of an evaluation counts as one of them if its call with the present model cost no more than calls
    of the greatest lengths did on average; so no text is needed.
    """
    if isinstance(tried, QualityShown):
        return tried
    short = [place for place, each in enumerate(tried.of_now) if ZERO < each.charge <= step.mean]
    return quality(work, found.now, found.other, cases=short)


def _by_length(work: Workload, found: Candidate, tried: Beside | QualityShown) -> Iterator[Saving]:
    """Advise the greatest saving of those that evidence supports, or else the greatest of all."""
    steps = [(each, _shown(work, found, each, tried)) for each in thresholds(work, found) if each.saved > 0]
    if not steps:
        return
    best, shown = max(steps, key=lambda each: (each[1].verdict == "not-worse", each[0].saved))
    begun = draft(
        work,
        "route",
        subject=f"short-{found.now.partition('/')[2]}-to-{found.other.partition('/')[2]}",
        calls=len(found.rows),
        was=found.was,
        would=_routed(work, found, best.input_tokens),
    )
    bytes_each, measured = bytes_of_a_token(work, found)
    limit = best.input_tokens * bytes_each
    short = RouteCondition(use_cases=(work.use_case,), input_tokens_max=limit)
    whole = RouteCondition(use_cases=(work.use_case,))
    targets = [RouteTarget(to=found.other, when=short), RouteTarget(to=found.now, when=whole)]
    yield replace(
        begun,
        summary=f"send calls of at most {best.input_tokens:,} input tokens to `{found.other}` and the rest to"
        f" `{found.now}`: {money(work, begun.would)} instead of {money(work, begun.charged)}",
        quality=shown,
        risks=(
            *risks_of(work, found, shown),
            f"a route counts bytes: {bytes_each} for each token, as {measured}, so {limit:,}",
        ),
        edits=(through_a_route(work, targets),),
        by_hand=ask_for_the_route(work),
        basis=f"{len(steps)} lengths were tried; tokens {tokens_said(found)}; {begun.basis}",
        figures={
            CALLS_OF: found.now,
            "calls routed": of_all(best.calls, len(found.rows)),
            "input tokens at most": f"{best.input_tokens:,}",
        },
    )


def _routed(work: Workload, found: Candidate, limit: int) -> list[Decimal]:
    """Say what each day would have cost with calls up to a length at the other model."""
    tariff, before = at_model(work, found.rows, found.block), as_charged(work, found.rows)
    assert tariff is not None, "a candidate has a price"
    short = work.read(found.rows) <= limit
    own = tokens_of(work, found.rows)
    parts = [
        cost_by_day(work, found.rows[mask], Tariff(how.codes[mask], how.rates), only(tokens, mask))
        for mask, how, tokens in ((short, tariff, found.tokens), (~short, before, own))
    ]
    return [EXACT.add(one, other) for one, other in zip(*parts, strict=True)]


def bytes_of_a_token(work: Workload, found: Candidate) -> tuple[int, str]:
    """Say how many bytes of input a token has, rounded up, and where that is from."""
    long = work.calls.prompt_bytes[found.rows]
    known = long > 0
    read = int(work.read(found.rows)[known].sum())
    if not read:
        return BYTES_OF_A_TOKEN, "English has"
    return max(1, -(-int(long[known].sum()) // read)), "its longer calls had"


def _by_difficulty(work: Workload, found: Candidate, tried: Beside) -> Iterator[Saving]:
    """Say what it would cost to try the cheaper model first, and the present one where its answer fails.

    How often it fails is what the evaluation says; each failure is paid twice.
    """
    failed = Fraction(sum(each.status != "passed" for each in tried.of_other), len(tried.of_other))
    rate = ROUNDED.divide(Decimal(failed.numerator), Decimal(failed.denominator))
    would = [near(ROUNDED.fma(rate, was, cheap)) for was, cheap in zip(found.was, found.would, strict=True)]
    begun = draft(
        work,
        "route",
        subject=f"hard-{found.other.partition('/')[2]}-then-{found.now.partition('/')[2]}",
        calls=len(found.rows),
        was=found.was,
        would=would,
    )
    if begun.would >= begun.charged:
        return
    cases = len(tried.of_other)
    low, high = wilson(cases - int(failed * cases), cases)
    yield replace(
        begun,
        summary=f"try `{found.other}` first and ask `{found.now}` where its answer does not pass a check:"
        f" {money(work, begun.would)} instead of {money(work, begun.charged)}",
        quality=QualityShown(
            "unknown",
            tried.tried.evaluation.id,
            tried.tried.evaluation.dataset,
            cases,
            says="as good as the check that tells which answers fail; that check is the application's",
        ),
        risks=(
            "hard cases wait for two answers",
            f"of {cases} cases, 95 % sure that {low * 100:.0f} to {high * 100:.0f} of 100 pass at once",
        ),
        by_hand="check answers in the application and ask again where one fails; routes look at none",
        basis=f"the share that fails is that of the evaluation, {share(int(failed * cases), cases)};"
        f" {begun.basis}",
        figures={CALLS_OF: found.now, "asked twice": share(int(failed * cases), cases)},
    )

"""Play a simulated past into an empty ledger, by the operations that people and calls go through."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol

from remit.decide.outcome_row import RefusedRow
from remit.declare.history import History, OutcomeTrend, Traffic
from remit.declare.operating_model import OperatingModel
from remit.enforce.key import Key
from remit.enforce.request import Message, ModelRequest
from remit.kernel.errors import Conflict, ProviderError, RemitError
from remit.operations.admitted import Admitted, Unseen
from remit.operations.apply_model import apply_model
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import whole
from remit.operations.fold_ledger import fold_ledger
from remit.operations.follow_ledger import catch_up
from remit.operations.issue_key import issue_key, revoke_key
from remit.operations.past_deeds import SIMULATED, do
from remit.operations.record_outcomes import Giver, Written, record_few
from remit.operations.refused import Refused
from remit.operations.screen_input import see
from remit.operations.system import GATEWAY, System
from remit.operations.worker import Worker
from remit.record.call_entry import Origin

SOURCE = "simulated-past"
CALLS_MAX = 20_000
_LEFT = timedelta(minutes=2)
"""How long before now a past ends, so that what is real comes after it."""
OPENS_S, CLOSES_S = 6 * 3600, 18 * 3600
"""Seconds of a day, in UTC, between which calls come."""


class Movable(Protocol):
    """A clock that is set."""

    at: datetime

    def now(self) -> datetime: ...


@dataclass(slots=True)
class Played:
    """What a simulated past has brought: `faults` are events that the product refused, and why."""

    days: int = 0
    calls: int = 0
    refused: int = 0
    outcomes: int = 0
    events: int = 0
    faults: list[str] = field(default_factory=list)


def play_past(
    system: System,
    clock: Movable,
    *,
    model: OperatingModel,
    history: History,
    now: datetime,
    data_sets: Mapping[str, str],
    told: Callable[[Played], None],
) -> Played:
    """Apply the model on the first day, and live through all days up to now, this one as far as it has come.

    `clock` is that of the system, and its providers must all be simulated, so that each call is labelled so.
    Raises Conflict where the ledger knows a model already: a past is played once, before anything is real.
    """
    fold_ledger(system)
    if system.store.applied() is not None:
        raise Conflict(
            "the ledger is not empty, and a simulated past can only come first",
            help="use a data directory of its own: set REMIT_HOME",
            code="past-comes-first",
        )
    ends = now.date()
    first = ends - timedelta(days=history.days)
    clock.at = datetime.combine(first, time(5), UTC)
    apply_model(system, model, author=history.author, reason=f"{SIMULATED}the first day of a simulated past.")
    expires = now + timedelta(days=1)
    keys = {
        name: issue_key(system, name, author=history.author, expires=expires)
        for name in sorted(history.calls)
    }
    played = Played()
    chance = random.Random(f"{history.seed}:{ends}")  # noqa: S311 (it makes a story, and guards nothing)
    secrets = {name: key.secret for name, key in keys.items()}
    with system.journals.exclusive(GATEWAY) as journal, asyncio.Runner() as runner:
        worker = Worker(system, journal)
        past = _Past(worker, clock, history, now, chance, secrets, data_sets, played)
        try:
            for ago in range(history.days, -1, -1):
                runner.run(_call_all(past, ago))
                _decide(past, ago)
                played.days += 1
                told(played)
        finally:
            runner.run(worker.close())
    for key in keys.values():
        revoke_key(system, key.id, author=history.author)
    fold_ledger(system)
    return played


@dataclass(frozen=True, slots=True)
class _Past:
    worker: Worker
    clock: Movable
    history: History
    now: datetime
    chance: random.Random
    secrets: Mapping[str, str]
    data_sets: Mapping[str, str]
    played: Played
    waiting: list[dict[str, object]] = field(default_factory=list)
    """Outcomes of calls that are not recorded yet, each with its use case."""

    def midnight(self, ago: int) -> datetime:
        return datetime.combine(self.now.date() - timedelta(days=ago), time(), UTC)


async def _call_all(past: _Past, ago: int) -> None:
    """Make the calls of one day."""
    midnight = past.midnight(ago)
    await catch_up(past.worker)
    for second, use_case in sorted(_calls_of(past, ago, midnight.weekday())):
        past.clock.at = max(past.clock.at, midnight + timedelta(seconds=second))
        await _call(past, use_case, past.history.calls[use_case])


def _decide(past: _Past, ago: int) -> None:
    """Record what came out of a week when it is over, and do what people did on a day."""
    past.clock.at = max(past.clock.at, min(past.midnight(ago) + timedelta(hours=19), past.now - _LEFT))
    if ago % 7 == 1 or ago == past.history.days:
        _record_cases(past)
        for trend in past.history.outcomes:
            if trend.of == "days":
                _record(past, trend, ago)
    for event in past.history.events:
        if event.ago == ago:
            past.clock.at += timedelta(minutes=5)
            try:
                do(past.worker, event, at=past.clock.at, data_sets=past.data_sets)
                past.played.events += 1
            except RemitError as error:
                whose = event.use_case or event.subject or ""
                past.played.faults.append(f"{event.does} {whose}, {ago} days ago: {error.summary}")


def _calls_of(past: _Past, ago: int, weekday: int) -> list[tuple[int, str]]:
    """Draw when each use case calls on a day: more as time goes on, fewer at weekends."""
    so_far = int((past.now - _LEFT - past.midnight(0)).total_seconds())
    found = []
    for name, traffic in sorted(past.history.calls.items()):
        since = min(traffic.ago, past.history.days)
        if ago > since:
            continue
        part = Decimal(since - ago) / since
        expected = traffic.from_a_day + (traffic.to_a_day - traffic.from_a_day) * part
        if weekday >= 5:
            expected *= traffic.at_weekends
        if traffic.odd_day is not None and traffic.odd_day.ago == ago:
            expected *= traffic.odd_day.times
        number = int(float(expected) * past.chance.uniform(0.8, 1.2) + past.chance.random())
        if ago:
            found += [(past.chance.randint(OPENS_S, CLOSES_S), name) for _ in range(number)]
        elif so_far > 0:
            # Of today as much of a day as has passed, and at least some, so that a month has a beginning.
            number = max(min(number, 3), number * so_far // 86_400)
            found += [(past.chance.randint(0, so_far), name) for _ in range(number)]
    return found[: max(0, CALLS_MAX - past.played.calls)]


async def _call(past: _Past, use_case: str, traffic: Traffic) -> None:
    """Make one call as any caller would, by a key, and let it be refused where it is."""
    chance, worker = past.chance, past.worker
    trend = next((e for e in past.history.outcomes if e.use_case == use_case and e.of == "calls"), None)
    reference = f"case-{past.played.calls}" if trend is not None else None
    words = chance.choice(traffic.asks)
    if chance.random() >= traffic.again:
        words += f" ({chance.randint(1, 400)})"
    past.played.calls += 1
    key = authenticate(worker, past.secrets[use_case])
    if not isinstance(key, Key):
        past.played.refused += 1
        return
    request = ModelRequest(
        traffic.model, (Message.of("user", words),), output_tokens_max=traffic.output_tokens_max
    )
    digest = worker.system.content_hash(use_case, words.encode()).hexdigest()
    asked = Asked(request, streamed=False, reference=reference, origin=Origin(asked_digest=digest))
    found = authorize(worker, key, asked)
    while isinstance(found, Unseen):
        found = authorize(worker, key, await see(worker, key, found))
    held_out = isinstance(found, Refused) and found.decision.rule == "held-out"
    if trend is not None and (held_out or not isinstance(found, Refused)):
        mean = trend.first if held_out else trend.last
        past.waiting.append(_outcome(past, trend, mean, key=reference or ""))
    if not isinstance(found, Admitted):
        past.played.refused += 1
        return
    # What a guardrail stops ends in an answer; what else fails is in the ledger like any other call.
    with suppress(ProviderError):
        await whole(found)


def _record(past: _Past, trend: OutcomeTrend, ago: int) -> None:
    """Record the outcomes of the week that ends on a day, each labelled simulated."""
    turns = min(trend.turns, past.history.days)
    rows = []
    for back in range(min(ago + 6, past.history.days - 1), ago - 1, -1):
        part = max(Decimal(0), Decimal(turns - back) / turns)
        mean = trend.first + (trend.last - trend.first) * part
        day = past.now.date() - timedelta(days=back)
        for number in range(trend.a_day):
            rows.append(_outcome(past, trend, mean, key=f"{day}-{number}") | {"happened": day.isoformat()})
    _give(past, trend.use_case, rows)


def _outcome(past: _Past, trend: OutcomeTrend, mean: Decimal, *, key: str) -> dict[str, object]:
    """Make an outcome about a mean; what is given with a key of a case is of that case."""
    value = mean + trend.spread * Decimal(str(round(past.chance.uniform(-1, 1), 3)))
    found = {
        "metric": trend.metric,
        "value": f"{max(Decimal(0), value):.2f}",
        "happened": past.clock.at.isoformat(),
        "key": key,
        "simulated": True,
    }
    return found | ({"reference": key} if trend.of == "calls" else {})


def _record_cases(past: _Past) -> None:
    """Record the outcomes of the cases that were called about since the last time."""
    for use_case in sorted({each.use_case for each in past.history.outcomes if each.of == "calls"}):
        metrics = {each.metric for each in past.history.outcomes if each.use_case == use_case}
        _give(past, use_case, [each for each in past.waiting if each["metric"] in metrics])
    past.waiting.clear()


def _give(past: _Past, use_case: str, rows: list[dict[str, object]]) -> None:
    model = past.worker.view.model
    giver = Giver(use_case, SOURCE, past.history.author)
    done = record_few(past.worker.system, rows, giver, model=model)
    past.played.outcomes += sum(isinstance(each, Written) for each in done)
    past.played.faults += sorted({
        f"outcome of {use_case}: {each.summary}" for each in done if isinstance(each, RefusedRow)
    })  # fmt: skip

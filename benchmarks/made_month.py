"""A month of entries: real calls' times and sizes, repeated with jitter, for an organisation that is made up.

Nothing is kept in memory but the calls that are under way, so a month may be as large as the disk.
"""

from __future__ import annotations

import csv
import gzip
import heapq
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from remit.declare.price import Rates
from remit.enforce.decision import deny
from remit.kernel.ids import ulid
from remit.kernel.usage import Usage
from remit.record.call_entry import Call, Hold, Origin, Purpose, Refusal, call_of
from remit.record.entry import Entry

STARTS = date(2026, 11, 1)
DAYS = 30
PREFIX_TOKENS = 512
"""How long a block of a prompt is by which the traces say what prompts share."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One real call: how long after the one before it came, and how large it was."""

    gap_s: float
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    blocks: tuple[int, ...] = ()
    """What stands for each block of the prompt together with all before it, where the trace says so."""


def read_shapes(folder: Path) -> list[Shape]:
    """Read the public traces in a folder, one after the other."""
    return [*_azure(folder / "azure_llm_2023_conversation.csv.gz"), *_mooncake(folder)]


def _azure(path: Path) -> Iterator[Shape]:
    before: datetime | None = None
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            # Seven decimals, of which Python reads six.
            at = datetime.fromisoformat(row["TIMESTAMP"][:26]).replace(tzinfo=UTC)
            gap = (at - before).total_seconds() if before else 0.0
            before = at
            yield Shape(gap, int(row["ContextTokens"]), 0, int(row["GeneratedTokens"]))


def _mooncake(folder: Path) -> Iterator[Shape]:
    before = 0
    seen: set[int] = set()
    with gzip.open(folder / "mooncake_conversation.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            shared = sum(each in seen for each in row["hash_ids"])
            seen.update(row["hash_ids"])
            gap, before = (row["timestamp"] - before) / 1000, row["timestamp"]
            cached = min(shared * PREFIX_TOKENS, row["input_length"])
            yield Shape(gap, row["input_length"], cached, row["output_length"], tuple(row["hash_ids"]))


@dataclass(frozen=True, slots=True)
class Made:
    """A use case as calls name it: with which key, which model, and which block of a prompt."""

    purpose: Purpose
    provider: str
    rates: Rates
    prompt_block: str


def organisation(seed: int = 1, *, use_cases: int = 60) -> list[list[Made]]:
    """Make up use cases, the busiest first; each calls two models with two keys."""
    rng = random.Random(seed)
    models = [
        (f"model/m{number}@1", f"provider-{number % 3}", _rates(rng)) for number in range(min(6, use_cases))
    ]
    found = []
    for number in range(use_cases):
        ways = []
        for key in range(2):
            for model, provider, rates in rng.sample(models, 2):
                purpose = Purpose(
                    key=f"key-{number}-{key}",
                    use_case=f"case-{number:02}",
                    unit=f"unit-{number % 6}",
                    stage="launch" if number % 3 else "experiment",
                    model=model,
                    model_version=7,
                    remit=f"{number:016x}",
                    agent="" if number % 4 else "reader",
                )
                ways.append(
                    Made(purpose, provider, rates, f"prompt/p{number}@{key + 1}" if number % 2 else "")
                )
        found.append(ways)
    return found


def _rates(rng: random.Random) -> Rates:
    read = Decimal(rng.randint(10, 300)) / 100
    return Rates(STARTS, read, read * 4, cache_read=read / 10)


def asked_once(made: Made, shape: Shape, rng: random.Random) -> Origin:
    """Say how a call came in that asked what no other did."""
    return Origin(wire="openai", asked_digest=f"{rng.getrandbits(128):032x}")


def day_of(
    day: date,
    shapes: Sequence[Shape],
    cases: Sequence[Sequence[Made]],
    *,
    calls: int,
    seed: int = 1,
    origin: Callable[[Made, Shape, random.Random], Origin] = asked_once,
) -> Iterator[Entry]:
    """Give a day's entries in the order of their times: a hold and a call for each, and some refusals."""
    rng = random.Random(f"{seed} {day}")
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    first = rng.randrange(len(shapes))
    length = sum(shapes[(first + each) % len(shapes)].gap_s for each in range(calls)) or 1.0
    pace = 86_400 * 0.98 / length
    weights = [1 / (rank + 1) for rank in range(len(cases))]
    chosen = rng.choices(cases, weights, k=calls)
    under_way: list[tuple[datetime, int, Call]] = []
    elapsed = 0.0
    for number in range(calls):
        shape = shapes[(first + number) % len(shapes)]
        elapsed += shape.gap_s * pace * rng.uniform(0.8, 1.2)
        at = start + timedelta(seconds=min(elapsed, 86_390))
        while under_way and under_way[0][0] <= at:
            yield heapq.heappop(under_way)[2]
        made = rng.choice(chosen[number])
        if rng.random() < 0.02:
            yield _refused(made, at, rng)
            continue
        hold = _hold(made, shape, at, rng, came=origin(made, shape, rng))
        yield hold
        call = _call(hold, shape, rng)
        heapq.heappush(under_way, (call.at, number, call))
    while under_way:
        yield heapq.heappop(under_way)[2]


def _id(at: datetime, rng: random.Random) -> str:
    return ulid(int(at.timestamp() * 1000), rng.getrandbits(79))


def _refused(made: Made, at: datetime, rng: random.Random) -> Refusal:
    rule = rng.choice(("budget-exhausted", "rate-limited", "model-outside-remit"))
    decision = deny(rule, "the answer is no", help="ask the owner", layer="organisation", owner="x@y.example")
    return Refusal(id=_id(at, rng), at=at, decision=decision, purpose=made.purpose)


def _hold(made: Made, shape: Shape, at: datetime, rng: random.Random, *, came: Origin) -> Hold:
    purpose = made.purpose
    largest = Usage(input_tokens=shape.input_tokens, output_tokens=1_024)
    month = f"month:{at:%Y-%m}-01"
    return Hold(
        id=_id(at, rng),
        at=at,
        purpose=purpose,
        provider=made.provider,
        simulated=False,
        accounts=(
            f"organisation:{month}",
            f"unit/{purpose.unit}:{month}",
            f"use-case/{purpose.use_case}:{month}",
        ),
        amount=made.rates.cost(largest),
        currency="EUR",
        rates=made.rates,
        input_tokens_estimate=shape.input_tokens,
        output_tokens_max=1_024,
        streamed=rng.random() < 0.5,
        prompt_block=made.prompt_block,
        origin=came,
    )


def _call(hold: Hold, shape: Shape, rng: random.Random) -> Call:
    output = max(1, round(shape.output_tokens * rng.uniform(0.8, 1.2)))
    fresh = round((shape.input_tokens - shape.cached_tokens) * rng.uniform(0.9, 1.1))
    usage = Usage(input_tokens=fresh, cache_read_tokens=shape.cached_tokens, output_tokens=output)
    failed = rng.random() < 0.01
    first_ms = rng.randint(120, 900)
    took = timedelta(milliseconds=first_ms + output * rng.uniform(5, 15))
    return call_of(
        hold,
        at=hold.at + took,
        status="failed" if failed else "completed",
        usage=usage,
        served_model=hold.purpose.model.removeprefix("model/"),
        first_token_ms=first_ms,
        stop_reason=None if failed else "stop",
        fault="provider-timeout" if failed else None,
        reference=f"req-{rng.getrandbits(64):016x}",
    )


_HOUSE = """
organisation:
  name: A made-up house
  contact: administrator@example.com
  currency: EUR
  remit:
    models: any
    data_class_max: confidential
    spend: [{limit: 100000000.00 EUR, per: month}]
providers:
  echo: {technology: echo}
blocks:
  model/echo:
    name: Echo
    provider: echo
    context_tokens: 100000
    output_tokens_max: 50000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
stages:
  experiment: {description: A pilot., remit: {calls: true}}
  launch: {description: In use., remit: {calls: true}}
units:
"""


def declared(cases: Sequence[Sequence[Made]]) -> str:
    """Declare the units and use cases of the organisation, so that its pages can be made."""
    purposes = [ways[0].purpose for ways in cases]
    lines = [_HOUSE]
    for unit in sorted({purpose.unit for purpose in purposes}):
        lines.append(f"  {unit}: {{name: {unit}, lead: {unit}@example.com}}\n")
    lines.append("use_cases:\n")
    for purpose in purposes:
        lines.append(
            f"  {purpose.use_case}:\n    name: {purpose.use_case}\n    unit: {purpose.unit}\n"
            f"    owner: owner@example.com\n    purpose: Made up to measure.\n"
            f"    adoption: {{stage: {purpose.stage}, basis: It is made up.}}\n"
        )
    return "".join(lines)

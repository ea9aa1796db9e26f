"""What is counted for good, since the ledger began: calls, tokens, charges, findings, how long calls took."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from remit.declare.guardrail import Handling
from remit.enforce.guardrail.trust import Policy, Side
from remit.kernel.genai import DURATION_BOUNDS, FIRST_TOKEN_BOUNDS
from remit.kernel.money import EXACT, ZERO
from remit.record.call_entry import Call, GuardrailCheck, Refusal, Status

Measure = Literal["duration", "first_token"]

BOUNDS: dict[Measure, tuple[float, ...]] = {"duration": DURATION_BOUNDS, "first_token": FIRST_TOKEN_BOUNDS}
"""The seconds at which buckets end, the last one without an end."""

ALL_DAYS = ""


class TotalKey(NamedTuple):
    use_case: str
    unit: str
    model: str
    provider: str
    status: Status
    currency: str
    simulated: bool


@dataclass(slots=True)
class TotalSum:
    """Sums over calls; kinds of tokens exclude each other, but for `reasoning_tokens`, which are output."""

    calls: int = 0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    charge: Decimal = ZERO


class LatencyKey(NamedTuple):
    """A bucket of how long calls took. `day` is a UTC day by its first hour, or empty in the sum over all."""

    day: str
    use_case: str
    model: str
    measure: Measure
    bucket: int


@dataclass(slots=True)
class LatencySum:
    count: int = 0
    total_ms: int = 0


class FoundKey(NamedTuple):
    use_case: str
    side: Side
    policy: Policy
    action: Handling


@dataclass(slots=True)
class Tally:
    """What entries add to these counts, or what they all add up to."""

    totals: dict[TotalKey, TotalSum] = field(default_factory=dict)
    latency: dict[LatencyKey, LatencySum] = field(default_factory=dict)
    found: dict[FoundKey, int] = field(default_factory=dict)

    def add(self, entry: Call | Refusal | GuardrailCheck, day: str) -> None:
        """Count an entry; `day` is the one that a call ended in. Refusals are counted by their roll-up."""
        use_case = entry.purpose.use_case if entry.purpose is not None else ""
        if isinstance(entry, Call):
            self._total(entry)
            self._took(entry, day, "duration", entry.latency_ms)
            if entry.first_token_ms is not None and entry.status == "completed":
                self._took(entry, day, "first_token", entry.first_token_ms)
            if entry.hedge_of or entry.judges:
                # What was found in the text of the call that it stands beside is that call's.
                return
        for each in entry.findings:
            key = FoundKey(use_case, each.side, each.policy, each.action)
            self.found[key] = self.found.get(key, 0) + each.count

    def _total(self, call: Call) -> None:
        purpose, usage = call.purpose, call.usage
        # A plain tuple finds what stands under the named one, and is made in a fraction of the time.
        key: Any = (
            purpose.use_case,
            purpose.unit,
            purpose.model,
            call.provider,
            call.status,
            call.currency,
            call.simulated,
        )
        total = self.totals.get(key)
        if total is None:
            total = self.totals[TotalKey(*key)] = TotalSum()
        total.calls += 1
        total.input_tokens += usage.input_tokens
        total.cache_read_tokens += usage.cache_read_tokens
        total.cache_write_tokens += usage.cache_write_tokens + usage.cache_write_1h_tokens
        total.output_tokens += usage.output_tokens
        total.reasoning_tokens += usage.reasoning_tokens
        total.charge = EXACT.add(total.charge, call.charge)

    def _took(self, call: Call, day: str, measure: Measure, milliseconds: int) -> None:
        bucket = bisect_left(BOUNDS[measure], milliseconds / 1000)
        key: Any = (day, call.purpose.use_case, call.purpose.model, measure, bucket)
        took = self.latency.get(key)
        if took is None:
            took = self.latency[LatencyKey(*key)] = LatencySum()
        took.count += 1
        took.total_ms += milliseconds

    def over_all_days(self) -> dict[LatencyKey, LatencySum]:
        """Sum up how long calls took, whenever that was."""
        sums: dict[LatencyKey, LatencySum] = {}
        for key, took in self.latency.items():
            total = sums.setdefault(key._replace(day=ALL_DAYS), LatencySum())
            total.count += took.count
            total.total_ms += took.total_ms
        return sums

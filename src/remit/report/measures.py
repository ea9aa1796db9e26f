"""Measures: what a run of entries adds to metrics, as OTLP's JSON has them.

Every figure is what was added since the last time (delta), so whoever adds them up needs nothing before.
Labels are declared names and closed sets of words, so that there are only so many series.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from remit.kernel import genai
from remit.kernel.money import EXACT, ZERO
from remit.record.call_entry import Call, GuardrailCheck, Refusal
from remit.record.ledgered import Ledgered
from remit.report.attributes import Providers, Value, error_type, provider_name, request_model
from remit.report.spans import Json, attribute, nanoseconds

_DELTA = 1
Labels = tuple[tuple[str, Value], ...]


class Instrument(NamedTuple):
    """A metric; one with bounds is a histogram, the others are sums."""

    name: str
    unit: str
    says: str
    bounds: tuple[float, ...] = ()


TOKENS = Instrument(genai.METRIC_TOKENS, "{token}", "Tokens of a call, by type.", genai.TOKEN_BOUNDS)
DURATION = Instrument(
    genai.METRIC_DURATION, "s", "How long a call took, with Remit's own part.", genai.DURATION_BOUNDS
)
FIRST_TOKEN = Instrument(
    genai.METRIC_FIRST_TOKEN, "s", "Time to the first token of an answer.", genai.FIRST_TOKEN_BOUNDS
)
FIRST_CHUNK = Instrument(
    genai.METRIC_FIRST_CHUNK, "s", "The same of streamed answers, in other buckets.", genai.DURATION_BOUNDS
)
CHARGE = Instrument("remit.charge", "{currency}", "What was charged, by currency.")
REFUSALS = Instrument("remit.refusals", "{call}", "Calls that were refused, by rule.")
FINDINGS = Instrument("remit.guardrail.findings", "{finding}", "What guardrails found, by policy and action.")

INSTRUMENTS = (TOKENS, DURATION, FIRST_TOKEN, FIRST_CHUNK, CHARGE, REFUSALS, FINDINGS)


@dataclass(slots=True)
class _Spread:
    """The values of one series of a histogram."""

    counts: list[int]
    sum: float = 0.0
    least: float = float("inf")
    most: float = 0.0

    def add(self, bounds: Sequence[float], value: float) -> None:
        self.counts[bisect_left(bounds, value)] += 1
        self.sum += value
        self.least = min(self.least, value)
        self.most = max(self.most, value)


@dataclass(slots=True)
class _Sums:
    spreads: dict[tuple[Instrument, Labels], _Spread] = field(default_factory=dict)
    totals: dict[tuple[Instrument, Labels], Decimal] = field(default_factory=dict)

    def observe(self, instrument: Instrument, labels: Labels, value: float) -> None:
        key = instrument, labels
        spread = self.spreads.get(key)
        if spread is None:
            spread = self.spreads[key] = _Spread([0] * (len(instrument.bounds) + 1))
        spread.add(instrument.bounds, value)

    def add(self, instrument: Instrument, labels: Labels, amount: Decimal) -> None:
        key = instrument, labels
        self.totals[key] = EXACT.add(self.totals.get(key, ZERO), amount)


def measures(
    entries: Iterable[Ledgered], *, providers: Providers, since: datetime, until: datetime
) -> list[Json]:
    """Sum up what entries add; the figures hold for the time from `since` to `until`."""
    sums = _Sums()
    for entry in entries:
        match entry:
            case Call():
                _call(sums, entry, providers)
            case Refusal():
                _refusal(sums, entry)
            case GuardrailCheck():
                _found(sums, entry, entry.purpose.use_case)
            case _:
                pass
    window: Json = {"startTimeUnixNano": nanoseconds(since), "timeUnixNano": nanoseconds(until)}
    points: dict[Instrument, list[Json]] = {}
    # Series have most of their labels in common.
    write = lru_cache(maxsize=None)(attribute)
    for (instrument, labels), spread in sums.spreads.items():
        said = {"attributes": [write(*each) for each in labels]}
        points.setdefault(instrument, []).append(window | said | _histogram(instrument, spread))
    for (instrument, labels), total in sums.totals.items():
        said = {"attributes": [write(*each) for each in labels]}
        points.setdefault(instrument, []).append(window | said | _sum(instrument, total))
    return [_metric(instrument, points[instrument]) for instrument in INSTRUMENTS if instrument in points]


def _call(sums: _Sums, call: Call, providers: Providers) -> None:
    purpose = call.purpose
    labels: Labels = (
        (genai.OPERATION_NAME, call.origin.operation),
        (genai.PROVIDER_NAME, provider_name(call.provider, providers)),
        (genai.REQUEST_MODEL, request_model(purpose)),
        ("remit.use_case", purpose.use_case),
        ("remit.unit", purpose.unit),
        ("remit.stage", purpose.stage),
        ("remit.simulated", call.simulated),
    )
    sums.observe(TOKENS, (*labels, (genai.TOKEN_TYPE, "input")), call.usage.input_total)
    if call.origin.operation == "chat":
        sums.observe(TOKENS, (*labels, (genai.TOKEN_TYPE, "output")), call.usage.output_tokens)
    failed = error_type(call)
    how: Labels = (*labels, (genai.ERROR_TYPE, failed)) if failed else labels
    sums.observe(DURATION, how, call.latency_ms / 1000)
    if call.first_token_ms is not None and failed is None:
        sums.observe(FIRST_TOKEN, labels, call.first_token_ms / 1000)
        if call.streamed:
            sums.observe(FIRST_CHUNK, labels, call.first_token_ms / 1000)
    sums.add(CHARGE, (*labels, ("remit.currency", call.currency)), call.charge)
    if not (call.hedge_of or call.judges):
        _found(sums, call, purpose.use_case)


def _refusal(sums: _Sums, refusal: Refusal) -> None:
    use_case = refusal.purpose.use_case if refusal.purpose else ""
    if not refusal.judges:
        labels: Labels = (("remit.use_case", use_case), ("remit.decision.rule", refusal.decision.rule))
        sums.add(REFUSALS, labels, Decimal(1 + refusal.repeated))
    _found(sums, refusal, use_case)


def _found(sums: _Sums, entry: Call | Refusal | GuardrailCheck, use_case: str) -> None:
    for each in entry.findings:
        labels: Labels = (
            ("remit.use_case", use_case),
            ("remit.guardrail.policy", each.policy),
            ("remit.guardrail.side", each.side),
            ("remit.guardrail.action", each.action),
        )
        sums.add(FINDINGS, labels, Decimal(each.count))


def _histogram(instrument: Instrument, spread: _Spread) -> Json:
    return {
        "count": str(sum(spread.counts)),
        "sum": spread.sum,
        "min": spread.least,
        "max": spread.most,
        "bucketCounts": [str(count) for count in spread.counts],
        "explicitBounds": instrument.bounds,
    }


def _sum(instrument: Instrument, total: Decimal) -> Json:
    return {"asDouble": float(total)} if instrument is CHARGE else {"asInt": str(int(total))}


def _metric(instrument: Instrument, points: list[Json]) -> Json:
    data: Json = {"dataPoints": points, "aggregationTemporality": _DELTA}
    if not instrument.bounds:
        data["isMonotonic"] = True
    return {
        "name": instrument.name,
        "unit": instrument.unit,
        "description": instrument.says,
        ("histogram" if instrument.bounds else "sum"): data,
    }

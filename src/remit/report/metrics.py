"""Metrics as they are read: every family, its labels, and the samples that the store's counts make.

Labels are declared names and closed sets of words, so that there are only so many series, and no key, person
or word of a caller is in one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from remit.kernel.money import EXACT, ZERO
from remit.record.tally import BOUNDS, Measure, Tally, TotalKey
from remit.report.exposition import Family, Sample, histogram
from remit.report.follower_lag import FollowerLag


@dataclass(frozen=True, slots=True)
class Measured:
    """Whatever metrics are made from. `held` is what is on hold now, with how many calls, by use case and
    currency; `journals` are sizes in bytes, and `unfolded` and `unsealed` how much of each still is."""

    version: str
    model_version: int
    tally: Tally
    refused: Mapping[tuple[str, str], int]
    held: Mapping[tuple[str, str], tuple[int, Decimal]]
    journals: Mapping[str, int]
    unfolded: Mapping[str, int]
    unsealed: Mapping[str, int]
    followers: tuple[FollowerLag, ...]
    halted: bool


Samples = Callable[[Measured], Iterable[Sample]]
_CALL = ("use_case", "unit", "model", "provider", "status", "simulated")


def _call(key: TotalKey) -> tuple[str, ...]:
    return (key.use_case, key.unit, key.model, key.provider, key.status, str(key.simulated).lower())


def _summed(pairs: Iterable[tuple[tuple[str, ...], int | Decimal]]) -> Iterable[Sample]:
    """Add what has the same labels; a total differs from another by more than a metric's labels."""
    sums: dict[tuple[str, ...], Decimal] = {}
    for labels, value in pairs:
        sums[labels] = EXACT.add(sums.get(labels, ZERO), Decimal(value))
    return [Sample(labels, value) for labels, value in sorted(sums.items())]


def _calls(measured: Measured) -> Iterable[Sample]:
    return _summed((_call(key), total.calls) for key, total in measured.tally.totals.items())


def _tokens(measured: Measured) -> Iterable[Sample]:
    return _summed(
        ((key.use_case, key.unit, key.model, kind, str(key.simulated).lower()), count)
        for key, total in measured.tally.totals.items()
        for kind, count in (
            ("input", total.input_tokens),
            ("cache_read", total.cache_read_tokens),
            ("cache_write", total.cache_write_tokens),
            ("output", total.output_tokens),
        )
    )


def _charge(measured: Measured) -> Iterable[Sample]:
    return _summed(
        ((key.use_case, key.unit, key.model, key.currency, str(key.simulated).lower()), total.charge)
        for key, total in measured.tally.totals.items()
    )


def _took(measure: Measure) -> Samples:
    def samples(measured: Measured) -> Iterable[Sample]:
        counts: dict[tuple[str, str], dict[int, int]] = {}
        totals: dict[tuple[str, str], int] = {}
        for key, took in measured.tally.latency.items():
            if key.measure == measure:
                labels = key.use_case, key.model
                counts.setdefault(labels, {})[key.bucket] = took.count
                totals[labels] = totals.get(labels, 0) + took.total_ms
        for labels in sorted(counts):
            yield from histogram(labels, BOUNDS[measure], counts[labels], totals[labels] / 1000)

    return samples


def _found(measured: Measured) -> Iterable[Sample]:
    return _summed(
        ((key.use_case, key.side, key.policy, key.action), count)
        for key, count in measured.tally.found.items()
    )


METRICS: tuple[tuple[Family, Samples], ...] = (
    (Family("remit_calls", "counter", "Calls that were settled, by how they ended.", _CALL), _calls),
    (
        Family(
            "remit_tokens",
            "counter",
            "Tokens by kind; kinds exclude each other, and output has those of reasoning in it.",
            ("use_case", "unit", "model", "kind", "simulated"),
        ),
        _tokens,
    ),
    (
        Family(
            "remit_charge",
            "counter",
            "What calls were charged, exactly.",
            ("use_case", "unit", "model", "currency", "simulated"),
        ),
        _charge,
    ),
    (
        Family("remit_refusals", "counter", "Calls that were refused, by rule.", ("use_case", "rule")),
        lambda measured: _summed(measured.refused.items()),
    ),
    (
        Family(
            "remit_guardrail_findings",
            "counter",
            "What guardrails found, by what was done about it.",
            ("use_case", "side", "policy", "action"),
        ),
        _found,
    ),
    (
        Family("remit_call_duration_seconds", "histogram", "How long calls took.", ("use_case", "model")),
        _took("duration"),
    ),
    (
        Family(
            "remit_time_to_first_token_seconds",
            "histogram",
            "Time to the first token of completed calls.",
            ("use_case", "model"),
        ),
        _took("first_token"),
    ),
    (
        Family("remit_open_holds", "gauge", "Calls under way that hold money.", ("use_case", "currency")),
        lambda measured: _summed((labels, calls) for labels, (calls, _) in measured.held.items()),
    ),
    (
        Family("remit_held", "gauge", "How much they hold.", ("use_case", "currency")),
        lambda measured: _summed((labels, amount) for labels, (_, amount) in measured.held.items()),
    ),
    (
        Family("remit_journal_bytes", "gauge", "How large each journal is.", ("journal",)),
        lambda measured: _summed(((name,), size) for name, size in measured.journals.items()),
    ),
    (
        Family("remit_unfolded_bytes", "gauge", "How much of it the store has not taken in.", ("journal",)),
        lambda measured: _summed(((name,), size) for name, size in measured.unfolded.items()),
    ),
    (
        Family("remit_unsealed_bytes", "gauge", "How much of it no seal closes yet.", ("journal",)),
        lambda measured: _summed(((name,), size) for name, size in measured.unsealed.items()),
    ),
    (
        Family(
            "remit_follower_entries_behind", "gauge", "Entries a follower has still to take.", ("follower",)
        ),
        lambda measured: _summed(((each.name,), each.entries) for each in measured.followers),
    ),
    (
        Family("remit_follower_waits", "gauge", "1 if a follower cannot go on.", ("follower",)),
        lambda measured: _summed(((each.name,), int(each.since is not None)) for each in measured.followers),
    ),
    (
        Family("remit_halted", "gauge", "1 if no call is admitted, because a journal was tampered with."),
        lambda measured: [Sample((), int(measured.halted))],
    ),
    (
        Family("remit_operating_model_version", "gauge", "The version in force; 0 before the first."),
        lambda measured: [Sample((), measured.model_version)],
    ),
    (
        Family("remit_build_info", "gauge", "1, with the version of Remit.", ("version",)),
        lambda measured: [Sample((measured.version,), 1)],
    ),
)


def held_of(holds: Iterable[tuple[str, str, Decimal]]) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Sum up what is on hold: each with its use case, currency and amount."""
    held: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for use_case, currency, amount in holds:
        calls, sum_ = held.get((use_case, currency), (0, ZERO))
        held[use_case, currency] = calls + 1, EXACT.add(sum_, amount)
    return held


def families(measured: Measured) -> list[tuple[Family, Iterable[Sample]]]:
    """Make every metric, also those that have no sample yet."""
    return [(family, samples(measured)) for family, samples in METRICS]

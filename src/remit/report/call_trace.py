"""One call, as people follow it: what it passed, how long each part took, and what its charge is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from remit.declare.guardrail import Handling
from remit.declare.price import Rates, for_tokens
from remit.enforce.guardrail.noted import Noted
from remit.enforce.guardrail.trust import Side
from remit.kernel.money import Money, canonical
from remit.kernel.usage import Usage
from remit.record.call_entry import Call, GuardrailCheck
from remit.record.entry import Entry
from remit.record.guardrail_charge import GuardrailCharge

DONE: dict[Handling, str] = {"none": "noted", "anonymize": "masked", "block": "stopped"}


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a call's time, in milliseconds from when it began."""

    name: str
    starts_ms: int
    took_ms: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class TokenCharge:
    """Tokens of one kind, the rate for a million of them, and what that makes."""

    kind: str
    tokens: int
    rate: str
    charge: Money


@dataclass(frozen=True, slots=True)
class Step:
    """What was decided on the way, in order: what, by whose word, and what came of it."""

    name: str
    said: str
    whose: str = ""
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class CallTrace:
    """A call whole. `priced_by` says which rates, and from where; `besides` are charges of others."""

    call: Call
    steps: tuple[Step, ...]
    spans: tuple[Span, ...]
    tokens: tuple[TokenCharge, ...]
    charge: Money
    held: Money
    listed: Money | None
    priced_by: str
    besides: tuple[GuardrailCharge, ...]
    checks: tuple[GuardrailCheck, ...]


def call_trace(call: Call, about: Iterable[Entry] = ()) -> CallTrace:
    """Lay out a call, with the entries that are about it."""
    told = [each for each in about if getattr(each, "judges", "") == call.id]
    currency = call.currency
    return CallTrace(
        call=call,
        steps=tuple(_steps(call)),
        spans=tuple(_spans(call)),
        tokens=token_charges(call.rates, call.usage, currency),
        charge=Money(call.charge, currency),
        held=Money(call.held, currency),
        listed=None if call.list_charge is None else Money(call.list_charge, currency),
        priced_by=_priced_by(call.rates),
        besides=tuple(each for each in told if isinstance(each, GuardrailCharge)),
        checks=tuple(each for each in told if isinstance(each, GuardrailCheck)),
    )


def token_charges(rates: Rates, usage: Usage, currency: str) -> tuple[TokenCharge, ...]:
    """Split a charge by kinds of tokens; the parts add up to it exactly."""
    write = rates.input if rates.cache_write is None else rates.cache_write
    kinds = (
        ("input", usage.input_tokens, rates.input),
        (
            "read from a cache",
            usage.cache_read_tokens,
            rates.input if rates.cache_read is None else rates.cache_read,
        ),
        ("written to a cache", usage.cache_write_tokens, write),
        (
            "written for an hour",
            usage.cache_write_1h_tokens,
            write if rates.cache_write_1h is None else rates.cache_write_1h,
        ),
        ("output", usage.output_tokens, rates.output),
    )
    return tuple(
        TokenCharge(kind, tokens, canonical(rate), Money(for_tokens([(tokens, rate)]), currency))
        for kind, tokens, rate in kinds
        if tokens
    )


def _priced_by(rates: Rates) -> str:
    said = [f"rates from {rates.starts} on"]
    said += [f"tier {rates.tier}"] if rates.tier else []
    said += [f"for more than {rates.above:,} input tokens"] if rates.above else []
    said += [f"from {rates.source}"] if rates.source else []
    said += [f"drawn from commitment {rates.commitment}"] if rates.commitment else []
    return ", ".join(said)


def _spans(call: Call) -> Iterator[Span]:
    at = 0
    for each in call.attempts:
        yield Span(f"{_name(each.model)}: {each.fault}", at, each.took_ms, failed=True)
        at += each.took_ms
    if call.cached:
        yield Span("a kept answer again", at, max(0, call.latency_ms - at))
        return
    served = call.served_model or _name(call.purpose.model)
    if call.status == "blocked" and not call.usage.total:
        yield Span("guardrails", at, max(0, call.latency_ms - at), failed=True)
        return
    first = call.first_token_ms
    if first is not None and at <= first <= call.latency_ms:
        yield Span(f"{served}: to the first token", at, first - at)
        yield Span(f"{served}: to the last", first, call.latency_ms - first)
        return
    yield Span(served, at, max(0, call.latency_ms - at), failed=call.status == "failed")


def _steps(call: Call) -> Iterator[Step]:
    purpose = call.purpose
    yield Step(
        "Admitted",
        f"under the remit of {purpose.use_case} at {purpose.stage}",
        f"remit {purpose.remit}, operating model version {purpose.model_version}",
    )
    for policy in call.policies_noted:
        yield Step("Noted", f"policy {policy} would have refused it", "a policy that only notes")
    if purpose.arm:
        study, _, arm = purpose.arm.partition(":")
        yield Step("Assigned", f"to the {arm} arm", f"study {study}")
    yield from _guarded(call, "input")
    if call.held:
        where = ", ".join(call.accounts)
        yield Step("Held", Money(call.held, call.currency).display(), where)
    if purpose.asked and purpose.asked != purpose.model:
        yield Step("Routed", f"{_name(purpose.asked)} to {_name(purpose.model)}")
    for each in call.attempts:
        yield Step("Tried", f"{_name(each.model)}: {each.fault} after {each.took_ms:,} ms", each.provider)
    if call.cached:
        yield Step("Answered", f"with what call {call.cached} was given")
    elif call.usage.total or call.status == "completed":
        yield Step("Answered", _answered(call), call.provider)
    yield from _guarded(call, "output")
    if call.fault:
        yield Step("Ended", f"{call.status.replace('_', ' ')}: {call.fault}", stopped=True)
    done = "posted" if call.settlement == "post" else "nothing to post; what was held is free again"
    amount = f"{Money(call.charge, call.currency).display()} " if call.settlement == "post" else ""
    yield Step("Settled", f"{amount}{done}{', estimated' if call.usage_estimated else ''}")


def _answered(call: Call) -> str:
    said = f"by {call.served_model or _name(call.purpose.model)}"
    said += f" in tier {call.tier}" if call.tier else ""
    return f"{said}, {call.stop_reason.replace('_', ' ')}" if call.stop_reason else said


def _guarded(call: Call, side: Side) -> Iterator[Step]:
    found = [each for each in call.findings if each.side == side]
    if not found and side == "input" and call.guardrails:
        layers = ", ".join(f"{name} (by {layer})" for name, layer in call.guardrails.items())
        yield Step("Guarded", "nothing found in what was asked", layers)
    for each in found:
        yield _finding(each)


def _finding(each: Noted) -> Step:
    where = "what was asked" if each.side == "input" else "the answer"
    times = f", {each.count:,} times" if each.count > 1 else ""
    score = f", score {each.score:.2f}" if each.score is not None else ""
    said = f"{each.type} {DONE[each.action]} in {where}{times}, {each.confidence} confidence{score}"
    said += ", only watched" if each.shadow and not each.guardrails else ""
    whose = ", ".join(sorted({*each.guardrails, *each.shadow}))
    return Step("Guarded", said, whose, stopped=each.action == "block")


def _name(address: str) -> str:
    return address.partition("/")[2] or address

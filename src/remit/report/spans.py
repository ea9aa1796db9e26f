"""Spans: entries as OpenTelemetry's traces have them, in the JSON that OTLP says.

A span's id is made from its entry's, so that one that is sent again is the same span.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from remit.kernel import genai
from remit.kernel.traceparent import parts_of
from remit.record.call_entry import Call, GuardrailCheck, Origin, Refusal
from remit.record.ledgered import Ledgered
from remit.report.attributes import (
    CALL,
    CHECK,
    FINDING,
    REFUSAL,
    Providers,
    Value,
    error_type,
    provider_name,
    request_model,
    values,
)

INTERNAL, CLIENT = 1, 3
_FIELDS: dict[type, str] = {str: "stringValue", bool: "boolValue", float: "doubleValue"}
_ERROR = dict.fromkeys(("code",), 2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Of the flags, that it is known whether the parent is another process's span, and that it is.
_KNOWN, _REMOTE = 0x100, 0x200
_NOWHERE = Origin()

Json = dict[str, Any]


def spans(entries: Iterable[Ledgered], *, providers: Providers, seed: bytes) -> list[Json]:
    """Make a span of each entry that tells of work; `seed` is what ids are keyed by."""
    made = []
    for entry in entries:
        make = _KINDS.get(type(entry))
        if make is not None:
            made.append(make(entry, providers, seed))
    return made


def attribute(name: str, value: Value) -> Json:
    """Write an attribute; whole numbers are text, as protobuf's JSON has 64 bits.

    >>> attribute("n", 7), attribute("on", True)
    ({'key': 'n', 'value': {'intValue': '7'}}, {'key': 'on', 'value': {'boolValue': True}})
    """
    kind = _FIELDS.get(type(value))
    if kind is not None:
        said: Json = {kind: value}
    elif isinstance(value, int):
        said = {"intValue": str(value)}
    else:
        said = {"arrayValue": {"values": [{"stringValue": each} for each in value]}}  # type: ignore[union-attr]  # nothing else is left
    return {"key": name, "value": said}


def nanoseconds(at: datetime) -> str:
    """Write an instant as OTLP does, exactly."""
    return str((at - _EPOCH) // _MICROSECOND * 1000)


def span_id(entry: str, seed: bytes) -> str:
    return hashlib.blake2b(entry.encode(), key=seed, digest_size=8, person=b"remit-span").hexdigest()


def trace_id(of: str, seed: bytes) -> str:
    return hashlib.blake2b(of.encode(), key=seed, digest_size=16, person=b"remit-trace").hexdigest()


def _place(id: str, beside: str, use_case: str, origin: Origin, seed: bytes) -> Json:
    """Say where a span stands: in its caller's trace if it named one, else with its run's calls.

    What was done beside a call, or to judge its text, stands below that call.
    """
    given = parts_of(origin.trace)
    if given is not None:
        trace, caller, flags = given
    else:
        trace = trace_id(f"run {use_case} {origin.run}" if origin.run else f"call {beside or id}", seed)
        caller, flags = "", 1
    place: Json = {"traceId": trace, "spanId": span_id(id, seed)}
    if beside:
        place["parentSpanId"] = span_id(beside, seed)
    elif caller:
        place["parentSpanId"] = caller
        flags |= _REMOTE
    return place | {"flags": flags | _KNOWN}


def _call(call: Call, providers: Providers, seed: bytes) -> Json:
    said = values(CALL, call)
    said.append((genai.PROVIDER_NAME, provider_name(call.provider, providers)))
    place = _place(call.id, call.hedge_of or call.judges, call.purpose.use_case, call.origin, seed)
    made = place | {
        "name": f"{call.origin.operation} {request_model(call.purpose)}",
        "kind": CLIENT,
        "startTimeUnixNano": nanoseconds(call.began),
        "endTimeUnixNano": nanoseconds(max(call.at, call.began)),
        "attributes": [attribute(*each) for each in said],
    }
    if call.attempts or call.findings:
        made["events"] = [*_attempts(call), *_found(call, max(call.at, call.began))]
    if error_type(call) is not None:
        made["status"] = _ERROR
    return made


def _attempts(call: Call) -> list[Json]:
    """Say when each try failed, one after the other from the call's beginning on."""
    events, at = [], call.began
    for each in call.attempts:
        at += timedelta(milliseconds=each.took_ms)
        said: Sequence[tuple[str, Value]] = (
            ("remit.model", each.model),
            ("remit.provider", each.provider),
            (genai.ERROR_TYPE, each.fault),
        )
        events.append(_event("remit.attempt", at, said))
    return events


def _found(entry: Call | Refusal | GuardrailCheck, at: datetime) -> list[Json]:
    return [_event("remit.guardrail.finding", at, values(FINDING, each)) for each in entry.findings]


def _event(name: str, at: datetime, said: Iterable[tuple[str, Value]]) -> Json:
    return {
        "timeUnixNano": nanoseconds(at),
        "name": name,
        "attributes": [attribute(*each) for each in said],
    }


def _refusal(refusal: Refusal, providers: Providers, seed: bytes) -> Json:
    at = nanoseconds(refusal.at)
    use_case = refusal.purpose.use_case if refusal.purpose else ""
    made = _place(refusal.id, refusal.judges, use_case, _origin(refusal), seed) | {
        "name": f"refuse {refusal.decision.rule}",
        "kind": INTERNAL,
        "startTimeUnixNano": at,
        "endTimeUnixNano": at,
        "attributes": [attribute(*each) for each in values(REFUSAL, refusal)],
        "status": _ERROR,
    }
    if refusal.findings:
        made["events"] = _found(refusal, refusal.at)
    return made


def _check(check: GuardrailCheck, providers: Providers, seed: bytes) -> Json:
    began = check.at - timedelta(milliseconds=check.latency_ms)
    made = _place(check.id, check.judges, check.purpose.use_case, _origin(check), seed) | {
        "name": f"check {check.side}",
        "kind": INTERNAL,
        "startTimeUnixNano": nanoseconds(began),
        "endTimeUnixNano": nanoseconds(check.at),
        "attributes": [attribute(*each) for each in values(CHECK, check)],
    }
    if check.findings:
        made["events"] = _found(check, check.at)
    return made


def _origin(entry: object) -> Origin:
    """Return how an entry says that it came in; not every kind does."""
    found = getattr(entry, "origin", None)
    return found if isinstance(found, Origin) else _NOWHERE


_KINDS: dict[type, Callable[[Any, Providers, bytes], Json]] = {
    Call: _call,
    Refusal: _refusal,
    GuardrailCheck: _check,
}

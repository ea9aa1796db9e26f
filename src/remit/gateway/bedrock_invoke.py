"""Bedrock's `invoke`: bodies in the formats of the model families themselves."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from remit.declare.guardrail import Streaming
from remit.enforce.answer import Finish, Piece
from remit.gateway import anthropic_messages
from remit.gateway.aws_event_stream import event_headers, exception, message
from remit.gateway.bedrock_assessment import Trace, trace
from remit.gateway.bedrock_error import error, in_stream
from remit.gateway.bedrock_shapes import Shape
from remit.gateway.guardrail_call import named
from remit.gateway.reading import invalid, unsupported
from remit.gateway.wire import Account, Ask, Failure, Head, Writer, malformed

_CHUNK = event_headers("chunk")
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
HEADERS_NOT_SERVED = frozenset(
    f"x-amzn-bedrock-{name}"
    for name in ("performanceconfig-latency", "projectidentifier", "request-metadata", "service-tier")
)
"""What Bedrock takes beside a body, and is not done here."""

IDENTIFIER, VERSION, TRACE = HEADERS_SERVED = tuple(
    f"x-amzn-bedrock-{name}" for name in ("guardrailidentifier", "guardrailversion", "trace")
)

_TRACES: dict[str, Trace] = {
    "ENABLED": "enabled",
    "DISABLED": "disabled",
    "ENABLED_FULL": "enabled_full",
}

_METRICS = "amazon-bedrock-invocationMetrics"


_GUARDRAIL = "amazon-bedrock-guardrailConfig"


class _GuardrailConfig(Shape):
    stream_processing_mode: Literal["SYNCHRONOUS", "ASYNCHRONOUS"] | None = None
    tag_suffix: str | None = None


_CONFIG = msgspec.json.Decoder(_GuardrailConfig)


@dataclass(frozen=True, slots=True)
class Family:
    """A family of models whose own format is served.

    `mark` is the field that all of its bodies have, with the value that is known, and no other family's.
    """

    mark: str
    value: str
    decode: Callable[[bytes, str], Ask | Failure]
    decode_count: Callable[[bytes, str], Ask | Failure]
    writer: Callable[[Ask, Head], Writer]


class Invoked(msgspec.Struct, frozen=True):
    """In whose format an answer is written, and whether with what guardrails found."""

    family: Family
    trace: Trace = "disabled"


FAMILIES: tuple[Family, ...] = (
    Family(
        "anthropic_version",
        "bedrock-2023-05-31",
        anthropic_messages.decode,
        anthropic_messages.decode_count,
        anthropic_messages.FORMAT.writer,
    ),
)
"""The families that are served. Each writes its stream as server-sent events, whose data is framed here."""


def decode(body: bytes, target: str) -> Ask | Failure:
    """Read a body that asks for an answer in one piece."""
    return _decoded(body, target, lambda family: family.decode, streamed=False)


def decode_streamed(body: bytes, target: str) -> Ask | Failure:
    """Read a body that asks for a stream; here, the path says so."""
    return _decoded(body, target, lambda family: family.decode, streamed=True)


def decode_count(body: bytes, target: str) -> Ask | Failure:
    """Read a body whose tokens are to be counted."""
    return _decoded(body, target, lambda family: family.decode_count, streamed=False)


def _decoded(
    body: bytes,
    target: str,
    choose: Callable[[Family], Callable[[bytes, str], Ask | Failure]],
    *,
    streamed: bool,
) -> Ask | Failure:
    try:
        fields = _FIELDS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return malformed("invalid-json", "the body is not a JSON object", "send an object of fields")
    family = next((family for family in FAMILIES if family.mark in fields), None)
    if family is None:
        known = " or ".join(f"`{family.mark}`" for family in FAMILIES)
        help = f"use `converse`, which serves every model, or send a body with {known}"
        return unsupported("body", "the body is in a format that is not served", help)
    wrong = _wrong_place(fields, family)
    if wrong is not None:
        return wrong
    del fields[family.mark]
    # Here the path names the model, and the format's own body does.
    fields["model"] = msgspec.Raw(msgspec.json.encode(target[:200]))
    streaming = _streaming(bytes(fields.pop(_GUARDRAIL, msgspec.Raw(b"{}"))))
    if isinstance(streaming, Failure):
        return streaming
    ask = choose(family)(msgspec.json.encode(fields), "")
    if isinstance(ask, Failure):
        return ask
    return Ask(ask.request, streamed, Invoked(family), streaming=streaming)


def _streaming(config: bytes) -> Streaming | Failure:
    """Read how a guardrail is to look at a stream. What a tag in the words would mark is looked at anyway."""
    try:
        given = _CONFIG.decode(config)
    except msgspec.ValidationError:
        help = "send `streamProcessingMode` alone, as `SYNCHRONOUS` or `ASYNCHRONOUS`"
        return invalid(_GUARDRAIL, f"`{_GUARDRAIL}` is not what it should be", help)
    if given.tag_suffix is not None:
        help = "leave it out, and the tags in the messages: guardrails read all of them here"
        return unsupported(_GUARDRAIL, f"`tagSuffix` of `{_GUARDRAIL}` is not served", help)
    return "windowed" if given.stream_processing_mode == "SYNCHRONOUS" else "audit"


def with_headers(ask: Ask, headers: Mapping[str, str]) -> Ask | Failure:
    """Add the guardrail that the headers name, and whether its trace is wanted."""
    guardrails = named(headers.get(IDENTIFIER, ""), headers.get(VERSION, ""), fields=(IDENTIFIER, VERSION))
    if isinstance(guardrails, Failure):
        return guardrails
    trace = _TRACES.get(headers.get(TRACE, "DISABLED"))
    if trace is None:
        return invalid(TRACE, f"`{TRACE}` is not one of its words", f"write one of {', '.join(_TRACES)}")
    options = Invoked(ask.options.family, trace)
    return msgspec.structs.replace(ask, options=options, guardrails=guardrails)


def _wrong_place(fields: Mapping[str, msgspec.Raw], family: Family) -> Failure | None:
    """Refuse another version of a family's format, and what Bedrock says in the path."""
    if bytes(fields[family.mark]) != msgspec.json.encode(family.value):
        help = f"send `{family.value}`"
        return invalid(family.mark, f"`{family.mark}` is not a version that is served", help)
    for name in ("model", "stream"):
        if name in fields:
            return unsupported(name, f"`{name}` does not stand in the body here", "say it in the path")
    return None


class InvokeWriter:
    """Writes one answer: a family's own, in Bedrock's framing where it is streamed."""

    __slots__ = ("_inner", "_trace")

    def __init__(self, ask: Ask, head: Head) -> None:
        invoked: Invoked = ask.options
        self._inner = invoked.family.writer(ask, head)
        self._trace = invoked.trace

    def whole(self, pieces: Sequence[Piece], finish: Finish, account: Account) -> bytes:
        answer = self._inner.whole(pieces, finish, account)
        more = self._guarded(account)
        return msgspec.json.encode(_FIELDS.decode(answer) | more) if more else answer

    def _guarded(self, account: Account) -> dict[str, Any]:
        """Say what guardrails did, as Bedrock does beside a family's own fields."""
        if not account.guards:
            return {}
        stopped = any(each.action != "none" for each in account.findings)
        more: dict[str, Any] = {"amazon-bedrock-guardrailAction": "INTERVENED" if stopped else "NONE"}
        if self._trace != "disabled":
            traced = trace(account.guards, account.findings, full=self._trace == "enabled_full")
            outputs = [{name: each[0]} for name, each in traced["outputAssessments"].items()]
            guardrail = {
                "input": traced["inputAssessment"],
                "outputs": outputs,
                "actionReason": traced["actionReason"],
            }
            more["amazon-bedrock-trace"] = {"guardrail": guardrail}
        return more

    def opening(self) -> bytes:
        return _framed(_data(self._inner.opening()))

    def pieces(self, pieces: Sequence[Piece]) -> bytes:
        return _framed(_data(self._inner.pieces(pieces)))

    def closing(self, finish: Finish, account: Account) -> bytes:
        """Write the last events; Bedrock adds its own count to the very last."""
        *before, last = _data(self._inner.closing(finish, account))
        fields: dict[str, Any] = msgspec.json.decode(last)
        usage = finish.usage
        fields[_METRICS] = {
            "inputTokenCount": usage.input_tokens,
            "outputTokenCount": usage.output_tokens,
            "invocationLatency": account.latency_ms,
            "firstByteLatency": account.first_token_ms,
            "cacheReadInputTokenCount": usage.cache_read_tokens,
            "cacheWriteInputTokenCount": usage.cache_write_tokens + usage.cache_write_1h_tokens,
        }
        return _framed([*before, msgspec.json.encode(fields | self._guarded(account))])

    def failing(self, fault: Failure) -> bytes:
        return exception(in_stream(fault), error(fault))


def _data(events: bytes) -> list[bytes]:
    """Take the data out of server-sent events; a sign of life is not one of Bedrock's."""
    found = (event.partition(b"data: ")[2] for event in events.split(b"\n\n"))
    return [data for data in found if data and data != b'{"type":"ping"}']


def _framed(data: list[bytes]) -> bytes:
    return b"".join([message(_CHUNK, b'{"bytes":"%b"}' % b64encode(each)) for each in data])

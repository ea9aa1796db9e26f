"""OTLP's requests as a receiver reads them, with the protocol's own messages, and a call to tell of."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import msgspec
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from remit.record.call_entry import Call
from strategies import MOMENT

_HEX = {"traceId": 32, "spanId": 16, "parentSpanId": 16}


def _plain(value: Any) -> Any:
    """Turn ids from hexadecimal digits, which OTLP wants, to what protobuf's own JSON has for bytes."""
    if isinstance(value, dict):
        return {key: _id(key, each) if key in _HEX else _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _id(key: str, text: str) -> str:
    assert len(text) == _HEX[key], f"{key} is `{text}`"
    assert text == text.lower()
    return base64.b64encode(bytes.fromhex(text)).decode()


def read_traces(body: bytes) -> ExportTraceServiceRequest:
    read = ExportTraceServiceRequest()
    json_format.ParseDict(_plain(json.loads(body)), read)
    return read


def read_metrics(body: bytes) -> ExportMetricsServiceRequest:
    read = ExportMetricsServiceRequest()
    json_format.ParseDict(_plain(json.loads(body)), read)
    return read


def said(attributes: Any) -> dict[str, Any]:
    """Give attributes as plain values."""
    return {each.key: _value(each.value) for each in attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return tuple(_value(each) for each in value.array_value.values)
    return getattr(value, kind)


def a_call(**changes: Any) -> Call:
    plain = msgspec.convert(
        {
            "id": "c1",
            "at": MOMENT + timedelta(milliseconds=1500),
            "purpose": {
                "key": "k1",
                "use_case": "triage",
                "unit": "claims",
                "stage": "launch",
                "model": "model/large@2",
                "model_version": 7,
                "remit": "r",
                "user": "pseudonym-of-somebody",
            },
            "provider": "cloud",
            "simulated": False,
            "served_model": "large-2026-01",
            "streamed": True,
            "status": "completed",
            "settlement": "post",
            "usage": {"input_tokens": 100, "output_tokens": 30},
            "accounts": ["organisation:month:2026-11-01"],
            "held": "1",
            "charge": "0.25",
            "currency": "EUR",
            "rates": {"starts": "2026-01-01", "input": "1", "output": "2"},
            "began": MOMENT,
            "latency_ms": 1500,
            "first_token_ms": 250,
            "stop_reason": "tool_use",
            "reference": "claim-of-a-person",
        },
        Call,
        strict=False,
    )
    return msgspec.structs.replace(plain, **changes)

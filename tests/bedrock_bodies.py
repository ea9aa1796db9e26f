"""Bodies of the Converse format, and the service model of Amazon's that they are held against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botocore.session import Session  # type: ignore[import-untyped]  # botocore states no types
from botocore.validate import ParamValidator  # type: ignore[import-untyped]  # as above

from remit.gateway.aws_event_stream import event_headers, message

BODIES = Path(__file__).parent / "data/bedrock"
ANSWERS = tuple(sorted(path.stem for path in BODIES.glob("answer-*.json")))
SERVICE = Session().get_service_model("bedrock-runtime")


def body(name: str) -> Any:
    return json.loads((BODIES / f"{name}.json").read_text("utf-8"))


def faults(shape: Any, value: Any) -> str:
    """Hold a value against a shape of the service model; members that it does not know are faults as well."""
    return str(ParamValidator().validate(value, shape).generate_report())


def request_faults(fields: Any) -> str:
    return faults(SERVICE.operation_model("Converse").input_shape, {"modelId": "a.model-v1:0", **fields})


def count_faults(fields: Any) -> str:
    return faults(SERVICE.operation_model("CountTokens").input_shape, {"modelId": "a.model-v1:0", **fields})


def answer_faults(fields: Any) -> str:
    return faults(SERVICE.operation_model("Converse").output_shape, fields)


def event_faults(events: Any) -> str:
    stream = SERVICE.operation_model("ConverseStream").get_event_stream_output()
    return "".join(faults(stream.members[name], payload) for name, payload in events)


def streamed(events: Any) -> bytes:
    """Frame the events of a stream."""
    return b"".join(message(event_headers(name), json.dumps(payload).encode()) for name, payload in events)

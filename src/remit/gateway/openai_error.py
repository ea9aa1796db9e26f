"""The shape of errors in OpenAI's formats."""

from __future__ import annotations

from typing import Any

import msgspec

from remit.gateway.wire import Failure

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "invalid_request_error",
    405: "invalid_request_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}


def error_fields(fault: Failure) -> dict[str, Any]:
    """Write an error's fields; `code` is a permanent word with a page of its own."""
    fields: dict[str, Any] = {
        "message": fault.message,
        "type": _TYPES.get(fault.status, "server_error"),
        "param": fault.param,
        "code": fault.code,
    }
    if fault.remit is not None:
        fields["remit"] = fault.remit
    return fields


def error(fault: Failure) -> bytes:
    return msgspec.json.encode({"error": error_fields(fault)})

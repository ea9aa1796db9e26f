"""The shape of errors in Anthropic's format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from remit.gateway.wire import Failure

_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def error_fields(fault: Failure) -> dict[str, Any]:
    """Write an error's fields; the code stands where the format's clients look for a stable one."""
    other = "invalid_request_error" if fault.status < 500 else "api_error"
    fields: dict[str, Any] = {
        "type": _TYPES.get(fault.status, other),
        "message": fault.message,
        "details": {"error_code": fault.code},
    }
    if fault.param is not None:
        fields["param"] = fault.param
    if fault.remit is not None:
        fields["remit"] = fault.remit
    return {"type": "error", "error": fields, "request_id": fault.entry or None}


def error(fault: Failure) -> bytes:
    return msgspec.json.encode(error_fields(fault))


def error_headers(fault: Failure) -> Sequence[tuple[str, str]]:
    """Name the refusal's entry where the format's clients look for the id of a request."""
    return (("request-id", fault.entry),) if fault.entry else ()

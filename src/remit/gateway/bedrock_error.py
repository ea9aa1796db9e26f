"""The shape of errors in Bedrock's formats: a header names the type that AWS's SDKs raise."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from remit.gateway.wire import Failure

_TYPES = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    402: "ServiceQuotaExceededException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    405: "ValidationException",
    413: "ValidationException",
    429: "ThrottlingException",
    502: "ModelErrorException",
    503: "ServiceUnavailableException",
    504: "ModelTimeoutException",
}
_STATUS = {401: 403, 502: 424, 504: 408}
"""Where AWS has another status for the same thing; SDKs repeat by status as well."""

_IN_STREAM = {
    400: "validationException",
    413: "validationException",
    429: "throttlingException",
    502: "modelStreamErrorException",
    503: "serviceUnavailableException",
    504: "modelStreamErrorException",
}


def error(fault: Failure) -> bytes:
    return msgspec.json.encode(
        {"message": fault.message, "remit": {"code": fault.code, **(fault.remit or {})}}
    )


def error_headers(fault: Failure) -> Sequence[tuple[str, str]]:
    kind = _TYPES.get(fault.status, "InternalServerException")
    if fault.code == "invalid-signature":
        kind = "InvalidSignatureException"
    named = [("x-amzn-errortype", kind)]
    if fault.entry:
        named.append(("x-amzn-requestid", fault.entry))
    return named


def status(fault: Failure) -> int:
    return _STATUS.get(fault.status, fault.status)


def in_stream(fault: Failure) -> str:
    """Name the exception that says a fault after the answer has begun."""
    return _IN_STREAM.get(fault.status, "internalServerException")

"""AWS Signature Version 4 as it is checked: that whoever sent a request holds the secret of an access key.

The algorithm is AWS's own. A request whose payload is not signed, or that carries a session token, is not
taken: what is asked is always part of what is proved.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "bedrock"
SKEW_MAX = timedelta(minutes=5)

_REQUIRED = ("host", "x-amz-date")
# A header that means something here could be added on the way if it is not signed.
_MUST_BE_SIGNED = ("x-amzn-bedrock-", "x-remit-")
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=([\w]{1,128})/(\d{8})/([a-z0-9-]{1,40})/([a-z0-9-]{1,40})/aws4_request *,"
    r" *SignedHeaders=([a-z0-9;_-]{1,2000}) *, *Signature=([0-9a-f]{64})",
    re.ASCII,
)
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signature:
    """What an `Authorization` header says of a signature."""

    access_key: str
    day: str
    region: str
    service: str
    headers: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The parts of a request that a signature covers; path and query as they were sent."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def read(authorization: str) -> Signature | None:
    """Read an `Authorization` header of this scheme; None if it is another, or not whole."""
    if not authorization.startswith(ALGORITHM):
        return None
    found = _AUTHORIZATION.fullmatch(authorization)
    if found is None:
        return None
    key, day, region, service, headers, value = found.groups()
    return Signature(key, day, region, service, tuple(headers.split(";")), value)


def fault(signature: Signature, request: SignedRequest, *, secret: str, now: datetime) -> str:
    """Say what is wrong with a signature; empty if it is good."""
    return _scope_fault(signature, request, now) or value_fault(signature, request, secret)


def _scope_fault(signature: Signature, request: SignedRequest, now: datetime) -> str:
    headers = request.headers
    if signature.service != SERVICE:
        return f"the signature is not for the service `{SERVICE}`"
    if "x-amz-security-token" in headers:
        return "session tokens are not taken"
    names = signature.headers
    if any(name not in names for name in _REQUIRED) or any(name not in headers for name in names):
        return "the signature does not cover the headers that it must"
    if any(name.startswith(_MUST_BE_SIGNED) and name not in names for name in headers):
        return "the signature does not cover the headers that it must"
    at = _instant(headers["x-amz-date"])
    if at is None or headers["x-amz-date"][:8] != signature.day:
        return "the signature's date cannot be read"
    if abs(now - at) > SKEW_MAX:
        minutes = int(SKEW_MAX.total_seconds() // 60)
        return f"the request was signed more than {minutes} minutes from now"
    return ""


def value_fault(signature: Signature, request: SignedRequest, secret: str) -> str:
    """Say whether a signature is not the one that a secret gives a request, whatever its scope and date."""
    digest = hashlib.sha256(request.body).hexdigest()
    if request.headers.get("x-amz-content-sha256", digest) != digest:
        return "the payload is not the one that was signed"
    if not hmac.compare_digest(_value(signature, request, secret, digest), signature.value):
        return "the signature does not belong to this request and access key"
    return ""


def _value(signature: Signature, request: SignedRequest, secret: str, digest: str) -> str:
    canonical = "\n".join(
        [
            request.method,
            quote(request.path, safe="/~"),
            "&".join(sorted(_pairs(request.query))),
            *[f"{name}:{' '.join(request.headers[name].split())}" for name in signature.headers],
            "",
            ";".join(signature.headers),
            digest,
        ]
    )
    scope = f"{signature.day}/{signature.region}/{signature.service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"{ALGORITHM}\n{request.headers['x-amz-date']}\n{scope}\n{hashed}"
    key = f"AWS4{secret}".encode()
    for part in (signature.day, signature.region, signature.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _pairs(query: str) -> list[str]:
    return [pair if "=" in pair else f"{pair}=" for pair in query.split("&") if pair]


def _instant(text: str) -> datetime | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None

"""A collector of telemetry that is reached by OTLP over HTTP, with JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from remit.adapters.http_client import HttpClient, Timeouts
from remit.adapters.remote import retry_after_s
from remit.kernel.errors import ProviderError, TelemetryFailed

ANSWER_BYTES_MAX = 64 << 10
TIMEOUT_S = 10.0
_CONNECTIONS_MAX = 4
_REJECTED = ("rejectedSpans", "rejectedDataPoints")


class OtlpCollector:
    """Posts requests under an endpoint; what it answers in words is read by nobody, as it could quote."""

    def __init__(self, endpoint: str, headers: Mapping[str, str]) -> None:
        assert urlsplit(endpoint).hostname, "checked when it was set"
        self._client = HttpClient(endpoint, connections_max=_CONNECTIONS_MAX)
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", **headers}

    async def send(self, path: str, body: bytes) -> int:
        try:
            response = await self._client.post(path, self._headers, body, timeouts=Timeouts(total=TIMEOUT_S))
            try:
                status, headers = response.status, response.headers
                answer = await response.read(bytes_max=ANSWER_BYTES_MAX)
            finally:
                response.close()
        except ProviderError as fault:
            said = fault.summary.removeprefix("the provider ")
            raise _failed(f"the collector of telemetry {said}") from None
        if 200 <= status < 300:
            return _rejected(answer)
        wait = retry_after_s(headers) if "retry-after" in headers else None
        raise _failed(
            f"the collector of telemetry answered with status {status}",
            retry_after_s=wait,
            too_large=status == 413,
        )

    async def close(self) -> None:
        self._client.close()


def _rejected(answer: bytes) -> int:
    """Read how many of what was sent were turned down; an answer that cannot be read says none were."""
    try:
        said: Any = msgspec.json.decode(answer) if answer else {}
        partial = said.get("partialSuccess") or {}
        return max(0, *(int(partial.get(name) or 0) for name in _REJECTED))
    except (msgspec.DecodeError, UnicodeDecodeError, AttributeError, TypeError, ValueError, RecursionError):
        return 0


def _failed(summary: str, *, retry_after_s: int | None = None, too_large: bool = False) -> TelemetryFailed:
    return TelemetryFailed(
        summary,
        help="check REMIT_OTLP_ENDPOINT and its headers, and ask whoever runs the collector",
        retry_after_s=retry_after_s,
        too_large=too_large,
    )

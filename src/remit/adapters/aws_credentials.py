"""What requests to AWS are signed with, and how: keys as they were set, AWS's own default chain, or a role.

Signing, the default chain and STS's answers are botocore's; the network is our own client's, so that nothing
waits on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

import botocore.parsers  # type: ignore[import-untyped]  # botocore states no types
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]  # as above
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]  # as above
from botocore.credentials import ReadOnlyCredentials  # type: ignore[import-untyped]  # as above
from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]  # as above
from botocore.session import Session  # type: ignore[import-untyped]  # as above

from remit.adapters.bedrock_answer import refusal_of
from remit.adapters.http_client import HttpClient, Timeouts
from remit.adapters.remote import FAULT_BYTES_MAX, broken
from remit.enforce.request import Terms
from remit.kernel.errors import ProviderFailed, ProviderRefused

_EARLY = timedelta(minutes=5)
_STS_S = 10.0
_SESSION_NAME_MAX = 64


class Credentials(Protocol):
    """Whose name a call is made in."""

    async def get(self, terms: Terms) -> Any:
        """Return what to sign with; raises ProviderError."""
        ...

    def close(self) -> None: ...


def signed(
    credentials: Any, *, service: str, region: str, url: str, headers: Mapping[str, str], body: bytes
) -> dict[str, str]:
    """Sign a POST; returns its headers."""
    request = AWSRequest("POST", url, headers=dict(headers), data=body)
    SigV4Auth(credentials, service, region).add_auth(request)
    return dict(request.headers.items())


def refused(summary: str, help: str) -> ProviderRefused:
    return ProviderRefused(summary, help=help, code="provider-key-refused")


class SetKeys:
    """An access key as it was set: `ACCESS_KEY_ID:SECRET`, and `:SESSION_TOKEN` where there is one."""

    def __init__(self, text: str) -> None:
        key, _, rest = text.partition(":")
        secret, _, token = rest.partition(":")
        self._keys = ReadOnlyCredentials(key, secret, token or None)

    async def get(self, terms: Terms) -> Any:
        if not self._keys.secret_key:
            raise refused(
                "the provider's key is no access key with its secret",
                "set it as `ACCESS_KEY_ID:SECRET`; an API key of Bedrock alone cannot assume a role",
            )
        return self._keys

    def close(self) -> None:
        return


class DefaultChain:
    """Where AWS's SDKs look by themselves: the environment, profiles, a container's or machine's role."""

    def __init__(self) -> None:
        self._found: Any = None
        self._lock = asyncio.Lock()

    async def get(self, terms: Terms) -> Any:
        """Look for credentials off the event loop, and again when they are about to end."""
        async with self._lock:
            try:
                if self._found is None:
                    self._found = await asyncio.to_thread(Session().get_credentials)
                if self._found is None:
                    raise refused(
                        "no credentials for AWS were found",
                        "set the provider's key, or give the machine a role",
                    )
                if _may_wait(self._found):
                    return await asyncio.to_thread(self._found.get_frozen_credentials)
            except BotoCoreError:
                raise broken("gave no credentials") from None
        return self._found.get_frozen_credentials()

    def close(self) -> None:
        self._found = None


def _may_wait(found: Any) -> bool:
    return hasattr(found, "refresh_needed") and bool(found.refresh_needed())


class AssumedRole:
    """A role of AWS's that is assumed for each use case, with tags that AWS splits its bill by.

    What STS gives out is kept until shortly before it ends, and asked for once, however many calls wait.
    """

    def __init__(
        self, base: Credentials, *, role: str, region: str, sts_url: str, now: Callable[[], datetime]
    ) -> None:
        self._base = base
        self._role = role
        self._region = region
        self._now = now
        self._client = HttpClient(sts_url)
        self._asked: dict[tuple[str, str], asyncio.Task[tuple[Any, datetime]]] = {}

    async def get(self, terms: Terms) -> Any:
        who = terms.use_case, terms.unit
        flight = self._asked.get(who)
        if flight is None or self._is_over(flight):
            flight = self._asked[who] = asyncio.create_task(self._assume(terms))
            flight.add_done_callback(_look)
        # One who gives up does not take what the others wait for with it.
        try:
            keys, _ = await asyncio.shield(flight)
        except ProviderFailed as error:
            # Whatever STS has done, the model was not asked.
            error.worked = False
            raise
        return keys

    def _is_over(self, flight: asyncio.Task[tuple[Any, datetime]]) -> bool:
        if not flight.done():
            return False
        return (
            flight.cancelled() or flight.exception() is not None or self._now() >= flight.result()[1] - _EARLY
        )

    async def _assume(self, terms: Terms) -> tuple[Any, datetime]:
        name = f"remit-{terms.use_case}"[:_SESSION_NAME_MAX]
        fields = {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": self._role,
            "RoleSessionName": name,
            "Tags.member.1.Key": "remit:use-case",
            "Tags.member.1.Value": terms.use_case,
            "Tags.member.2.Key": "remit:unit",
            "Tags.member.2.Value": terms.unit,
        }
        body = urlencode(fields).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        scheme = "https" if self._client.secure else "http"
        url = f"{scheme}://{self._client.authority}/"
        keys = await self._base.get(terms)
        headers = signed(keys, service="sts", region=self._region, url=url, headers=headers, body=body)
        response = await self._client.post("/", headers, body, timeouts=Timeouts(total=_STS_S))
        try:
            answer = await response.read(bytes_max=FAULT_BYTES_MAX)
        finally:
            response.close()
        if response.status != 200:
            raise refusal_of(response.status, {}, b"", name=_error_code(answer))
        return _keys_in(await asyncio.to_thread(_parsed, answer))

    def close(self) -> None:
        for flight in self._asked.values():
            flight.cancel()
        self._client.close()
        self._base.close()


def _look(flight: asyncio.Task[Any]) -> None:
    """Look at how it ended, in case nobody waits any more."""
    if not flight.cancelled():
        flight.exception()


def _parsed(answer: bytes) -> Any:
    """Read STS's answer by AWS's own description of it; the first time, that is read from disk."""
    shape = Session().get_service_model("sts").operation_model("AssumeRole").output_shape
    response = {"status_code": 200, "headers": {}, "body": answer}
    try:
        return botocore.parsers.create_parser("query").parse(response, shape)
    except (botocore.parsers.ResponseParserError, ValueError):
        raise broken("sent credentials that cannot be read") from None


def _keys_in(parsed: Any) -> tuple[Any, datetime]:
    found = parsed.get("Credentials") or {}
    try:
        keys = ReadOnlyCredentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        until = found["Expiration"]
    except KeyError:
        raise broken("sent credentials that cannot be read") from None
    return keys, until.astimezone(UTC)


def _error_code(answer: bytes) -> str:
    _, found, rest = answer.partition(b"<Code>")
    return rest.partition(b"<")[0].decode("ascii", "replace")[:60] if found else ""

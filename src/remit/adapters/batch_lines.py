"""Result files of batch services: one JSON object a line, read as it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from remit.adapters.http_client import HttpClient, Response, Timeouts
from remit.adapters.remote import FAULT_BYTES_MAX, broken
from remit.kernel.errors import ProviderBusy, ProviderError

RESULT_BYTES_MAX = 1 << 30
"""Of a bundle's results together; one of embeddings is a few hundred MiB."""
LINE_BYTES_MAX = 64 << 20
PAGES_MAX = 50
"""How many pages of a provider's list are looked through for one bundle."""
SETTLED_S = 120
"""A request that was cut off may still be on its way; after so long it has come or will not."""

Refusal = Callable[[int, Mapping[str, str], bytes], ProviderError]
_T = TypeVar("_T")


class Door:
    """A provider's address with its credential: what is sent to it and what comes back."""

    def __init__(
        self, client: HttpClient, headers: Callable[[Mapping[str, str]], dict[str, str]], refusal: Refusal
    ) -> None:
        self._client = client
        self._headers = headers
        self._refusal = refusal

    async def get(self, path: str, options: Mapping[str, str]) -> Response:
        return await self._taken(await self._client.get(path, self._headers(options), timeouts=Timeouts()))

    async def post(
        self, path: str, body: bytes, options: Mapping[str, str], *, kind: str = "application/json"
    ) -> Response:
        headers = self._headers(options) | {"Content-Type": kind}
        return await self._taken(await self._client.post(path, headers, body, timeouts=Timeouts(), once=True))

    async def _taken(self, response: Response) -> Response:
        if response.status == 200:
            return response
        try:
            headers, body = response.headers, await response.read(bytes_max=FAULT_BYTES_MAX)
        finally:
            response.close()
        raise self._refusal(response.status, headers, body)

    async def read(self, response: Response, decoder: msgspec.json.Decoder[_T]) -> _T:
        """Read a short answer whole."""
        try:
            body = await response.read(bytes_max=FAULT_BYTES_MAX)
        finally:
            response.close()
        try:
            return decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise broken("sent an answer that cannot be read") from None

    async def lines(
        self, path: str, options: Mapping[str, str], decoder: msgspec.json.Decoder[_T]
    ) -> AsyncGenerator[_T, None]:
        """Read a file of results line by line."""
        response = await self.get(path, options)
        rest = b""
        try:
            async for piece in response.pieces(bytes_max=RESULT_BYTES_MAX):
                *whole, rest = (rest + piece).split(b"\n")
                for line in filter(bytes.strip, whole):
                    yield _decoded(line, decoder)
                if len(rest) > LINE_BYTES_MAX:
                    raise broken("sent a result that is too long to be read")
            if rest.strip():
                yield _decoded(rest, decoder)
        finally:
            response.close()


def _decoded(line: bytes, decoder: msgspec.json.Decoder[_T]) -> _T:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise broken("sent an answer that cannot be read") from None


def quoted(id: str) -> str:
    """Take a provider's name for something into an address, where nothing but a name belongs."""
    if not id or len(id) > 200 or not id.replace("-", "").replace("_", "").isalnum() or not id.isascii():
        raise broken("named a batch by what is no name")
    return id


def undecided() -> ProviderBusy:
    return ProviderBusy(
        "it cannot be told yet whether the provider has this bundle",
        help="it is looked for again",
        retry_after_s=SETTLED_S // 4,
    )


def instant_of(text: str) -> datetime | None:
    """Read an RFC 3339 time; None where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)

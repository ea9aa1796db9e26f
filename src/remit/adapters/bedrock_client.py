"""Requests to Amazon Bedrock's runtime: signed, or under an API key."""

from __future__ import annotations

from remit.adapters.aws_credentials import Credentials, signed
from remit.adapters.http_client import HttpClient, Response, Timeouts
from remit.enforce.request import Terms
from remit.kernel.errors import ProviderFailed


class BedrockClient:
    """One account's region. Given is one of `api_key`, a bearer token, and `credentials` to sign with."""

    def __init__(
        self,
        base_url: str,
        *,
        region: str,
        api_key: str | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        self._http = HttpClient(base_url)
        self._base_url = f"{'https' if self._http.secure else 'http'}://{self._http.authority}"
        self._region = region
        self._key = api_key
        self._credentials = credentials
        self._closed = False

    async def post(self, path: str, data: bytes, terms: Terms) -> Response:
        # Before the credentials, which may have to be asked for.
        if self._closed:
            raise ProviderFailed("the provider's connections are closed", help="start the server again")
        headers = {"Content-Type": "application/json"}
        if self._credentials is None:
            headers["Authorization"] = f"Bearer {self._key}"
        else:
            keys = await self._credentials.get(terms)
            url = f"{self._base_url}{self._http.path}{path}"
            headers = signed(
                keys, service="bedrock", region=self._region, url=url, headers=headers, body=data
            )
        return await self._http.post(path, headers, data, timeouts=Timeouts.of(terms))

    def close(self) -> None:
        self._closed = True
        self._http.close()
        if self._credentials is not None:
            self._credentials.close()

"""Codes of OpenID Connect: exchanged for the token that says who somebody is, at one declared address."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from remit.adapters.http_client import HttpClient, Timeouts
from remit.declare.issuer import SignIn
from remit.kernel.errors import ProviderError, RemitError

_BYTES_MAX = 256 << 10
_EXCHANGE_S = 10.0


class OidcCodes:
    """One issuer's token endpoint; `secret` is what it knows this portal by, empty if by PKCE alone."""

    def __init__(self, sign_in: SignIn, secret: str) -> None:
        self._sign_in, self._secret = sign_in, secret

    async def id_token(self, code: str, *, verifier: str, back: str) -> str | None:
        parts = urlsplit(self._sign_in.token_url)
        client = HttpClient(f"{parts.scheme}://{parts.netloc}", connections_max=1)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        try:
            response = await client.post(
                path, self._headers(), self._body(code, verifier, back), timeouts=Timeouts(total=_EXCHANGE_S)
            )
            try:
                body, status = await response.read(bytes_max=_BYTES_MAX), response.status
            finally:
                response.close()
        except ProviderError as error:
            raise _unavailable() from error
        finally:
            client.close()
        if status >= 500:
            raise _unavailable()
        return _token(body) if status == 200 else None

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        if self._secret:
            # RFC 6749, section 2.3.1: both parts are encoded as in a form first.
            pair = f"{quote(self._sign_in.client_id, safe='')}:{quote(self._secret, safe='')}"
            headers["Authorization"] = "Basic " + b64encode(pair.encode()).decode()
        return headers

    def _body(self, code: str, verifier: str, back: str) -> bytes:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self._sign_in.client_id,
            "code_verifier": verifier,
        }
        return urlencode(fields).encode()


def _token(body: bytes) -> str | None:
    try:
        said: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    token = said.get("id_token") if isinstance(said, dict) else None
    return token if isinstance(token, str) else None


def _unavailable() -> RemitError:
    return RemitError(
        "the issuer cannot be asked who you are",
        help="try again in a minute; if it goes on, ask the administrator",
        code="identity-unavailable",
    )

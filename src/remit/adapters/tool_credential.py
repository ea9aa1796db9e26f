"""The credential that a tool is asked with: sealed here, and handed to nobody but the tool's own server.

What is sealed for tools has names of its own, `tool-NAME`: a declared tool can never be sent what is sealed
for a provider.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from time import monotonic
from urllib.parse import quote_plus, urlencode, urlsplit

import msgspec

from remit.adapters.http_client import HttpClient, Timeouts
from remit.adapters.tool_target import not_reached
from remit.declare.tool import ToolServer
from remit.kernel.errors import ProviderError

PREFIX = "tool-"
TOKEN_BYTES_MAX = 64 << 10
TOKEN_S = 10.0
EARLY_S = 30.0
"""How long before its end a token is exchanged for another."""

VARIABLE = "REMIT_TOOL_CREDENTIAL"
"""The variable that a server which is started here finds its credential in, where none is named."""

Opens = Callable[[str], str | None]


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float = 60.0


class ToolCredential:
    """Opens a tool's credential each time anew, or has a token made with it."""

    def __init__(self, declared: ToolServer, opens: Opens) -> None:
        self._declared = declared
        self._opens = opens
        self._token: tuple[str, float] | None = None
        self._client: HttpClient | None = None

    def variables(self) -> dict[str, str]:
        """Return the credential as a variable of a program's environment."""
        secret = self._secret()
        return {} if secret is None else {self._declared.credential_in or VARIABLE: secret}

    async def headers(self) -> dict[str, str]:
        """Return the credential as a header; raises ToolNotReached."""
        declared, secret = self._declared, self._secret()
        if secret is None:
            return {}
        if declared.token_url:
            secret = await self._exchanged(declared.token_url, secret)
        if declared.credential_in:
            return {declared.credential_in: secret}
        return {"Authorization": f"Bearer {secret}"}

    def forget(self) -> bool:
        """Forget a token that was refused; False where there is none that could be another next time."""
        had, self._token = self._token is not None, None
        return had

    def _secret(self) -> str | None:
        name = self._declared.credential
        if name is None:
            return None
        secret = self._opens(f"{PREFIX}{name}")
        if secret is None:
            raise not_reached(
                f"wants a credential, and nothing is sealed under `{PREFIX}{name}`",
                help=f"seal it: `remit provider seal {PREFIX}{name}`",
            )
        return secret

    async def _exchanged(self, url: str, secret: str) -> str:
        """Exchange client and secret for a token (RFC 6749, section 4.4)."""
        if self._token is not None and monotonic() < self._token[1]:
            return self._token[0]
        client, _, password = secret.partition(":")
        parts = urlsplit(url)
        self._client = self._client or HttpClient(f"{parts.scheme}://{parts.netloc}", connections_max=4)
        basic = b64encode(f"{quote_plus(client)}:{quote_plus(password)}".encode()).decode()
        headers = {
            "Authorization": f"Basic {basic}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        asked = {"grant_type": "client_credentials"}
        if self._declared.scope:
            asked["scope"] = self._declared.scope
        try:
            response = await self._client.post(
                parts.path or "/", headers, urlencode(asked).encode(), timeouts=Timeouts(total=TOKEN_S)
            )
            try:
                status, body = response.status, await response.read(bytes_max=TOKEN_BYTES_MAX)
            finally:
                response.close()
            if status != 200:
                raise not_reached(f"cannot be asked: its token was refused with status {status}")
            found = msgspec.json.decode(body, type=_Token, strict=False)
        except (ProviderError, msgspec.DecodeError, UnicodeDecodeError):
            raise not_reached("cannot be asked: whoever issues its tokens has given none") from None
        self._token = found.access_token, monotonic() + max(0.0, found.expires_in - EARLY_S)
        return found.access_token

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

"""Tokens of OpenID Connect: whether a token's signature is its issuer's, by the keys that the issuer has.

A key says by itself with which algorithm it signs; what the token's head says must be the same. So no token
can choose a weaker one, or have a public key taken for a shared secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
import msgspec

from remit.adapters.http_client import HttpClient, Timeouts
from remit.declare.issuer import Issuer
from remit.kernel.errors import ProviderError, RemitError

_ALGORITHMS = frozenset("RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA".split())
_KEYS_MAX = 100
_KEYS_BYTES_MAX = 256 << 10
_FETCH_S = 5.0
_BETWEEN = timedelta(minutes=1)
_FRESH = timedelta(hours=1)
_KEPT = timedelta(hours=24)
"""How long keys are believed that could not be fetched anew: an issuer that is away takes no key back."""

_CHECKED: Any = {
    "require": ["exp", "iss", "aud", "sub"],
    # Times are decided on with the gateway's own clock, in `enforce/identity.py`.
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "enforce_minimum_key_length": True,
}


class OidcTokens:
    """One issuer's keys, fetched when they are first needed, and again when a token names another."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._keys: dict[str, jwt.PyJWK] = _read(issuer.keys.encode()) if issuer.keys else {}
        self._client: HttpClient | None = None
        if issuer.keys_url is not None:
            parts = urlsplit(issuer.keys_url)
            self._client = HttpClient(f"{parts.scheme}://{parts.netloc}", connections_max=2)
            self._path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        self._fetched: datetime | None = None
        self._tried: datetime | None = None
        self._fetching = asyncio.Lock()

    async def claims(self, token: str, *, now: datetime) -> Mapping[str, Any] | str:
        try:
            head = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            return "the token cannot be read"
        key = await self._key(str(head.get("kid", "")), now)
        if key is None:
            return "the token is signed with a key that its issuer does not have"
        if head.get("alg") != key.algorithm_name or "crit" in head:
            return "the token is not signed in the way of its key"
        try:
            found: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._issuer.audience,
                issuer=self._issuer.url,
                options=_CHECKED,
            )
        except jwt.InvalidAudienceError:
            return "the token is for another audience"
        except jwt.MissingRequiredClaimError:
            return "the token lacks one of `exp`, `iss`, `aud` and `sub`"
        except jwt.PyJWTError:
            return "the token's signature is not that of its issuer"
        return found

    async def _key(self, kid: str, now: datetime) -> jwt.PyJWK | None:
        if self._wanting(kid, now):
            async with self._fetching:
                # Whoever waited here finds what was fetched meanwhile.
                if self._wanting(kid, now):
                    await self._fetch(now)
                    self._tried = now
        if self._client is not None and (self._fetched is None or now - self._fetched > _KEPT):
            raise RemitError(
                "the keys of the token's issuer cannot be fetched",
                help="try again in a minute; if it goes on, ask the administrator",
                code="identity-unavailable",
            )
        return self._found(kid)

    def _found(self, kid: str) -> jwt.PyJWK | None:
        if not kid and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    def _wanting(self, kid: str, now: datetime) -> bool:
        """Say whether to fetch keys, at most once a minute: for one that is not known, or if all are old."""
        if self._client is None or (self._tried is not None and now - self._tried < _BETWEEN):
            return False
        return self._fetched is None or now - self._fetched > _FRESH or self._found(kid) is None

    async def _fetch(self, now: datetime) -> None:
        """Fetch the keys; if that fails, those that are there stay."""
        assert self._client is not None, "asked before"
        try:
            response = await self._client.get(
                self._path, {"Accept": "application/json"}, timeouts=Timeouts(total=_FETCH_S)
            )
            try:
                body = await response.read(bytes_max=_KEYS_BYTES_MAX)
                status = response.status
            finally:
                response.close()
        except ProviderError:
            return
        if status == 200 and (keys := _read(body)):
            self._keys, self._fetched = keys, now

    async def close(self) -> None:
        if self._client is not None:
            self._client.close()


def _read(body: bytes) -> dict[str, jwt.PyJWK]:
    """Read a set of keys by their ids; what cannot check a signature is left out."""
    try:
        listed = msgspec.json.decode(body, type=dict[str, Any]).get("keys")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    found: dict[str, jwt.PyJWK] = {}
    for each in listed[:_KEYS_MAX] if isinstance(listed, list) else ():
        if not isinstance(each, dict) or each.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(each)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
        if key.algorithm_name in _ALGORITHMS:
            found[str(each.get("kid", ""))] = key
    return found

"""Issuers: whose word is taken about who calls, and which use case a caller then stands for."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import PlainValidator, StringConstraints

from remit.declare.declared import Declared, Id, Title, Visible

KEYS_URL_PATTERN = r"^(?:https://[^\s@#/]{1,200}|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?)(?:/[^\s@#]{0,400})?$"
_ASYMMETRIC = ("RSA", "EC", "OKP")
_PRIVATE = ("d", "k", "p", "q")


def _key_set(value: Any) -> str:
    """Read a set of public keys as text, so that it is planned and kept as it was written."""
    if not isinstance(value, str) or len(value) > 20_000:
        raise ValueError("write the text of a JSON Web Key Set, at most 20,000 characters")
    try:
        keys = json.loads(value)["keys"]
        kinds = [key["kty"] for key in keys]
        private = any(name in key for key in keys for name in _PRIVATE)
    except (ValueError, RecursionError, LookupError, TypeError):
        raise ValueError("write the text of a JSON Web Key Set, under `keys: |`") from None
    if private or any(kind not in _ASYMMETRIC for kind in kinds):
        raise ValueError("write public keys alone; whoever has a private or shared one can make any token")
    return value


KeySet = Annotated[str, PlainValidator(_key_set)]
"""The text of a JSON Web Key Set with public keys, at most 20,000 characters."""

KeysUrl = Annotated[str, StringConstraints(pattern=KEYS_URL_PATTERN), Visible]
"""A web address that begins with `https://`; on this machine itself, `http://` does as well."""


class IssuerRule(Declared):
    """Whom some of an issuer's callers stand for."""

    claims: dict[Title, Title]
    """What must be claimed, all of it and word for word; of a claim that is a list, one word must be it.
    Certificates claim `uri`, `dns` and `subject`."""
    use_case: Id
    """The use case that such callers stand for."""
    agent: Id | None = None
    """The agent that works with it."""


class SignIn(Declared):
    """How persons sign in to the portal through an issuer: by the authorization code flow, with PKCE."""

    client_id: Title
    """What the issuer calls this portal."""
    portal_url: KeysUrl
    """Where people reach the portal; the issuer sends them back to `/sign-in/ISSUER/back` below it."""
    authorize_url: KeysUrl
    """Where people show the issuer who they are."""
    token_url: KeysUrl
    """Where the portal exchanges what they bring back."""
    domains: tuple[Title, ...] = ()
    """Mail domains whose people are let in though the operating model names none of them."""


class Issuer(Declared):
    """Who says who calls. With `oidc`, tokens are signed by its keys and name it and the audience; with
    `mtls`, a trusted proxy has checked the caller's certificate and says what stands in it."""

    technology: Literal["oidc", "mtls"]
    """How callers are proved: tokens of OpenID Connect, or client certificates at a proxy."""
    url: Title | None = None
    """What tokens name as `iss`, word for word."""
    audience: Title | None = None
    """What tokens name as `aud`: this gateway, as the issuer knows it."""
    keys_url: KeysUrl | None = None
    """Where the issuer publishes its keys."""
    keys: KeySet | None = None
    """Its keys themselves, where they shall not be fetched."""
    rules: tuple[IssuerRule, ...] = ()
    """Whom callers stand for; the first rule that is met decides, and whom none meets is refused."""
    sign_in: SignIn | None = None
    """How persons sign in to the portal through it; left out, they do not."""

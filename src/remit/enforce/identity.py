"""Identity: from what an issuer claims of a caller to the key that stands for it, if any rule says so."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from remit.declare.issuer import Issuer
from remit.enforce.decision import Decision, deny
from remit.enforce.key import Key

TOKEN_MAX = 16_000
"""The most characters that a token may have."""

LEEWAY = timedelta(seconds=30)
"""By how much the clocks of an issuer and of the gateway may differ."""

Claims = Mapping[str, Any]


def looks_like_token(text: str) -> bool:
    """Say whether a credential is meant as a token: its first part begins a JSON object."""
    return text.startswith("eyJ") and "." in text


def issuer_named(token: str) -> str:
    """Read which issuer a token says it is of. Nothing is proved by that; it says whose keys to ask."""
    part = token.split(".")[1]
    try:
        claims = msgspec.json.decode(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return ""
    named = claims.get("iss") if isinstance(claims, dict) else None
    return named if isinstance(named, str) else ""


def ends(claims: Claims, *, now: datetime) -> datetime | str:
    """Find when a token ends, the leeway included; or say why it is not good now."""
    try:
        expires, begins = _instant(claims["exp"]), _instant(claims.get("nbf", 0))
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return "the token's times are none"
    if now >= expires + LEEWAY:
        return "the token has ended"
    if now < begins - LEEWAY:
        return "the token is not good yet"
    return expires + LEEWAY


def _instant(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a time is a number of seconds")
    return datetime.fromtimestamp(value, UTC)


def key_of(
    name: str,
    issuer: Issuer,
    claims: Claims,
    *,
    pseudonym: Callable[[str, str], str],
    expires: datetime | None,
    administrator: str,
) -> Key | Decision:
    """Find the key that stands for a caller whom an issuer has proved.

    The first rule that is met decides. Whom none meets is refused: to be known is not to be let in.
    `pseudonym` hashes who it is for a use case and an agent. INVARIANT: whoever stands for two use cases, by
    tokens with other claims, has two keys; what is worked out for a key holds for one use case.
    """
    for rule in issuer.rules:
        if all(_says(claims.get(claim), wanted) for claim, wanted in rule.claims.items()):
            agent = rule.agent or ""
            id = f"{issuer.technology}:{name}:{pseudonym(rule.use_case, agent)}"
            return Key(id, rule.use_case, expires, agent=agent, issuer=name)
    return deny(
        "identity-without-use-case",
        f"no rule of issuer `{name}` says which use case this caller stands for",
        help="ask the administrator for a rule with a claim that this caller has",
        layer=f"issuer/{name}",
        owner=administrator,
    )


def _says(claimed: Any, wanted: str) -> bool:
    return claimed == wanted or (isinstance(claimed, list) and wanted in claimed)

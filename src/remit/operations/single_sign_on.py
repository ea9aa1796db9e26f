"""Sign in through an issuer: who somebody is by its word, and whether the operating model lets them in."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from remit.decide.roles import people
from remit.declare.issuer import Issuer, SignIn
from remit.enforce.identity import TOKEN_MAX, ends
from remit.kernel.errors import NotFound, NotPermitted
from remit.operations.model_in_force import current_model
from remit.operations.system import System

SCOPE = "openid email"
_MAIL_MAX = 254


@dataclass(frozen=True, slots=True)
class Through:
    """An issuer through which persons sign in."""

    name: str
    issuer: Issuer
    sign_in: SignIn

    @property
    def back(self) -> str:
        """Where the issuer sends them back to; each has a place of its own, so that none is mixed up."""
        return f"{self.sign_in.portal_url.rstrip('/')}/sign-in/{self.name}/back"


def issuers_for_persons(system: System) -> dict[str, Through]:
    """List the issuers in force through which persons sign in."""
    current = current_model(system)
    issuers = current[1].issuers if current else {}
    return {
        name: Through(name, issuer, issuer.sign_in)
        for name, issuer in issuers.items()
        if issuer.sign_in is not None and issuer.technology == "oidc"
    }


def find_issuer(system: System, name: str) -> Through:
    """Find an issuer for persons; raises NotFound where none is named so."""
    found = issuers_for_persons(system).get(name)
    if found is None:
        raise NotFound("nobody signs in that way", help="go back to the sign-in page")
    return found


def ask_at(system: System, through: Through, state: str) -> str:
    """Build the address where a person shows the issuer who they are.

    `state` is a secret that only this person's browser has. The nonce and PKCE's verifier are made of it, so
    that what comes back is good in this browser alone and nothing is kept here.
    """
    challenge = urlsafe_b64encode(sha256(_verifier(system, state).encode()).digest()).rstrip(b"=").decode()
    fields = {
        "response_type": "code",
        "client_id": through.sign_in.client_id,
        "redirect_uri": through.back,
        "scope": SCOPE,
        "state": state,
        "nonce": _nonce(system, state),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    url = through.sign_in.authorize_url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"


async def person_through(system: System, through: Through, *, code: str, state: str) -> str:
    """Return whom a code stands for; raises NotPermitted for whoever is not let in."""
    codes = system.make_codes(through.name, through.sign_in)
    token = await codes.id_token(code, verifier=_verifier(system, state), back=through.back)
    if token is None or len(token) > TOKEN_MAX:
        raise _refused("the issuer does not say who you are", "sign in again")
    # A token for the portal names the portal, and one for calls the gateway: neither is good for the other.
    issuer = through.issuer.model_copy(update={"audience": through.sign_in.client_id})
    now, tokens = system.clock.now(), system.make_tokens(issuer)
    try:
        claims = await tokens.claims(token, now=now)
    finally:
        await tokens.close()
    if isinstance(claims, str):
        raise _refused(claims, "sign in again; if it goes on, ask the administrator")
    if isinstance(wrong := ends(claims, now=now), str):
        raise _refused(wrong, "sign in again")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), _nonce(system, state).encode()):
        raise _refused("the token answers to another sign-in", "sign in again")
    return _let_in(system, through.sign_in, _mail(claims))


def _mail(claims: Mapping[str, Any]) -> str:
    mail = str(claims.get("email", "")).strip().lower()
    if claims.get("email_verified") not in (True, "true"):
        raise _refused("the issuer has not verified your mail address", "ask who runs it to have it verified")
    if not 3 <= len(mail) <= _MAIL_MAX or mail.count("@") != 1 or not mail.isprintable() or " " in mail:
        raise _refused(
            "the issuer names no mail address of yours", "ask the administrator for `email` in tokens"
        )
    return mail


def _let_in(system: System, sign_in: SignIn, mail: str) -> str:
    current = current_model(system)
    known = current is not None and mail in people(current[1])
    if not known and mail.partition("@")[2] not in {each.lower() for each in sign_in.domains}:
        raise _refused(
            "the operating model names nobody with your address",
            "ask for a place in it, or for your mail domain under `sign_in: domains:`",
        )
    return mail


def _verifier(system: System, state: str) -> str:
    return system.hash_secret(f"sign-in verifier {state}")


def _nonce(system: System, state: str) -> str:
    return system.hash_secret(f"sign-in nonce {state}")


def _refused(summary: str, help: str) -> NotPermitted:
    return NotPermitted(summary, help=help, code="sign-in-refused")

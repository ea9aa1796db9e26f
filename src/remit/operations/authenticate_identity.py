"""Authenticate whom declared issuers know, by token or certificate: verified once, and then looked up."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from remit.enforce.client_certificate import certificate_claims
from remit.enforce.decision import Decision, deny
from remit.enforce.identity import TOKEN_MAX, ends, issuer_named, key_of
from remit.enforce.key import Key
from remit.enforce.sender import Sender
from remit.operations.authenticate import authenticate, opens
from remit.operations.refused import Refused, unproved
from remit.operations.worker import Worker


async def authenticate_token(worker: Worker, token: str, sender: Sender) -> Key | Refused:
    """Verify a token that is not known yet, and find whom its claims stand for.

    Raises RemitError where the issuer's keys cannot be had.
    """
    issuers = worker.view.model.issuers
    if not any(issuer.technology == "oidc" for issuer in issuers.values()):
        return authenticate(worker, token, sender)
    now = worker.system.clock.now()
    if len(token) > TOKEN_MAX:
        return _invalid(worker, "the token is too long", now)
    url = issuer_named(token)
    name = next((name for name, each in issuers.items() if url and each.url == url), "")
    if not name:
        return _invalid(worker, "no declared issuer made the token", now)
    issuer = issuers[name]
    claims = await worker.tokens(issuer).claims(token, now=now)
    if isinstance(claims, str):
        return _invalid(worker, claims, now)
    expires = ends(claims, now=now)
    if isinstance(expires, str):
        return _invalid(worker, expires, now)
    # While the keys were fetched, people may have decided otherwise.
    if worker.view.model.issuers.get(name) != issuer:
        return _invalid(worker, "the token's issuer was changed just now", now)
    pseudonym = partial(worker.system.pseudonym, name, str(claims["sub"]))
    administrator = worker.view.model.organisation.contact
    key = key_of(name, issuer, claims, pseudonym=pseudonym, expires=expires, administrator=administrator)
    return _remembered(worker, worker.system.hash_secret(token), key, sender)


def authenticate_certificate(worker: Worker, header: str, sender: Sender) -> Key | Refused:
    """Find whom a certificate stands for that a trusted proxy has checked; `header` is what it says of it."""
    assert sender.by_proxy, "anybody can write a header"
    view, system = worker.view, worker.system
    # No other credential holds this character, so that none can be taken for a certificate.
    hash = system.hash_secret(f"\0{header}")
    if (known := view.opened_by(hash)) is not None:
        return opens(worker, known, sender)
    trusted = {name: each for name, each in view.model.issuers.items() if each.technology == "mtls"}
    if not trusted:
        return opens(worker, None, sender)
    administrator = view.model.organisation.contact
    claims = certificate_claims(header)
    if claims is None:
        decision = deny(
            "invalid-certificate",
            "what the proxy says of the caller's certificate names nobody",
            help="let the proxy set `x-forwarded-client-cert` with `URI` or `Subject`",
            layer="organisation",
            owner=administrator,
        )
        return unproved(worker, decision, system.clock.now())
    who = "\n".join(claims["uri"]) or claims["subject"]
    found: Key | Decision | None = None
    for name, issuer in trusted.items():
        pseudonym = partial(system.pseudonym, name, who)
        found = key_of(name, issuer, claims, pseudonym=pseudonym, expires=None, administrator=administrator)
        if isinstance(found, Key):
            break
    assert found is not None, "there is at least one issuer"
    return _remembered(worker, hash, found, sender)


def _remembered(worker: Worker, hash: str, key: Key | Decision, sender: Sender) -> Key | Refused:
    """Keep the key that stands for a caller under the hash of what proved it."""
    if isinstance(key, Decision):
        return unproved(worker, key, worker.system.clock.now())
    worker.view.remember(hash, key)
    return opens(worker, key, sender)


def _invalid(worker: Worker, wrong: str, now: datetime) -> Refused:
    """Refuse a token; what it says stands nowhere, since nobody has vouched for it."""
    decision = deny(
        "invalid-token",
        wrong,
        help="get a new token for this gateway from an issuer that is declared under `issuers`",
        layer="organisation",
        owner=worker.view.model.organisation.contact,
    )
    return unproved(worker, decision, now)

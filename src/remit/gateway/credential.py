"""Whose request it is: the credential that it brings, in any of the ways that clients of the formats have."""

from __future__ import annotations

from remit.enforce.identity import TOKEN_MAX, looks_like_token
from remit.enforce.key import Key
from remit.enforce.sender import Sender
from remit.gateway import sigv4
from remit.gateway.http import Reply, Request
from remit.operations.authenticate import authenticate_signed, find_key, opens
from remit.operations.authenticate_identity import authenticate_certificate, authenticate_token
from remit.operations.follow_ledger import catch_up
from remit.operations.issue_key import ACCESS_KEY_PREFIX
from remit.operations.refused import Refused
from remit.operations.worker import Worker

CERTIFICATE = "x-forwarded-client-cert"


def sender_of(request: Request, reply: Reply, proxies: tuple[str, ...]) -> Sender:
    """Say where a request comes from, as far as those are believed who say it for others."""
    return Sender(reply.peer, request.headers.get("x-forwarded-for", ""), proxies)


async def authenticated(worker: Worker, request: Request, sender: Sender) -> Key | Refused:
    """Find the caller's key; one that was issued a moment ago is looked for before it is refused."""
    signature = sigv4.read(request.headers.get("authorization", ""))
    if signature is not None:
        return await _signed(worker, request, signature, sender)
    secret = _secret(request)
    if not secret and (certificate := request.headers.get(CERTIFICATE)) and sender.by_proxy:
        return authenticate_certificate(worker, certificate, sender)
    key = find_key(worker, secret)
    if key is None:
        if worker.is_behind():
            await catch_up(worker)
            key = find_key(worker, secret)
        if key is None and looks_like_token(secret):
            return await authenticate_token(worker, secret, sender)
    return opens(worker, key, sender)


async def _signed(
    worker: Worker, request: Request, signature: sigv4.Signature, sender: Sender
) -> Key | Refused:
    """Find the key whose access key id is named, and see that its secret signed the request."""
    key_id = signature.access_key.removeprefix(ACCESS_KEY_PREFIX)
    if worker.view.key(key_id) is None and worker.is_behind():
        await catch_up(worker)
    signed = sigv4.SignedRequest(request.method, request.path, request.query, request.headers, request.body)
    secret, now = worker.system.signing_secret(key_id), worker.system.clock.now()
    known = worker.view.key(key_id) is not None
    wrong = sigv4.fault(signature, signed, secret=secret, now=now) if known else ""
    return authenticate_signed(worker, key_id, sender, wrong=wrong)


def _secret(request: Request) -> str:
    """Find the credential where the formats' own clients put it."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return secret.strip()[: TOKEN_MAX + 1]
    return request.headers.get("x-api-key", "").strip()[: TOKEN_MAX + 1]

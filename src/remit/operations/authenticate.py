"""Authenticate a caller: by the secret of a key, or by what was signed with it."""

from __future__ import annotations

from remit.enforce.decision import deny
from remit.enforce.grant import retired
from remit.enforce.key import Key, live
from remit.enforce.sender import NOWHERE, Sender
from remit.operations.refused import Refused, purpose_of, refused, unproved
from remit.operations.worker import Worker


def find_key(worker: Worker, secret: str) -> Key | None:
    """Find the key in the worker's view that a secret belongs to, live or not."""
    return worker.view.opened_by(worker.system.hash_secret(secret))


def authenticate(worker: Worker, secret: str, sender: Sender = NOWHERE) -> Key | Refused:
    """Find the live key that a secret belongs to, and see that its use case is still declared."""
    return opens(worker, find_key(worker, secret), sender)


def authenticate_signed(worker: Worker, key_id: str, sender: Sender, *, wrong: str) -> Key | Refused:
    """Find the live key that signed a request; `wrong` says what is wrong with the signature, if anything."""
    return opens(worker, worker.view.key(key_id), sender, wrong)


def opens(worker: Worker, key: Key | None, sender: Sender, wrong: str = "") -> Key | Refused:
    """See that a key that was found is live and its use case declared, whatever proved it."""
    if worker.fault is not None:
        # Without the places it passed before: they would be kept, and what they held, for every refused call.
        raise worker.fault.with_traceback(None)
    now = worker.system.clock.now()
    administrator = worker.view.model.organisation.contact
    if key is None:
        decision = deny(
            "unknown-key",
            "the key is not known here",
            help="send `Authorization: Bearer <key>`; `remit key issue USE_CASE` makes one",
            layer="organisation",
            owner=administrator,
        )
        return unproved(worker, decision, now)
    if wrong:
        decision = deny(
            "invalid-signature",
            wrong,
            help="sign with the access key that `remit key issue USE_CASE --aws` printed, and set the clock",
            layer="organisation",
            owner=administrator,
        )
        return unproved(worker, decision, now)
    if key.use_case not in worker.view.model.use_cases:
        decision = deny(
            "undeclared-use-case",
            f"use case `{key.use_case}` is no longer declared",
            help="declare it again, or use the key of another use case",
            layer="organisation",
            owner=administrator,
        )
        return refused(worker, decision, None, now)
    decision = live(key, now=now, administrator=administrator, sender=sender)
    if decision.effect == "allow" and key.use_case in worker.view.retired:
        decision = retired(key.use_case, owner=administrator)
    if decision.effect == "deny":
        remit = worker.view.remit(key.use_case)
        return refused(worker, decision, purpose_of(worker, key, remit, ""), now)
    return key

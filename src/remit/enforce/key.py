"""A key: the identity that a call comes with, and whether it still opens anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from remit.enforce.decision import ALLOW, Decision, deny


@dataclass(frozen=True, slots=True)
class Key:
    """A credential bound to one use case, and to the agent that works with it if there is one.

    Who calls is never taken from the caller's word. Only the key's hash is kept.
    """

    id: str
    use_case: str
    expires: datetime | None = None
    revoked: bool = False
    agent: str = ""


def live(key: Key, *, now: datetime, administrator: str) -> Decision:
    """Decide whether a known key still opens anything."""
    layer, help = f"use-case/{key.use_case}", f"issue another with `remit key issue {key.use_case}`"
    if key.revoked:
        summary = f"key `{key.id}` was revoked"
        return deny("revoked-key", summary, help=help, layer=layer, owner=administrator)
    if key.expires is not None and now >= key.expires:
        summary = f"key `{key.id}` expired on {key.expires.date()}"
        return deny("expired-key", summary, help=help, layer=layer, owner=administrator)
    return ALLOW

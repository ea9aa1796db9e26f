"""A key: the identity that a call comes with, and whether it still opens anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from remit.enforce.decision import ALLOW, Decision, deny
from remit.enforce.sender import NOWHERE, Sender, lies_in


@dataclass(frozen=True, slots=True)
class Key:
    """A credential bound to one use case, and to the agent that works with it if there is one.

    Who calls is never taken from the caller's word. Only the key's hash is kept. `models` and `networks`
    narrow it further where they name any. A key that was rotated names its `successor`.
    """

    id: str
    use_case: str
    expires: datetime | None = None
    revoked: bool = False
    agent: str = ""
    models: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    issued: datetime | None = None
    successor: str = ""
    issuer: str = ""
    """The declared issuer that proved the caller, where nobody issued a key here."""
    actor: str = ""
    """Whom a run that begins with it works for, as a keyed hash; a door puts it in, and no key is kept with
    one."""


def _another(key: Key) -> str:
    return f"issue another with `remit key issue {key.use_case}`"


def live(key: Key, *, now: datetime, administrator: str, sender: Sender = NOWHERE) -> Decision:
    """Decide whether a known key still opens anything, and from where it is used."""
    layer = f"use-case/{key.use_case}"
    if key.revoked:
        summary = f"key `{key.id}` was revoked"
        return deny("revoked-key", summary, help=_another(key), layer=layer, owner=administrator)
    if key.expires is not None and now >= key.expires:
        summary = f"key `{key.id}` expired on {key.expires.date()}"
        help = _another(key)
        if key.issuer:
            help = "get another token from its issuer"
        elif key.successor:
            help = f"use `{key.successor}`, which took its place"
        return deny("expired-key", summary, help=help, layer=layer, owner=administrator)
    # Which networks it is for is not said: whoever found the key would know where to use it.
    if key.networks and not lies_in(sender.address, key.networks):
        summary = f"key `{key.id}` is not for use from where this call comes from"
        help = "call from a network that the key is for; `remit key list` shows them"
        return deny("key-outside-network", summary, help=help, layer=layer, owner=administrator)
    return ALLOW

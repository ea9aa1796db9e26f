"""Clean texts: what was read before and found to hold nothing, so that it is not read again.

In a conversation most of each request was in the one before it, and the system's words are in all of them.
"""

from __future__ import annotations

import hashlib

from remit.enforce.guardrail.trust import Side, Trust

KEPT_MAX = 50_000
"""How many are remembered; then it begins anew. Each is a hash of 16 bytes, from which no text is read."""


class CleanTexts:
    """The texts in which one screen found nothing at all. What is known changes nothing that is found."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: set[bytes] = set()

    def key(self, side: Side, trust: Trust, text: str) -> bytes:
        """Name a text that somebody speaks; that two have one name is a chance that nobody meets."""
        said = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(said, digest_size=16, person=f"{side[0]}/{trust}".encode()).digest()

    def __contains__(self, key: bytes) -> bool:
        return key in self._known

    def add(self, key: bytes) -> None:
        if len(self._known) >= KEPT_MAX:
            self._known.clear()
        self._known.add(key)

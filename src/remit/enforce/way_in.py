"""Ways in: what a person has that opens the portal or its API, as far as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SIGN_IN, SESSION, API_TOKEN = "sign-in", "session", "api-token"
"""What a way in is for: to sign in once, to be signed in, or to use the control API."""

REF_LENGTH = 12


@dataclass(frozen=True, slots=True)
class WayIn:
    """A way in that is good until a time. `hash` is keyed; what it was made of is kept nowhere."""

    hash: str
    person: str
    until: datetime

    @property
    def ref(self) -> str:
        """How lists and entries name it; nobody gets in with that."""
        return ref_of(self.hash)


def ref_of(hash: str) -> str:
    """Shorten a keyed hash to what lists name it by.

    >>> ref_of("0123456789abcdef")
    '0123456789ab'
    """
    return hash[:REF_LENGTH]

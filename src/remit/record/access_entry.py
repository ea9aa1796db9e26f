"""Entries of access: who was let in as whom, and who ended it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from remit.record.entry import Entry

AccessChange = Literal["sign_in_made", "signed_in", "session_ended", "token_issued", "token_revoked"]
"""What became of somebody's way in: a token that signs in once, a session, or a token of the control API."""


class Access(Entry, frozen=True, kw_only=True, tag="access"):
    """That a way in was made, used or ended. `ref` is how lists name it; what opens the door is nowhere.

    `author` is who did it, and `person` whose it is. `issuer` vouched for them at single sign-on. It is good
    until `until`, empty where it has ended.
    """

    change: AccessChange
    ref: str
    person: str
    author: str
    until: datetime | None = None
    issuer: str = ""
